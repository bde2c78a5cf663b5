import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { handClock, iso, parseDurationMs, parseInstant, systemClock } from './clock.ts';

test('an instant needs its offset and a day that exists', () => {
  assert.equal(parseInstant('2026-11-28T20:00:00+02:00'), Date.UTC(2026, 10, 28, 18));
  assert.equal(parseInstant('2026-11-28T20:00Z'), Date.UTC(2026, 10, 28, 20));
  assert.equal(parseInstant('2026-11-28T20:00:00+0200'), Date.UTC(2026, 10, 28, 18));
  assert.equal(parseInstant('2028-02-29T00:00:00Z'), Date.UTC(2028, 1, 29));
  for (const wrong of [
    '2026-11-28T20:00:00',
    '2026-02-30T10:00:00Z',
    '2027-02-29T10:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T23:59:60Z',
    '2026-13-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-11-28',
    'soon',
    '',
  ]) {
    assert.equal(parseInstant(wrong), undefined, wrong);
  }
});

test('every instant survives being written and read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(9998, 0, 1) }), instant => parseInstant(iso(instant)) === instant),
  );
});

test('durations of fixed length are understood and months are refused', () => {
  assert.equal(parseDurationMs('P3D'), 3 * 86_400_000);
  assert.equal(parseDurationMs('PT1H30M'), 5_400_000);
  assert.equal(parseDurationMs('-P1W'), -7 * 86_400_000);
  for (const wrong of ['P', 'PT', 'P1M', '3D', 'P1.5D', '']) assert.equal(parseDurationMs(wrong), undefined, wrong);
});

test('turning the clock moves business time and leaves machine time alone', () => {
  const clock = systemClock();
  const before = clock.machine();
  clock.turn(86_400_000);
  assert.ok(clock.now() - clock.machine() >= 86_400_000 - 5);
  assert.ok(clock.machine() - before < 1_000);
  const hand = handClock(1_000);
  hand.advance(5);
  assert.equal(hand.now(), 1_005);
});
