/**
 * The port to providers. An adapter translates and never decides: it turns a message into requests, an answer into an
 * outcome, a webhook into events. It never retries, never writes, never throws for what a provider says.
 */
import type { Instant } from '#lib/clock.ts';
import type { Authentication, ButtonValue, HeaderMedia, MessageMedia, TemplateButton } from './templates/parts.ts';

export type { Authentication, ButtonValue, HeaderMedia, MessageMedia, TemplateButton } from './templates/parts.ts';

export interface Capabilities {
  /** Whether the provider folds repeated sends of one key: a doubt is sent again at once by it. None of today's does. */
  idempotency: 'none' | { keySeconds: number };
  /** How our id comes back: inside the webhook's body, in its URL, or not at all. */
  correlation: 'echo' | 'url' | 'none';
  /** Whether a send whose answer was lost can be looked up afterwards: then the adapter has `lookUp`. */
  lookup: 'by-recipient' | 'none';
  /** For how long the provider repeats a webhook that we did not take. */
  webhookRetrySeconds: number;
  /** A replaceable message overwrites its earlier copy on the screen, so sending twice does no harm. */
  presentation: 'replaceable' | 'not-replaceable';
  templates: boolean;
  /** Whether the file that the reviewers of a template are shown is handed in, or fetched by them from its address. */
  templateSamples: 'uploaded' | 'fetched';
  /** Whether free text needs an open window. */
  window: boolean;
  /** Whether it charges by the rate cards that are known here, and says in its receipts as what. Else a cost is unknown. */
  rates: boolean;
}

/** A sender with its secrets opened: exists only between the database and the adapter. */
export interface SenderAccess {
  id: string;
  provider: string;
  account: Readonly<Record<string, string>>;
  secret: SenderSecret;
  /** The public address that takes this sender's webhooks, for providers that are told it with each message. */
  webhookUrl: string;
}

export interface SenderSecret {
  accessToken: string;
  /** Newest first; two during a rotation. */
  webhookSecrets: readonly string[];
  verifyToken: string;
}

export interface WireRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs?: number;
}

/** What became of a request. Only `unreached` proves that the other side never saw it. */
export type WireAnswer =
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: string }
  | { kind: 'unreached'; detail: string }
  | { kind: 'uncertain'; detail: string };

export interface Wire {
  request(request: WireRequest): Promise<WireAnswer>;
}

export interface TemplateContent {
  kind: 'template';
  name: string;
  language: string;
  /** What the provider called it when it was submitted, for providers that know templates by nothing else. */
  providerTemplateId: string | null;
  /** In the order of their appearance, header apart. */
  header: readonly TemplateValue[];
  body: readonly TemplateValue[];
  media?: MessageMedia;
  buttons?: readonly ButtonValue[];
  /** The template counts its variables and does not name them. */
  positional?: boolean;
}

export interface TemplateValue {
  name: string;
  value: string;
}

export interface TextContent {
  kind: 'text';
  text: string;
}

export type WireContent = TemplateContent | TextContent;

export interface SendRequest {
  to: string;
  /** Comes back in the receipts: the message and the attempt. At most 128 characters of `[\w.]`. */
  correlation: string;
  content: WireContent;
  /** For providers that fold by it: the same as long as nobody knows what became of the attempt before. */
  key?: string;
}

/**
 * What an error means, from the provider's point of view. What is then done about it stands in
 * core/messages/failure.ts, once for all providers.
 */
export type ErrorClass =
  | 'busy' // too fast for the number or the account: slow the whole lane
  | 'pair' // too fast for this person
  | 'later' // not now, try in some minutes
  | 'held-back' // the platform chose not to deliver to this person for now
  | 'invalid' // the request is wrong and stays wrong
  | 'undeliverable' // this person can't be reached here
  | 'stopped' // the person stopped this business's marketing inside the app
  | 'opted-out' // the person's own STOP, of everything, which the provider keeps too until they write START
  | 'window-closed' // free text outside the window
  | 'template-paused'
  | 'template-gone'
  | 'sender-blocked' // token, payment, ban: nothing leaves by this sender until a person acts
  | 'unclear'; // may have been sent

/**
 * What a provider calls a person: its own spelling of the number (digits), the id that it scopes to this business, the id
 * that it scopes to the portfolio above. By these they will write to us, with or without a number.
 */
export interface PersonIds {
  wa?: string;
  scoped?: string;
  parent?: string;
}

export type SendOutcome =
  | { kind: 'accepted'; providerId: string; person?: PersonIds }
  | { kind: 'rejected'; class: Exclude<ErrorClass, 'unclear'>; code: string; detail: string; retryAfterMs?: number }
  | { kind: 'unreached'; detail: string }
  | { kind: 'uncertain'; code?: string; detail: string };

