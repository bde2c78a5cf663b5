/** What the platform must have approved, and what has to be filled in before it takes it. Free text needs neither. */
import { MINUTE_MS } from '#lib/clock.ts';
import { rulesOf } from '../../messages/purposes.ts';
import type { Rule } from '../decision.ts';

/** A paused template is held: the provider lifts most pauses by itself, and the message's expiry bounds the wait. */
export const templateRule: Rule = (intent, _facts, now) => {
  if (intent.content.kind === 'text') return { verdict: 'pass', detail: 'free text, no template' };
  const { template, asked } = intent.content;
  if (!template)
    return {
      verdict: 'refuse',
      reason: 'template_missing',
      detail: `no template ${asked}`,
      change: 'create the template and have it approved',
    };
  const name = `${template.name} (${template.language})`;
  const unfit = unfitFor(intent.purpose, template.purpose);
  if (unfit)
    return {
      verdict: 'refuse',
      reason: 'template_missing',
      detail: `${name} is a template for ${template.purpose}: ${unfit}`,
      change: `a template for ${intent.purpose}, or the purpose ${template.purpose}`,
    };
  if (intent.channel !== 'whatsapp')
    return { verdict: 'pass', detail: `the text of ${name}; only WhatsApp approves it` };
  if (template.status === 'paused')
    return {
      verdict: 'later',
      notBefore: now + MINUTE_MS,
      detail: `${name} is paused: held`,
      change: 'the provider lifts the pause, or you do',
    };
  // Not held like a pause: a review may end with a no, and the caller should hear at once that nothing leaves.
  if (template.status !== 'approved')
    return {
      verdict: 'refuse',
      reason: 'template_not_approved',
      detail: `${name} is ${template.status}`,
      change: 'the provider approves it',
    };
  return { verdict: 'pass', detail: `${name} is approved` };
};

/**
 * The purpose says what somebody agreed to, the template what they will read. An advertisement under another purpose would
 * go round marketing consent, quiet hours, caps and the switch inside WhatsApp; and a question that is answered with YES
 * has to be that question.
 */
function unfitFor(purpose: string, template: string): string | undefined {
  if (purpose === template) return undefined;
  if (rulesOf(template).needs === 'marketing') return 'advertising goes out as advertising only';
  if (purpose === 'opt_in_request') return 'a YES must answer the question that was asked';
  return undefined;
}

/** At admission only: what was filled there stays filled, and the gate hands in nothing that is missing. */
export const variablesRule: Rule = intent => {
  if (intent.content.kind === 'text') return { verdict: 'pass', detail: 'nothing to fill' };
  const { missing } = intent.content;
  if (missing.length > 0)
    return {
      verdict: 'refuse',
      reason: 'variables_missing',
      detail: `not filled: ${missing.join(', ')}`,
      change: `values for ${missing.join(', ')}`,
    };
  return { verdict: 'pass', detail: 'every variable is filled' };
};
