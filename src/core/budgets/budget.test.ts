import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iso } from '#lib/clock.ts';
import { nextPeriodAt, periodOf } from './budget.ts';

const ZONE = 'Europe/Bucharest';
const at = (text: string) => Date.parse(text);

test('a period has its name on the calendar and ends at midnight there, also when the clock is changed', () => {
  const cases: [string, 'day' | 'month', string, string][] = [
    ['2026-11-21T21:59:59Z', 'day', '2026-11-21', '2026-11-21T22:00:00.000Z'],
    ['2026-11-21T22:00:00Z', 'day', '2026-11-22', '2026-11-22T22:00:00.000Z'],
    ['2026-10-24T21:30:00Z', 'day', '2026-10-25', '2026-10-25T22:00:00.000Z'],
    ['2026-11-30T21:00:00Z', 'month', '2026-11', '2026-11-30T22:00:00.000Z'],
    ['2026-12-31T22:00:00Z', 'month', '2027-01', '2027-01-31T22:00:00.000Z'],
    ['2026-12-15T12:00:00Z', 'month', '2026-12', '2026-12-31T22:00:00.000Z'],
    ['2027-03-15T12:00:00Z', 'month', '2027-03', '2027-03-31T21:00:00.000Z'],
  ];
  for (const [instant, per, period, next] of cases) {
    assert.equal(periodOf(per, at(instant), ZONE), period, instant);
    assert.equal(iso(nextPeriodAt(per, at(instant), ZONE)), next, instant);
  }
});
