/**
 * The composition root: the only file that names every provider, vertical and worker. Two arrays and the wiring.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { ClientConfig } from 'pg';
import {
  type Admission,
  type AnchorStore,
  admit,
  type Core,
  coreRoutes,
  createDepthGuard,
  createInHand,
  createReceiver,
  type EpochStore,
  type SendCommand,
} from '#core/index.ts';
import { type Db, openDb } from '#db/db.ts';
import { isUnavailable } from '#db/errors.ts';
import type { Clock } from '#lib/clock.ts';
import { type Coalescer, coalesce } from '#lib/coalesce.ts';
import type { Log } from '#lib/log.ts';
import { openOutbound } from '#lib/outbound.ts';
import type { ProviderEmulator } from './core/emulation.ts';
import { HTTP_TIMEOUT_MS } from './core/messages/gate.ts';
import type { Provider } from './core/provider.ts';
import { openSecretBox } from './core/senders/secret.ts';
import { SenderDirectory } from './core/senders/sender.ts';
import { Keyring } from './core/tenants/keyring.ts';
import { SettingsDirectory } from './core/tenants/settings-directory.ts';
import type { Vertical } from './core/vertical.ts';
import { tenantFind, tenantListHeld } from './core/worker-statements.ts';
import { createDeparture } from './http/departure.ts';
import { createLoadDoor } from './http/load-door.ts';
import { createServer } from './http/server.ts';
import { createMetrics } from './metrics.ts';
import { metaEmulator } from './providers/meta/emulator.ts';
import { meta } from './providers/meta/index.ts';
import { twilioEmulator } from './providers/twilio/emulator.ts';
import { twilio } from './providers/twilio/index.ts';
import { events } from './verticals/events/index.ts';
import { pos } from './verticals/pos/index.ts';
import { anchorWorker } from './workers/anchors.ts';
import { createDispatcher, type Dispatcher, MOST_IN_FLIGHT } from './workers/dispatch.ts';
import { type Loop, startLoop, type Worker } from './workers/loop.ts';
import { retentionWorker } from './workers/retention.ts';
import {
  clockWorker,
  costWorker,
  epochWorker,
  inboxWorker,
  type Lag,
  makePartitions,
  parkedWorker,
  partitionWorker,
  readLag,
  resolveWorker,
  spendWorker,
  statsWorker,
  templateWorker,
} from './workers/upkeep.ts';

export const providers: readonly Provider[] = [meta, twilio];
export const verticals: readonly Vertical[] = [events, pos];
/** Their other ends, for the sandbox. */
export const emulators: readonly ProviderEmulator[] = [metaEmulator, twilioEmulator];
/** Of webhooks that are stored and not applied yet: some twenty thousand receipts. */
const IN_HAND_BYTES = 16 * 1024 * 1024;
/** Whose sender and owner key the environment configures; further tenants are made on the command line. */
export const DEFAULT_TENANT = 'default';

export interface AppOptions {
  connection: ClientConfig;
  secretKey: Buffer;
  clock: Clock;
  log: Log;
  /** The most that one sender has on the wire here: what a crash can leave unknown is bounded by it. */
  inFlight: number;
  /** The most due messages of a tenant that may wait before sending is answered 429. */
  queueLimit: number;
  /** Where the ledgers are anchored. */
  anchors: AnchorStore;
  /** Where it is remembered how far the database has lived. */
  epochs: EpochStore;
  /** `worker` serves no route of the API, yet takes webhooks; `api` starts no worker. */
  role: 'all' | 'api' | 'worker';
  /** Where providers reach us. Asked when it is needed: without a setting it is known once the server listens. */
  publicUrl(): string;
  /** What only some starts mount: the sandbox's page and controls. */
  extend?(server: FastifyInstance): Promise<void>;
  /** Of each pool; the intake has half as many. */
  connections?: number;
}

export interface App {
  core: Core;
  server: FastifyInstance;
  dispatcher: Dispatcher;
  workers: readonly Worker[];
  /** Sets the workers going; tests call their ticks instead. */
  startWorkers(): void;
  stop(): Promise<void>;
}

