import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iso } from '#lib/clock.ts';
import type { Budget } from '../../budgets/budget.ts';
import { policySettings } from '../../tenants/settings.ts';
import type { Cost, Facts, Intent } from '../decision.ts';
import { balanceRule } from './balance.ts';
import { budgetRule } from './budget.ts';

/** Noon in Bucharest, on the last day but nine of a month. */
const NOW = Date.parse('2026-11-21T10:00:00Z');
const intent: Intent = {
  purpose: 'promo',
  channel: 'whatsapp',
  content: { kind: 'text' },
  dueAt: NOW,
  expiresAt: NOW + 40 * 86_400_000,
  confirmsOptOut: false,
};
const facts = (budgets: readonly Budget[], cost?: Cost, balance?: number): Facts => ({
  person: { zone: undefined, country: 'RO', erased: false, suppressedAt: undefined, marketingHeldUntil: undefined },
  consent: { transactional: undefined, marketing: undefined },
  window: undefined,
  sender: undefined,
  recent: [],
  settings: policySettings({}, 'Europe/Bucharest'),
  cost,
  spend: { budgets, ...(balance === undefined ? {} : { balance }) },
});
const known = (micros: number): Cost => ({ kind: 'known', micros, currency: 'EUR' });
const unknown: Cost = { kind: 'unknown', reason: 'no rate' };
const budget = (changes: Partial<Budget> = {}): Budget => ({
  name: 'promos',
  per: 'day',
  most: 100,
  hard: false,
  purposes: null,
  used: {},
  ...changes,
});
const judge = (budgets: readonly Budget[], cost?: Cost, changes: Partial<Intent> = {}) => {
  const verdict = budgetRule({ ...intent, ...changes }, facts(budgets, cost), NOW);
  if (verdict.verdict === 'later') return `later ${iso(verdict.notBefore)}`;
  return verdict.verdict === 'refuse' ? verdict.reason : 'pass';
};

test('a budget passes what fits to the last micro, and its hard kind refuses the next', () => {
  const used = { '2026-11-21': 70 };
  assert.equal(judge([budget({ used })], known(30)), 'pass');
  assert.equal(judge([budget({ used, hard: true })], known(31)), 'budget_exhausted');
  assert.equal(
    judge([budget({ used: { '2026-11-21': 500 }, hard: true })], known(0)),
    'pass',
    'what is free always goes',
  );
});

test('a soft one makes wait for the first period with room, by the account’s own calendar', () => {
  const full = { '2026-11-21': 90 };
  assert.equal(judge([budget({ used: full })], known(20)), 'later 2026-11-21T22:00:00.000Z');
  assert.equal(judge([budget({ used: { ...full, '2026-11-22': 90 } })], known(20)), 'later 2026-11-22T22:00:00.000Z');
  const month = budget({ per: 'month', used: { '2026-11': 90 } });
  assert.equal(judge([month], known(20)), 'later 2026-11-30T22:00:00.000Z');
  // Both have to have room at once.
  const december = budget({ name: 'day', used: { '2026-12-01': 90 } });
  assert.equal(judge([month, december], known(20)), 'later 2026-12-01T22:00:00.000Z');
  assert.equal(judge([budget({ used: full })], known(20), { dueAt: NOW + 86_400_000 }), 'pass', 'tomorrow has room');
});

test('what never fits, or only when it is of no use, is refused and not kept waiting', () => {
  assert.equal(judge([budget()], known(101)), 'budget_exhausted');
  const full = budget({ used: { '2026-11-21': 90 } });
  assert.equal(judge([full], known(20), { expiresAt: Date.parse('2026-11-21T22:00:00Z') }), 'budget_exhausted');
});

test('a budget counts the purposes that it names, and keeps no promise about what nobody can count', () => {
  const full = { '2026-11-21': 100 };
  assert.equal(judge([budget({ used: full, hard: true, purposes: ['reminder'] })], known(20)), 'pass');
  assert.equal(judge([budget({ hard: true })], unknown), 'budget_exhausted');
  assert.equal(judge([budget()], unknown), 'pass');
  assert.equal(judge([budget({ hard: true })], undefined), 'budget_exhausted');
});

test('a prepaid balance pays to its last micro, and not for what has no price', () => {
  const judged = (cost: Cost | undefined, balance?: number) => {
    const verdict = balanceRule(intent, facts([], cost, balance), NOW);
    return verdict.verdict === 'refuse' ? verdict.reason : verdict.verdict;
  };
  assert.deepEqual(
    [
      judged(known(5), 5),
      judged(known(6), 5),
      judged(known(0), 0),
      judged(unknown, 9),
      judged(undefined, 9),
      judged(unknown),
    ],
    ['pass', 'balance_exhausted', 'pass', 'balance_exhausted', 'balance_exhausted', 'pass'],
  );
});
