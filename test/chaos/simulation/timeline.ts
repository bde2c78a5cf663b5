/** A virtual clock: what is to happen stands in a list, and time is the moment of what happens now. */

export interface Timeline {
  now(): number;
  after(ms: number, work: () => void): void;
  /** To the end of all that was ever planned; answers how much that was, `most` if it does not end. */
  run(most: number): number;
}

export function openTimeline(start: number): Timeline {
  // The latest first, so that the next one is taken from the end. Of one moment the first that was planned comes first.
  const planned: { at: number; work: () => void }[] = [];
  let now = start;
  return {
    now: () => now,
    after: (ms, work) => {
      const at = now + Math.max(0, Math.round(ms));
      let place = planned.length;
      while (place > 0 && planned[place - 1]!.at <= at) place -= 1;
      planned.splice(place, 0, { at, work });
    },
    run: most => {
      for (let done = 0; done < most; done += 1) {
        const next = planned.pop();
        if (!next) return done;
        now = next.at;
        next.work();
      }
      return most;
    },
  };
}
