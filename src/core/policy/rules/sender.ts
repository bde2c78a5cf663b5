/**
 * Whether there is anybody to send by. Asked after the person's own noes: those hold whatever our technicalities are.
 */
import type { Rule } from '../decision.ts';

/** A blocked sender holds its queue rather than losing it: a token is renewed, a payment made, and it goes on. */
const HOLD_MS = 60_000;

export const senderRule: Rule = (_intent, facts, now) => {
  if (!facts.sender)
    return {
      verdict: 'refuse',
      reason: 'sender_unavailable',
      detail: 'no sender is set up for this channel',
      change: 'set up a sender',
    };
  if (facts.sender.status !== 'active') {
    return {
      verdict: 'later',
      notBefore: now + HOLD_MS,
      detail: 'the sender is blocked by its provider: held until a person acts',
      change: 'mend what the provider complains of, and enable the sender',
    };
  }
  return { verdict: 'pass', detail: `by the ${facts.sender.provider} sender` };
};
