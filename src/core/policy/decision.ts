/** The words of the policy: what is asked, what is known, what is answered. */
import type { Instant } from '#lib/clock.ts';
import type { Money } from '#lib/money.ts';
import type { Budget } from '../budgets/budget.ts';
import type { Standing } from '../consents/consent.ts';
import type { Purpose } from '../messages/purposes.ts';
import type { CapSettings } from './caps.ts';
import type { QuietRules } from './quiet.ts';

/** A closed list: callers branch on it. */
export const REASONS = {
  no_consent: 'The person never agreed to this kind of message.',
  opted_out: 'The person, or the business on their behalf, withdrew consent.',
  stopped_in_whatsapp: 'The person stopped this business’s marketing inside WhatsApp; only they can resume it.',
  suppressed:
    'The person was erased and is left alone until they write themselves; or, for marketing, they wrote what may be an opt-out and nobody has read it yet.',
  no_active_session: 'Free text needs the person to have written in the last 24 hours.',
  template_missing: 'There is no such template, or none for this purpose and language.',
  template_not_approved: 'The template exists but the provider has not approved it, or disabled it.',
  variables_missing: 'The template names variables that the request does not fill.',
  country_blocked: 'Messages of this kind may not go to this country.',
  quiet_hours_exceed_expiry: 'The next lawful hour comes after the message has lost its use.',
  frequency_cap: 'The person has had as many of these as the settings, or the platform, allow.',
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

/** All that a rule may know. It asks nobody: a test of it needs no database, and a dry run no second truth. */
export interface Facts {
  person: {
    zone: string | undefined;
    country: string | undefined;
    /** Their record was emptied: what was written for them has no words any more. */
    erased: boolean;
    /** They were erased before and came back by somebody else's word. */
    suppressedAt: Instant | undefined;
    /** The platform has just refused to deliver marketing to them. */
    marketingHeldUntil: Instant | undefined;
  };
  consent: { transactional: KnownConsent | undefined; marketing: KnownConsent | undefined };
  window: { expiresAt: Instant; lastInboundAt: Instant } | undefined;
  sender: { id: string; provider: string; status: string } | undefined;
  /** How much of the platform's limit on new people is used up; absent where the limit is not known. */
  reach?: Reach | undefined;
  /** When the person was sent this kind of message lately, and when they will be: as far back as the longest cap asks. */
  recent: readonly Instant[];
  settings: PolicySettings;
  /** What the message is expected to cost; absent where the channel has no rates. */
  cost?: Cost | undefined;
  /** What may still be spent; absent where the tenant has set no limit. At the gate most have paid when they were asked for. */
  spend?: Spend | 'reserved' | undefined;
}

/** Of a price what rules need: how much, or why nobody knows. */
export type Cost = { kind: 'known'; micros: number; currency: string } | { kind: 'unknown'; reason: string };

export interface Spend {
  budgets: readonly Budget[];
  /** In micros of the billing currency; absent where messages are not prepaid. */
  balance?: number;
}

/** Different people to whom a portfolio may write first, in any 24 hours. */
export interface Reach {
  limit: number;
  used: number;
  /** The person was reached within those hours: they count once. */
  already: boolean;
  /** When the first of them leaves the span. */
  freesAt: Instant;
}

/** What the tenant has set, with the defaults filled in. */
export interface PolicySettings {
  /** Where the business is at home. */
  zone: string;
  channelsOff: readonly string[];
  countries: { allow: readonly string[] | null; block: readonly string[] };
  quietHours: QuietRules;
  caps: CapSettings;
}

/**
 * Sentences without anybody's data: they are stored, shown and exported. `change` says what would turn a no, or a wait,
 * into a yes.
 */
export type Verdict =
  | { verdict: 'pass'; detail: string }
  | { verdict: 'refuse'; reason: Reason; detail: string; change: string }
  | { verdict: 'later'; notBefore: Instant; detail: string; change: string };

export type Rule = (intent: Intent, facts: Facts, now: Instant) => Verdict;

export interface TraceLine {
  /** Of a plan with several steps: which one. */
  channel?: string;
  rule: string;
  verdict: Verdict['verdict'];
  detail: string;
  /** Of a refusal or a wait: what would change it. */
  change?: string;
}

/** Kept with the message: what a person reads when they ask why. Without anybody's data, like its verdicts. */
export interface Decision {
  outcome: 'queue' | 'later' | 'refuse';
  reason?: Reason;
  channel: string;
  senderId?: string;
  provider?: string;
  category: string;
  dueAt: Instant;
  notBefore?: Instant;
  /** Absent where nobody knows. */
  estimate?: Money;
  /** The moment for which the budgets had room: what is reserved counts in its period. */
  budgetAt?: Instant;
  trace: TraceLine[];
}

/** As it is kept: a trace is the largest part of a message's rows, and half of it would be the names of its fields. */
export type StoredDecision = Omit<Decision, 'trace'> & {
  trace: [rule: string, verdict: Verdict['verdict'], detail: string, change?: string | null, channel?: string][];
};

export const storeDecision = ({ trace, ...decision }: Decision): StoredDecision => ({
  ...decision,
  trace: trace.map(({ rule, verdict, detail, change, channel }) =>
    channel !== undefined
      ? [rule, verdict, detail, change ?? null, channel]
      : change !== undefined
        ? [rule, verdict, detail, change]
        : [rule, verdict, detail],
  ),
});

export const readDecision = ({ trace, ...decision }: StoredDecision): Decision => ({
  ...decision,
  trace: trace.map(([rule, verdict, detail, change, channel]) => ({
    ...(channel === undefined ? {} : { channel }),
    rule,
    verdict,
    detail,
    ...(typeof change === 'string' ? { change } : {}),
  })),
});
