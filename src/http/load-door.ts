/**
 * How many sends are let in at once. Where more come than can be taken they all wait, then all are answered late, and those
 * who gave up ask again: so as soon as sends wait too long, fewer are let in, and the others hear 503 with a time to come
 * back before any work was done for them. A door that bounds by number alone would refuse a burst that a quiet machine
 * takes in a moment, or be no bound on a slow one; so the bound follows from how long those inside have waited.
 */
import type { Clock, Instant } from '#lib/clock.ts';

/** An answer later than this is late. Of those who are let in 99 of 100 are to be answered within 250 ms. */
const LATE_MS = 120;
/** So many are always let in: below it nothing is won by refusing, and batches would become too small to be worth it. */
const ALWAYS = 32;
/** How often the bound is drawn anew: a few batches long. */
const LOOK_MS = 100;
/** Nobody refused for so long: no bound any more. */
const CALM_MS = 1_000;

export interface LoadDoor {
  /** Absent: refused. Otherwise to be called when it has its answer. */
  enter(): (() => void) | undefined;
  inside(): number;
  refused(): number;
}

export function createLoadDoor({ machine }: Pick<Clock, 'machine'>): LoadDoor {
  /** In the order of their coming: the first is the one that waits longest. */
  const inside = new Set<{ at: Instant }>();
  let most = Number.POSITIVE_INFINITY;
  let refused = 0;
  let refusedAt = 0;
  /** A line that grows shorter by itself was a burst, and no overload. */
  let shrinks = false;
  let look = { at: machine(), inside: 0, answered: 0, late: 0, refused: 0 };

  const oldestWaits = (now: Instant): number => now - (inside.values().next().value?.at ?? now);

  const lookAgain = (now: Instant) => {
    if (now < look.at) {
      // The machine's clock was set back: nobody is held out until it is then again.
      look = { at: now, inside: inside.size, answered: 0, late: 0, refused: 0 };
      most = Number.POSITIVE_INFINITY;
    }
    if (now - look.at < LOOK_MS) return;
    // One in ten: a single slow one is nobody's overload. Nobody answered at all is the worst of all.
    const late = look.answered > 0 ? look.late * 10 > look.answered : oldestWaits(now) > LATE_MS;
    if (late) most = Math.max(ALWAYS, most * 0.7);
    else if (look.refused > 0) most = most * 1.1 + 1;
    if (now - refusedAt > CALM_MS || now < refusedAt) most = Number.POSITIVE_INFINITY;
    shrinks = inside.size < look.inside;
    look = { at: now, inside: inside.size, answered: 0, late: 0, refused: 0 };
  };

  return {
    enter: () => {
      const now = machine();
      lookAgain(now);
      if (most === Number.POSITIVE_INFINITY && !shrinks && inside.size >= ALWAYS && oldestWaits(now) > LATE_MS)
        most = Math.max(ALWAYS, inside.size / 2);
      if (inside.size >= most) {
        refused += 1;
        refusedAt = now;
        look.refused += 1;
        return undefined;
      }
      const one = { at: now };
      inside.add(one);
      return () => {
        if (!inside.delete(one)) return;
        const now = machine();
        look.answered += 1;
        if (now - one.at > LATE_MS) look.late += 1;
        lookAgain(now);
      };
    },
    inside: () => inside.size,
    refused: () => refused,
  };
}
