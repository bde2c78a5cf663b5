/**
 * Two clocks (architecture, section 5). Business time decides what is due, open, quiet or expired and can be turned
 * by the sandbox; machine time makes ids and times out sockets and is never turned. This is the only file of `src/`
 * that reads the system's clock.
 */

/** Milliseconds since the epoch. A number, not a Date: it compares, sorts and serialises without surprises. */
export type Instant = number;

export interface Clock {
  /** Business time: what the platform and its tenants live by. */
  now(): Instant;
  /** Machine time: ids, leases, timeouts. */
  machine(): Instant;
  /** How far business time stands from machine time. */
  offsetMs(): number;
  turn(offsetMs: number): void;
}

export function systemClock(): Clock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    machine: () => Date.now(),
    offsetMs: () => offset,
    turn: offsetMs => {
      offset = offsetMs;
    },
  };
}

/** Stands still until a test turns it, so that no test depends on how long it took. Machine time runs on. */
export function handClock(start: Instant): Clock & { advance(ms: number): void } {
  let now = start;
  return {
    now: () => now,
    machine: () => Date.now(),
    offsetMs: () => now - Date.now(),
    turn: offsetMs => {
      now = Date.now() + offsetMs;
    },
    advance: ms => {
      now += ms;
    },
  };
}

export const iso = (instant: Instant): string => new Date(instant).toISOString();

export const isoOrNull = (instant: Instant | null | undefined): string | null =>
  instant === null || instant === undefined ? null : iso(instant);

/** The calendar date in UTC. It names partitions; nothing that a person reads is computed from it. */
export const utcDay = (instant: Instant): string => iso(instant).slice(0, 10);

const ISO_WITH_OFFSET = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/**
 * An ISO 8601 instant with its offset, or undefined. `Date.parse` alone takes 30 February and 24:00 and invents a
 * zone where none is given, so the fields are checked against the calendar first.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = ISO_WITH_OFFSET.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0)) as number[];
  if (month! < 1 || month! > 12 || day! < 1 || day! > daysInMonth(year!, month!)) return undefined;
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const instant = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  // Beyond these years PostgreSQL and JavaScript stop agreeing on what a timestamp looks like.
  return Number.isNaN(instant) || year! < 1970 || year! > 9998 ? undefined : instant;
}

/** "2026-10-01": a day of somebody's calendar, of which it is said whose. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(`${text}T00:00:00Z`) !== undefined;

/** Days of a calendar have no hours: the same everywhere. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);

const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

const DURATION = /^(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** An ISO 8601 duration of weeks, days, hours, minutes and seconds. Months have no fixed length and are refused. */
export function parseDurationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match || text.endsWith('P') || text.endsWith('T')) return undefined;
  const [weeks, days, hours, minutes, seconds] = match.slice(2).map(part => Number(part ?? 0)) as number[];
  const ms = ((((weeks! * 7 + days!) * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000;
  return match[1] ? -ms : ms;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
