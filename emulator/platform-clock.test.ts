import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlatformClock, parseDuration, toIso } from './platform-clock.ts';

const DAY_MS = 86_400_000;

test('durations are read as ISO 8601 writes them', () => {
  assert.equal(parseDuration('P3D'), 3 * DAY_MS);
  assert.equal(parseDuration('P1W'), 7 * DAY_MS);
  assert.equal(parseDuration('PT1H30M'), 90 * 60_000);
  assert.equal(parseDuration('P1DT0.5S'), DAY_MS + 500);
  assert.equal(parseDuration('-PT2H'), -2 * 3_600_000);
});

test('what has no fixed length, or is no duration, is refused', () => {
  for (const text of ['P1M', 'P1Y', 'P', 'PT', 'P1DT', '3 days', '', 'P-1D'])
    assert.equal(parseDuration(text), undefined, text);
});

test('the clock runs on from wherever it was turned', () => {
  let real = Date.UTC(2026, 10, 21, 10);
  const clock = new PlatformClock({ now: () => real });
  clock.offsetMs = clock.offsetFor(Date.UTC(2026, 11, 24, 18));
  real += 1_000;
  assert.equal(toIso(clock.now()), '2026-12-24T18:00:01.000Z');
});
