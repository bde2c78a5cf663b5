/**
 * Is this the database that we worked with last? Pure: what stands in it, the server that it is found on, and what a
 * process keeps beside it. A restore puts the first back in time and leaves the last.
 */
import type { HeldBecause } from './quarantine.ts';

export interface FoundEpoch {
  id: string;
  /** Counts up as long as any worker lives. */
  beat: number;
  system_identifier: string;
  timeline: number;
  /** Where it stands now, in the server's own words. */
  found_identifier: string;
  found_timeline: number;
}

/** What the data folder holds; absent on a machine that never ran this database. */
export interface KeptEpoch {
  id: string;
  beat: number;
  /** Written by `tidings restore`. */
  restored?: true;
}

/** Why nothing may be sent, or undefined when all is as it was left. */
export function judgeEpoch(found: FoundEpoch, kept: KeptEpoch | undefined): HeldBecause | undefined {
  if (kept?.restored) return 'restored';
  // Nobody has worked with this one yet, so nothing of it can have left.
  if (found.beat === 0) return undefined;
  if (found.system_identifier !== found.found_identifier) return 'moved';
  if (kept && kept.id !== found.id) return 'exchanged';
  if (kept) return found.beat < kept.beat ? 'rewound' : undefined;
  // Without a memory of ours a new timeline is all there is to see: a recovery to a point in time, or a failover. With
  // one a failover that lost nothing is told apart, and holds nobody up.
  return found.found_timeline === found.timeline ? undefined : 'rewound';
}
