/** Everything that one check breaks: a database behind a proxy, the provider's side as the witness, and the service's processes. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../service.ts';
import { type Caller, openCaller } from './callers.ts';
import { APP_SECRET, type EmulatorProcess, NUMBER_ID, startEmulatorProcess, VERIFY_TOKEN } from './emulator.ts';
import { openPostgres, type Postgres, type PostgresOptions } from './postgres.ts';
import { type Detour, openProxy } from './proxy.ts';
import { type Role, type ServiceOptions, type ServiceProcess, serviceProcess } from './services.ts';

export interface World {
  dataDir: string;
  postgres: Postgres;
  emulator: EmulatorProcess;
  /** The services' way to the provider. */
  wire: Detour;
  services: ServiceProcess[];
  caller: Caller;
  /** The owner's, for calls that a check makes itself. */
  headers: Record<string, string>;
  /** One more process; not started yet. */
  add(
    role: Role,
    options?: Partial<Pick<ServiceOptions, 'env' | 'flags' | 'wrapper' | 'port' | 'entry'>>,
  ): Promise<ServiceProcess>;
  /** Nothing waits, nothing is on the wire, every webhook has been applied; the unknown may stay. */
  atRest(withinMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  roles: readonly Role[];
  env?: Record<string, string>;
  postgres?: PostgresOptions;
  rules?: boolean;
  /** A provider that folds by keys, at both ends. */
  keys?: boolean;
  /** The way to the provider leads through a proxy, which costs some speed. */
  detour?: boolean;
  flags?: readonly string[];
  wrapper?: readonly string[];
  /** What is started at first. */
  entry?: string;
}

const KEYED = fileURLToPath(new URL('keyed-provider.ts', import.meta.url));

/** They protect nothing: what they open ends with the run. */
export const OWNER_KEY = 'chaos-owner-'.repeat(3);
export const SEALING_KEY = 'chaos-sealing-'.repeat(3);
/** Places on the wire for each process: what a kill can leave unknown. */
export const SLOTS = 16;

export async function openWorld({
  roles,
  env = {},
  postgres: database,
  rules,
  keys = false,
  detour = false,
  flags = keys ? ['--import', KEYED] : undefined,
  wrapper,
  entry,
}: WorldOptions): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-chaos-'));
  await chmod(dataDir, 0o711);
  const postgres = await openPostgres(database);
  const ports = { api: await freePort(), emulator: await freePort() };
  const emulator = await startEmulatorProcess({
    port: ports.emulator,
    webhook: `http://127.0.0.1:${ports.api}/api/wa/webhook`,
    ledger: join(dataDir, 'witness.jsonl'),
    ...(rules ? { rules } : {}),
    keys,
  });
  const wire = await openProxy(() => ({ port: ports.emulator, host: '127.0.0.1' }));
  const settings = {
    DATABASE_URL: postgres.url,
    TIDINGS_DATA: dataDir,
    TIDINGS_API_KEY: OWNER_KEY,
    TIDINGS_SECRET_KEY: SEALING_KEY,
    TIDINGS_IN_FLIGHT: String(SLOTS),
    WHATSAPP_ACCESS_TOKEN: 'chaos',
    WHATSAPP_PHONE_NUMBER_ID: NUMBER_ID,
    WHATSAPP_BUSINESS_ACCOUNT_ID: '200000000000001',
    WHATSAPP_APP_SECRET: APP_SECRET,
    WHATSAPP_VERIFY_TOKEN: VERIFY_TOKEN,
    WHATSAPP_API_BASE_URL: detour ? `http://127.0.0.1:${wire.port}/graph` : `${emulator.url}/graph`,
    WHATSAPP_THROUGHPUT: '100000',
    ...env,
  };
  const services: ServiceProcess[] = [];
  const add: World['add'] = async (role, options = {}) => {
    // The first API has the address that the provider knows.
    const port =
      options.port ??
      (role !== 'worker' && !services.some(one => one.role !== 'worker') ? ports.api : await freePort());
    const service = serviceProcess({
      role,
      port,
      env: { ...settings, ...options.env },
      flags: options.flags ?? flags ?? [],
      wrapper: options.wrapper ?? wrapper ?? [],
      ...(options.entry === undefined ? {} : { entry: options.entry }),
    });
    services.push(service);
    return service;
  };
  for (const role of roles) await (await add(role, entry === undefined ? {} : { entry })).start();
  const caller = openCaller(
    services.filter(one => one.role !== 'worker').map(one => one.url),
    OWNER_KEY,
  );
  const world: World = {
    dataDir,
    postgres,
    emulator,
    wire,
    services,
    caller,
    headers: { authorization: `Bearer ${OWNER_KEY}` },
    add,
    atRest: withinMs => untilAtRest(world, withinMs),
    close: async () => {
      for (const service of services) await service.kill();
      await caller.close();
      await wire.close();
      await emulator.close();
      await postgres.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return world;
}

/** Four looks in a row that see the same: a second, in which a receipt has a hundred times the time that it takes. */
const LOOK_EACH_MS = 250;

async function untilAtRest({ postgres, emulator }: World, withinMs = 180_000): Promise<void> {
  const until = performance.now() + withinMs;
  let quiet = 0;
  for (let last = ''; ; ) {
    const [row] = await postgres
      .query<{ moving: number; inbox: number; out: number }>(
        `select (select count(*) from message where state in ('queued', 'leased', 'sending'))::int as moving,
          (select count(*) from inbox_pending where lane <> 'dead')::int as inbox,
          (select count(*) from message where state in ('accepted', 'sent'))::int as out`,
      )
      .catch(() => []);
    const { undelivered } = await emulator
      .control<{ undelivered: number }>('/ledger?limit=1')
      .catch(() => ({ undelivered: 0 }));
    const seen = JSON.stringify([row, undelivered]);
    const moving = !row || row.moving > 0 || row.inbox > 0 || (undelivered ?? 0) > 0;
    // Receipts still come as long as anything changes.
    quiet = !moving && seen === last ? quiet + 1 : 0;
    if (quiet >= 4) return;
    if (performance.now() > until) throw new Error(`not at rest within ${withinMs / 1000} s: ${seen}`);
    last = seen;
    await pause(LOOK_EACH_MS);
  }
}
