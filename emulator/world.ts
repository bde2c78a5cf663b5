/** What parts and controls act upon: every change is an event, applied to the state and written to the ledger. */
import { setTimeout as pause } from 'node:timers/promises';
import type {
  AcceptedSend,
  EmulatedMessage,
  EmulatedPhone,
  EmulatorAccount,
  EmulatorWorld,
  MessageContent,
  ProviderEmulator,
  ReportedStatus,
  Shelf,
  Webhook,
} from '#core/emulation.ts';
import type { Changes } from './changes.ts';
import { applyStatusTo, type EmulatorState } from './emulator-state.ts';
import type { Faults } from './faults.ts';
import { contentFields, type LedgerEvent, type PhoneEvent, type SendEvent } from './ledger-events.ts';
import type { LedgerFile } from './ledger-file.ts';
import { type OutgoingOptions, OutgoingWebhooks } from './outgoing-webhooks.ts';
import { type PlatformClock, toIso } from './platform-clock.ts';
import { type StatusDelays, StatusProgress } from './status-progress.ts';

export type WorldOptions = OutgoingOptions & {
  rules: boolean;
  reviewDelayMs: number;
  clock: PlatformClock;
  changes: Changes;
  delays: StatusDelays;
};

export class World implements EmulatorWorld {
  readonly rules: boolean;
  readonly accounts: readonly EmulatorAccount[];
  readonly parts: readonly ProviderEmulator[];
  readonly state: EmulatorState;
  readonly clock: PlatformClock;
  readonly faults: Faults;
  readonly changes: Changes;
  readonly progress: StatusProgress;
  readonly webhooks: OutgoingWebhooks;
  readonly reviewDelayMs: number;
  readonly #ledger: LedgerFile | undefined;
  readonly #sender: OutgoingOptions['sender'];
  readonly #shelves = new Map<string, Shelf<unknown>>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: WorldOptions) {
    this.rules = options.rules;
    this.reviewDelayMs = options.reviewDelayMs;
    this.accounts = options.accounts;
    this.parts = options.parts;
    this.state = options.state;
    this.clock = options.clock;
    this.faults = options.faults;
    this.changes = options.changes;
    this.#ledger = options.ledger;
    this.#sender = options.sender;
    this.webhooks = new OutgoingWebhooks(this, options);
    this.progress = new StatusProgress(options.delays, {
      phoneOf: message => this.state.phone(message.phone),
      report: (message, status) => this.report(message, status),
      lose: message => this.lose(message),
    });
  }

  now(): number {
    return this.clock.now();
  }

  random(): number {
    return this.faults.random();
  }

  phone(phone: string): EmulatedPhone {
    return this.state.phone(phone);
  }

  phones(): IterableIterator<EmulatedPhone> {
    return this.state.phones.values();
  }

  message(id: string): EmulatedMessage | undefined {
    return this.state.messages.get(id);
  }

  account(number: string): EmulatorAccount | undefined {
    return this.webhooks.account(number);
  }

  part(provider: string): ProviderEmulator | undefined {
    return this.webhooks.part(provider);
  }

  /** parts ask for a shelf at every message, so the same one is handed out again */
  shelf<T>(name: string): Shelf<T> {
    let shelf = this.#shelves.get(name);
    if (!shelf) {
      shelf = this.#newShelf(name);
      this.#shelves.set(name, shelf);
    }
    return shelf as Shelf<T>;
  }

  #newShelf(name: string): Shelf<unknown> {
    const documents = this.state.shelf(name);
    return {
      get: key => documents.get(key),
      values: () => documents.values(),
      put: (key, document) => {
        this.record({ kind: 'shelf', shelf: name, key, document });
        this.changes.tell('template');
      },
      delete: key => this.record({ kind: 'shelf', shelf: name, key, document: null }),
    };
  }

  accept(send: AcceptedSend): Promise<void> | undefined {
    const { account } = send;
    const event: SendEvent = {
      kind: 'send',
      id: send.id,
      at: toIso(this.now()),
      provider: account.provider,
      number: account.phoneNumberId,
      to: send.phone,
      ...contentFields(send.content),
      correlation: send.correlation,
      request: send.request,
    };
    // In the state once it is written and not before: what anybody is shown survives a kill.
    if (!this.#ledger) return this.#accepted(event);
    return this.#ledger.appendDurably(event).then(() => this.#accepted(event));
  }

  /** Also where the first status is planned from: a send whose line could not be written never moves. */
  #accepted(event: SendEvent): undefined {
    this.state.apply(event);
    this.progress.follow(this.state.messages.get(event.id) as EmulatedMessage);
    this.changes.tell('message', event.to);
  }

  /** the person writes; the caller sends the webhook */
  receive(account: EmulatorAccount, phone: string, id: string, content: MessageContent): EmulatedMessage {
    const { provider, phoneNumberId: number } = account;
    const at = toIso(this.now());
    this.record({ kind: 'inbound', id, at, provider, number, from: phone, ...contentFields(content) });
    this.changes.tell('message', phone);
    return this.state.messages.get(id) as EmulatedMessage;
  }

  changePhone(phone: string, change: Omit<PhoneEvent, 'kind' | 'phone' | 'at'>): EmulatedPhone {
    this.record({ kind: 'phone', phone, at: toIso(this.now()), ...change });
    this.changes.tell('phone', phone);
    return this.state.phone(phone);
  }

  markInboundRead(message: EmulatedMessage): void {
    if (message.status === 'read') return;
    this.record({ kind: 'inbound_read', id: message.id, at: toIso(this.now()) });
    this.changes.tell('status', message.phone);
  }

  /** a status that happens now, and its webhook */
  report(message: EmulatedMessage, status: ReportedStatus): void {
    const at = this.now();
    // By hand what `record` does with an event: a benchmark has three of these for each message.
    applyStatusTo(message, status, at);
    this.#ledger?.appendLine(
      `{"kind":"status","id":${JSON.stringify(message.id)},"status":"${status}","at":"${toIso(at)}"}`,
    );
    this.changes.tell('status', message.phone);
    this.webhooks.sendStatus(message, status, at);
  }

  sendWebhook(webhook: Webhook): void {
    this.webhooks.send(webhook);
  }

  later(delayMs: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, delayMs);
    this.#timers.add(timer);
  }

  ask(url: string): Promise<{ status: number; body: string }> {
    return this.#sender.get(url);
  }

  /** Written with the next bunch. Who must be able to rely on it waits for `settled`. */
  record(event: LedgerEvent): void {
    this.state.apply(event);
    this.#ledger?.append(event);
  }

  /** resolves when everything said so far stands in the ledger; undefined = already so */
  settled(): Promise<void> | undefined {
    return this.#ledger?.busy ? this.#ledger.settled() : undefined;
  }

  setClockOffset(offsetMs: number): void {
    this.clock.offsetMs = offsetMs;
    this.record({ kind: 'clock', offset_ms: offsetMs });
    for (const part of this.parts) part.clockTurned?.(this);
    this.changes.tell('clock');
  }

  /** empties phones and ledger; templates, settings of numbers and the clock stay */
  async reset(): Promise<void> {
    // Before anything is forgotten: a caller who is still waiting for a write gets the answer to it.
    await this.#ledger?.settled();
    this.progress.clear();
    this.webhooks.queue.clear();
    this.state.forgetMessages();
    for (const part of this.parts) part.forget?.(this);
    this.faults.set({});
    this.#ledger?.restart(this.#lastingEvents());
    this.changes.tell('reset');
  }

  /** after the ledger has been read back: unfinished messages go on from where they were */
  resume(): void {
    this.webhooks.resume();
    for (const message of this.state.sends) this.progress.follow(message);
    for (const part of this.parts) part.start?.(this);
  }

  /** resolves when nothing more will happen by itself, but for phones that are off and planned reviews */
  async whenIdle(): Promise<void> {
    while (this.progress.waiting > 0 || this.webhooks.queue.waiting > 0) {
      await (this.progress.waiting > 0 ? pause(1) : this.webhooks.queue.whenIdle());
    }
  }

  stop(flush: boolean): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.progress.clear();
    this.webhooks.close(flush);
    this.changes.close();
  }

  /** Blocked by the person, or meant for a number that is theirs no longer. No webhook tells of it, ever. */
  lose(message: EmulatedMessage): void {
    this.record({ kind: 'status', id: message.id, status: 'lost', at: toIso(this.now()) });
    this.changes.tell('status', message.phone);
  }

  #lastingEvents(): LedgerEvent[] {
    const events: LedgerEvent[] = [{ kind: 'clock', offset_ms: this.clock.offsetMs }];
    for (const [shelf, documents] of this.state.shelves) {
      for (const [key, document] of documents) events.push({ kind: 'shelf', shelf, key, document });
    }
    return events;
  }
}
