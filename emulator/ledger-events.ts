/** What a line of the ledger file can say. State is a fold over these lines, so that a restart resumes where it was. */
import type { MessageContent, ReportedStatus } from '#core/emulation.ts';

type ContentFields = Omit<MessageContent, 'replyTo'> & { reply_to?: string | undefined };

export type SendEvent = ContentFields & {
  kind: 'send';
  id: string;
  at: string;
  provider: string;
  number: string;
  to: string;
  correlation?: string | undefined;
  /** the request as it came; kept on disk only */
  request?: unknown;
};

export type InboundEvent = ContentFields & {
  kind: 'inbound';
  id: string;
  at: string;
  provider: string;
  number: string;
  from: string;
};

/** Only what has changed; `username: null` shows the number again. */
export type PhoneEvent = {
  kind: 'phone';
  phone: string;
  at: string;
  name?: string;
  username?: string | null;
  switched_on?: boolean;
  blocked?: boolean;
  marketing_stopped?: boolean;
};

export type LedgerEvent =
  | SendEvent
  | InboundEvent
  | PhoneEvent
  /** `lost`: the person has blocked the number, nothing more will come */
  | { kind: 'status'; id: string; status: ReportedStatus | 'lost'; at: string }
  /** the business marked what the person wrote as read */
  | { kind: 'inbound_read'; id: string; at: string }
  | { kind: 'phone_moved'; from: string; to: string; at: string }
  | { kind: 'clock'; offset_ms: number }
  | { kind: 'shelf'; shelf: string; key: string; document: unknown }
  | { kind: 'webhook'; id: string; provider: string; number: string; url?: string | undefined; body: string }
  | { kind: 'ack'; statuses: [string, ReportedStatus][]; webhooks: string[] };

/** the order of keys is the order a person reads them in */
export function contentFields(content: MessageContent): ContentFields {
  const { replyTo, ...fields } = content;
  return replyTo === undefined ? fields : { ...fields, reply_to: replyTo };
}

/** What was absent stays absent: a message that was read back equals the one before the restart. */
export function contentOf(event: ContentFields): MessageContent {
  const content: MessageContent = { type: event.type, text: event.text };
  if (event.template !== undefined) content.template = event.template;
  if (event.language !== undefined) content.language = event.language;
  if (event.header !== undefined) content.header = event.header;
  if (event.footer !== undefined) content.footer = event.footer;
  if (event.buttons !== undefined) content.buttons = event.buttons;
  if (event.document !== undefined) content.document = event.document;
  if (event.reply_to !== undefined) content.replyTo = event.reply_to;
  if (event.failure !== undefined) content.failure = event.failure;
  if (event.memo !== undefined) content.memo = event.memo;
  return content;
}
