import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUILT_IN } from './built-in.ts';
import type { Rate } from './card.ts';
import { type PriceQuestion, priceOf } from './price.ts';

const RO = '+40712345678';
const IN = '+910000000000';
const BD = '+880000000000';
const NOV = '2026-11-21T09:00:00Z';
const SEP = '2026-09-15T09:00:00Z';
const ask = (changes: Partial<Omit<PriceQuestion, 'at'>> & { at?: string }, own: readonly Rate[] = []) => {
  const { at = NOV, ...rest } = changes;
  return priceOf({ to: RO, category: 'utility', zone: 'UTC', currency: 'EUR', ...rest, at: Date.parse(at) }, own);
};
const said = (type: string) => ({ said: { type } });

/** Country × category × type × day: what the provider's receipts are booked as. */
const BOOKED: readonly (readonly [Parameters<typeof ask>[0], micros: number | 'unknown', rule?: string])[] = [
  [{ category: 'marketing', ...said('regular') }, 71_200, 'rate'],
  [{ category: 'marketing_lite', ...said('regular') }, 71_200, 'rate'],
  [{ category: 'utility', ...said('regular') }, 23_900, 'rate'],
  [{ category: 'authentication', ...said('regular') }, 23_900, 'rate'],
  [{ category: 'service', ...said('regular') }, 23_900, 'service_at_utility_rate'],
  [{ category: 'service', ...said('free_customer_service') }, 0, 'free_customer_service'],
  [{ category: 'utility', ...said('free_entry_point') }, 0, 'free_entry_point'],
  [{ category: 'marketing', ...said('free_entry_point') }, 0, 'free_entry_point'],
  [{ category: 'group_service', ...said('free_group_customer_service') }, 0, 'free_group_customer_service'],
  [{ category: 'utility', ...said('paid_exempt') }, 0, 'paid_exempt'],
  [{ category: 'utility', at: SEP, ...said('regular') }, 23_900, 'rate'],
  [{ category: 'utility', at: SEP, ...said('free_customer_service') }, 0, 'free_customer_service'],
  [{ category: 'service', at: SEP, ...said('regular') }, 0, 'service_was_free'],
  // The receipt's word goes before what we know of a window: it is charged inside one too.
  [{ category: 'utility', windowOpen: true, at: SEP, ...said('regular') }, 23_900, 'rate'],
  [{ category: 'service', allowanceLeft: 500, ...said('regular') }, 23_900, 'service_at_utility_rate'],
  [{ to: IN, category: 'marketing', currency: 'USD', ...said('regular') }, 11_800, 'rate'],
  [{ to: IN, category: 'marketing', currency: 'INR', ...said('regular') }, 863_100, 'rate'],
  [{ to: IN, category: 'authentication-international', currency: 'INR', ...said('regular') }, 2_497_100, 'rate'],
  [{ to: IN, category: 'authentication_international', currency: 'USD', ...said('regular') }, 30_400, 'rate'],
  [{ to: BD, category: 'authentication-international', currency: 'AED', ...said('regular') }, 352_600, 'rate'],
  [{ to: 'RO.13491208655302741918', ...said('regular') }, 23_900, 'rate'],
  // What no card holds is unknown, in every direction: market, currency, category, day.
  [{ to: '+12025550100', ...said('regular') }, 'unknown'],
  [{ to: BD, ...said('regular') }, 'unknown'],
  [{ currency: 'USD', ...said('regular') }, 'unknown'],
  [{ currency: null, ...said('regular') }, 'unknown'],
  [{ category: 'authentication-international', ...said('regular') }, 'unknown'],
  [{ category: 'group_marketing', ...said('regular') }, 'unknown'],
  [{ at: '2026-06-30T12:00:00Z', ...said('regular') }, 'unknown'],
  [{ at: '2025-06-30T12:00:00Z', ...said('free_customer_service') }, 'unknown'],
];

test('what a receipt says is booked at the rate of its day, market and category, or not at all', () => {
  for (const [question, micros, rule] of BOOKED) {
    const price = ask(question);
    const found = price.kind === 'known' ? [price.micros, price.rule] : ['unknown'];
    assert.deepEqual(found, rule === undefined ? [micros] : [micros, rule], JSON.stringify(question));
  }
});

/** Before a message is sent: what its window, its entry point and the month's allowance let us expect. */
const ESTIMATED: readonly (readonly [Parameters<typeof ask>[0], micros: number, rule: string])[] = [
  [{ category: 'utility' }, 23_900, 'rate'],
  [{ category: 'utility', windowOpen: true }, 23_900, 'rate'],
  [{ category: 'utility', windowOpen: true, at: SEP }, 0, 'free_customer_service'],
  [{ category: 'marketing', windowOpen: true, at: SEP }, 71_200, 'rate'],
  [{ category: 'authentication', windowOpen: true, at: SEP }, 23_900, 'rate'],
  [{ category: 'service', at: SEP }, 0, 'service_was_free'],
  [{ category: 'service', allowanceLeft: 1 }, 0, 'free_customer_service'],
  [{ category: 'service', allowanceLeft: 0 }, 23_900, 'service_at_utility_rate'],
  [{ category: 'service' }, 23_900, 'service_at_utility_rate'],
  [{ category: 'marketing', entryPoint: true }, 0, 'free_entry_point'],
  [{ category: 'service', entryPoint: true, allowanceLeft: 0 }, 0, 'free_entry_point'],
];

