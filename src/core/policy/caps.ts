/** Frequency caps: of one kind of message so many in such a time for each person. Pure. */
import { DAY_MS, parseDurationMs } from '#lib/clock.ts';

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
