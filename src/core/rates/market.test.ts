import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyMarketOf, MARKETS, marketOf, readMarket } from './market.ts';

const GOLDEN: readonly (readonly [address: string, day: string, market: string])[] = [
  // A rate of their own since 2026-07-01; until then their region's.
  ['+40712345678', '2026-06-30', 'Rest of Central & Eastern Europe'],
  ['+40712345678', '2026-07-01', 'Romania'],
  ['+48000000000', '2026-07-01', 'Poland'],
  ['+36000000000', '2026-06-30', 'Rest of Central & Eastern Europe'],
  ['+85200000000', '2026-06-30', 'Rest of Asia Pacific'],
  ['+85200000000', '2026-07-01', 'Hong Kong'],
  ['+97400000000', '2026-07-01', 'Qatar'],
  ['+6500000000', '2026-07-01', 'Singapore'],
  // Since 2026-10-01.
  ['+880000000000', '2026-09-30', 'Rest of Asia Pacific'],
  ['+880000000000', '2026-10-01', 'Bangladesh'],
  ['+964000000000', '2026-10-01', 'Iraq'],
  ['+212000000000', '2026-09-30', 'Rest of Africa'],
  ['+212000000000', '2026-10-01', 'Morocco'],
  ['+380000000000', '2026-10-01', 'Ukraine'],
  ['+94000000000', '2026-10-01', 'Sri Lanka'],
  // Kazakhstan shares +7 with Russia, and the longer code wins.
  ['+79000000000', '2026-10-01', 'Russia'],
  ['+77000000000', '2026-09-30', 'Other'],
  ['+77000000000', '2026-10-01', 'Kazakhstan'],
  ['+76000000000', '2026-10-01', 'Kazakhstan'],
  ['+263000000000', '2025-09-30', 'Other'],
  ['+263000000000', '2025-10-01', 'Rest of Africa'],
  // The North American plan: two countries, three listed islands, and the others.
  ['+12025550100', '2026-11-21', 'North America'],
  ['+18095550100', '2026-11-21', 'Rest of Latin America'],
  ['+18765550100', '2026-11-21', 'Rest of Latin America'],
  ['+17875550100', '2026-11-21', 'Rest of Latin America'],
  ['+12425550100', '2026-11-21', 'Other'],
  ['+18685550100', '2026-11-21', 'Other'],
  // Not listed at all.
  ['+35600000000', '2026-11-21', 'Other'],
  ['+88300000000', '2026-11-21', 'Other'],
  ['+43000000000', '2026-11-21', 'Rest of Western Europe'],
  // Whoever hides the number is known by the country in front of the scoped id.
  ['RO.13491208655302741918', '2026-06-30', 'Rest of Central & Eastern Europe'],
  ['RO.13491208655302741918', '2026-07-01', 'Romania'],
  ['RO.ENT.13491208655302741918', '2026-07-01', 'Romania'],
  ['KZ.13491208655302741918', '2026-10-01', 'Kazakhstan'],
  ['DO.13491208655302741918', '2026-10-01', 'Rest of Latin America'],
  ['JE.13491208655302741918', '2026-10-01', 'United Kingdom'],
  ['MT.13491208655302741918', '2026-10-01', 'Other'],
];

test('the market is the longest calling code’s, on the day that is asked for', () => {
  const found = GOLDEN.map(([address, day]) => [address, day, marketOf(address, day)]);
  assert.deepEqual(found, GOLDEN);
});

test('every market that somebody ever belonged to is known before the day is', () => {
  for (const [address, , market] of GOLDEN) assert.ok(everyMarketOf(address).includes(market), address);
});

test('a market is read in any spelling of its name, and no other name is one', () => {
  for (const market of MARKETS) assert.equal(readMarket(market.toUpperCase()), market);
  assert.equal(readMarket(' rest of central  and eastern europe '), 'Rest of Central & Eastern Europe');
  assert.equal(readMarket('Atlantis'), undefined);
  assert.equal(MARKETS.length, 47, 'as many as the price list of 2026-10-01 has');
});
