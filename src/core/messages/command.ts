/** What is asked of the core, and what it answers. */
import type { Instant } from '#lib/clock.ts';
import type { Channel } from '../consents/consent.ts';
import type { Recipient } from '../contacts/contact.ts';
import type { IdempotencyClaim } from '../idempotency.ts';
import type { Decision, Reason } from '../policy/decision.ts';
import type { ButtonValue, MessageMedia } from '../templates/parts.ts';
import type { NamedValue, RenderedText } from '../templates/render.ts';
import type { Purpose } from './purposes.ts';
import type { State } from './states.ts';

export interface SendCommand {
  to: Recipient;
  purpose: Purpose;
  content: AskedTemplate | { kind: 'text'; text: string };
  /** The caller's reference (order, transaction, campaign): with purpose and person the business key. */
  reference?: string;
  /** Where the message came from, for the record: a route, a keyword, a campaign. */
  origin: string;
  /** With this somebody unknown is made. Who is known keeps the name that they have, and the message uses this one. */
  person?: {
    firstName?: string | undefined;
    lastName?: string | undefined;
    locale?: string | undefined;
    zone?: string | undefined;
  };
  /** The one-time code that the message carries, by its id: its words are filled in at the gate and stored nowhere. */
  code?: string;
  /** Business time, both. Without an end the purpose says how long the message is of use. */
  dueAt?: Instant;
  expiresAt?: Instant;
  /** Said together with the order, and recorded first: it stands also where nothing is sent. */
  optIn?: {
    source: string;
    text?: string | undefined;
    actor: string;
    purposes: readonly ('marketing' | 'transactional')[];
  };
  /** The channels to try, in this order; WhatsApp alone when absent. */
  plan?: readonly Channel[] | undefined;
  /** The one answer that may follow a STOP. */
  confirmsOptOut?: boolean;
  /** Decides as the call would and writes nothing: no person, no consent, no row. */
  dryRun?: boolean;
  /** The route's answer to this outcome is stored with the work, in its transaction. */
  claim?: IdempotencyClaim & { answer(admission: Admission): { status: number; body: unknown } };
}

/** Of a command without a plan. */
export const DEFAULT_CHANNEL: Channel = 'whatsapp';
export const planOf = (command: SendCommand): readonly Channel[] => command.plan ?? [DEFAULT_CHANNEL];

export interface AskedTemplate {
  kind: 'template';
  /** Absent: the approved one of the purpose serves. */
  name?: string | undefined;
  language?: string | undefined;
  /** A function, since what an amount or a date looks like depends on the language that is chosen. */
  variables(language: string): Record<string, string>;
}

/** What a message will show, fixed when it is admitted. */
export type StoredContent =
  | {
      kind: 'template';
      name: string;
      language: string;
      /** Of the text that was filled: a later one may have other variables under another id. */
      providerTemplateId: string | null;
      header: NamedValue[];
      body: NamedValue[];
      media?: MessageMedia;
      buttons?: ButtonValue[];
      positional?: boolean;
      /** The one-time code whose mask stands among the values. */
      code?: string;
      rendered: RenderedText;
    }
  | { kind: 'text'; text: string }
  /** What is left when its person was erased: the suppression rule refuses it wherever it turns up. */
  | { kind: 'erased' };

/** What became of a command. `differs`: what holds the reference says something else; it is left as it is. */
export type Admission =
  | { kind: 'queued'; messageId: string; decision: Decision }
  | ({ kind: 'duplicate' } & Held)
  | { kind: 'refused'; messageId: string; reason: Reason; decision: Decision }
  /** `held`: the reference is a message's already, and the call would answer with that one. */
  | { kind: 'dry'; decision: Decision; rendered: RenderedText | { text: string } | null; held?: Held };

export interface Held {
  messageId: string;
  status: State;
  differs: boolean;
}
