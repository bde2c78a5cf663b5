/** The platform's rule for free text. By each number apart: who wrote to one may not be answered by another. */
import { iso } from '#lib/clock.ts';
import { rulesOf } from '../../messages/purposes.ts';
import type { Rule } from '../decision.ts';

/** Free text reaches a person only within 24 hours of their own last message; a template needs no window. */
export const windowRule: Rule = (intent, facts, now) => {
  if (intent.channel !== 'whatsapp') return { verdict: 'pass', detail: 'only WhatsApp has a window' };
  // What needs a window needs it as a template too: a reply to somebody who never wrote is no reply.
  if (intent.content.kind === 'template' && rulesOf(intent.purpose).needs !== 'window')
    return { verdict: 'pass', detail: 'a template needs no open window' };
  const closes = facts.window?.expiresAt;
  if (closes === undefined)
    return {
      verdict: 'refuse',
      reason: 'no_active_session',
      detail: 'the person has not written to this number',
      change: 'they write, or a template is sent',
    };
  if (closes <= Math.max(now, intent.dueAt))
    return {
      verdict: 'refuse',
      reason: 'no_active_session',
      detail: `the window closed at ${iso(closes)}`,
      change: 'they write again, or a template is sent',
    };
  return { verdict: 'pass', detail: `the window is open until ${iso(closes)}` };
};
