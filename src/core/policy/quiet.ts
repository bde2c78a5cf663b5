/**
 * Quiet hours: when people are left alone, by their own clock. Pure. Where a number's country has several zones and the
 * person's is not known, every one of them has to be awake.
 */
import { HOUR_MS, type Instant } from '#lib/clock.ts';
import { atWallClock, nextClockChange, wallClock, zonesOf } from '#lib/zone.ts';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** From `start` to `end` by the clock on the wall, over midnight where the end comes first; and whole days. */
export interface QuietHours {
  start: string;
  end: string;
  days_off?: readonly Weekday[] | undefined;
}

/** Purposes that can wait. Whatever a person has just asked for comes at night too. */
export const QUIET_PURPOSES = ['promo', 'reminder', 'announcement'] as const;
export type QuietPurpose = (typeof QUIET_PURPOSES)[number];
export const hasQuietHours = (purpose: string): purpose is QuietPurpose =>
  (QUIET_PURPOSES as readonly string[]).includes(purpose);

export type QuietSettings = Partial<Record<QuietPurpose, QuietHours | null>>;

/**
 * Narrower than most laws, so that it is lawful nearly everywhere without anybody's having to look: nine to eight on
 * workdays and Saturdays for advertising; eight to nine for what people are waiting for.
 */
const DEFAULTS: Record<QuietPurpose, QuietHours> = {
  promo: { start: '20:00', end: '09:00', days_off: ['sunday'] },
  reminder: { start: '21:00', end: '08:00' },
  announcement: { start: '21:00', end: '08:00' },
};

/** Where a country asks for more than that. India: commercial messages from ten in the morning. */
const STRICTER: Readonly<Record<string, QuietSettings>> = {
  IN: { promo: { start: '20:00', end: '10:00', days_off: ['sunday'] } },
};

export interface QuietRules {
  everywhere?: QuietSettings | undefined;
  countries?: Readonly<Record<string, QuietSettings>> | undefined;
}

/**
 * In this order: the tenant's word for the country, its word for all, the law's for the country, the lawful default;
 * `null` is none. Other hours are no word about Sundays: days off that are not named stay the default's.
 */
export function quietHoursFor(
  rules: QuietRules,
  purpose: QuietPurpose,
  country: string | undefined,
): QuietHours | null {
  const of = (settings: QuietSettings | undefined) => settings?.[purpose];
  const own = country === undefined ? undefined : of(rules.countries?.[country]);
  const law = country === undefined ? undefined : of(STRICTER[country]);
  for (const found of [own, of(rules.everywhere), law])
    if (found !== undefined) return found === null ? null : { ...DEFAULTS[purpose], ...found };
  return DEFAULTS[purpose];
}

/** The person's own zone; else every zone of their country; else the business's, since somebody's it has to be. */
export function zonesFor(
  person: { zone: string | undefined; country: string | undefined },
  home: string,
): readonly string[] {
  if (person.zone !== undefined) return [person.zone];
  const zones = person.country === undefined ? [] : zonesOf(person.country);
  return zones.length > 0 ? zones : [home];
}

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

const isOff = (quiet: QuietHours, weekday: number): boolean =>
  quiet.days_off?.includes(WEEKDAYS[weekday - 1]!) ?? false;

function isQuiet(quiet: QuietHours, instant: Instant, zone: string): boolean {
  const { minuteOfDay, weekday } = wallClock(instant, zone);
  if (isOff(quiet, weekday)) return true;
  const [start, end] = [minutes(quiet.start), minutes(quiet.end)];
  return start < end ? minuteOfDay >= start && minuteOfDay < end : minuteOfDay >= start || minuteOfDay < end;
}

/** The first moment from `at` on at which it is quiet in none of the zones; undefined when a fortnight has none. */
export function nextOpen(quiet: QuietHours, zones: readonly string[], at: Instant): Instant | undefined {
  const latest = at + 14 * 24 * HOUR_MS;
  for (let candidate = at; candidate <= latest; ) {
    const opens = Math.max(...zones.map(zone => nextOpenIn(quiet, zone, candidate)));
    if (opens === candidate) return candidate;
    candidate = opens;
  }
  return undefined;
}

function nextOpenIn(quiet: QuietHours, zone: string, at: Instant): Instant {
  if (!isQuiet(quiet, at, zone)) return at;
  // It can only end at midnight (a day off), when the quiet ends, or where the clock jumps over that.
  const change = nextClockChange(at, zone);
  for (let day = 0; day <= 14; day += 1) {
    const times = [0, minutes(quiet.end)].flatMap(minute => atWallClock(at, zone, day, minute));
    const jumped = change !== undefined && change <= Math.max(...times) + 2 * HOUR_MS ? [change] : [];
    const opens = [...times, ...jumped]
      .toSorted((a, b) => a - b)
      .find(time => time > at && !isQuiet(quiet, time, zone));
    if (opens !== undefined) return opens;
  }
  return Number.POSITIVE_INFINITY;
}
