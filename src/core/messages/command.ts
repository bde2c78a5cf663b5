/** What is asked of the core, and what it answers. */
import type { Instant } from '#lib/clock.ts';
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
  person?: {
    firstName?: string | undefined;
    lastName?: string | undefined;
    locale?: string | undefined;
    zone?: string | undefined;
  };
  dueAt?: Instant;
  expiresAt?: Instant;
  optIn?: {
    source: string;
    text?: string | undefined;
    actor: string;
    purposes: readonly ('marketing' | 'transactional')[];
  };
  confirmsOptOut?: boolean;
  dryRun?: boolean;
  /** The route's answer to this outcome is stored with the work, in its transaction. */
  claim?: IdempotencyClaim & { answer(admission: Admission): { status: number; body: unknown } };
}

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
      header: NamedValue[];
      body: NamedValue[];
      media?: MessageMedia;
      buttons?: ButtonValue[];
      positional?: boolean;
      rendered: RenderedText;
    }
  | { kind: 'text'; text: string };

export type Admission =
  | { kind: 'queued'; messageId: string; decision: Decision }
  | { kind: 'duplicate'; messageId: string; status: State; differs: boolean }
  | { kind: 'refused'; messageId: string; reason: Reason; decision: Decision }
  | { kind: 'dry'; decision: Decision; rendered: RenderedText | { text: string } | null };
