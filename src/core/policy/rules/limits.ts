import { iso } from '#lib/clock.ts';
import type { Rule } from '../decision.ts';

/**
 * The platform counts the different people whom a portfolio writes to first, in any 24 hours. Beyond it every send is a
 * refusal that costs quality, so ours wait; where the limit is not known nothing is held back.
 */
export const limitsRule: Rule = (intent, { reach, window }, now) => {
  if (!reach) return { verdict: 'pass', detail: 'no portfolio limit is known for the sender' };
  const at = Math.max(now, intent.dueAt);
  if (intent.content.kind === 'text' || (window && window.expiresAt > at))
    return { verdict: 'pass', detail: 'an answer inside the window counts for no limit' };
  const { limit, used, already, freesAt } = reach;
  if (already || used < limit || freesAt <= at)
    return { verdict: 'pass', detail: `${used} of ${limit} people were written to first in the last 24 hours` };
  return {
    verdict: 'later',
    notBefore: freesAt,
    detail: `all ${limit} people of the portfolio limit were written to: the next one from ${iso(freesAt)} on`,
    change: 'the platform raises the limit',
  };
};
