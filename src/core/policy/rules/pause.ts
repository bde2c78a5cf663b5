/** Marketing waits for a text that somebody has to read. Everything that is not marketing goes on. */
import { iso } from '#lib/clock.ts';
import { asksForMarketing } from '../../messages/purposes.ts';
import type { Rule } from '../decision.ts';

/** "Please don't send me so many offers": no STOP by the letter, and perhaps one by its meaning. */
export const pauseRule: Rule = (intent, facts) => {
  if (!asksForMarketing(intent.purpose)) return { verdict: 'pass', detail: 'only marketing is ever paused' };
  const pausedAt = facts.consent.marketing?.pausedAt ?? null;
  if (pausedAt === null) return { verdict: 'pass', detail: 'nothing they wrote waits to be read' };
  return {
    verdict: 'refuse',
    reason: 'suppressed',
    detail: `what they wrote at ${iso(pausedAt)} may be an opt-out: marketing waits until somebody has read it`,
    change: 'somebody reads it and decides',
  };
};
