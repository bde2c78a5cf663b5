/** Who agreed to what. A window is a permission to reply, never a consent to be written to. */
import { iso } from '#lib/clock.ts';
import { rulesOf } from '../../messages/purposes.ts';
import type { Rule } from '../decision.ts';

/** Callers name their sources freely. A word or three are a source; digits may be somebody's number. */
const sourceOf = (source: string): string => (/^[\p{L} _-]{1,40}$/u.test(source) ? ` (${source})` : '');

export const consentRule: Rule = (intent, facts) => {
  const { needs } = rulesOf(intent.purpose);
  if (needs === 'request') return { verdict: 'pass', detail: 'the person asked for this message themselves' };
  if (needs === 'window') return afterStop(intent, facts);
  if (needs === 'no-stop') return neverStopped(facts);
  const standing = facts.consent[needs];
  if (!standing || standing.status === 'none')
    return {
      verdict: 'refuse',
      reason: 'no_consent',
      detail: `no ${needs} consent was ever given`,
      change: `a ${needs} opt-in`,
    };
  if (standing.status === 'withdrawn') {
    return {
      verdict: 'refuse',
      reason: 'opted_out',
      detail: `${needs} consent was withdrawn at ${iso(standing.since)}${sourceOf(standing.source)}`,
      change:
        standing.stoppedAt === null ? `a new ${needs} opt-in` : 'only the person’s own START, or a grant of their own',
    };
  }
  if (needs === 'marketing' && !standing.verified) {
    return {
      verdict: 'refuse',
      reason: 'no_consent',
      detail: 'marketing consent is only claimed: no text shown, no act seen',
      change: 'an opt-in with the text that was shown, or a double opt-in',
    };
  }
  return { verdict: 'pass', detail: `${needs} consent since ${iso(standing.since)}${sourceOf(standing.source)}` };
};

/** After a STOP the only reply is its confirmation, until the person writes again. */
const afterStop = (intent: Parameters<Rule>[0], facts: Parameters<Rule>[1]): ReturnType<Rule> => {
  const stoppedAt = facts.consent.transactional?.stoppedAt ?? null;
  const silent = stoppedAt !== null && (facts.window === undefined || facts.window.lastInboundAt <= stoppedAt);
  if (!silent) return { verdict: 'pass', detail: 'an answer to somebody who wrote' };
  if (intent.confirmsOptOut) return { verdict: 'pass', detail: 'the one confirmation that may follow a STOP' };
  return {
    verdict: 'refuse',
    reason: 'opted_out',
    detail: `the person wrote STOP at ${iso(stoppedAt)} and nothing since`,
    change: 'the person writes again',
  };
};

/** Asking whether somebody agrees is no way around their own STOP. */
const neverStopped = ({ consent }: Parameters<Rule>[1]): ReturnType<Rule> => {
  const stoppedAt = consent.transactional?.stoppedAt ?? consent.marketing?.stoppedAt ?? null;
  if (stoppedAt === null) return { verdict: 'pass', detail: 'asked whether they agree, and they never wrote STOP' };
  return {
    verdict: 'refuse',
    reason: 'opted_out',
    detail: `the person wrote STOP at ${iso(stoppedAt)}`,
    change: 'only the person’s own START',
  };
};
