/**
 * Twilio's error codes: what each means, and what a person can do about it. Most of them come in a status callback some
 * seconds after the 201 and not with the answer. The vendor refines its codes over time, so they are judged one by one:
 * an unknown one is final with a 4xx and in a callback, and unclear with a 5xx.
 */
import type { ErrorClass } from '#core/provider.ts';

interface Meaning {
  class: ErrorClass;
  hint?: string;
  /** What the code's own page asks to wait at least. */
  waitMs?: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

// biome-ignore format: a table, grouped by what follows
const MEANINGS: Readonly<Record<number, Meaning>> = {
  20003: { class: 'sender-blocked', hint: 'check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN' },
  // The path of a send names nothing but the account.
  20404: { class: 'sender-blocked', hint: 'there is no such account: check TWILIO_ACCOUNT_SID' },
  21606: { class: 'sender-blocked', hint: 'the number may not send: check TWILIO_WHATSAPP_FROM' },
  30002: { class: 'sender-blocked', hint: 'the account is suspended' },
  63001: { class: 'sender-blocked', hint: 'the channel could not log in at WhatsApp' },
  63002: { class: 'sender-blocked', hint: 'the channel knows no such sender' },
  63007: { class: 'sender-blocked', hint: 'TWILIO_WHATSAPP_FROM is no WhatsApp sender of this account' },
  63008: { class: 'sender-blocked', hint: 'the channel is not configured as it should be' },
  63020: { class: 'sender-blocked', hint: 'Meta’s invitation waits to be accepted in the Business Manager' },
  63022: { class: 'sender-blocked', hint: 'the number’s certificate is not valid: register it anew' },
  63026: { class: 'sender-blocked', hint: 'the sender was reported as spam too often' },
  63051: { class: 'sender-blocked', hint: 'Meta has locked the WhatsApp Business Account' },

  20429: { class: 'busy', waitMs: 1_000 },
  21611: { class: 'busy', waitMs: MINUTE }, 30022: { class: 'busy', waitMs: MINUTE },
  63017: { class: 'busy' },
  63018: { class: 'busy', waitMs: MINUTE, hint: 'too fast, or more people in a day than Meta’s limit for the number' },
  63038: { class: 'busy', waitMs: HOUR, hint: 'the account has used up what it may send today' },

  30001: { class: 'later' }, 30008: { class: 'later' }, 63009: { class: 'later' }, 63010: { class: 'later' },
  63012: { class: 'later' }, 63023: { class: 'later' }, 63025: { class: 'later' }, 63029: { class: 'later' },

  30007: { class: 'held-back' },
  63032: { class: 'held-back', hint: 'WhatsApp does not deliver to this person for now' },
  63049: { class: 'held-back', hint: 'Meta chose not to deliver this marketing message' },

  21211: { class: 'undeliverable', hint: 'the number is not valid' },
  21408: { class: 'undeliverable', hint: 'the account may not send to this country' },
  21612: { class: 'undeliverable' }, 21614: { class: 'undeliverable' },
  30003: { class: 'undeliverable' }, 30004: { class: 'undeliverable' }, 30005: { class: 'undeliverable' },
  30006: { class: 'undeliverable' },
  63003: { class: 'undeliverable', hint: 'the number is not on WhatsApp' },
  63015: { class: 'undeliverable', hint: 'the person has not joined Twilio’s sandbox' },
  63024: { class: 'undeliverable', hint: 'no WhatsApp account, old terms, or an old app' },

  // A person's own doing, and nothing that we may undo.
  21610: { class: 'opted-out', hint: 'Twilio itself keeps a STOP of this person: only their START lifts it' },
  63014: { class: 'stopped', hint: 'the person blocked the number, or stopped its marketing inside WhatsApp' },
  63033: { class: 'stopped', hint: 'the person has blocked the number' },

  63019: {
    class: 'invalid',
    hint: 'the file could not be fetched: its address has to begin with the host that the template was handed in with',
  },
  63016: { class: 'window-closed', hint: 'the person has not written for 24 hours: only a template reaches them' },
  63041: { class: 'template-paused' },
  21654: { class: 'template-gone' }, 21655: { class: 'template-gone', hint: 'Twilio has no such content: submit it again' },
  63027: { class: 'template-gone', hint: 'there is no such template in this language' },
  63040: { class: 'template-gone', hint: 'the template was rejected' },
  63042: { class: 'template-gone', hint: 'the template was disabled for good' },

  30410: { class: 'unclear' },
};

export interface Judgement {
  class: ErrorClass;
  retryAfterMs?: number;
}

export function judge(code: number, status: number): Judgement {
  // Whatever the code: the server itself does not know what it did.
  if (status >= 500) return { class: 'unclear' };
  const meaning = MEANINGS[code];
  if (meaning) return { class: meaning.class, ...(meaning.waitMs ? { retryAfterMs: meaning.waitMs } : {}) };
  return { class: status === 429 ? 'busy' : status === 401 || status === 403 ? 'sender-blocked' : 'invalid' };
}

/** The vendor's words, what to do, and where its own page says more. */
export function describe(code: number, message: string): string {
  const page = code > 0 ? `https://www.twilio.com/docs/api/errors/${code}` : undefined;
  return [message, MEANINGS[code]?.hint, page].filter(Boolean).join('; ');
}
