/**
 * The stage of canaries.test.ts: the service as a process of its own with a canary in each of its secrets, the emulator as
 * another, and between the two a provider that can be told to misbehave. Whatever is planted is looked for by `assertSilent`.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Canary, find } from './canaries.ts';
import { freePort } from './chaos/service.ts';
import { copyDatabase } from './database.ts';
import { phoneOf } from './make.ts';
import { databaseUrl, type Running, runCommand, startCommand } from './processes.ts';

export const planted: Canary[] = [];

export function canary(what: string, text = `canary-${what.replaceAll(' ', '-')}-${planted.length}`): string {
  planted.push({ what, text });
  return text;
}

let people = 0;
export const phone = (what: string): string => canary(`phone ${what}`, phoneOf(70_001 + 137 * people++));

export const appSecret = canary('app secret');
export const verifyToken = canary('verify token');
const ownerKey = canary('owner key', 'canary-owner-key-of-more-than-32-characters');
const NUMBER_ID = '100000000000001';
const settings = {
  TIDINGS_API_KEY: ownerKey,
  TIDINGS_SECRET_KEY: canary('secret key', 'canary-secret-key-of-more-than-32-characters'),
  WHATSAPP_ACCESS_TOKEN: canary('access token'),
  WHATSAPP_APP_SECRET: `${appSecret},${canary('older app secret')}`,
  WHATSAPP_VERIFY_TOKEN: verifyToken,
  WHATSAPP_PHONE_NUMBER_ID: NUMBER_ID,
  WHATSAPP_BUSINESS_ACCOUNT_ID: '200000000000001',
  WHATSAPP_THROUGHPUT: '1000',
  TIDINGS_LOG: 'debug',
};
// Also where the server asks for none: what is looked for is whether the address is ever repeated.
const databasePassword = canary('database password');

/** What the provider in between makes of a request: nothing, or something that a provider has been seen to do. */
export type Trouble = ((body: string) => { status: number; body: string } | 'hang') | undefined;

/** As careless providers do it: what was sent stands in the refusal. */
export const refusal = (status: number, code: number) => (body: string) => ({
  status,
  body: JSON.stringify({ error: { code, message: `(#${code}) refused: ${body}`, error_data: { details: body } } }),
});

export interface Answer {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers by path
  body: any;
}

export interface Stage {
  service: Running;
  emulator: Running;
  sql: pg.Client;
  database: pg.ClientConfig;
  strangerKey: string;
  env: Record<string, string>;
  folder: string;
  trouble(what: Trouble): void;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  control(path: string, body: unknown): Promise<Response>;
  /** Nothing of what was planted has come out, up to now. */
  assertSilent(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-canaries-'));
  const database = await copyDatabase();
  const sql = new pg.Client(database.connection);
  sql.on('error', () => {}); // cut with all the others when the database goes away
  await sql.connect();
  const port = await freePort();
  const account = ['--app-secret', appSecret, '--verify-token', verifyToken, '--number-id', NUMBER_ID];
  const webhook = ['--webhook', `http://127.0.0.1:${port}/api/wa/webhook`];
  const emulator = await startCommand(['emulator', '--port', '0', ...account, ...webhook], {}, folder);
  let trouble: Trouble;
  const between = await standBetween(emulator.url, () => trouble);
  // The service knows the emulator only by way of the provider in between.
  const base = `http://127.0.0.1:${(between.address() as AddressInfo).port}/graph`;
  const env = {
    ...settings,
    DATABASE_URL: databaseUrl(database.connection, databasePassword),
    PORT: String(port),
    WHATSAPP_API_BASE_URL: base,
  };
  const service = await startCommand(['start'], env, folder);
  const made = await runCommand(['tenants', 'create', 'stranger'], env, folder);
  const strangerKey = /^key +(\S+)$/m.exec(made.output)![1]!;

  /** Errors, and what strangers, health and figures were shown. */
  const shown: string[] = [];
  const call: Stage['call'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(service.url + path, {
      method,
      headers: {
        authorization: `Bearer ${ownerKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const parsed = text.startsWith('{') ? JSON.parse(text) : undefined;
    const isPublic = headers['authorization'] !== undefined || /^\/(health|metrics)/.test(path);
    // Whose template it is may read why it was refused, in the provider's words.
    const own = parsed?.error?.code === 'template_refused';
    if (isPublic || (answer.status >= 400 && !own)) shown.push(text);
    return { status: answer.status, text, body: parsed };
  };
  const assertSilent = async () => {
    for (const path of ['/health', '/health/ready', '/metrics']) await call('GET', path);
    assert.deepEqual(find(planted, service.output()), [], 'the log of the service');
    assert.deepEqual(find(planted, shown.join('\n')), [], 'what others were shown');
    assert.deepEqual(find(planted, emulator.output()), [], 'the output of the emulator');
  };
  const close = async () => {
    await Promise.all([service.stop('SIGKILL'), emulator.stop('SIGKILL')]);
    between.closeAllConnections();
    between.close();
    await sql.end().catch(() => {});
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    ...{ service, emulator, sql, strangerKey, env, folder, call, assertSilent, close },
    database: database.connection,
    trouble: what => {
      trouble = what;
    },
    control: (path, body) => fetch(`${emulator.url}/_sandbox${path}`, { method: 'POST', body: JSON.stringify(body) }),
  };
}

async function standBetween(target: string, trouble: () => Trouble): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const answer = trouble()?.(body);
    // Neither answered nor closed: the caller's own timeout has to end it.
    if (answer === 'hang') return;
    if (answer) {
      response.writeHead(answer.status).end(answer.body);
      return;
    }
    const { authorization = '' } = request.headers;
    const init = { method: request.method!, headers: { authorization }, ...(body === '' ? {} : { body }) };
    const passed = await fetch(target + request.url!, init);
    response.writeHead(passed.status).end(await passed.text());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
