import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS } from '#lib/clock.ts';
import { fateOf, planOf } from './settle.ts';

const NOW = Date.UTC(2026, 10, 21);
const row = (changes: Partial<Parameters<typeof fateOf>[0]> = {}): Parameters<typeof fateOf>[0] => ({
  id: 'a',
  state: 'held',
  micros: 100,
  currency: 'EUR',
  prepaid: true,
  counted: [{ budget: 'all', period: '2026-11-01' }],
  since: NOW,
  message_state: 'queued',
  resolution: null,
  actual_micros: null,
  actual_currency: null,
  accepted_at: null,
  arrived_at: null,
  ...changes,
});
const arrived = { message_state: 'delivered', arrived_at: NOW };
const priced = { ...arrived, actual_micros: 60, actual_currency: 'EUR' };

test('money follows its message: taken on arrival, given back at an end, kept as long as neither is known', () => {
  const cases: [Partial<Parameters<typeof fateOf>[0]>, ReturnType<typeof fateOf>][] = [
    [{}, { kind: 'keep' }],
    [{ message_state: 'sending' }, { kind: 'keep' }],
    [{ message_state: 'unknown', resolution: 'open' }, { kind: 'keep' }],
    [priced, { kind: 'settle', micros: 60 }],
    // Arrived, and no receipt or no card says for how much: for eight days it may still be said.
    [arrived, { kind: 'keep' }],
    [
      { ...arrived, arrived_at: NOW - 9 * DAY_MS },
      { kind: 'settle', micros: 100 },
    ],
    [{ ...priced, actual_currency: 'USD' }, { kind: 'keep' }],
    [{ message_state: 'refused' }, { kind: 'forget', release: true }],
    [{ message_state: 'cancelled' }, { kind: 'forget', release: true }],
    [{ message_state: 'expired' }, { kind: 'forget', release: true }],
    [{ message_state: 'failed' }, { kind: 'release' }],
    [{ message_state: 'dead' }, { kind: 'release' }],
    [{ message_state: 'unknown', resolution: 'closed' }, { kind: 'release' }],
    [{ message_state: 'failed', state: 'watched' }, { kind: 'keep' }],
    [
      { message_state: 'failed', state: 'watched', since: NOW - 9 * DAY_MS },
      { kind: 'forget', release: false },
    ],
    [
      { ...priced, state: 'watched' },
      { kind: 'settle', micros: 60 },
    ],
    [{ message_state: 'sent', accepted_at: NOW - 30 * DAY_MS }, { kind: 'keep' }],
    [
      { message_state: 'sent', accepted_at: NOW - 32 * DAY_MS },
      { kind: 'forget', release: true },
    ],
  ];
  for (const [changes, fate] of cases) assert.deepEqual(fateOf(row(changes), NOW), fate, JSON.stringify(changes));
});

test('the difference is booked, and in the budgets too', () => {
  const plan = planOf([row({ ...priced, id: 'cheaper' }), row({ id: 'ended', message_state: 'failed' })], 0, NOW);
  assert.deepEqual(plan.entries, [
    { kind: 'release', amount: 100, message: 'ended' },
    { kind: 'settle', amount: 40, message: 'cheaper' },
  ]);
  assert.deepEqual([plan.unreserved, plan.watched, plan.ended], [200, ['ended'], ['cheaper']]);
  assert.deepEqual(
    plan.uses.map(use => use.micros),
    [-100, -40],
  );
});

test('what costs more than was put aside takes what is there, what is given back first, and waits for the rest', () => {
  const dearer = row({ ...arrived, id: 'dearer', actual_micros: 190, actual_currency: 'EUR' });
  assert.deepEqual(planOf([dearer], 89, NOW).ended, [], 'ninety are owed, and there are eighty-nine');
  assert.deepEqual(planOf([dearer], 90, NOW).entries, [{ kind: 'settle', amount: -90, message: 'dearer' }]);
  const plan = planOf([dearer, row({ id: 'ended', message_state: 'expired' })], 0, NOW);
  assert.deepEqual(
    plan.entries.map(entry => entry.amount),
    [100, -90],
  );
  assert.deepEqual(
    planOf([{ ...dearer, prepaid: false }], 0, NOW).uses.map(use => use.micros),
    [90],
    'a budget may be overdrawn',
  );
});

test('what was given back and arrives after all is charged once more', () => {
  assert.deepEqual(planOf([row({ ...priced, state: 'watched' })], 60, NOW).entries, [
    { kind: 'settle', amount: -60, message: 'a' },
  ]);
});
