/**
 * Quiet hours in every zone over two years, minute by minute where clocks change: an oracle of its own, Intl's formatter,
 * says what the clock on the wall shows there; the policy uses another library.
 */
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from '#lib/clock.ts';
import { isZone } from '#lib/zone.ts';
import { nextOpen, type QuietHours, WEEKDAYS } from '../../../src/core/policy/quiet.ts';

const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2028, 0, 1);
const QUIET: readonly QuietHours[] = [
  { start: '20:00', end: '09:00', days_off: ['sunday'] },
  { start: '21:00', end: '08:00' },
  { start: '22:30', end: '02:30' },
  { start: '01:15', end: '03:00' },
];

export interface Swept {
  zones: number;
  changes: number;
  cases: number;
  violations: string[];
}

export function sweepZones(casesOf: number, random: () => number): Swept {
  const zones = Intl.supportedValuesOf('timeZone').filter(isZone);
  const swept: Swept = { zones: zones.length, changes: 0, cases: 0, violations: [] };
  for (const zone of zones) {
    const wall = wallOf(zone);
    const changes = changesOf(wall);
    swept.changes += changes.length;
    for (let index = 0; index < casesOf; index += 1) {
      // Half of them within a day and a half of a change, where there is one.
      const change = changes[Math.floor(random() * changes.length)];
      const near = change !== undefined && index % 2 === 0;
      const span = near ? 36 * HOUR_MS : TO - FROM;
      const from = (near ? change - 30 * HOUR_MS : FROM) + Math.floor((random() * span) / MINUTE_MS) * MINUTE_MS;
      const quiet = QUIET[Math.floor(random() * QUIET.length)]!;
      swept.cases += 1;
      const wrong = complaint(quiet, zone, wall, from);
      if (wrong) swept.violations.push(wrong);
    }
  }
  return swept;
}

type Wall = (instant: number) => { minute: number; weekday: string };

function wallOf(zone: string): Wall {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return instant => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(part => [part.type, part.value]));
    return { minute: Number(parts['hour']) * 60 + Number(parts['minute']), weekday: parts['weekday']!.toLowerCase() };
  };
}

/** Between two noons of UTC with another time on the wall the clock was changed; halved until it is known to the minute. */
function changesOf(wall: Wall): number[] {
  const found: number[] = [];
  const shift = (instant: number) =>
    (wall(instant).minute - Math.floor((instant % DAY_MS) / MINUTE_MS) + 2_880) % 1_440;
  for (let week = FROM; week < TO; week += 7 * DAY_MS) {
    let [low, high] = [week, week + 7 * DAY_MS];
    if (shift(low) === shift(high)) continue;
    const before = shift(low);
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (shift(middle) === before) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

function complaint(quiet: QuietHours, zone: string, wall: Wall, from: number): string | undefined {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const [start, end] = [minutes(quiet.start), minutes(quiet.end)];
  const isOpen = (instant: number): boolean => {
    const { minute, weekday } = wall(instant);
    if (quiet.days_off?.some(day => day === weekday && WEEKDAYS.includes(day))) return false;
    return start < end ? minute < start || minute >= end : minute < start && minute >= end;
  };
  const found = nextOpen(quiet, [zone], from);
  const words = `${zone}, ${quiet.start} to ${quiet.end}, from ${iso(from)}`;
  if (found === undefined) return `${words}: never, it is said`;
  if (!isOpen(found)) return `${words}: ${iso(found)} is too early, it is quiet there`;
  // Every minute before it is quiet; whole hours first would step over a change.
  for (let instant = from; instant < found; instant += MINUTE_MS)
    if (isOpen(instant)) return `${words}: ${iso(found)} is too late, ${iso(instant)} is open`;
  return undefined;
}
