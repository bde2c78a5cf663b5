/**
 * The emulator: one plain HTTP server that stands in for the messaging platforms, with the phones at the other end.
 * It is its own program with its own ledger file and never touches the service's database: an independent witness.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmulatorAccount, ProviderEmulator } from '#core/emulation.ts';
import { Changes } from './changes.ts';
import { serveControl } from './controls/routes.ts';
import { EmulatorState } from './emulator-state.ts';
import { answerProblem, answerText } from './exchange.ts';
import { type FaultSettings, Faults } from './faults.ts';
import { LedgerFile } from './ledger-file.ts';
import { PlatformClock } from './platform-clock.ts';
import { serveProvider } from './provider-traffic.ts';
import type { StatusDelays } from './status-progress.ts';
import { openWebhookSender } from './webhook-sender.ts';
import { World } from './world.ts';

export type EmulatorOptions = {
  /** 0 or absent: any free port */
  port?: number | undefined;
  host?: string | undefined;
  parts: readonly ProviderEmulator[];
  accounts: readonly EmulatorAccount[];
  /** JSON lines; absent: in memory only */
  ledgerFile?: string | undefined;
  /** also fdatasync each write: survives a power cut and not only a kill */
  ledgerSync?: boolean | undefined;
  clock?: { now(): number } | undefined;
  /** false for benchmarks: no platform rules, and statuses come at once */
  rules?: boolean | undefined;
  statusDelays?: Partial<StatusDelays> | undefined;
  /** how long an automatic review of a template takes */
  templateReviewMs?: number | undefined;
  faults?: FaultSettings | undefined;
  /** webhooks in flight for each number */
  webhookConnections?: number | undefined;
  /** waits between attempts of a webhook; tests shorten them */
  webhookRetryMs?: readonly number[] | undefined;
  /** a control turned the clock; the service keeps the same offset in its database */
  onClock?: ((offsetMs: number) => void) | undefined;
};

export type Emulator = {
  url: string;
  port: number;
  world: World;
  clockOffsetMs(): number;
  /** the service turned its clock; does not call onClock */
  setClock(offsetMs: number): void;
  setFaults(settings: FaultSettings): void;
  /** resolves when every accepted message is delivered and every webhook taken; phones that are off don't count */
  whenIdle(): Promise<void>;
  close(): Promise<void>;
  /** what SIGKILL would do: nothing is flushed, nothing is finished */
  kill(): Promise<void>;
};

/** Slow enough to be watched, and a message is only read when somebody opens the chat. */
const DEFAULT_DELAYS: StatusDelays = { sentMs: 150, deliveredMs: 400, readMs: null };
/** For benchmarks, in which the emulator should be what is waited for least. */
const NO_DELAYS: StatusDelays = { sentMs: 0, deliveredMs: 0, readMs: null };

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  for (const { webhookUrl } of options.accounts) {
    if (webhookUrl !== undefined && !URL.canParse(webhookUrl)) throw new Error(`not a webhook address: ${webhookUrl}`);
  }
  const rules = options.rules ?? true;
  const state = new EmulatorState();
  const ledger = options.ledgerFile
    ? new LedgerFile(options.ledgerFile, { sync: options.ledgerSync ?? false })
    : undefined;
  ledger?.replay(event => state.apply(event));

  const clock = new PlatformClock(options.clock ?? { now: () => Date.now() });
  // The real time may have gone on for days: kept is how far the clock was turned, and not what it showed.
  clock.offsetMs = state.clockOffsetMs;
  const faults = new Faults();
  faults.set(options.faults ?? {});
  const sender = openWebhookSender();
  const world = new World({
    parts: options.parts,
    accounts: options.accounts,
    ...{ rules, state, ledger, clock, faults, sender },
    connections: options.webhookConnections ?? 16,
    reviewDelayMs: options.templateReviewMs ?? (rules ? 250 : 0),
    changes: new Changes(),
    delays: { ...(rules ? DEFAULT_DELAYS : NO_DELAYS), ...options.statusDelays },
    retryStepsMs: options.webhookRetryMs,
  });
  const context = { world, onClock: options.onClock };
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    route(context, request, response);
  });
  await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  const { port } = server.address() as AddressInfo;

  // Now that somebody listens: who takes one of these webhooks may answer it with a request.
  world.resume();

  const stop = async (flush: boolean): Promise<void> => {
    world.stop(flush);
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    // Clients keep theirs open: waited for, they would hold the end for a minute.
    server.closeAllConnections();
    sender.close();
    await closed;
  };
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    port,
    world,
    clockOffsetMs: () => clock.offsetMs,
    setClock: offsetMs => world.setClockOffset(offsetMs),
    setFaults: settings => faults.set(settings),
    whenIdle: () => world.whenIdle(),
    async close() {
      await stop(true);
      await ledger?.close();
    },
    async kill() {
      ledger?.abandon();
      await stop(false);
    },
  };
}

/** What follows a part's prefix: `/graphs` is not `/graph`. */
const SLASH = 47;

type Context = { world: World; onClock: EmulatorOptions['onClock'] };

function route(context: Context, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '/';
  const part = context.world.parts.find(
    candidate => url.startsWith(candidate.prefix) && url.charCodeAt(candidate.prefix.length) === SLASH,
  );
  if (part) serveProvider(context.world, part, request, response);
  else if (/^\/_sandbox(?:[/?]|$)/.test(url)) serveControl(context, request, response);
  else if (url === '/health') answerText(response, 200, '{"status":"ok","emulator":true}', 'application/json');
  else if (url === '/') response.writeHead(302, { location: '/_sandbox' }).end();
  else answerProblem(response, 404, 'not_found', 'There is nothing here. The phones are at /_sandbox.');
}

/** A port that is taken fails the start, with its own error, and not the first request. */
function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
