import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatMicros, formatMoney, formatQuantity, moneyOrNull, parseMicros, toMicros } from './money.ts';

test('an amount is read by its digits, and one that a micro can’t hold is none', () => {
  assert.deepEqual(
    ['0.0712', '1', '0.000001', '12.5', '0.0000010', '2.4971'].map(parseMicros),
    [71_200, 1_000_000, 1, 12_500_000, 1, 2_497_100],
  );
  for (const text of ['', '.5', '1.', '-1', '1e3', '0.0000001', '1,5', '1234567890', ' 1'])
    assert.equal(parseMicros(text), undefined, text);
});

test('whatever is printed with six decimals is read as it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.integer({ min: 0, max: 999_999 }), (whole, micros) => {
      assert.equal(parseMicros(`${whole}.${String(micros).padStart(6, '0')}`), whole * 1_000_000 + micros);
    }),
  );
});

test('without an amount or a currency there is no money', () => {
  assert.deepEqual(moneyOrNull(0, 'EUR'), { amount_micros: 0, currency: 'EUR' });
  assert.equal(moneyOrNull(null, 'EUR'), null);
  assert.equal(moneyOrNull(5, null), null);
});

/** Number formats separate by spaces that do not break; which of them is nobody's business here. */
const plain = (text: string) => text.replace(/\s/g, ' ');

test('an amount is written as the reader’s language writes that currency', () => {
  const shown: [micros: number, currency: string, locale: string, text: string][] = [
    [1_500_000_000, 'INR', 'en', '₹1,500.00'],
    [150_000_000_000, 'INR', 'en_IN', '₹1,50,000.00'],
    [1_500_500_000, 'RON', 'ro', '1.500,50 RON'],
    [1_500_500_000, 'RON', 'en', 'RON 1,500.50'],
    [500_000_000, 'JPY', 'en', '¥500'],
    [1_250_000, 'KWD', 'en', 'KWD 1.250'],
    [-5_000_000, 'EUR', 'ro', '-5,00 EUR'],
  ];
  for (const [micros, currency, locale, text] of shown)
    assert.equal(plain(formatMoney(micros, currency, locale)), text);
  assert.equal(formatMicros(1_500_500_000, 'RON', 'ro'), '1.500,50');
});

test('a sum is never rounded: decimals beyond the currency’s own are shown', () => {
  assert.equal(formatMicros(1_459_000, 'EUR', 'en'), '1.459');
  assert.equal(formatMicros(1, 'EUR', 'en'), '0.000001');
  assert.equal(formatMicros(500_500_000, 'JPY', 'en'), '500.5');
  assert.equal(formatMicros(0, 'RON', 'ro'), '0,00');
});

test('numbers and decimal texts become micros without the noise of floats', () => {
  assert.equal(toMicros(0.1 + 0.2), 300_000);
  assert.equal(toMicros('149.99'), 149_990_000);
  assert.equal(toMicros(149.99), 149_990_000);
  assert.equal(toMicros(-9_000_000_000), -9_000_000_000_000_000);
});

test('quantities are whole, or weights', () => {
  assert.equal(formatQuantity(2, 'ro'), '2');
  assert.equal(formatQuantity(0.125, 'ro'), '0,125');
});
