/** A few thousand lives in each run of the suite; `npm run chaos -- --simulate 100000` lives the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from './life.ts';
import { simulate, story } from './simulate.ts';

test('in three thousand lives nothing is lost, sent too often, or sent against a word', () => {
  const { failed, ...sum } = simulate(3_000, 0);
  const [first] = failed;
  assert.equal(
    first,
    undefined,
    `npm run chaos -- --simulate 1 --seed ${first?.seed}: ${first?.violations.join('; ')}`,
  );
  assert.equal(sum.lives, 3_000);
  // That nothing was found says something only where something happened.
  assert.ok(sum.copies > 3_000 && sum.doubted > 800 && sum.closed > 200, JSON.stringify(sum));
});

test('a seed is a life: lived twice it is the same to the last word', () => {
  for (const seed of [1, 185, 9_718]) assert.deepEqual(story(live(seed)), story(live(seed)));
  assert.notDeepEqual(story(live(1)), story(live(2)));
});