test('an estimate knows the window, the entry point and the allowance, each by its date', () => {
  for (const [question, micros, rule] of ESTIMATED) {
    const price = ask(question);
    assert.deepEqual(price.kind === 'known' && [price.micros, price.rule], [micros, rule], JSON.stringify(question));
  }
});

test('the account’s calendar decides the day: one instant is September in one zone and October in another', () => {
  const at = '2026-09-30T22:00:00Z';
  const price = (zone: string, instant = at) => {
    const found = ask({ category: 'service', zone, at: instant });
    return found.kind === 'known' ? found.micros : found.reason;
  };
  assert.equal(price('UTC'), 0);
  assert.equal(price('Europe/Bucharest'), 23_900, 'an hour past midnight there');
  assert.equal(price('Europe/Bucharest', '2026-09-30T20:59:59.999Z'), 0);
  assert.equal(price('Europe/Bucharest', '2026-09-30T21:00:00Z'), 23_900);
  assert.equal(price('America/New_York', '2026-10-01T03:59:59Z'), 0);
  assert.equal(price('America/New_York', '2026-10-01T04:00:00Z'), 23_900);
});

test('an unknown price says what to import, and in which currency', () => {
  const price = ask({ to: '+12025550100', category: 'marketing' });
  assert.deepEqual(price, {
    kind: 'unknown',
    market: 'North America',
    category: 'marketing',
    reason: 'no EUR rate of marketing for North America on 2026-11-21: import the provider’s EUR rate card',
  });
  const unset = ask({ currency: null });
  assert.match(unset.kind === 'unknown' ? unset.reason : '', /currency of the account is not set/);
});

const own = (changes: Partial<Rate>): Rate => ({
  market: 'Romania',
  currency: 'EUR',
  category: 'utility',
  effectiveFrom: '2026-10-01',
  tierFrom: 0,
  micros: 25_000,
  source: 'ours',
  importedAt: 1,
  ...changes,
});

test('a card of one’s own goes before the built-in one from its day on, also where that one is newer', () => {
  const micros = (at: string, rates: Rate[]) => {
    const price = ask({ at }, rates);
    return price.kind === 'known' ? price.micros : undefined;
  };
  assert.equal(micros('2026-09-30T12:00:00Z', [own({})]), 23_900);
  assert.equal(micros('2026-10-01T12:00:00Z', [own({})]), 25_000);
  const negotiated = own({ effectiveFrom: '2026-01-01', micros: 20_000 });
  assert.equal(micros(NOV, [negotiated]), 20_000);
  assert.equal(micros(NOV, [negotiated, own({})]), 25_000, 'of one’s own the latest');
  assert.equal(micros('2027-01-01T12:00:00Z', [own({ effectiveFrom: '2027-01-02' })]), 23_900, 'not before its day');
});

test('a price for replies goes before the utility rate, and volume tiers count what was charged before', () => {
  const tiers = [own({}), own({ tierFrom: 100_001, micros: 22_000 }), own({ tierFrom: 500_001, micros: 19_000 })];
  const micros = (volume: number, category = 'utility') => {
    const price = ask({ category, volume }, tiers);
    return price.kind === 'known' ? price.micros : undefined;
  };
  assert.deepEqual(
    [0, 100_000, 100_001, 500_000, 500_001, 9e9].map(volume => micros(volume)),
    [25_000, 25_000, 22_000, 22_000, 19_000, 19_000],
  );
  assert.equal(micros(9e9, 'service'), 25_000, 'replies have no tiers');
  const priced = ask({ category: 'service' }, [...tiers, own({ category: 'service', micros: 30_000 })]);
  assert.deepEqual(priced.kind === 'known' && [priced.micros, priced.rule], [30_000, 'rate']);
});

test('what the program knows by itself has a day, a source and an amount in micros, once each', () => {
  assert.ok(BUILT_IN.length > 60);
  for (const rate of BUILT_IN) {
    assert.ok(Number.isSafeInteger(rate.micros) && rate.micros > 0 && rate.source.length > 20, JSON.stringify(rate));
    assert.match(rate.effectiveFrom, /^20\d\d-\d\d-\d\d$/);
  }
  const keys = BUILT_IN.map(rate => `${rate.currency} ${rate.market} ${rate.category} ${rate.effectiveFrom}`);
  assert.equal(new Set(keys).size, keys.length);
});
