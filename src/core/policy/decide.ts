/**
 * The one place that says whether, when and why not. Pure: intent, facts and now in, a decision with its trace out.
 * Admission, dry run and the gate all ask here, so they can't disagree.
 */
import type { Instant } from '#lib/clock.ts';
import { rulesOf } from '../messages/purposes.ts';
import type { Decision, Facts, Intent, Rule, TraceLine } from './decision.ts';
import { consentRule } from './rules/consent.ts';
import { expiryRule } from './rules/expiry.ts';
import { pauseRule } from './rules/pause.ts';
import { platformStopRule } from './rules/platform-stop.ts';
import { senderRule } from './rules/sender.ts';
import { templateRule, variablesRule } from './rules/template.ts';
import { windowRule } from './rules/window.ts';

/** In the order in which a person would want to hear them: their own no first, our technicalities after. */
const RULES: ReadonlyArray<readonly [string, Rule]> = [
  ['consent', consentRule],
  ['platform_stop', platformStopRule],
  ['suppression', pauseRule],
  ['window', windowRule],
  ['template', templateRule],
  ['variables', variablesRule],
  ['sender', senderRule],
  ['expiry', expiryRule],
];

const templateOf = ({ content }: Intent) => (content.kind === 'template' ? content.template : undefined);

export function decide(intent: Intent, facts: Facts, now: Instant): Decision {
  const trace: TraceLine[] = [];
  let dueAt = Math.max(now, intent.dueAt);
  const base = {
    channel: intent.channel,
    category: templateOf(intent)?.meta_category ?? rulesOf(intent.purpose).category,
    ...(facts.sender ? { senderId: facts.sender.id, provider: facts.sender.provider } : {}),
    trace,
  };
  for (const [rule, judge] of RULES) {
    const verdict = judge({ ...intent, dueAt }, facts, now);
    trace.push({ rule, verdict: verdict.verdict, detail: verdict.detail });
    if (verdict.verdict === 'refuse') return { ...base, outcome: 'refuse', reason: verdict.reason, dueAt };
    if (verdict.verdict === 'later') dueAt = Math.max(dueAt, verdict.notBefore);
  }
  return dueAt > now ? { ...base, outcome: 'later', dueAt, notBefore: dueAt } : { ...base, outcome: 'queue', dueAt };
}
