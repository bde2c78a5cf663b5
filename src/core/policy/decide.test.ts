import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PURPOSE_NAMES } from '../messages/purposes.ts';
import { policySettings, type StoredSettings } from '../tenants/settings.ts';
import { decide } from './decide.ts';
import type { Facts, Intent } from './decision.ts';

const NOW = 1_000_000;
const granted = {
  status: 'granted',
  since: 1,
  source: 'checkout',
  verified: true,
  stoppedAt: null,
  platformStoppedAt: null,
  pausedAt: null,
} as const;
const template = { id: 't', name: 'order_confirm', language: 'en', purpose: 'order_confirm', status: 'approved' };
const intent: Intent = {
  purpose: 'order_confirm',
  channel: 'whatsapp',
  content: { kind: 'template', asked: 'order_confirm', template, missing: [] },
  dueAt: NOW,
  expiresAt: NOW + 1_000,
  confirmsOptOut: false,
};
const facts: Facts = {
  person: { zone: undefined, country: 'RO', erased: false, suppressedAt: undefined, marketingHeldUntil: undefined },
  consent: { transactional: granted, marketing: undefined },
  window: undefined,
  sender: { id: 's', provider: 'meta', status: 'active' },
  recent: [],
  settings: policySettings({}, 'Europe/Bucharest'),
};

const cost = { kind: 'known', micros: 2, currency: 'EUR' } as const;
const budget = { name: 'all', per: 'day', most: 2, hard: true, purposes: null, used: {} } as const;
const settingsOf = (stored: StoredSettings) => policySettings(stored, 'Europe/Bucharest');
const capped = settingsOf({ caps: { promo: [{ most: 1, per: 'PT10M' }] } });
const closed = settingsOf({ countries: { allow: ['HU'] }, channels: { whatsapp: false } });

test('a confirmation that the platform files under marketing is stopped and capped as marketing, and asks for no more consent', () => {
  const filed: Intent = {
    ...intent,
    content: {
      kind: 'template',
      asked: 'order_confirm',
      template: { ...template, meta_category: 'MARKETING' },
      missing: [],
    },
  };
  const marketing = { ...granted, status: 'withdrawn' as const, platformStoppedAt: 2 };
  const stopped: Facts = { ...facts, consent: { transactional: granted, marketing } };
  assert.equal(decide(filed, facts, NOW).outcome, 'queue');
  assert.equal(decide(filed, stopped, NOW).reason, 'stopped_in_whatsapp');
  assert.equal(decide(intent, stopped, NOW).outcome, 'queue');
  assert.equal(decide(filed, { ...facts, person: { ...facts.person, country: 'US' } }, NOW).reason, 'country_blocked');
  const held: Facts = { ...facts, person: { ...facts.person, marketingHeldUntil: NOW + 500 } };
  assert.equal(decide(filed, held, NOW).notBefore, NOW + 500);
  assert.equal(decide(intent, held, NOW).outcome, 'queue');
});

test('each refusal has its reason, and the trace ends with the rule that gave it', () => {
  const cases: [Partial<Intent>, Partial<Facts>, string][] = [
    [{}, { person: { ...facts.person, erased: true } }, 'suppressed'],
    [{}, { person: { ...facts.person, suppressedAt: 1 } }, 'suppressed'],
    [{}, { consent: { transactional: undefined, marketing: undefined } }, 'no_consent'],
    [{}, { consent: { transactional: { ...granted, status: 'withdrawn' }, marketing: undefined } }, 'opted_out'],
    [{ purpose: 'promo' }, {}, 'no_consent'],
    [
      { purpose: 'promo' },
      { consent: { transactional: granted, marketing: { ...granted, verified: false } } },
      'no_consent',
    ],
    [
      { purpose: 'promo' },
      { consent: { transactional: granted, marketing: { ...granted, platformStoppedAt: 2 } } },
      'stopped_in_whatsapp',
    ],
    [
      { purpose: 'promo' },
      { consent: { transactional: granted, marketing: { ...granted, pausedAt: 2 } } },
      'suppressed',
    ],
    [{ purpose: 'reply', content: { kind: 'text' } }, {}, 'no_active_session'],
    [{ content: { kind: 'template', asked: 'x', template: undefined, missing: [] } }, {}, 'template_missing'],
    [
      { content: { kind: 'template', asked: 'x', template: { ...template, status: 'pending' }, missing: [] } },
      {},
      'template_not_approved',
    ],
    [{ content: { kind: 'template', asked: 'x', template, missing: ['order_id'] } }, {}, 'variables_missing'],
    [{}, { sender: undefined }, 'sender_unavailable'],
    [{ expiresAt: NOW - 1 }, {}, 'expired'],
    [{}, { settings: settingsOf({ channels: { whatsapp: false } }) }, 'channel_disabled'],
    [{}, { settings: settingsOf({ countries: { block: ['RO'] } }) }, 'country_blocked'],
    [{}, { settings: settingsOf({ countries: { allow: ['HU'] } }) }, 'country_blocked'],
    [{}, { cost, spend: { budgets: [{ ...budget, used: { '1970-01-01': 1 } }] } }, 'budget_exhausted'],
    [{}, { cost, spend: { budgets: [budget], balance: 1 } }, 'balance_exhausted'],
  ];
  for (const [change, known, reason] of cases) {
    const decision = decide({ ...intent, ...change }, { ...facts, ...known }, NOW);
    assert.equal(decision.outcome, 'refuse', reason);
    assert.equal(decision.reason, reason);
    assert.equal(decision.trace.at(-1)!.verdict, 'refuse');
  }
  assert.equal(decide(intent, facts, NOW).outcome, 'queue');
});

