import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, MINUTE_MS } from '#lib/clock.ts';
import { Span, STEP_MS } from './reach.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const step = (minutesAgo: number, people: number, promised = 0) => ({
  at: NOW - minutesAgo * MINUTE_MS,
  people,
  promised,
});

test('those who wait are told the place that comes free for them, and not all the same one', () => {
  const span = new Span(5, [step(600, 2), step(300, 3)]);
  const told = Array.from({ length: 6 }, () => {
    const at = span.freesAt(NOW);
    span.promise();
    return (at - NOW) / MINUTE_MS;
  });
  const day = DAY_MS / MINUTE_MS + 10;
  assert.deepEqual(told, [day - 600, day - 600, day - 300, day - 300, day - 300, day - 300]);
  assert.deepEqual(
    [...span.told.values()],
    [2, 4],
    'what is promised is written down, so that the next gate goes on from there',
  );
});

test('places that were promised before are not promised again', () => {
  const span = new Span(5, [step(600, 2, 2), step(300, 3, 1)]);
  assert.equal(span.freesAt(NOW), NOW - 300 * MINUTE_MS + STEP_MS + DAY_MS);
});

test('nobody is told a moment at which their place is still taken, whatever the steps are', () => {
  const steps = fc.array(fc.record({ ago: fc.integer({ min: 0, max: 143 }), people: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 60 }), (drawn, waiting) => {
      const rows = [...new Map(drawn.map(one => [one.ago, one])).values()]
        .sort((a, b) => b.ago - a.ago)
        .map(({ ago, people }) => ({ at: NOW - (NOW % STEP_MS) - ago * STEP_MS, people, promised: 0 }));
      const limit = rows.reduce((sum, row) => sum + row.people, 0);
      const span = new Span(limit, rows);
      const told: number[] = [];
      for (let i = 0; i < Math.min(waiting, limit); i += 1) {
        told.push(span.freesAt(NOW));
        span.promise();
      }
      for (const [place, at] of told.entries()) {
        // A day after a row's last moment its people count no more: so many places are free by then.
        const free = rows.filter(row => row.at + STEP_MS + DAY_MS <= at).reduce((sum, row) => sum + row.people, 0);
        assert.ok(free > place, `${place} waits until only ${free} are free`);
      }
    }),
  );
});
