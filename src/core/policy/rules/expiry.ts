/** Of what use a message still is: what could not be said in time is not said late. */
import { iso } from '#lib/clock.ts';
import type { Rule } from '../decision.ts';

/** Judged last, against the latest moment that any other rule asked to wait for. */
export const expiryRule: Rule = (intent, _facts, now) => {
  const leaves = Math.max(now, intent.dueAt);
  if (intent.expiresAt <= leaves)
    return {
      verdict: 'refuse',
      reason: 'expired',
      detail: `of no use after ${iso(intent.expiresAt)}`,
      change: 'a later expiry, or an earlier send',
    };
  return { verdict: 'pass', detail: `of use until ${iso(intent.expiresAt)}` };
};
