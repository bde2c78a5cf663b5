/**
 * The port between the emulator server and a provider's part of it.
 *
 * The server keeps what every platform has in common: phones, the ledger, the clock, faults, and webhooks that are
 * tried until they are taken. A part speaks one vendor's dialect: paths, validation, error bodies, payloads, signatures.
 * A part holds no state of its own; it keeps everything on shelves, so that a restart resumes from the ledger file.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** One business number on the platform, and where its owner wants to be told of things. */
export type EmulatorAccount = {
  provider: string;
  /** the vendor's id of the number; `number` in the ledger and in the controls */
  phoneNumberId: string;
  businessAccountId: string;
  displayPhoneNumber: string;
  verifiedName?: string | undefined;
  /** absent: any token is welcome, as a stand-alone emulator wants it */
  accessToken?: string | undefined;
  appSecret: string;
  verifyToken?: string | undefined;
  webhookUrl?: string | undefined;
};

export type EmulatorRequest = {
  method: string;
  /** what follows the part's prefix, without the query */
  path: string;
  /** raw, without the question mark */
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

export type EmulatorAnswer = {
  status: number;
  body: string | Buffer;
  contentType?: string;
  /** a send that now stands in the ledger; faults of the kind "accepted, but the caller never learns" need to know */
  accepted?: true;
};

export type MessageStatus = 'accepted' | 'sent' | 'delivered' | 'read' | 'failed' | 'received';
export type ReportedStatus = 'sent' | 'delivered' | 'read' | 'failed';

export type MessageButton = {
  type: 'quick_reply' | 'reply' | 'list_row' | 'url' | 'phone' | 'copy_code' | 'contact' | 'flow' | 'catalog' | 'other';
  text: string;
  /** what comes back when the person taps it */
  payload?: string;
  url?: string;
};
export type MessageAttachment = {
  kind: string;
  filename?: string;
  link?: string;
  id?: string;
  caption?: string;
  mime_type?: string;
};

export type MessageFailure = { code: number; title: string } & Record<string, unknown>;

/** What the person sees of a message, whatever the vendor's wire shape was. */
export type MessageContent = {
  type: string;
  text: string;
  template?: string;
  language?: string;
  header?: string;
  footer?: string;
  buttons?: MessageButton[];
  document?: MessageAttachment;
  /** the message of ours that a person's answer belongs to */
  replyTo?: string;
  /** accepted all the same, and reported as failed a moment later; it never shows on the phone */
  failure?: MessageFailure;
  /** whatever else the part needs to build webhooks later; survives a restart */
  memo?: Record<string, unknown>;
};

export type EmulatedMessage = {
  readonly id: string;
  /** `out` is from the business, `in` from the person */
  readonly direction: 'out' | 'in';
  readonly provider: string;
  readonly number: string;
  /** the number that was written to, or from: what the witness reports */
  readonly party: string;
  /** whose phone it is on now: a person who changes the number takes the history along */
  phone: string;
  readonly at: number;
  readonly content: MessageContent;
  readonly correlation: string | undefined;
  status: MessageStatus;
  /** when each status happened, by the platform's clock; 0 = not yet */
  sentAt: number;
  deliveredAt: number;
  readAt: number;
  failedAt: number;
  /** bits of the statuses whose webhook was taken */
  acknowledged: number;
  /** sent to someone who has blocked the number: it never shows up on the phone and no further status comes */
  lost: boolean;
};

export type EmulatedPhone = {
  readonly phone: string;
  name: string;
  /** set: the number is hidden behind a username */
  username: string | undefined;
  /** the number this person had before */
  previous: string | undefined;
  switchedOn: boolean;
  blocked: boolean;
  marketingStopped: boolean;
  /** the person's latest word to each of our numbers: it opens the 24-hour window */
  readonly lastInboundAt: Map<string, number>;
  readonly messages: EmulatedMessage[];
};

export type StatusEvent = { message: EmulatedMessage; status: ReportedStatus; at: number };

/** A signed POST to the customer, built by a part, delivered by the server. */
export type Webhook = { account: EmulatorAccount; body: string; url?: string | undefined };

/** What a person has written by a control: kept on the phone, and told by its webhook. */
export type Written = { account: EmulatorAccount; phone: string; content: MessageContent };

/** The switch inside the app, turned by a control. */
export type MarketingSwitch = { phone: string; stopped: boolean };

/** A webhook that somebody wants to see. Without a value it is one of the part's examples, the field's first if none is named. */
export type WebhookWish = {
  field: string;
  example?: string | undefined;
  value?: Record<string, unknown> | undefined;
  /** whom it is about, where it is about a person */
  phone: string;
  template?: string | undefined;
};

/** `guessed`: the vendor's documentation, as far as we know it, names the field and shows no value. */
export type WebhookExample = { field: string; example: string; says: string; guessed?: true };

/** What a control did to a provider: webhooks to send and an answer to show, or why it is refused. */
export type ControlOutcome =
  | { webhooks: Webhook[]; answer: Record<string, unknown>; written?: Written[]; marketing?: MarketingSwitch }
  | { refused: 'not_found' | 'invalid'; message: string; fields?: { path: string; message: string }[] };

/** Durable documents of a part (templates, settings of a number); every put is a line of the ledger. */
export type Shelf<T> = {
  get(key: string): T | undefined;
  put(key: string, document: T): void;
  delete(key: string): void;
  values(): IterableIterator<T>;
};

export type AcceptedSend = {
  id: string;
  account: EmulatorAccount;
  phone: string;
  content: MessageContent;
  correlation: string | undefined;
  /** the request as it came, for the witness's own file */
  request: unknown;
};

/** Everything a part may touch. It has no clock, timer, network or chance of its own. */
export type EmulatorWorld = {
  /** false: a benchmark; no platform rules */
  readonly rules: boolean;
  readonly accounts: readonly EmulatorAccount[];
  /** how long an automatic review takes, unless a control says otherwise */
  readonly reviewDelayMs: number;
  now(): number;
  random(): number;
  /** finds the phone or puts a new one on the table */
  phone(phone: string): EmulatedPhone;
  phones(): IterableIterator<EmulatedPhone>;
  message(id: string): EmulatedMessage | undefined;
  shelf<T>(name: string): Shelf<T>;
  /** resolves once the ledger line is written: only then may the caller be told; undefined = already so */
  accept(send: AcceptedSend): Promise<void> | undefined;
  /** the business has read what the person wrote */
  markInboundRead(message: EmulatedMessage): void;
  sendWebhook(webhook: Webhook): void;
  /** machine time; not durable: `start` has to plan again what was cut off */
  later(delayMs: number, task: () => void): void;
  /** GET, for the subscription handshake; status 0 when nobody answers */
  ask(url: string): Promise<{ status: number; body: string }>;
};

export type TemplateChange =
  | { kind: 'review'; status: string; reason?: string | undefined }
  | { kind: 'category'; category: string; impending?: boolean | undefined }
  | { kind: 'quality'; quality: string }
  | { kind: 'components'; body?: string | undefined; header?: string | undefined; footer?: string | undefined };

export type ProviderEmulator = {
  readonly provider: string;
  /** first segment of all its paths, such as `/graph` */
  readonly prefix: string;
  /** the number of an emulator that runs without a service, unless it is told another; `api` is what to call first */
  readonly standAlone: { numberId: string; accountId: string; api: string };
  /** called once the ledger has been read back */
  start?(world: EmulatorWorld): void;
  /** the clock was turned: what fell due by it */
  clockTurned?(world: EmulatorWorld): void;
  /** phones and messages are gone: what was counted of them goes too */
  forget?(world: EmulatorWorld): void;
  isSend(request: EmulatorRequest): boolean;
  handle(request: EmulatorRequest, world: EmulatorWorld): EmulatorAnswer | Promise<EmulatorAnswer>;
  /** the vendor's error body for a fault that an operator asked for; without a code its plainest server error */
  faultAnswer(code: number | undefined): EmulatorAnswer;

  /** exact bytes of one POST with these statuses; the same events must give the same bytes at a retry */
  statusWebhook(world: EmulatorWorld, account: EmulatorAccount, events: readonly StatusEvent[]): Webhook;
  /** headers that prove where the bytes come from; `url` with its query, as it is called */
  sign(account: EmulatorAccount, body: string, url: string, attempts: number): Record<string, string>;
  /** one status in each webhook, whatever batches are asked for */
  readonly oneByOne?: true;
  /** whether a webhook that was not taken comes again; without this it comes until it is taken. Status 0: no answer */
  repeats?(url: string, attempts: number, status: number): boolean;
  newInboundId(phone: string): string;
  inboundWebhook(
    world: EmulatorWorld,
    account: EmulatorAccount,
    phone: EmulatedPhone,
    message: EmulatedMessage,
  ): Webhook;
  preferenceWebhook?(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): Webhook;
  numberChangedWebhook?(
    world: EmulatorWorld,
    account: EmulatorAccount,
    before: EmulatedPhone,
    after: EmulatedPhone,
  ): Webhook;

  changeTemplate?(
    world: EmulatorWorld,
    name: string,
    language: string | undefined,
    change: TemplateChange,
  ): ControlOutcome;
  changeNumber?(world: EmulatorWorld, numberId: string, change: Record<string, unknown>): ControlOutcome;
  /** what `changeNumber` can change, and how far it is used up */
  describeNumber?(world: EmulatorWorld, account: EmulatorAccount): Record<string, unknown>;
  accountEvent?(world: EmulatorWorld, event: Record<string, unknown>): ControlOutcome;
  /** what `provoke` can make the platform say */
  readonly webhookExamples?: readonly WebhookExample[];
  provoke?(world: EmulatorWorld, account: EmulatorAccount, wish: WebhookWish): ControlOutcome;
  listTemplates?(world: EmulatorWorld): Record<string, unknown>[];
  /** how templates are reviewed from now on */
  setReviewMode?(world: EmulatorWorld, mode: string, delayMs: number | undefined): ControlOutcome;
};
