import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, iso, MINUTE_MS, parseInstant } from '#lib/clock.ts';
import { wallClock, zonesOf } from '#lib/zone.ts';
import { nextOpen, type QuietHours, quietHoursFor, WEEKDAYS, zonesFor } from './quiet.ts';

const at = (text: string): number => parseInstant(text)!;
const opens = (quiet: QuietHours, zone: string, from: string): string | undefined => {
  const found = nextOpen(quiet, [zone], at(from));
  return found === undefined ? undefined : iso(found);
};
const night: QuietHours = { start: '20:00', end: '09:00', days_off: ['sunday'] };

test('quiet ends in the morning of the person’s own zone, and a day off goes on to the next', () => {
  assert.equal(opens(night, 'Europe/Bucharest', '2026-11-20T10:00:00+02:00'), '2026-11-20T08:00:00.000Z');
  assert.equal(opens(night, 'Europe/Bucharest', '2026-11-20T23:00:00+02:00'), '2026-11-21T07:00:00.000Z');
  assert.equal(
    opens(night, 'Europe/Bucharest', '2026-11-21T20:00:00+02:00'),
    '2026-11-23T07:00:00.000Z',
    'over Sunday',
  );
  assert.equal(opens(night, 'America/New_York', '2026-11-20T10:00:00+02:00'), '2026-11-20T14:00:00.000Z');
  assert.equal(opens(night, 'Asia/Kathmandu', '2026-11-20T16:00:00Z'), '2026-11-21T03:15:00.000Z');
});

test('across a change of the clock nine is nine by the clock on the wall', () => {
  // 28 March 2027: 03:00 becomes 04:00; 25 October 2026: 04:00 becomes 03:00.
  const daily: QuietHours = { start: '20:00', end: '09:00' };
  assert.equal(opens(daily, 'Europe/Bucharest', '2027-03-27T23:00:00+02:00'), '2027-03-28T06:00:00.000Z');
  assert.equal(opens(daily, 'Europe/Bucharest', '2026-10-24T23:00:00+03:00'), '2026-10-25T07:00:00.000Z');
  const inTheGap: QuietHours = { start: '22:00', end: '03:30' };
  assert.equal(
    opens(inTheGap, 'Europe/Bucharest', '2027-03-28T00:00:00+02:00'),
    '2027-03-28T01:00:00.000Z',
    'at 04:00',
  );
  const repeated: QuietHours = { start: '22:00', end: '03:30' };
  assert.equal(opens(repeated, 'Europe/Bucharest', '2026-10-25T00:00:00+03:00'), '2026-10-25T00:30:00.000Z');
  // 03:10, the second time: it was open from the first 03:30 on, and is quiet once more until the second.
  assert.equal(opens(repeated, 'Europe/Bucharest', '2026-10-25T01:10:00Z'), '2026-10-25T01:30:00.000Z');
});

/** What the definition says, minute by minute. */
function slow(quiet: QuietHours, zones: readonly string[], from: number): number | undefined {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const [start, end] = [minutes(quiet.start), minutes(quiet.end)];
  for (let now = from; now <= from + 3 * DAY_MS; now += MINUTE_MS) {
    const open = zones.every(zone => {
      const { minuteOfDay, weekday } = wallClock(now, zone);
      const hours = start < end ? minuteOfDay >= start && minuteOfDay < end : minuteOfDay >= start || minuteOfDay < end;
      return !hours && !quiet.days_off?.includes(WEEKDAYS[weekday - 1]!);
    });
    if (open) return now;
  }
  return undefined;
}

test('in every zone and season the answer is the first minute that is open by definition', () => {
  const zones = [
    'Europe/Bucharest',
    'America/New_York',
    'Australia/Lord_Howe',
    'Pacific/Kiritimati',
    'Asia/Kathmandu',
    'America/St_Johns',
    'Africa/Casablanca',
  ];
  const clock = fc
    .tuple(fc.nat(23), fc.constantFrom(0, 15, 30, 59))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const changes = [
    '2026-10-25T00:00:00Z',
    '2027-03-28T00:00:00Z',
    '2027-03-14T06:00:00Z',
    '2026-11-01T05:00:00Z',
    '2027-04-03T15:00:00Z',
    '2027-02-07T02:00:00Z',
    '2026-12-31T10:00:00Z',
  ];
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom(...zones), { minLength: 1, maxLength: 2 }),
      clock,
      clock,
      fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { maxLength: 1 }),
      fc.constantFrom(...changes),
      fc.integer({ min: -36 * 60, max: 12 * 60 }),
      (places, start, end, days_off, change, offset) => {
        fc.pre(start !== end);
        const quiet = { start, end, days_off };
        const from = at(change) + offset * MINUTE_MS;
        const expected = slow(quiet, places, from);
        const found = nextOpen(quiet, places, from);
        if (expected === undefined) assert.ok(found === undefined || found > from + 3 * DAY_MS);
        else assert.equal(found === undefined ? found : iso(found), iso(expected));
      },
    ),
    { numRuns: 120 },
  );
});

test('a country with many zones has to be awake in all of them, and one that never is waits for nobody', () => {
  assert.ok(zonesOf('US').length > 20);
  const zones = zonesFor({ zone: undefined, country: 'US' }, 'Europe/Bucharest');
  const found = nextOpen({ start: '20:00', end: '09:00' }, zones, at('2026-11-20T12:00:00Z'))!;
  assert.equal(iso(found), '2026-11-20T19:00:00.000Z', 'nine in Hawaii');
  assert.deepEqual(zonesFor({ zone: 'America/Chicago', country: 'US' }, 'UTC'), ['America/Chicago']);
  assert.deepEqual(zonesFor({ zone: undefined, country: 'RO' }, 'UTC'), ['Europe/Bucharest']);
  assert.deepEqual(zonesFor({ zone: undefined, country: undefined }, 'Europe/Paris'), ['Europe/Paris']);
  const antipodes = ['Pacific/Kiritimati', 'Pacific/Honolulu', 'Europe/London'];
  assert.equal(nextOpen({ start: '17:00', end: '09:00' }, antipodes, at('2026-11-20T12:00:00Z')), undefined);
});

test('the tenant’s word for a country comes before its word for all, and that before the law’s default', () => {
  const own = { start: '18:00', end: '10:00' };
  assert.deepEqual(quietHoursFor({}, 'promo', 'RO'), { start: '20:00', end: '09:00', days_off: ['sunday'] });
  assert.equal(quietHoursFor({}, 'promo', 'IN')?.end, '10:00');
  assert.equal(quietHoursFor({ everywhere: { promo: null } }, 'promo', 'IN'), null);
  const narrower = { ...own, days_off: ['sunday'] };
  assert.deepEqual(
    quietHoursFor({ everywhere: { promo: null }, countries: { RO: { promo: own } } }, 'promo', 'RO'),
    narrower,
    'other hours are no word about Sundays',
  );
  assert.deepEqual(quietHoursFor({ everywhere: { promo: { ...own, days_off: [] } } }, 'promo', 'RO')?.days_off, []);
});
