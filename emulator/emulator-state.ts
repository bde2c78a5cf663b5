/** Everything the emulator remembers: a fold over ledger events, applied alike when they happen and when they are read back. */
import type { EmulatedMessage, EmulatedPhone, MessageContent, ReportedStatus } from '#core/emulation.ts';
import { contentOf, type InboundEvent, type LedgerEvent, type PhoneEvent, type SendEvent } from './ledger-events.ts';
import { nameFor } from './phone-names.ts';

/** Four bits of one number: which webhooks were taken costs a message no object of its own. */
const STATUS_BITS: Record<ReportedStatus, number> = { sent: 1, delivered: 2, read: 4, failed: 8 };
const STATUS_FIELDS = {
  sent: 'sentAt',
  delivered: 'deliveredAt',
  read: 'readAt',
  failed: 'failedAt',
} as const satisfies Record<ReportedStatus, keyof EmulatedMessage>;

/** In the order of a message's life; a restart sends again what is missing in this order. */
export const REPORTED_STATUSES: readonly ReportedStatus[] = ['sent', 'delivered', 'read', 'failed'];

export type WaitingWebhook = Extract<LedgerEvent, { kind: 'webhook' }>;

export class EmulatorState {
  readonly phones = new Map<string, EmulatedPhone>();
  readonly messages = new Map<string, EmulatedMessage>();
  /** accepted sends in the order of acceptance: what the witness reports */
  readonly sends: EmulatedMessage[] = [];
  readonly shelves = new Map<string, Map<string, unknown>>();
  readonly waitingWebhooks = new Map<string, WaitingWebhook>();
  clockOffsetMs = 0;

  /**
   * What happens and what is read back come through here alike. Only what must be fast goes around it.
   */
  apply(event: LedgerEvent): void {
    switch (event.kind) {
      case 'send':
        this.#applySend(event);
        return;
      case 'inbound':
        this.#applyInbound(event);
        return;
      case 'status':
        this.#applyStatus(event.id, event.status, Date.parse(event.at));
        return;
      case 'inbound_read': {
        const message = this.messages.get(event.id);
        if (message) message.status = 'read';
        return;
      }
      case 'phone':
        this.#applyPhone(event);
        return;
      case 'phone_moved':
        this.#applyMove(event.from, event.to);
        return;
      case 'clock':
        this.clockOffsetMs = event.offset_ms;
        return;
      case 'shelf':
        if (event.document === null) this.shelf(event.shelf).delete(event.key);
        else this.shelf(event.shelf).set(event.key, event.document);
        return;
      case 'webhook':
        this.waitingWebhooks.set(event.id, event);
        return;
      case 'ack':
        for (const [id, status] of event.statuses) this.acknowledgeStatus(id, status);
        for (const id of event.webhooks) this.waitingWebhooks.delete(id);
    }
  }

  /** A number that nobody has heard of is a phone all the same: being written to puts it on the table. */
  phone(number: string): EmulatedPhone {
    let phone = this.phones.get(number);
    if (!phone) {
      phone = newPhone(number, nameFor(number));
      this.phones.set(number, phone);
    }
    return phone;
  }

  shelf(name: string): Map<string, unknown> {
    let shelf = this.shelves.get(name);
    if (!shelf) {
      shelf = new Map();
      this.shelves.set(name, shelf);
    }
    return shelf;
  }

  acknowledgeStatus(id: string, status: ReportedStatus): void {
    const message = this.messages.get(id);
    if (message) message.acknowledged |= STATUS_BITS[status];
  }

  /** templates and the clock stay: a reset empties phones and ledger, it does not undo the set-up */
  forgetMessages(): void {
    this.phones.clear();
    this.messages.clear();
    this.sends.length = 0;
    this.waitingWebhooks.clear();
  }

  #applySend(event: SendEvent): void {
    const message = newMessage(event, 'out', event.to, 'accepted', event.correlation);
    this.messages.set(message.id, message);
    this.sends.push(message);
    this.phone(message.phone).messages.push(message);
  }

  #applyInbound(event: InboundEvent): void {
    const message = newMessage(event, 'in', event.from, 'received', undefined);
    const phone = this.phone(message.phone);
    this.messages.set(message.id, message);
    phone.messages.push(message);
    // Of each of our numbers by itself: this is what the platform's window is counted from.
    if (message.content.memo?.['silent'] !== true) phone.lastInboundAt.set(message.number, message.at);
  }

  /** Of a message that was forgotten by a reset meanwhile nothing is left to change. */
  #applyStatus(id: string, status: ReportedStatus | 'lost', at: number): void {
    const message = this.messages.get(id);
    if (!message) return;
    if (status === 'lost') message.lost = true;
    else applyStatusTo(message, status, at);
  }

  #applyPhone(event: PhoneEvent): void {
    const phone = this.phone(event.phone);
    if (event.name !== undefined) phone.name = event.name;
    if (event.username !== undefined) phone.username = event.username ?? undefined;
    if (event.switched_on !== undefined) phone.switchedOn = event.switched_on;
    if (event.blocked !== undefined) phone.blocked = event.blocked;
    if (event.marketing_stopped !== undefined) phone.marketingStopped = event.marketing_stopped;
  }

  /** the history moves along with the person, as WhatsApp moves it; the windows stay with the old number */
  #applyMove(from: string, to: string): void {
    const before = this.phone(from);
    const target = this.phones.get(to);
    const messages = [...before.messages, ...(target?.messages ?? [])];
    for (const message of messages) message.phone = to;
    this.phones.delete(from);
    this.phones.set(to, { ...before, phone: to, previous: from, messages, lastInboundAt: new Map() });
  }
}

export function applyStatusTo(message: EmulatedMessage, status: ReportedStatus, at: number): void {
  message[STATUS_FIELDS[status]] = at;
  message.status = status;
}

export function statusTime(message: EmulatedMessage, status: ReportedStatus): number {
  return message[STATUS_FIELDS[status]];
}

export function isAcknowledged(message: EmulatedMessage, status: ReportedStatus): boolean {
  return (message.acknowledged & STATUS_BITS[status]) !== 0;
}

function newPhone(phone: string, name: string): EmulatedPhone {
  return {
    phone,
    name,
    username: undefined,
    previous: undefined,
    switchedOn: true,
    blocked: false,
    marketingStopped: false,
    lastInboundAt: new Map(),
    messages: [],
  };
}

function newMessage(
  event: SendEvent | InboundEvent,
  direction: 'out' | 'in',
  phone: string,
  status: EmulatedMessage['status'],
  correlation: string | undefined,
): EmulatedMessage {
  const content: MessageContent = contentOf(event);
  return {
    id: event.id,
    direction,
    provider: event.provider,
    number: event.number,
    party: phone,
    phone,
    at: Date.parse(event.at),
    content,
    correlation,
    status,
    sentAt: 0,
    deliveredAt: 0,
    readAt: 0,
    failedAt: 0,
    acknowledged: 0,
    lost: false,
  };
}
