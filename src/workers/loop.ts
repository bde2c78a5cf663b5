/**
 * The only place in the service that waits by a timer: repeats a tick as long as it finds work, then rests until it is
 * woken or its pause is over. A tick that fails is logged and tried again, slower each time.
 */
import type { Log } from '#lib/log.ts';

export interface Worker {
  name: string;
  /** Does what there is to do now and answers how much it was. */
  tick(): Promise<number>;
  /** How long to rest when there was nothing to do. */
  idleMs: number;
  /** A short rest also after work, so that the next batch is worth its round trips. */
  lingerMs?: number;
}

export interface Loop {
  wake(): void;
  /** Stops after the tick under way. */
  stop(): Promise<void>;
  /** Whether the last tick went well: readiness asks. */
  healthy(): boolean;
}

/** However often a tick has failed, it is tried again this soon: what was away is back sooner than anybody looks. */
const MOST_REST_MS = 5_000;

export function startLoop(worker: Worker, log: Log): Loop {
  let stopping = false;
  let failures = 0;
  let woken = false;
  let lingering = false;
  let rest: { timer: NodeJS.Timeout; end(): void } | undefined;

  const wake = () => {
    woken = true;
    // A loop that lingers is not hurried: its rest is what makes one batch of three receipts.
    if (!lingering) rest?.end();
  };

  const sleep = (ms: number) =>
    new Promise<void>(resolve => {
      const end = () => {
        clearTimeout(timer);
        rest = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      rest = { timer, end };
    });

  const linger = async (ms: number) => {
    lingering = true;
    await sleep(ms);
    lingering = false;
  };

  const run = async () => {
    while (!stopping) {
      // Before the tick and not after it: news that come while it looks elsewhere must not be forgotten.
      woken = false;
      let done = 0;
      try {
        done = await worker.tick();
        failures = 0;
      } catch (error) {
        failures += 1;
        log.error('worker tick failed', { worker: worker.name, attempt: failures, error: String(error) });
      }
      if (stopping) break;
      if (done > 0 && failures === 0) {
        // At least one turn of the event loop: a tick that never waits must not shut out the rest of the process.
        if (worker.lingerMs) await linger(worker.lingerMs);
        else await new Promise(setImmediate);
        continue;
      }
      // A failing tick is not hurried either: every message that came would ask a database that is away once more.
      if (!woken || failures > 0)
        await sleep(failures > 0 ? Math.min(MOST_REST_MS, 100 * 2 ** failures) : worker.idleMs);
    }
  };

  const ended = run();
  return {
    wake,
    stop: () => {
      stopping = true;
      rest?.end();
      return ended;
    },
    // One failure is a deadlock or a failover; readiness must not send all traffic away for it.
    healthy: () => failures < 3,
  };
}
