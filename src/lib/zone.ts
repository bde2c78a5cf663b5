/** Time zones and how people write dates. With money.ts the only user of `Intl` in `src/`. */
import { Temporal } from 'temporal-polyfill';
import type { Instant } from './clock.ts';

const known = new Map<string, boolean>();

/** IANA names only: `EST5EDT` and bare offsets name rules that no longer match any place. */
export function isZone(name: string): boolean {
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  const valid = (name === 'UTC' || /^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z0-9_+-]+){1,2}$/.test(name)) && resolves(name);
  // Names arrive from callers: without a bound, made-up ones would grow this map for ever.
  if (known.size < 2_000) known.set(name, valid);
  return valid;
}

function resolves(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function isLocale(tag: string): boolean {
  if (!/^[a-z]{2,3}([_-][A-Za-z]{4})?([_-]([A-Z]{2}|\d{3}))?$/.test(tag)) return false;
  return Intl.DateTimeFormat.supportedLocalesOf(tag.replaceAll('_', '-')).length > 0;
}

// Making a formatter costs about 30 µs, using one about 1 µs; a campaign uses one zone and a few languages.
const formatters = new Map<string, Intl.DateTimeFormat>();

const STYLES = {
  date: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit' },
  day: { year: 'numeric', month: '2-digit', day: '2-digit' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

function format(instant: Instant, zone: string, locale: string, style: keyof typeof STYLES): string {
  const key = `${style} ${locale} ${zone}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    const options: Intl.DateTimeFormatOptions = { timeZone: zone, ...STYLES[style] };
    formatter = new Intl.DateTimeFormat(locale.replaceAll('_', '-'), options);
    if (formatters.size < 2_000) formatters.set(key, formatter);
  }
  return formatter.format(instant);
}

/** "Saturday 28 November 2026", in the reader's language and the event's zone. */
export const formatDate = (instant: Instant, zone: string, locale: string): string =>
  format(instant, zone, locale, 'date');

export const formatTime = (instant: Instant, zone: string, locale: string): string =>
  format(instant, zone, locale, 'time');

/** What a clock on the wall shows there. Weekdays as ISO counts them: 1 is Monday, 7 is Sunday. */
export interface WallClock {
  minuteOfDay: number;
  weekday: number;
}

const zoned = (instant: Instant, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);

export function wallClock(instant: Instant, zone: string): WallClock {
  const there = zoned(instant, zone);
  return { minuteOfDay: there.hour * 60 + there.minute, weekday: there.dayOfWeek };
}

/**
 * The instants at which that clock shows a time on the day that many days later. By the calendar and not by adding 24
 * hours: across a change of the clock a day has 23 or 25. A time that the change repeats has two, one that it leaves out
 * is met beside the gap.
 */
export function atWallClock(instant: Instant, zone: string, days: number, minuteOfDay: number): readonly Instant[] {
  const day = zoned(instant, zone).toPlainDate().add({ days });
  const there = day.toPlainDateTime({ hour: Math.floor(minuteOfDay / 60), minute: minuteOfDay % 60 });
  const earlier = there.toZonedDateTime(zone, { disambiguation: 'earlier' }).epochMilliseconds;
  const later = there.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds;
  return earlier === later ? [earlier] : [earlier, later];
}

/** When that clock is changed next. */
export const nextClockChange = (instant: Instant, zone: string): Instant | undefined =>
  zoned(instant, zone).getTimeZoneTransition('next')?.epochMilliseconds;

// TypeScript's library does not know the method yet.
const locale = (country: string) =>
  new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones(): string[] | undefined };

const zonesByCountry = new Map<string, readonly string[]>();

/** The zones in which people of a country live, as far as its code tells; none for codes that are no country's. */
export function zonesOf(country: string): readonly string[] {
  const cached = zonesByCountry.get(country);
  if (cached) return cached;
  const zones = /^[A-Z]{2}$/.test(country) ? (locale(country).getTimeZones() ?? []) : [];
  zonesByCountry.set(country, zones);
  return zones;
}

/** "2026-10-01": the calendar's day there. Sweden writes dates as ISO 8601 does. */
export const localDay = (instant: Instant, zone: string): string => format(instant, zone, 'sv-SE', 'day');
