/** The words of the policy: what is asked, what is known, what is answered. */
import type { Instant } from '#lib/clock.ts';
import type { Standing } from '../consents/consent.ts';
import type { Purpose } from '../messages/purposes.ts';

/** A closed list: callers branch on it. */
export const REASONS = {
  no_consent: 'The person never agreed to this kind of message.',
  opted_out: 'The person, or the business on their behalf, withdrew consent.',
  stopped_in_whatsapp: 'The person stopped this business’s marketing inside WhatsApp; only they can resume it.',
  suppressed: 'Marketing to the person is held back: they wrote what may be an opt-out, and nobody has read it yet.',
  no_active_session: 'Free text needs the person to have written in the last 24 hours.',
  template_missing: 'There is no such template, or none for this purpose and language.',
  template_not_approved: 'The template exists but the provider has not approved it, or disabled it.',
  variables_missing: 'The template names variables that the request does not fill.',
  country_blocked: 'Messages of this kind may not go to this country.',
  quiet_hours_exceed_expiry: 'The next lawful hour comes after the message has lost its use.',
  frequency_cap: 'The person has had as many of these as the settings allow.',
  budget_exhausted: 'The budget is used up.',
  balance_exhausted: 'The prepaid balance is used up.',
  sender_unavailable: 'No sender can carry this: none is set up, or the provider has blocked it.',
  phone_invalid: 'The phone number is not one.',
  expired: 'The message’s time had already passed.',
  channel_disabled: 'The channel is switched off.',
} as const;

export type Reason = keyof typeof REASONS;
export const REASON_NAMES = Object.keys(REASONS) as Reason[];

export interface TemplateFacts {
  id: string;
  name: string;
  language: string;
  purpose: string;
  status: string;
  /** What the provider files it under now, which is what it charges. */
  meta_category?: string;
}

/** What is to be sent, reduced to what rules judge. The same shape at admission and at the gate. */
export interface Intent {
  purpose: Purpose;
  channel: string;
  content:
    | { kind: 'template'; asked: string; template: TemplateFacts | undefined; missing: readonly string[] }
    | { kind: 'text' };
  dueAt: Instant;
  expiresAt: Instant;
  /** The one answer that may follow a STOP. */
  confirmsOptOut: boolean;
}

/** A standing without the words that it was folded from: what rules may know. */
export type KnownConsent = Omit<Standing, 'words'>;

export interface Facts {
  consent: { transactional: KnownConsent | undefined; marketing: KnownConsent | undefined };
  window: { expiresAt: Instant; lastInboundAt: Instant } | undefined;
  sender: { id: string; provider: string; status: string } | undefined;
}

/** A sentence without anybody's data: it is stored, shown and exported. */
export type Verdict =
  | { verdict: 'pass'; detail: string }
  | { verdict: 'refuse'; reason: Reason; detail: string }
  | { verdict: 'later'; notBefore: Instant; detail: string };

export type Rule = (intent: Intent, facts: Facts, now: Instant) => Verdict;

export interface TraceLine {
  rule: string;
  verdict: Verdict['verdict'];
  detail: string;
}

export interface Decision {
  outcome: 'queue' | 'later' | 'refuse';
  reason?: Reason;
  channel: string;
  senderId?: string;
  provider?: string;
  category: string;
  dueAt: Instant;
  notBefore?: Instant;
  trace: TraceLine[];
}
