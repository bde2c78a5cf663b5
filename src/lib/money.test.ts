import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { moneyOrNull, parseMicros } from './money.ts';

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
