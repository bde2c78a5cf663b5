/**
 * Exponential back-off with full jitter: a random point between zero and the doubled ceiling. Anything less random
 * lets a thousand messages that failed in one second come back in one second.
 */
export interface Backoff {
  baseMs: number;
  capMs: number;
  factor: number;
}

/** `attempt` counts from 1; never below a tenth of the base, so that "at once" is not a possible answer. */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number): number {
  const ceiling = Math.min(backoff.capMs, backoff.baseMs * backoff.factor ** Math.max(0, attempt - 1));
  return Math.round(Math.max(backoff.baseMs / 10, ceiling * random()));
}
