/** Which webhooks were taken, written in bunches: a line lost in a crash costs a redelivery, which is what platforms do. */
import type { EmulatorState } from './emulator-state.ts';
import type { LedgerEvent } from './ledger-events.ts';
import type { LedgerFile } from './ledger-file.ts';
import type { WebhookJob } from './webhook-queue.ts';

/** What was taken within this long before a kill is delivered once more. */
const GATHER_MS = 100;
const LINE_ENTRIES = 500;

type AckEvent = Extract<LedgerEvent, { kind: 'ack' }>;

export class AckLines {
  readonly #ledger: LedgerFile;
  readonly #state: EmulatorState;
  #statuses: AckEvent['statuses'] = [];
  #webhooks: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(ledger: LedgerFile, state: EmulatorState) {
    this.#ledger = ledger;
    this.#state = state;
  }

  add(job: WebhookJob): void {
    if (job.id !== undefined) {
      this.#webhooks.push(job.id);
      // From memory at once, from the file with the next bunch: only a restart may send it again.
      this.#state.waitingWebhooks.delete(job.id);
    }
    for (const { message, status } of job.events ?? []) {
      this.#state.acknowledgeStatus(message.id, status);
      this.#statuses.push([message.id, status]);
    }
    if (this.#statuses.length + this.#webhooks.length >= LINE_ENTRIES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#statuses.length + this.#webhooks.length === 0) return;
    this.#ledger.append({ kind: 'ack', statuses: this.#statuses, webhooks: this.#webhooks });
    this.#statuses = [];
    this.#webhooks = [];
  }

  /** As a kill leaves it: nothing more is written. */
  abandon(): void {
    clearTimeout(this.#timer);
  }
}
