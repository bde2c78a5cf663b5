/** Frequency caps: of one kind of message so many in such a time for each person. Pure. */
import { DAY_MS, type Instant, parseDurationMs } from '#lib/clock.ts';

export interface CapSetting {
  most: number;
  /** ISO 8601, up to 31 days. */
  per: string;
}

export type CapSettings = Readonly<Record<string, readonly CapSetting[] | null>>;

export interface Cap extends CapSetting {
  perMs: number;
}

/** Longer spans would make every send read a person's whole history. */
export const LONGEST_CAP_MS = 31 * DAY_MS;

export const capsFor = (settings: CapSettings, purpose: string): Cap[] =>
  (settings[purpose] ?? []).map(cap => ({ ...cap, perMs: parseDurationMs(cap.per) ?? 0 }));

/** Whether one more at that moment leaves every such span with no more than allowed, also those that reach into the future. */
export function fits(cap: Cap, others: readonly Instant[], at: Instant): boolean {
  const near = [...others.filter(sent => sent > at - cap.perMs && sent < at + cap.perMs), at].toSorted((a, b) => a - b);
  // Too many, where the first and the last of one more than allowed lie within one span.
  return near.every((first, index) => (near[index + cap.most] ?? Number.POSITIVE_INFINITY) >= first + cap.perMs);
}

/** The first moment with room for one more. It can only be now, or when one of the others leaves a span. */
export function nextRoom(caps: readonly Cap[], others: readonly Instant[], at: Instant): Instant {
  const ends = caps.flatMap(cap => others.map(sent => sent + cap.perMs)).filter(end => end > at);
  const candidates = [at, ...ends.toSorted((a, b) => a - b)];
  return candidates.find(candidate => caps.every(cap => fits(cap, others, candidate))) ?? at;
}
