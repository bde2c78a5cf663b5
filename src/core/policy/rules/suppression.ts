import { iso } from '#lib/clock.ts';
import { rulesOf } from '../../messages/purposes.ts';
import type { Rule } from '../decision.ts';

/**
 * Somebody who was erased and whose number is imported again: the keyed hash knows them. Their own request for a code
 * still goes out, as it does after a STOP; what they agree to themselves lifts it (contacts/erase-statements.ts).
 */
export const suppressionRule: Rule = (intent, { person }) => {
  if (person.erased)
    return {
      verdict: 'refuse',
      reason: 'suppressed',
      detail: 'the person was erased',
      change: 'nothing: its words are gone',
    };
  const { suppressedAt } = person;
  if (suppressedAt === undefined) return { verdict: 'pass', detail: 'never erased' };
  if (rulesOf(intent.purpose).needs === 'request')
    return { verdict: 'pass', detail: 'erased before, and asked for this message themselves' };
  return {
    verdict: 'refuse',
    reason: 'suppressed',
    detail: `erased at ${iso(suppressedAt)}: left alone until they write START or agree themselves`,
    change: 'the person’s own START or grant',
  };
};
