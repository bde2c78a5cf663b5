/** What the business lets its messages cost in a time. */
import { iso } from '#lib/clock.ts';
import { appliesTo, type Budget, leftIn, nextPeriodAt, periodOf } from '../../budgets/budget.ts';
import type { Cost, Rule } from '../decision.ts';

const CHANGE = 'a higher budget in the settings';
/** More periods than a message ever waits: a day's budget of a year. */
const MOST_PERIODS = 366;

/** A soft budget makes wait until a period has room; a hard one refuses at once. What costs nothing passes both. */
export const budgetRule: Rule = (intent, { cost, spend, settings: { zone } }, now) => {
  if (spend === 'reserved') return { verdict: 'pass', detail: 'its money is put aside' };
  const budgets = (spend?.budgets ?? []).filter(budget => appliesTo(budget, intent.purpose));
  if (budgets.length === 0) return { verdict: 'pass', detail: 'no budget is set for this kind of message' };
  if (cost?.kind !== 'known') return judgeUnknown(budgets, cost);
  if (cost.micros === 0) return { verdict: 'pass', detail: 'it costs nothing' };
  const start = Math.max(now, intent.dueAt);
  let at = start;
  let binding: Budget | undefined;
  for (let periods = 0; periods < MOST_PERIODS; periods += 1) {
    const full = budgets.find(budget => leftIn(budget, periodOf(budget.per, at, zone)) < cost.micros);
    if (!full) break;
    binding = full;
    if (full.hard)
      return {
        verdict: 'refuse',
        reason: 'budget_exhausted',
        detail: `the budget ${full.name} is used up`,
        change: CHANGE,
      };
    at = nextPeriodAt(full.per, at, zone);
    // Also what costs more than the whole budget: no period ever has room for it.
    if (at >= intent.expiresAt || full.most < cost.micros)
      return {
        verdict: 'refuse',
        reason: 'budget_exhausted',
        detail: `the budget ${full.name} has no room before the message is of no use`,
        change: CHANGE,
      };
  }
  if (!binding) return { verdict: 'pass', detail: `within ${budgets.map(budget => budget.name).join(', ')}` };
  return {
    verdict: 'later',
    notBefore: at,
    detail: `the budget ${binding.name} has room again at ${iso(at)}`,
    change: CHANGE,
  };
};

/** What nobody can count keeps no promise: a hard budget stops it, a soft one lets it pass uncounted. */
function judgeUnknown(
  budgets: readonly Budget[],
  cost: Extract<Cost, { kind: 'unknown' }> | undefined,
): ReturnType<Rule> {
  const hard = budgets.find(budget => budget.hard);
  const why = cost?.reason ?? 'nothing is known of its carrier’s rates';
  if (!hard) return { verdict: 'pass', detail: `not counted: ${why}` };
  return {
    verdict: 'refuse',
    reason: 'budget_exhausted',
    detail: `the budget ${hard.name} can’t be kept: ${why}`,
    change: 'a known price, or a soft budget',
  };
}