export async function createApp(options: AppOptions): Promise<App> {
  const { clock, log } = options;
  const open = (name: string, connections: number): Db =>
    openDb({
      connection: options.connection,
      name,
      connections,
      onError: error => log.warn('database connection lost', { error: error.message }),
    });
  // Three pools: a burst of promos can't take the connections that a STOP comes in by.
  // Each has two connections more, in another role, for the few statements that cross tenants (db.ts).
  const connections = options.connections ?? 8;
  const pools = {
    requests: open('api', connections),
    intake: open('intake', Math.max(2, connections / 2)),
    work: open('work', connections),
  };
  // Base addresses are the operator's word, from the environment: loopback, where the emulator is, may be asked.
  const outbound = openOutbound({ trust: 'operator', timeoutMs: HTTP_TIMEOUT_MS, connections: MOST_IN_FLIGHT });
  const publicWeb = openOutbound({ trust: 'stranger', timeoutMs: HTTP_TIMEOUT_MS, connections: 4 });
  const secrets = openSecretBox(options.secretKey);
  const keys = new Keyring(secrets);
  const settings = new SettingsDirectory(clock);
  // Who applies nothing keeps nothing.
  const inHand = createInHand(options.role === 'api' ? 0 : IN_HAND_BYTES);
  const registry = new Map(providers.map(provider => [provider.id, provider]));
  const loops: Loop[] = [];
  const wakers = { messages: [] as Loop[], inbox: [] as Loop[] };

  // A core for each pool. What a core remembers, opened senders and the queue's depth, each has for itself.
  const coreOf = (db: Db): Core => {
    const deps = { db, clock, secrets, keys, providers: registry, publicUrl: options.publicUrl };
    const mayQueue = createDepthGuard(deps, options.queueLimit);
    const core: Core = {
      ...deps,
      log,
      wire: outbound,
      publicWeb,
      senders: new SenderDirectory(deps),
      settings,
      inHand,
      erasers: verticals.flatMap(vertical => vertical.erase ?? []),
      random: Math.random,
      pause,
      send: async (tenant, command) => {
        // Before the batch: inside it one refusal would fail all of it, and its neighbours would be tried one by one.
        await mayQueue(tenant, command);
        return admissions(core, tenant)(command);
      },
      wake: what => {
        for (const loop of wakers[what]) loop.wake();
      },
    };
    return core;
  };
  const cores = { requests: coreOf(pools.requests), intake: coreOf(pools.intake), work: coreOf(pools.work) };

  const dispatcher = createDispatcher(cores.work, { inFlight: options.inFlight });
  // As tests tick it. A running service sets its discovery going alone, since each lane has a loop of its own then.
  const dispatch: Worker = { name: 'dispatch', idleMs: 200, tick: dispatcher.tick };
  const inbox = [inboxWorker(cores.work, 'people'), inboxWorker(cores.work, 'receipts')];
  const upkeep = [
    resolveWorker(cores.work),
    parkedWorker(cores.work),
    statsWorker(cores.work),
    templateWorker(cores.work),
    costWorker(cores.work),
    spendWorker(cores.work),
    partitionWorker(cores.work),
    retentionWorker(cores.work),
    anchorWorker(cores.work, options.anchors),
    epochWorker(cores.work, options.epochs),
    clockWorker(cores.work),
    ...verticals.flatMap(({ ticks = [] }) => ticks.map(each => ({ ...each, tick: () => each.tick(cores.work) }))),
  ];
  const workers = [dispatch, ...inbox, ...upkeep];

  let draining = false;
  // What readiness read last; the figures show that, so that scraping them asks the database nothing.
  let lag: Lag = { waiting: 0, oldestMs: 0 };
  const door = createLoadDoor(clock);
  const departure = createDeparture(clock, pause);
  const figures = {
    webhooks: 0,
    forged: 0,
    sends: door,
    inFlight: dispatcher.inFlight,
    lag: () => lag,
    connections: pools.requests.load,
  };
  // Anybody may ask for readiness, and it asks the database: asked often, the last answer serves for half a second.
  let asked: { at: number; found: Promise<{ lag: Lag; held: number } | undefined> } | undefined;
  const look = async () => {
    const [lag, held] = await Promise.all([readLag(cores.requests), cores.requests.db.worker(tenantListHeld, {})]);
    return { lag, held: held.length };
  };
  const readiness = async () => {
    const now = clock.machine();
    if (!asked || now - asked.at > 500) asked = { at: now, found: look().catch(() => undefined) };
    const found = await asked.found;
    lag = found?.lag ?? lag;
    // Of loops that run here: an `api` process has none, and is as ready as its database.
    const working = loops.every(loop => loop.healthy());
    return {
      ready: found !== undefined && working && !draining,
      draining,
      database: found !== undefined,
      workers: working,
      inbox: { waiting: lag.waiting, oldest_seconds: Math.round(lag.oldestMs / 100) / 10 },
      quarantine: { tenants: found?.held ?? 0 },
    };
  };
  // Asked for once: a tenant's id does not change, and the short address is met by every webhook of a small business.
  let defaultTenant: string | undefined;
  const server = await createServer({
    core: cores.requests,
    routes: options.role === 'worker' ? [] : [...coreRoutes, ...verticals.flatMap(vertical => vertical.routes)],
    door,
    departure,
    intake: {
      core: cores.intake,
      receiver: createReceiver(cores.intake),
      defaultSender: async () => {
        defaultTenant ??= (await cores.intake.db.worker(tenantFind, { slug: DEFAULT_TENANT }))[0]?.tenant_id;
        return defaultTenant === undefined ? undefined : cores.intake.senders.byDefault(defaultTenant, 'whatsapp');
      },
      count: what => {
        if (what === 'forged') figures.forged += 1;
        else figures.webhooks += 1;
      },
    },
    health: { readiness, metrics: createMetrics(figures) },
    ...(options.extend ? { extend: options.extend } : {}),
  });
  // Before anything is taken: without its partition a row goes to the default one, which nothing drops.
  await makePartitions(cores.work);

  return {
    core: cores.requests,
    server,
    dispatcher,
    workers,
    startWorkers: () => {
      if (options.role === 'api') return;
      const start = (worker: Worker) => {
        const loop = startLoop(worker, log);
        loops.push(loop);
        return loop;
      };
      dispatcher.live(start);
      // Lanes at work lease for themselves: those with something new are looked for ten times a second, and when woken.
      wakers.messages.push(start({ ...dispatch, tick: dispatcher.discover, lingerMs: 100 }));
      wakers.inbox.push(...inbox.map(start));
      for (const worker of upkeep) start(worker);
    },
    // The order matters: unready first, then nothing new, then what is on the wire, then the doors.
    stop: async () => {
      draining = true;
      await Promise.all(loops.map(loop => loop.stop()));
      await dispatcher.drain();
      await departure.close(server);
      await Promise.all([outbound.close(), publicWeb.close()]);
      await Promise.all([pools.requests.close(), pools.intake.close(), pools.work.close()]);
    },
  };
}

/** Beside each core, one coalescer for each tenant. */
const coalescers = new WeakMap<Core, Map<string, Coalescer<SendCommand, Admission>>>();

function admissions(core: Core, tenant: string): Coalescer<SendCommand, Admission> {
  const byTenant = coalescers.get(core) ?? new Map<string, Coalescer<SendCommand, Admission>>();
  coalescers.set(core, byTenant);
  let coalescer = byTenant.get(tenant);
  if (!coalescer) {
    // Of a batch that failed each is tried alone, unless the database is away: then five hundred would ask it in vain.
    coalescer = coalesce({ maxBatch: 500, parallel: 3, tryAlone: error => !isUnavailable(error) }, batch =>
      admit(core, tenant, batch),
    );
    byTenant.set(tenant, coalescer);
  }
  return coalescer;
}