/** A send whose answer was lost. */
export interface LookUpRequest {
  to: string;
  correlation: string;
  /** When it left. */
  since: Instant;
}

/** One of the messages that may be it: which of them is, the core decides. */
export interface Candidate {
  providerId: string;
  /** As the person reads it; null where the provider does not show it. */
  text: string | null;
  outcome: Extract<SendOutcome, { kind: 'accepted' | 'rejected' }>;
}

/** `listed` is all that there is: what could not be read whole is `unavailable`, for an empty list means that nothing left. */
export type LookUpAnswer = { kind: 'listed'; candidates: Candidate[] } | { kind: 'unavailable'; detail: string };

/** Variables are spelt `{name}` here, without fallbacks, and every one has its sample. */
export interface TemplateDraft {
  name: string;
  language: string;
  category: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';
  header: string | null;
  body: string;
  footer: string | null;
  samples: Readonly<Record<string, string>>;
  media?: HeaderMedia | null;
  /** What the reviewers are shown in place of the file that a message will bring. */
  mediaSample?: { bytes: Uint8Array; type: string };
  buttons?: readonly TemplateButton[];
  authentication?: Authentication | null;
  positional?: boolean;
}

export type TemplateStatus = 'pending' | 'approved' | 'rejected' | 'paused' | 'disabled';

export type TemplateOutcome =
  /**
   * `parts`: of one that was there before, and may say something else than the draft. Without a category it has the one
   * that it had.
   */
  | {
      kind: 'submitted';
      providerTemplateId: string;
      status: TemplateStatus;
      category: string | null;
      parts?: TemplateParts;
    }
  /** Not in its present state: under review, for instance. Nothing is wrong with the text. */
  | { kind: 'conflict'; detail: string }
  | { kind: 'refused'; code: string; detail: string }
  | { kind: 'unavailable'; detail: string };

/** What has become of a template since it was submitted; asked of providers that never tell by webhook. */
export type TemplateStanding =
  | { kind: 'known'; status: TemplateStatus; reason: string | null }
  | { kind: 'unavailable'; detail: string };

/** A template as the provider shows it, in our spelling. What is ours alone (fallbacks, payloads) is not in it. */
export interface TemplateParts {
  header: string | null;
  media?: HeaderMedia | null;
  body: string;
  footer: string | null;
  buttons: readonly TemplateButton[];
}

export interface ProviderTemplate {
  providerTemplateId: string;
  name: string;
  language: string;
  status: TemplateStatus;
  reason?: string;
  category: string;
  quality?: string;
  parts: TemplateParts;
  authentication: Authentication | null;
  positional: boolean;
  samples: Record<string, string>;
  /** What of it has no words here: it can be seen and not sent. */
  unknown: string[];
}

export type TemplateAnswer = { kind: 'done' } | Exclude<TemplateOutcome, { kind: 'submitted' }>;

/** A template by what its provider knows it by. */
export interface TemplateKey {
  providerTemplateId: string;
  name: string;
  language: string;
}

/** What can be done about templates beside handing them in, where the provider offers it. */
export interface TemplateAdmin {
  /** All of them, whoever made them. */
  list(
    sender: SenderAccess,
    wire: Wire,
  ): Promise<{ kind: 'listed'; templates: ProviderTemplate[] } | { kind: 'unavailable'; detail: string }>;
  /** `done` also for one that was not there any more. */
  remove(template: TemplateKey, sender: SenderAccess, wire: Wire): Promise<TemplateAnswer>;
  unpause(template: TemplateKey, sender: SenderAccess, wire: Wire): Promise<TemplateAnswer>;
  /** In a sandbox we stand on the platform's side too. */
  approve(template: TemplateKey, sender: SenderAccess, wire: Wire): Promise<TemplateAnswer>;
}

export type ReceiptStatus = 'sent' | 'delivered' | 'read' | 'failed';

export interface Receipt {
  kind: 'receipt';
  providerId: string;
  correlation: string | undefined;
  /** What the provider calls the recipient, where it says so. */
  person?: PersonIds;
  status: ReceiptStatus;
  at: Instant;
  error?: { class: ErrorClass; code: string; detail: string; retryAfterMs?: number };
  pricing?: ReceiptPricing;
}

/** As what the provider charges a message, in its own words. The amount is no part of it: that is the rate card's. */
export interface ReceiptPricing {
  category: string;
  /** `regular`; `free…` costs nothing. */
  type: string;
  /** `paid_exempt`: costs nothing either. */
  subtype?: string;
  /** By message, or by conversation as in former times. */
  model?: string;
  /** Of one that came by an ad: until then everything to this person is free. */
  freeUntil?: Instant;
}