test('what is due later waits, and what is held waits for no longer than it is of use', () => {
  const later = decide({ ...intent, dueAt: NOW + 500 }, facts, NOW);
  assert.equal(later.outcome, 'later');
  assert.equal(later.notBefore, NOW + 500);
  const paused = { kind: 'template', asked: 'x', template: { ...template, status: 'paused' }, missing: [] } as const;
  assert.equal(decide({ ...intent, content: paused }, facts, NOW).reason, 'expired', 'a minute is longer than its use');
  assert.equal(decide({ ...intent, content: paused, expiresAt: NOW + 3_600_000 }, facts, NOW).outcome, 'later');
});

test('after STOP only its confirmation goes out, until the person writes again', () => {
  const stopped = {
    ...granted,
    status: 'withdrawn',
    stoppedAt: 500,
  } as const;
  const reply: Intent = { ...intent, purpose: 'reply', content: { kind: 'text' } };
  const silent: Facts = {
    ...facts,
    consent: { transactional: stopped, marketing: stopped },
    window: { lastInboundAt: 500, expiresAt: NOW + 1e6 },
  };
  assert.equal(decide(reply, silent, NOW).reason, 'opted_out');
  assert.equal(decide({ ...reply, confirmsOptOut: true }, silent, NOW).outcome, 'queue');
  assert.equal(
    decide(reply, { ...silent, window: { lastInboundAt: 501, expiresAt: NOW + 1e6 } }, NOW).outcome,
    'queue',
  );
  assert.equal(
    decide({ ...intent, purpose: 'otp' }, silent, NOW).outcome,
    'queue',
    'a code that the person has just asked for',
  );
});

test('every decision has one outcome, a reason exactly when it refuses, and is the same when asked twice', () => {
  const standing = fc.option(
    fc.record({
      status: fc.constantFrom('granted', 'withdrawn', 'none'),
      since: fc.nat(),
      source: fc.constant('x'),
      verified: fc.boolean(),
      stoppedAt: fc.option(fc.nat(2_000)),
      platformStoppedAt: fc.option(fc.nat(2_000)),
      pausedAt: fc.option(fc.nat(2_000)),
    }),
    { nil: undefined },
  );
  const anyFacts = fc.record({
    person: fc.record({
      zone: fc.constant(undefined),
      country: fc.constantFrom('RO', undefined),
      erased: fc.boolean(),
      suppressedAt: fc.option(fc.nat(2_000), { nil: undefined }),
      marketingHeldUntil: fc.option(fc.nat(2_000_000), { nil: undefined }),
    }),
    recent: fc.array(fc.nat(2_000_000), { maxLength: 4 }),
    settings: fc.constantFrom(settingsOf({}), capped, closed),
    consent: fc.record({ transactional: standing, marketing: standing }),
    window: fc.option(fc.record({ lastInboundAt: fc.nat(2_000_000), expiresAt: fc.nat(2_000_000) }), {
      nil: undefined,
    }),
    sender: fc.option(
      fc.record({ id: fc.constant('s'), provider: fc.constant('p'), status: fc.constantFrom('active', 'disabled') }),
      { nil: undefined },
    ),
  });
  const content = fc.oneof(
    fc.constant({ kind: 'text' }),
    fc.record({
      kind: fc.constant('template'),
      asked: fc.constant('x'),
      template: fc.option(
        fc.record({
          id: fc.constant('t'),
          name: fc.constant('x'),
          language: fc.constant('en'),
          purpose: fc.constant('promo'),
          status: fc.constantFrom('approved', 'paused', 'pending', 'disabled'),
        }),
        { nil: undefined },
      ),
      missing: fc.array(fc.constant('v'), { maxLength: 1 }),
    }),
  );
  const anyIntent = fc.record({
    purpose: fc.constantFrom(...PURPOSE_NAMES),
    channel: fc.constant('whatsapp'),
    content,
    dueAt: fc.nat(2_000_000),
    expiresAt: fc.nat(4_000_000),
    confirmsOptOut: fc.boolean(),
  });
  fc.assert(
    fc.property(anyIntent, anyFacts, fc.nat(2_000_000), (asked, known, now) => {
      const decision = decide(asked as Intent, known as Facts, now);
      assert.equal(decision.outcome === 'refuse', decision.reason !== undefined);
      assert.equal(
        decision.trace.filter(line => line.verdict === 'refuse').length,
        decision.outcome === 'refuse' ? 1 : 0,
      );
      assert.ok(decision.outcome !== 'later' || decision.notBefore! > now);
      assert.deepEqual(decide(asked as Intent, known as Facts, now), decision);
    }),
    { numRuns: 2_000 },
  );
});
