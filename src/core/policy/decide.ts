/**
 * The one place that says whether, when and why not. Pure: intent, facts and now in, a decision with its trace out.
 * Admission, dry run and the gate all ask here, so they can't disagree.
 */
import type { Instant } from '#lib/clock.ts';
import { rulesOf } from '../messages/purposes.ts';
import type { Decision, Facts, Intent, Rule, TraceLine } from './decision.ts';
import { balanceRule } from './rules/balance.ts';
import { budgetRule } from './rules/budget.ts';
import { capsRule } from './rules/caps.ts';
import { channelRule } from './rules/channel.ts';
import { consentRule } from './rules/consent.ts';
import { countryRule } from './rules/country.ts';
import { expiryRule } from './rules/expiry.ts';
import { heldRule } from './rules/held.ts';
import { limitsRule } from './rules/limits.ts';
import { pauseRule } from './rules/pause.ts';
import { platformStopRule } from './rules/platform-stop.ts';
import { quietHoursRule } from './rules/quiet-hours.ts';
import { senderRule } from './rules/sender.ts';
import { suppressionRule } from './rules/suppression.ts';
import { templateRule, variablesRule } from './rules/template.ts';
import { windowRule } from './rules/window.ts';

/** In the order in which a person would want to hear them: their own no first, our technicalities after. */
const RULES: ReadonlyArray<readonly [string, Rule]> = [
  ['suppression', suppressionRule],
  ['consent', consentRule],
  ['platform_stop', platformStopRule],
  ['pause', pauseRule],
  ['window', windowRule],
  ['template', templateRule],
  ['variables', variablesRule],
  ['channel', channelRule],
  ['country', countryRule],
  ['sender', senderRule],
  ['held', heldRule],
  ['caps', capsRule],
  ['limits', limitsRule],
  ['budget', budgetRule],
  ['balance', balanceRule],
  ['quiet_hours', quietHoursRule],
  ['expiry', expiryRule],
];

const templateOf = ({ content }: Intent) => (content.kind === 'template' ? content.template : undefined);

export function decide(intent: Intent, facts: Facts, now: Instant): Decision {
  const trace: TraceLine[] = [];
  let dueAt = Math.max(now, intent.dueAt);
  const base = {
    channel: intent.channel,
    // As what it is charged: free text is an answer, whatever it says.
    category:
      intent.content.kind === 'text'
        ? 'SERVICE'
        : (templateOf(intent)?.meta_category ?? rulesOf(intent.purpose).category),
    ...(facts.sender ? { senderId: facts.sender.id, provider: facts.sender.provider } : {}),
    ...(facts.cost?.kind === 'known'
      ? { estimate: { amount_micros: facts.cost.micros, currency: facts.cost.currency } }
      : {}),
    trace,
  };
  let budgetAt: Instant | undefined;
  // To the first no and not to the end: a caller hears the one that matters most, and the trace shows how far it went.
  for (const [rule, judge] of RULES) {
    // Each rule sees the wait that those before it asked for; expiry, the last, judges all of it.
    const verdict = judge({ ...intent, dueAt }, facts, now);
    const { verdict: said, detail } = verdict;
    trace.push({ rule, verdict: said, detail, ...(verdict.verdict === 'pass' ? {} : { change: verdict.change }) });
    if (verdict.verdict === 'refuse') return { ...base, outcome: 'refuse', reason: verdict.reason, dueAt };
    if (verdict.verdict === 'later') dueAt = Math.max(dueAt, verdict.notBefore);
    if (rule === 'budget' && facts.spend && facts.spend !== 'reserved') budgetAt = dueAt;
  }
  const passed = budgetAt === undefined ? base : { ...base, budgetAt };
  // "Later" is no refusal: the message is stored, and asked about again at the gate when its time has come.
  return dueAt > now
    ? { ...passed, outcome: 'later', dueAt, notBefore: dueAt }
    : { ...passed, outcome: 'queue', dueAt };
}

/**
 * A plan with several channels: the first that may go goes, by the same rules for each; of a plan without one the first
 * step's reason is the answer, since it is what the caller wanted most. The trace tells every step that was tried.
 */
export function decidePlan(steps: readonly { intent: Intent; facts: Facts }[], now: Instant): Decision {
  const decisions: Decision[] = [];
  for (const { intent, facts } of steps) {
    decisions.push(decide(intent, facts, now));
    if (decisions.at(-1)!.outcome !== 'refuse') break;
  }
  const last = decisions.at(-1)!;
  const chosen = last.outcome === 'refuse' ? decisions[0]! : last;
  if (decisions.length === 1) return chosen;
  const trace = decisions.flatMap(({ channel, trace: lines }) => lines.map(line => ({ channel, ...line })));
  return { ...chosen, trace };
}
