/**
 * Webhooks that this process has just stored and is about to apply. They are read back from the database only where
 * they are not here: after a restart, by another process, or when more came than is kept. Three come for every message,
 * and each would be written out in hexadecimal, twice its size, and read again.
 */
import type { Instant } from '#lib/clock.ts';

export interface Stored {
  sender: string;
  at: Instant;
  query: string;
  body: Buffer;
}

export interface InHand {
  /** By the place in the queue that it will have. The oldest make room. */
  keep(seq: string, stored: Stored): void;
  /** Once: whoever fails with it reads the database the next time. */
  take(seq: string): Stored | undefined;
}

export function createInHand(mostBytes: number): InHand {
  const held = new Map<string, Stored>();
  let bytes = 0;
  const drop = (seq: string, stored: Stored) => {
    held.delete(seq);
    bytes -= stored.body.length;
  };
  return {
    keep: (seq, stored) => {
      if (stored.body.length > mostBytes) return;
      held.set(seq, stored);
      bytes += stored.body.length;
      for (const [oldest, one] of held) {
        if (bytes <= mostBytes) break;
        drop(oldest, one);
      }
    },
    take: seq => {
      const stored = held.get(seq);
      if (stored) drop(seq, stored);
      return stored;
    },
  };
}
