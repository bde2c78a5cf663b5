import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconcile } from './reconcile.ts';

const day = '2026-11-21';
const cost = (changes: object = {}) => ({
  day,
  market: 'Rest of Western Europe',
  category: 'utility',
  currency: 'EUR',
  messages: 10,
  charged: 10,
  micros: 142_000,
  ...changes,
});
const bill = (changes: object = {}) => ({
  day,
  country: 'AT',
  category: 'utility',
  currency: 'EUR',
  messages: 6,
  micros: 85_200,
  ...changes,
});

test('countries of one market are compared with it together, optimised marketing with marketing', () => {
  const rows = reconcile(
    'EUR',
    [cost(), cost({ category: 'marketing_lite', micros: 49_000, messages: 1, charged: 1 })],
    [
      bill(),
      bill({ country: 'CH', messages: 4, micros: 50_000 }),
      bill({ category: 'MARKETING', messages: 1, micros: 49_000 }),
    ],
  );
  assert.deepEqual(
    rows.map(row => [row.category, row.accrued.messages, row.billed?.messages, row.difference?.amount_micros]),
    [
      ['marketing', 1, 1, 0],
      ['utility', 10, 10, -6_800],
    ],
  );
});

test('what only one side names is shown, and what has no bill yet is no difference', () => {
  const rows = reconcile('EUR', [cost()], [bill({ country: 'RO' })]);
  assert.deepEqual(
    rows.map(row => [
      row.market,
      row.accrued.messages,
      row.billed?.messages ?? null,
      row.difference?.amount_micros ?? null,
    ]),
    [
      ['Rest of Western Europe', 10, null, null],
      ['Romania', 0, 6, 85_200],
    ],
  );
});

test('what has no known price is counted and named, and another currency is another account', () => {
  const [row] = reconcile(
    'EUR',
    [cost(), cost({ currency: '', messages: 3, charged: 0, micros: 0 }), cost({ currency: 'USD' })],
    [],
  );
  assert.deepEqual(row?.accrued, {
    messages: 13,
    charged: 10,
    unpriced: 3,
    amount: { amount_micros: 142_000, currency: 'EUR' },
  });
});
