/** The platform's clock: real time and an offset, so that a reminder of next week can be seen today. */
export class PlatformClock {
  /** Handed in: in tests it is a clock that stands still until it is turned. */
  readonly #base: { now(): number };
  offsetMs = 0;

  constructor(base: { now(): number }) {
    this.#base = base;
  }

  now(): number {
    return this.#base.now() + this.offsetMs;
  }

  /** the offset at which the clock would show that instant */
  offsetFor(instantMs: number): number {
    return instantMs - this.#base.now();
  }
}

const DURATION = /^(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** ISO 8601 duration to milliseconds. Months and years are refused: they have no length of their own. */
export function parseDuration(text: string): number | undefined {
  const found = DURATION.exec(text);
  if (!found || text.endsWith('P') || text.endsWith('T')) return undefined;
  const [, minus, weeks, days, hours, minutes, seconds] = found;
  const totalDays = Number(weeks ?? 0) * 7 + Number(days ?? 0);
  const totalSeconds =
    totalDays * 86_400 + Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  const durationMs = Math.round(totalSeconds * 1_000);
  return minus ? -durationMs : durationMs;
}

let lastMs = Number.NaN;
let lastIso = '';

/** toISOString, remembered for the millisecond: a busy emulator asks thousands of times for the same one */
export function toIso(instantMs: number): string {
  if (instantMs !== lastMs) {
    lastMs = instantMs;
    lastIso = new Date(instantMs).toISOString();
  }
  return lastIso;
}
