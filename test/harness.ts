/**
 * App, database, hand-turned clock, emulator, tenant and client in one call. Workers are ticks that a test calls: nothing
 * here sleeps, nothing happens by itself. The emulator is a real server on a real socket, and so is the app.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Agent, request } from 'undici';
import { handClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { type Emulator, startEmulator } from '../emulator/server.ts';
import { type App, createApp, DEFAULT_TENANT, emulators } from '../src/app.ts';
import type { Anchor } from '../src/core/consents/anchor.ts';
import type { KeptEpoch } from '../src/core/tenants/epoch.ts';
import { createKey, ensureTenant } from '../src/core/tenants/service.ts';
import { configureSender } from '../src/setup.ts';
import { copyDatabase } from './database.ts';
import { PLATFORMS, type PlatformName } from './platforms.ts';

export { APP_SECRET, PNID, VERIFY_TOKEN } from './platforms.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers by path
  body: any;
}

export interface CallOptions {
  key?: string;
  headers?: Record<string, string>;
}

export interface Harness {
  app: App;
  url: string;
  emulator: Emulator;
  clock: ReturnType<typeof handClock>;
  tenant: string;
  key: string;
  /** As the database's owner: for looking, and for putting the database into a state. */
  sql: pg.Client;
  connection: pg.ClientConfig;
  /** What was written down of the ledger outside the database. */
  anchors: Anchor[];
  /** Another connection of the owner's, to stand in somebody's way with; closed with the harness. */
  connect(): Promise<pg.Client>;
  get(path: string, options?: CallOptions): Promise<Answer>;
  post(path: string, body: unknown, options?: CallOptions): Promise<Answer>;
  patch(path: string, body: unknown, options?: CallOptions): Promise<Answer>;
  remove(path: string, options?: CallOptions): Promise<Answer>;
  /** The emulator's controls. */
  control(path: string, body?: unknown): Promise<Answer>;
  /** Ticks every worker until nothing moves and every webhook has arrived. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** A Saturday morning in Bucharest, in no hour that any law calls quiet. */
export const START = Date.UTC(2026, 10, 21, 9, 0, 0);

export interface HarnessOptions {
  throughput?: number;
  inFlight?: number;
  queueLimit?: number;
  templates?: boolean;
  /** Whose emulator the tenant's number stands at. */
  platform?: PlatformName;
}

export async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const database = await copyDatabase();
  const clock = handClock(START);
  const anchors: Anchor[] = [];
  let epoch: KeptEpoch | undefined;
  const platform = PLATFORMS[options.platform ?? 'meta'];
  let url = '';
  const app = await createApp({
    connection: database.connection,
    // Of this harness alone: what another test sealed does not open here by chance.
    secretKey: randomBytes(32),
    clock,
    log: silentLog,
    inFlight: options.inFlight ?? 32,
    queueLimit: options.queueLimit ?? 100_000,
    anchors: {
      append: async more => void anchors.push(...more),
      read: async tenantId => anchors.filter(one => one.tenant === tenantId),
    },
    epochs: {
      read: async () => epoch,
      write: async kept => {
        epoch = kept;
      },
    },
    // Routes and workers, of which none is started: a test calls their ticks.
    role: 'all',
    publicUrl: () => url,
    connections: 6,
  });
  url = await app.server.listen({ port: 0, host: '127.0.0.1' });
  const emulator = await startEmulator({
    parts: emulators,
    clock,
    statusDelays: { sentMs: 0, deliveredMs: 0 },
    webhookRetryMs: [20, 50, 100],
    accounts: [{ ...platform.account, webhookUrl: `${url}/api/wa/webhook` }],
  });
  const { core } = app;
  const { tenant } = await ensureTenant(core, { slug: DEFAULT_TENANT, name: 'Default' });
  const key = await createKey(core, tenant, 'test', ['*']);
  const sender = platform.sender(emulator.url);
  await configureSender({ sender, throughput: options.throughput ?? 100_000 }, core, tenant, undefined);
  const agent = new Agent();
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client(database.connection);
    await client.connect();
    clients.push(client);
    return client;
  };
  const sql = await connect();

  const call = async (
    base: string,
    method: string,
    path: string,
    body: unknown,
    { key: other, headers }: CallOptions = {},
  ): Promise<Answer> => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    // Not `fetch`: half of what a call costs here was its streams.
    const answer = await request(base + path, {
      method,
      dispatcher: agent,
      headers: { authorization: `Bearer ${other ?? key}`, ...json, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: headersOf(answer.headers), text, body: parse(text) };
  };

  const settle = async () => {
    for (let round = 0; round < 200; round += 1) {
      await emulator.whenIdle();
      let done = 0;
      // Not the quiet ones: a test that is about one of them calls it by name.
      for (const worker of app.workers)
        if (!['partitions', 'clock', 'stats', 'retention', 'anchors', 'epoch'].includes(worker.name))
          done += await worker.tick();
      await app.dispatcher.idle();
      if (done === 0) return;
    }
    throw new Error('the workers do not come to rest');
  };

  const made: Harness = {
    app,
    url,
    emulator,
    clock,
    tenant,
    key,
    sql,
    connection: database.connection,
    anchors,
    connect,
    get: (path, callOptions) => call(url, 'GET', path, undefined, callOptions),
    post: (path, body, callOptions) => call(url, 'POST', path, body, callOptions),
    patch: (path, body, callOptions) => call(url, 'PATCH', path, body, callOptions),
    remove: (path, callOptions) => call(url, 'DELETE', path, undefined, callOptions),
    control: (path, body) => call(emulator.url, body === undefined ? 'GET' : 'POST', `/_sandbox${path}`, body),
    settle,
    close: async () => {
      await app.stop();
      await emulator.close();
      await agent.destroy();
      await Promise.all(clients.map(client => client.end()));
      await database.drop();
    },
  };
  // As a fresh sandbox holds them; a test about templates begins without.
  if (options.templates !== false) await approveTemplates(made);
  return made;
}

function headersOf(fields: Readonly<Record<string, string | string[] | undefined>>): Headers {
  return new Headers(
    Object.entries(fields).flatMap(([name, value]) => [value ?? []].flat().map(one => [name, one] as [string, string])),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a fresh sandbox holds: order confirmations in English and Romanian, approved by the emulator's webhook. */
async function approveTemplates(h: Harness): Promise<void> {
  const texts = {
    en: 'Hi {first_name}, your order {order_id} is confirmed.',
    ro: 'Bună {first_name}, comanda {order_id} este confirmată.',
  };
  for (const [language, body] of Object.entries(texts)) {
    await h.post('/api/wa/templates', {
      name: 'order_confirm',
      category: 'order_confirm',
      language,
      body,
      submit: true,
    });
  }
  // At once, in place of the review that the emulator would plan for a moment later.
  await h.control('/templates/order_confirm/review', { status: 'APPROVED' });
  await h.settle();
}
