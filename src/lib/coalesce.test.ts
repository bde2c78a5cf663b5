import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffMs } from './backoff.ts';
import { coalesce } from './coalesce.ts';
import { canonicalJson } from './hmac.ts';

const options = { maxBatch: 10, parallel: 1, tryAlone: () => true };

test('calls that come together are one batch, each with its own answer', async () => {
  const batches: number[][] = [];
  const double = coalesce(options, async (inputs: number[]) => {
    batches.push(inputs);
    return inputs.map(input => input * 2);
  });
  assert.deepEqual(await Promise.all([1, 2, 3].map(double)), [2, 4, 6]);
  assert.deepEqual(batches, [[1, 2, 3]]);
  await Promise.all(Array.from({ length: 25 }, (_, index) => double(index)));
  assert.ok(batches.every(batch => batch.length <= 10));
  assert.equal(double.pending(), 0);
});

test('one bad input fails alone; its neighbours get their answers', async () => {
  const picky = coalesce(options, async (inputs: number[]) => {
    if (inputs.includes(13)) throw new Error('unlucky');
    return inputs;
  });
  const results = await Promise.allSettled([1, 13, 2].map(picky));
  assert.deepEqual(
    results.map(result => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('what is nobody’s fault is told to all at once and tried by none', async () => {
  let calls = 0;
  const away = coalesce({ ...options, tryAlone: () => false }, async () => {
    calls += 1;
    throw new Error('away');
  });
  await Promise.allSettled([1, 2, 3].map(away));
  assert.equal(calls, 1);
});

test('the wait grows, is never nothing and never more than its cap', () => {
  const backoff = { baseMs: 100, capMs: 10_000, factor: 2 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
      const wait = backoffMs(backoff, attempt, () => chance);
      return wait >= 10 && wait <= 10_000;
    }),
  );
  assert.ok(backoffMs(backoff, 6, () => 1) > backoffMs(backoff, 2, () => 1));
});

test('one value has one spelling, whatever the order of its keys', () => {
  assert.equal(canonicalJson({ b: [1, { d: 2, c: undefined }], a: null }), '{"a":null,"b":[1,{"d":2}]}');
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const shuffled = JSON.parse(JSON.stringify(value), (_key, inner) =>
        inner && typeof inner === 'object' && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).reverse())
          : inner,
      );
      return (
        canonicalJson(value) === canonicalJson(shuffled) &&
        JSON.stringify(JSON.parse(canonicalJson(value))) !== undefined
      );
    }),
  );
});