export interface Inbound {
  kind: 'inbound';
  providerId: string;
  /** The number, unless the person hides it. */
  from: string | undefined;
  person: PersonIds;
  profileName: string | undefined;
  type: string;
  /** What a person typed or tapped, where the type has words. */
  text: string | undefined;
  /** They came by an ad or a page of the business: answered in time, nothing is charged for a while. */
  entry?: boolean;
  at: Instant;
  payload: unknown;
}

export interface TemplateChange {
  kind: 'template';
  providerTemplateId: string;
  name: string;
  language: string;
  status?: TemplateStatus;
  quality?: string;
  reason?: string;
  /** The category that it has now, or is going to have: then with the moment. */
  category?: { to: string; announcedFor?: Instant | undefined; kind: 'announced' | 'done' };
  /** What it shows now. */
  parts?: TemplateParts;
  /** When the provider says that it happened, where it says so. */
  at: Instant | undefined;
}

/** The person turned this business's marketing off or on inside the app, or signed up there. */
export interface Preference {
  kind: 'preference';
  from: string | undefined;
  person: PersonIds;
  value: 'stop' | 'resume' | 'signup';
  at: Instant;
  payload: unknown;
}

/** A person has another number, or another scoped id, than before. */
export interface IdentityChange {
  kind: 'identity';
  providerId: string;
  before: { from: string | undefined; person: PersonIds };
  after: { from: string | undefined; person: PersonIds };
  at: Instant;
  payload: unknown;
}

/** What the platform says of the account behind a sender, where something follows from it. */
export interface SenderChange {
  kind: 'sender';
  /** In the platform's words, for the log and the sender's reason. */
  what: string;
  /** The platform's id of the account: it stands in the `account` of every sender that belongs to it. */
  account: string;
  ban?: 'banned' | 'lifted';
  /** Different people whom it may write to first in 24 hours; null: as many as it likes. */
  portfolioLimit?: number | null;
  at: Instant;
}

/** Known to exist and of no consequence yet, or never seen: counted by name, kept in the raw inbox. */
export interface Ignored {
  kind: 'ignored';
  what: string;
}

export type ProviderEvent = Receipt | Inbound | Preference | IdentityChange | TemplateChange | SenderChange | Ignored;

/** A webhook as it came to the door. */
export interface WebhookRequest {
  headers: Readonly<Record<string, string | undefined>>;
  /**
   * The address that the provider called: the configured public one, with path and query as they arrived. Some sign it.
   * Never put together from a Host header, which is a stranger's word.
   */
  url: string;
  body: Buffer;
}

/** What was kept of a webhook's arrival beside its body. */
export interface Arrival {
  /** Behind the question mark, as it came; empty unless our id comes back in the address (`correlation: 'url'`). */
  query: string;
  /** For providers that tell no time. Stored with the body, so that a replay reads the same. */
  at: Instant;
}

export interface WebhookPort {
  /** Over the raw bytes, in constant time, before anything is parsed. */
  verify(request: WebhookRequest, secrets: readonly string[]): boolean;
  /** The answer to a subscription handshake, or undefined when the token is wrong. */
  handshake(query: Readonly<Record<string, string | undefined>>, verifyToken: string): string | undefined;
  /** What people say is applied first; a look at the bytes must do, for this runs before the answer. */
  lane(body: Buffer): 'people' | 'receipts';
  /** Pure. Throws only for bytes that can't be what they claim to be: those go to the dead letters. */
  parse(body: Buffer, arrival: Arrival): ProviderEvent[];
  /** What the provider wants to read once a webhook is stored; without it a line of JSON. The status is 200. */
  answer?: { contentType: string; body: string };
}

export interface Provider {
  id: string;
  channel: 'whatsapp' | 'sms' | 'push';
  capabilities: Capabilities;
  send(request: SendRequest, sender: SenderAccess, wire: Wire): Promise<SendOutcome>;
  /** What the provider has of a person since a moment. Asked about sends whose answer was lost, and never instead of it. */
  lookUp?(request: LookUpRequest, sender: SenderAccess, wire: Wire): Promise<LookUpAnswer>;
  submitTemplate(
    draft: TemplateDraft,
    known: string | null,
    sender: SenderAccess,
    wire: Wire,
  ): Promise<TemplateOutcome>;
  /** Only where no webhook tells: a worker asks from time to time about what waits or is in use. */
  readTemplateStanding?(providerTemplateId: string, sender: SenderAccess, wire: Wire): Promise<TemplateStanding>;
  templateAdmin?: TemplateAdmin;
  webhook: WebhookPort;
}

/** Lets the core find an adapter by the sender's column without knowing any of them. */
export type ProviderRegistry = ReadonlyMap<string, Provider>;
