/** The switch inside WhatsApp. Only the person turns it, so no claim, no START and no other sender lifts it here. */
import { iso } from '#lib/clock.ts';
import type { Rule } from '../decision.ts';
import { countsAsMarketing } from '../marketing.ts';

/**
 * The person turned this business's marketing off inside WhatsApp. Another number or another category would get round it,
 * and the next thing that person presses is "block".
 */
export const platformStopRule: Rule = (intent, facts) => {
  if (!countsAsMarketing(intent) || intent.channel !== 'whatsapp')
    return { verdict: 'pass', detail: 'the switch inside WhatsApp is about marketing' };
  const stoppedAt = facts.consent.marketing?.platformStoppedAt ?? null;
  if (stoppedAt === null) return { verdict: 'pass', detail: 'not stopped inside WhatsApp' };
  return {
    verdict: 'refuse',
    reason: 'stopped_in_whatsapp',
    detail: `stopped inside WhatsApp at ${iso(stoppedAt)}; only the person can resume it there`,
    change: 'the person resumes it inside WhatsApp; START does not',
  };
};
