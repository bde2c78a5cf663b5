import { iso } from '#lib/clock.ts';
import { capsFor, fits, nextRoom } from '../caps.ts';
import type { Rule } from '../decision.ts';

/** So many in such a time, for each person. A cap makes wait; it refuses only what would be of no use by then. */
export const capsRule: Rule = (intent, { recent, settings }, now) => {
  const caps = capsFor(settings.caps, intent.purpose);
  if (caps.length === 0) return { verdict: 'pass', detail: 'no cap is set for this kind of message' };
  const at = Math.max(now, intent.dueAt);
  const opens = nextRoom(caps, recent, at);
  const binding = caps.find(cap => !fits(cap, recent, at)) ?? caps[0]!;
  const words = `at most ${binding.most} in ${binding.per}`;
  if (opens === at) return { verdict: 'pass', detail: `the person has had fewer than the settings allow (${words})` };
  const change = 'a higher cap in the settings, or a later expiry';
  if (opens >= intent.expiresAt)
    return {
      verdict: 'refuse',
      reason: 'frequency_cap',
      detail: `${words}: the next may go at ${iso(opens)}, too late`,
      change,
    };
  return { verdict: 'later', notBefore: opens, detail: `${words}: the next may go at ${iso(opens)}`, change };
};
