/**
 * The API and the workers as processes of their own over one PostgreSQL: what each does, what it leaves to the other, and
 * what a kill of one of them costs. The emulator's ledger is the witness; it runs here and shares nothing with them.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { emulators } from '../../src/app.ts';
import { freePort } from '../chaos/service.ts';
import { copyDatabase } from '../database.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { databaseUrl, type Ending, type Running, startCommand, until } from '../processes.ts';

const NUMBER_ID = '100000000000001';
const ACCOUNT_ID = '200000000000001';
const KEY = 'roles-test-owner-key-of-more-than-32-characters';
const MOST_END_MS = 25_000;
/** What a kill can leave in doubt. */
const IN_FLIGHT = 4;

let folder: string;
let database: Awaited<ReturnType<typeof copyDatabase>>;
let sql: pg.Client;
let emulator: Emulator;
let api: Running;
let workers: Running[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-roles-'));
  database = await copyDatabase();
  sql = new pg.Client(database.connection);
  await sql.connect();
  const port = await freePort();
  emulator = await startEmulator({
    parts: emulators,
    statusDelays: { sentMs: 0, deliveredMs: 0 },
    webhookRetryMs: [50, 100, 200],
    accounts: [
      {
        provider: 'meta',
        phoneNumberId: NUMBER_ID,
        businessAccountId: ACCOUNT_ID,
        displayPhoneNumber: '+12025550100',
        accessToken: 'roles-access-token',
        appSecret: 'roles-app-secret',
        verifyToken: 'roles-verify-token',
        webhookUrl: `http://127.0.0.1:${port}/api/wa/webhook`,
      },
    ],
  });
  await control(`/numbers/${NUMBER_ID}`, { throughput: 1000 });
  api = await startApi(port);
  workers = [await startWorker()];
});
after(async () => {
  await Promise.all([api, ...workers].map(one => one?.stop('SIGKILL')));
  await emulator?.close();
  await sql?.end();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const shared = () => ({
  DATABASE_URL: databaseUrl(database.connection),
  TIDINGS_SECRET_KEY: 'roles-test-secret-key-of-more-than-32-characters',
  TIDINGS_API_KEY: KEY,
  TIDINGS_LOG: 'warn',
});

const startApi = (port: number) =>
  startCommand(
    ['start', '--role', 'api'],
    {
      ...shared(),
      PORT: String(port),
      WHATSAPP_ACCESS_TOKEN: 'roles-access-token',
      WHATSAPP_PHONE_NUMBER_ID: NUMBER_ID,
      WHATSAPP_BUSINESS_ACCOUNT_ID: ACCOUNT_ID,
      WHATSAPP_APP_SECRET: 'roles-app-secret',
      WHATSAPP_VERIFY_TOKEN: 'roles-verify-token',
      WHATSAPP_API_BASE_URL: `${emulator.url}/graph`,
      WHATSAPP_THROUGHPUT: '100000',
    },
    folder,
  );

/** Knows of no provider by itself: a machine that only works has its sender from the database. */
const startWorker = () =>
  startCommand(['start', '--role', 'worker'], { ...shared(), PORT: '0', TIDINGS_IN_FLIGHT: String(IN_FLIGHT) }, folder);

async function call<T>(base: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const answer = await fetch(base + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as T };
}
const control = (path: string, body: unknown) => call(`${emulator.url}/_sandbox`, path, body);
const ledger = () => emulator.world.state.sends;
const copiesOf = (id: string) => ledger().filter(send => send.correlation?.startsWith(id)).length;

type Sent = { message_id: string; status: string };
type Message = { status: string; events: { event: string }[] };
const read = async (id: string) => (await call<Message>(api.url, `/api/v1/messages/${id}`)).body;
const reaches = (id: string, status: string) =>
  until(`${id} is ${status}`, async () => (await read(id)).status === status);

let people = 0;
async function confirm(): Promise<{ id: string; phone: string }> {
  const phone = phoneOf(40_000 + people++);
  assert.equal((await call(api.url, '/api/wa/optin', optIn(phone))).status, 200);
  const order = confirmation({ order: { id: `R-${people}` }, customer: { phone } });
  // Told to come back, as a busy machine may say, one does: nothing of it was taken.
  const sent = await until(`order ${people} is taken`, async () => {
    const answer = await call<Sent>(api.url, '/api/wa/send/confirm', order);
    return answer.status === 503 ? false : answer;
  });
  assert.equal(sent.status, 202, JSON.stringify(sent.body));
  return { id: sent.body.message_id, phone };
}
const confirmMany = (count: number) => Promise.all(Array.from({ length: count }, confirm));

type Asked = readonly { id: string }[];
/** By the database itself: how many of these messages are in which state. */
async function states(asked: Asked): Promise<Record<string, number>> {
  const { rows } = await sql.query<{ state: string; n: number }>(
    'select state, count(*)::int as n from message where id = any($1::uuid[]) group by state',
    [asked.map(({ id }) => id.slice(4))],
  );
  return Object.fromEntries(rows.map(row => [row.state, row.n]));
}

function assertQuiet(ending: Ending): void {
  assert.deepEqual([ending.code, ending.signal], [0, null]);
  assert.ok(ending.tookMs < MOST_END_MS, `it took ${ending.tookMs} ms`);
}

test('asked at the one process and worked on by the other, a message goes from the opt-in to the read receipt', async () => {
  const template = { name: 'order_confirm', category: 'order_confirm', language: 'en', body: 'Hi {first_name}!' };
  assert.equal((await call(api.url, '/api/wa/templates', { ...template, submit: true })).status, 201);
  type Templates = { data: { status: string }[] };
  await until('the template is approved', async () => {
    const { body } = await call<Templates>(api.url, '/api/wa/templates/default');
    return body.data[0]?.status === 'approved';
  });
  const { id, phone } = await confirm();
  await reaches(id, 'delivered');
  await control(`/phones/${phone}/read`, {});
  await reaches(id, 'read');
  const events = (await read(id)).events.map(one => one.event);
  assert.deepEqual(events.sort(), ['accepted', 'created', 'delivered', 'read', 'sending', 'sent']);
  assert.equal(copiesOf(id), 1);
});

test('a process that only works answers no call of the API, and says that it is alive, ready and how much it does', async () => {
  const [worker] = workers;
  type Document = { paths: Record<string, Record<string, unknown>> };
  const { paths } = (await call<Document>(api.url, '/openapi.json')).body;
  const calls = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/') && !path.includes('webhook'))
    // `fetch` writes only the older methods in capitals by itself, and a server knows no `patch`.
    .flatMap(([path, methods]) => Object.keys(methods).map(method => ({ path, method: method.toUpperCase() })));
  assert.ok(calls.length >= 10, `${calls.length} operations`);
  const headers = { authorization: `Bearer ${KEY}` };
  for (const { path, method } of calls) {
    const address = path.replaceAll(/\{\w+\}/g, 'default');
    const answer = await fetch(worker!.url + address, { method, headers });
    assert.equal(answer.status, 404, `${method} ${address}`);
    // The control: where the API is served, the same call is known.
    const known = await fetch(api.url + address, { method, headers: { authorization: 'Bearer nobody' } });
    assert.equal(known.status, 401, `${method} ${address}`);
  }
  // The one door that it has: a provider may be sent to any process, and a stranger gets through none.
  assert.equal((await call(worker!.url, '/api/wa/webhook', {})).status, 401);
  assert.deepEqual((await call(worker!.url, '/health')).body, { status: 'ok' });
  type Ready = { status: string; workers: boolean; database: boolean };
  const ready = await call<Ready>(worker!.url, '/health/ready');
  assert.deepEqual([ready.status, ready.body.workers, ready.body.database], [200, true, true]);
  assert.match(await (await fetch(`${worker!.url}/metrics`)).text(), /^tidings_sends_in_flight 0$/m);
});

test('the API without a worker takes the order and sends nothing; the worker that comes later sends it', async () => {
  for (const worker of workers.splice(0)) assertQuiet(await worker.stop());
  const before = ledger().length;
  const { id } = await confirm();
  // Ten times as long as a worker rests: the database's own clock says when.
  await until('the message has waited for two seconds', async () => {
    const old = await sql.query(
      "select 1 from message where created_at < clock_timestamp() - interval '2 s' and id = $1",
      [id.slice(4)],
    );
    return old.rowCount === 1;
  });
  assert.equal((await read(id)).status, 'queued');
  assert.equal(ledger().length, before);
  const ready = await call<{ status: string }>(api.url, '/health/ready');
  assert.equal(ready.body.status, 'ready', 'callers can be served although nobody works');
  workers = [await startWorker()];
  await reaches(id, 'delivered');
  assert.equal(copiesOf(id), 1);
});

test('after kill -9 of the worker in the middle of a load another one goes on, and nothing is sent twice', async () => {
  await control('/faults', { latency_ms: 60 });
  const before = ledger().length;
  const asked = await confirmMany(60);
  await until('some have left and many have not', () => ledger().length >= before + 10);
  const killed = await workers.pop()!.stop('SIGKILL');
  assert.equal(killed.signal, 'SIGKILL');
  const left = await states(asked);
  assert.ok((left['queued'] ?? 0) > 0, JSON.stringify(left));
  // What is only reserved goes back after half a minute. That minute's clock can't be turned, its row can.
  await sql.query("update message set deadline_at = clock_timestamp() where state = 'leased'");
  workers = [await startWorker()];
  await control('/faults', {});
  // Marked and killed before the first byte: nobody can know, so these wait for two silent minutes and are no failure.
  // What the witness saw may still wait for its receipt: that is given time, and has to come.
  const inDoubt = await until('whatever the witness saw has arrived, and all others are in doubt', async () => {
    const { delivered = 0, sending = 0, unknown = 0 } = await states(asked);
    const unseen = asked.filter(({ id }) => copiesOf(id) === 0);
    return delivered === asked.length - unseen.length && sending + unknown === unseen.length && unseen;
  });
  assert.ok(inDoubt.length <= IN_FLIGHT, `${inDoubt.length} messages are in doubt`);
  assert.ok(asked.every(({ id }) => copiesOf(id) <= 1));
});

test('two workers at once share the load and send nothing twice', async () => {
  workers.push(await startWorker());
  await control('/faults', { latency_ms: 60 });
  const asking = confirmMany(150);
  const owners = new Set<string>();
  await until('both have reserved messages', async () => {
    const { rows } = await sql.query<{ lease_owner: string }>(
      'select distinct lease_owner from message where lease_owner is not null',
    );
    for (const row of rows) owners.add(row.lease_owner);
    return owners.size === 2;
  });
  const asked = await asking;
  await control('/faults', {});
  await until('all have arrived', async () => (await states(asked))['delivered'] === asked.length);
  assert.deepEqual([...new Set(asked.map(({ id }) => copiesOf(id)))], [1]);
  assert.equal(new Set(ledger().map(send => send.correlation)).size, ledger().length);
});

test('SIGTERM ends each quietly in the middle of a load: in time, with 0, and with nothing left in doubt', async () => {
  await control('/faults', { latency_ms: 300 });
  const asked = await confirmMany(30);
  await until('something is on the wire', async () => (await states(asked))['sending']);
  for (const ending of await Promise.all(workers.splice(0).map(worker => worker.stop()))) assertQuiet(ending);
  const left = await states(asked);
  const settled = ['queued', 'accepted', 'sent', 'delivered', 'read'];
  assert.ok(
    Object.keys(left).every(state => settled.includes(state)),
    JSON.stringify(left),
  );
  assert.ok((left['queued'] ?? 0) > 0, 'it did not wait for the whole queue');
  assertQuiet(await api.stop());
  await control('/faults', {});
  assert.ok(asked.every(({ id }) => copiesOf(id) <= 1));
});
