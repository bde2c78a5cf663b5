/** From "this happened" to a signed request on its way: what waits, what was taken, what a restart has to send again. */
import { randomBytes } from 'node:crypto';
import type {
  EmulatedMessage,
  EmulatorAccount,
  EmulatorWorld,
  ProviderEmulator,
  ReportedStatus,
  Webhook,
} from '#core/emulation.ts';
import { AckLines } from './ack-lines.ts';
import { type EmulatorState, isAcknowledged, REPORTED_STATUSES, statusTime } from './emulator-state.ts';
import type { Faults } from './faults.ts';
import type { LedgerFile } from './ledger-file.ts';
import { WebhookQueue } from './webhook-queue.ts';
import type { WebhookSender } from './webhook-sender.ts';

export type OutgoingOptions = {
  state: EmulatorState;
  ledger: LedgerFile | undefined;
  faults: Faults;
  sender: WebhookSender;
  connections: number;
  retryStepsMs: readonly number[] | undefined;
  accounts: readonly EmulatorAccount[];
  parts: readonly ProviderEmulator[];
};

export class OutgoingWebhooks {
  readonly queue: WebhookQueue;
  readonly #options: OutgoingOptions;
  readonly #acks: AckLines | undefined;
  readonly #accounts: Map<string, EmulatorAccount>;
  readonly #parts: Map<string, ProviderEmulator>;

  constructor(world: EmulatorWorld, options: OutgoingOptions) {
    const { state, ledger, faults, sender, connections, retryStepsMs, accounts, parts } = options;
    this.#options = options;
    this.#accounts = new Map(accounts.map(account => [account.phoneNumberId, account]));
    this.#parts = new Map(parts.map(part => [part.provider, part]));
    this.#acks = ledger && new AckLines(ledger, state);
    this.queue = new WebhookQueue({
      connections,
      faults,
      sender,
      retryStepsMs,
      build: job => {
        // Status webhooks have no body until they leave. Built anew from the same events they have the same bytes.
        const webhook = job.webhook ?? job.part.statusWebhook(world, job.account, job.events ?? []);
        return { webhook, url: webhook.url ?? job.account.webhookUrl };
      },
      acknowledged: job => this.#acks?.add(job),
    });
  }

  account(number: string): EmulatorAccount | undefined {
    return this.#accounts.get(number);
  }

  part(provider: string): ProviderEmulator | undefined {
    return this.#parts.get(provider);
  }

  sendStatus(message: EmulatedMessage, status: ReportedStatus, at: number): void {
    const part = this.part(message.provider);
    const account = this.account(message.number);
    if (!part || !account) return; // the file knows a number that is no longer configured
    const events = [{ message, status, at }];
    this.queue.push({ account, part, events, webhook: undefined, id: undefined, attempts: 0, duplicate: false });
  }

  /** Of what is no status: what a person wrote, a template's review. Its body can't be made again, so it is kept. */
  send(webhook: Webhook): void {
    const { account, body, url } = webhook;
    const { provider, phoneNumberId: number } = account;
    const id = randomBytes(9).toString('base64url');
    const { state, ledger } = this.#options;
    if (ledger) {
      const event = { kind: 'webhook', id, provider, number, url, body } as const;
      state.apply(event);
      ledger.append(event);
    }
    this.#push(id, webhook);
  }

  /** after the ledger has been read back: whatever was not taken goes out again */
  resume(): void {
    const { state } = this.#options;
    for (const stored of state.waitingWebhooks.values()) {
      const account = this.account(stored.number);
      if (account) this.#push(stored.id, { account, body: stored.body, url: stored.url });
    }
    // Statuses of which a taken webhook is not noted. Some were taken, in the moments before the end, and come twice.
    for (const message of state.sends) {
      for (const status of REPORTED_STATUSES) {
        const at = statusTime(message, status);
        if (at > 0 && !isAcknowledged(message, status)) this.sendStatus(message, status, at);
      }
    }
  }

  close(flush: boolean): void {
    this.queue.close();
    if (flush) this.#acks?.flush();
    else this.#acks?.abandon();
  }

  #push(id: string, webhook: Webhook): void {
    const { account } = webhook;
    const part = this.part(account.provider);
    if (part) this.queue.push({ account, part, events: undefined, webhook, id, attempts: 0, duplicate: false });
  }
}
