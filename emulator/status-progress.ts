/**
 * What happens to an accepted message by itself: sent, delivered, and in a benchmark also read. A phone that is
 * switched off keeps `delivered` waiting; a person who has blocked the number never causes one.
 */
import type { EmulatedMessage, EmulatedPhone, ReportedStatus } from '#core/emulation.ts';
import { DelayLine } from './delay-line.ts';

/** milliseconds after acceptance; `readMs: null` = only when the person opens the chat */
export type StatusDelays = { sentMs: number; deliveredMs: number; readMs: number | null };

type Steps = {
  phoneOf(message: EmulatedMessage): EmulatedPhone;
  report(message: EmulatedMessage, status: ReportedStatus): void;
  lose(message: EmulatedMessage): void;
};

export class StatusProgress {
  readonly #steps: Steps;
  readonly #readsByItself: boolean;
  readonly #sent: DelayLine<EmulatedMessage>;
  readonly #delivered: DelayLine<EmulatedMessage>;
  readonly #read: DelayLine<EmulatedMessage>;
  /** messages for phones that are switched off */
  readonly #kept = new Map<string, EmulatedMessage[]>();

  constructor(delays: StatusDelays, steps: Steps) {
    this.#steps = steps;
    this.#readsByItself = delays.readMs !== null;
    // Each line waits from the step before it; the options count from acceptance.
    this.#sent = new DelayLine(delays.sentMs, message => this.#onSent(message));
    this.#delivered = new DelayLine(Math.max(0, delays.deliveredMs - delays.sentMs), message =>
      this.#onArrival(message),
    );
    this.#read = new DelayLine(Math.max(0, (delays.readMs ?? 0) - delays.deliveredMs), message =>
      this.#onRead(message),
    );
  }

  /** statuses that will come by themselves */
  get waiting(): number {
    return this.#sent.waiting + this.#delivered.waiting + this.#read.waiting;
  }

  /** also after a restart: goes on from whatever the message has reached */
  follow(message: EmulatedMessage): void {
    if (message.lost || message.failedAt > 0 || message.readAt > 0) return;
    if (message.sentAt === 0) this.#sent.push(message);
    else if (message.deliveredAt === 0) this.#delivered.push(message);
    else if (this.#readsByItself) this.#read.push(message);
  }

  /** the person opens the chat: whatever has not come yet comes first, in order */
  open(message: EmulatedMessage): boolean {
    if (message.lost || message.readAt > 0 || message.failedAt > 0) return false;
    // What fails never showed, so nobody can open it.
    if (message.content.failure !== undefined) return false;
    if (message.sentAt === 0) this.#steps.report(message, 'sent');
    if (message.deliveredAt === 0) this.#steps.report(message, 'delivered');
    this.#steps.report(message, 'read');
    return true;
  }

  /** the phone is on again, or the person has a new one: what waited arrives now */
  deliverKept(phone: string): void {
    const kept = this.#kept.get(phone);
    if (!kept) return;
    this.#kept.delete(phone);
    for (const message of kept) this.#onArrival(message);
  }

  clear(): void {
    this.#sent.clear();
    this.#delivered.clear();
    this.#read.clear();
    this.#kept.clear();
  }

  #onSent(message: EmulatedMessage): void {
    if (message.lost) return;
    if (message.content.failure !== undefined) {
      this.#steps.report(message, 'failed');
      return;
    }
    if (message.sentAt === 0) this.#steps.report(message, 'sent');
    this.#delivered.push(message);
  }

  #onArrival(message: EmulatedMessage): void {
    if (message.deliveredAt > 0 || message.lost) return;
    // Asked on arrival and not at the send: since then they may have switched it off, blocked us, or another number.
    const phone = this.#steps.phoneOf(message);
    if (phone.blocked) this.#steps.lose(message);
    else if (phone.switchedOn) this.#deliver(message);
    else this.#keep(phone.phone, message);
  }

  #keep(phone: string, message: EmulatedMessage): void {
    const kept = this.#kept.get(phone);
    if (kept) kept.push(message);
    else this.#kept.set(phone, [message]);
  }

  #deliver(message: EmulatedMessage): void {
    this.#steps.report(message, 'delivered');
    if (this.#readsByItself) this.#read.push(message);
  }

  #onRead(message: EmulatedMessage): void {
    if (message.readAt === 0) this.#steps.report(message, 'read');
  }
}
