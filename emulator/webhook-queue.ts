/**
 * Webhooks on their way: a lane for each number, a bounded number of requests in flight, tried until the answer is
 * 200 exactly, as Meta does. Bodies of status webhooks are built when they leave, so a backlog of a hundred thousand
 * is a hundred thousand small objects and not a hundred megabytes of JSON.
 */
import type { EmulatorAccount, ProviderEmulator, StatusEvent, Webhook } from '#core/emulation.ts';
import { DelayLine } from './delay-line.ts';
import type { Faults } from './faults.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** first retry after a second, then doubling; the last step repeats for ever */
const RETRY_STEPS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000];
/** how long statuses wait for company when batches are asked for */
const BATCH_LINGER_MS = 40;
/** Long enough to be overtaken by the later statuses of the same message. */
const REORDER_WITHIN_MS = 1_500;

export type WebhookJob = {
  account: EmulatorAccount;
  part: ProviderEmulator;
  events: StatusEvent[] | undefined;
  /** Absent for statuses, whose body is built from their events when they leave. */
  webhook: Webhook | undefined;
  /** of a webhook that stands in the ledger by itself */
  id: string | undefined;
  attempts: number;
  duplicate: boolean;
};

/** A number that nobody takes webhooks from holds up no other: each has its own requests in flight. */
type Lane = { ready: WebhookJob[]; head: number; active: number; linger: NodeJS.Timeout | undefined };

type Options = {
  connections: number;
  faults: Faults;
  sender: WebhookSender;
  build(job: WebhookJob): { webhook: Webhook; url: string | undefined };
  acknowledged(job: WebhookJob): void;
  retryStepsMs?: readonly number[] | undefined;
};

export class WebhookQueue {
  readonly #options: Options;
  readonly #lanes = new Map<EmulatorAccount, Lane>();
  readonly #retries: DelayLine<WebhookJob>[];
  readonly #shuffled = new Set<NodeJS.Timeout>();
  #closed = false;
  #idleWaiters: (() => void)[] = [];

  constructor(options: Options) {
    this.#options = options;
    const steps = options.retryStepsMs ?? RETRY_STEPS_MS;
    this.#retries = steps.map(delayMs => new DelayLine<WebhookJob>(delayMs, job => this.#enter(job)));
  }

  /** webhooks not taken yet, wherever they wait */
  get waiting(): number {
    let total = this.#shuffled.size;
    for (const line of this.#retries) total += line.waiting;
    for (const lane of this.#lanes.values()) total += lane.ready.length - lane.head + lane.active;
    return total;
  }

  push(job: WebhookJob): void {
    if (this.#options.faults.quiet) this.#enter(job);
    else this.#pushThroughFaults(job);
  }

  #pushThroughFaults(job: WebhookJob): void {
    const { faults } = this.#options;
    // Counted as taken, or it would be tried again.
    if (faults.strikes('drop_webhooks')) {
      this.#options.acknowledged(job);
      return;
    }
    // The copy is nobody's: whatever is answered to it settles nothing.
    if (faults.strikes('duplicate_webhooks')) this.#enter({ ...job, id: undefined, duplicate: true });
    if (faults.strikes('reorder')) this.#enterLater(job, faults.random() * REORDER_WITHIN_MS);
    else this.#enter(job);
  }

  #enterLater(job: WebhookJob, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#shuffled.delete(timer);
      this.#enter(job);
    }, delayMs);
    this.#shuffled.add(timer);
  }

  /** What is on its way already comes to its end; its answer is of no more interest. */
  clear(): void {
    for (const line of this.#retries) line.clear();
    for (const timer of this.#shuffled) clearTimeout(timer);
    this.#shuffled.clear();
    for (const lane of this.#lanes.values()) {
      clearTimeout(lane.linger);
      lane.ready = [];
      lane.head = 0;
    }
  }

  close(): void {
    this.#closed = true;
    this.clear();
  }

  /** for tests and benchmarks: resolves when nothing waits any more */
  whenIdle(): Promise<void> {
    if (this.waiting === 0) return Promise.resolve();
    return new Promise(resolve => this.#idleWaiters.push(resolve));
  }

  #laneOf(account: EmulatorAccount): Lane {
    let lane = this.#lanes.get(account);
    if (!lane) {
      lane = { ready: [], head: 0, active: 0, linger: undefined };
      this.#lanes.set(account, lane);
    }
    return lane;
  }

  #enter(job: WebhookJob): void {
    if (this.#closed) return;
    const lane = this.#laneOf(job.account);
    lane.ready.push(job);
    const batch = this.#options.faults.statusBatch;
    if (batch === 1 || !job.events || lane.ready.length - lane.head >= batch) this.#pump(lane);
    else {
      lane.linger ??= setTimeout(() => {
        lane.linger = undefined;
        this.#pump(lane);
      }, BATCH_LINGER_MS);
    }
  }

  #pump(lane: Lane): void {
    while (lane.active < this.#options.connections && lane.head < lane.ready.length) {
      const job = this.#gather(lane);
      if (lane.head > 1024 || lane.head === lane.ready.length) {
        lane.ready = lane.ready.slice(lane.head);
        lane.head = 0;
      }
      this.#dispatch(lane, job);
    }
  }

  /** takes the next job, and with it further statuses when batches are asked for */
  #gather(lane: Lane): WebhookJob {
    const job = lane.ready[lane.head++] as WebhookJob;
    const batch = this.#options.faults.statusBatch;
    // A retry goes out in the company in which it went out before: the same events, the same bytes.
    if (batch === 1 || !job.events || job.attempts > 0 || job.part.oneByOne) return job;
    const events = [...job.events];
    while (events.length < batch && lane.head < lane.ready.length) {
      const next = lane.ready[lane.head] as WebhookJob;
      if (!next.events || next.attempts > 0 || next.part !== job.part || next.duplicate !== job.duplicate) break;
      events.push(...next.events);
      lane.head++;
    }
    return events.length === job.events.length ? job : { ...job, events };
  }

  #dispatch(lane: Lane, job: WebhookJob): void {
    const { webhook, url } = this.#options.build(job);
    // nobody has subscribed: the platform has nothing to tell and nobody to tell it to
    if (url === undefined) {
      this.#settle(job);
      return;
    }
    lane.active++;
    const hashAt = url.indexOf('#');
    const called = hashAt === -1 ? url : url.slice(0, hashAt);
    const headers = job.part.sign(job.account, webhook.body, called, job.attempts);
    this.#options.sender.post(called, webhook.body, headers, status => {
      lane.active--;
      // 201 and 204 are no: the platform repeats everything but 200.
      if (status === 200 || job.part.repeats?.(url, job.attempts, status) === false) this.#settle(job);
      else this.#retry(job);
      this.#pump(lane);
    });
  }

  #settle(job: WebhookJob): void {
    if (this.#closed) return;
    if (!job.duplicate) this.#options.acknowledged(job);
    if (this.#idleWaiters.length > 0 && this.waiting === 0) for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  #retry(job: WebhookJob): void {
    if (this.#closed) return;
    // By the job's own attempts: one that fails waits longer and holds up nobody who has just begun.
    const step = Math.min(job.attempts, this.#retries.length - 1);
    job.attempts++;
    this.#retries[step]?.push(job);
  }
}
