/** The platform's own cap on marketing for each person: learnt from its refusals, since it tells nobody the number. */
import { iso } from '#lib/clock.ts';
import type { Rule } from '../decision.ts';
import { countsAsMarketing } from '../marketing.ts';

/**
 * An early retry is counted against the whole account, so a held person's marketing waits the platform's day out. Inside
 * an open window nothing is capped.
 */
export const heldRule: Rule = (intent, { person, window }, now) => {
  const until = person.marketingHeldUntil;
  const at = Math.max(now, intent.dueAt);
  if (until === undefined || until <= at || !countsAsMarketing(intent))
    return { verdict: 'pass', detail: 'the platform holds nothing back from them' };
  if (window && window.expiresAt > at)
    return { verdict: 'pass', detail: 'the platform holds nothing back inside the window' };
  const words = `the platform held marketing back from them: not before ${iso(until)}`;
  const change = 'the person writes, which opens the window; or a later expiry';
  return until >= intent.expiresAt
    ? { verdict: 'refuse', reason: 'frequency_cap', detail: words, change }
    : { verdict: 'later', notBefore: until, detail: words, change };
};
