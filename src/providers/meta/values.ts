/** Values out of the platform's JSON, where nothing is certain to be what the documentation says. */
import { type Instant, MINUTE_MS } from '#lib/clock.ts';

export type Json = Record<string, unknown>;

export const objects = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((item): item is Json => typeof item === 'object' && item !== null) : [];

export const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

export const string = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;

/** Seconds as text. Milliseconds and numbers have been seen; what is no time at all is no time. */
export function readTimestamp(value: unknown): number | undefined {
  const number = Number(string(value) ?? Number.NaN);
  if (!Number.isFinite(number) || number <= 0) return undefined;
  const ms = number > 1e11 ? number : number * 1000;
  return ms < 4e12 ? Math.floor(ms) : undefined;
}

const AHEAD_MS = 5 * MINUTE_MS;

/**
 * When something was said. By its arrival where the time is none, for a STOP is one at whatever hour; and not later than
 * that by more than clocks differ, or a word from the next century would hold a window open until then.
 */
export const timeOf = (value: unknown, arrivedAt: Instant): Instant =>
  Math.min(readTimestamp(value) ?? arrivedAt, arrivedAt + AHEAD_MS);
