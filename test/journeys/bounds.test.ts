/** Everything that waits has a bound: messages in the queue, bodies of webhooks in memory, bytes in one claim. */
import assert from 'node:assert/strict';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, test } from 'node:test';
import { inboxClaim } from '../../src/core/inbox/statements.ts';
import { type Answer, type Harness, type HarnessOptions, harness } from '../harness.ts';
import { command, confirmation, optIn, phoneOf } from '../make.ts';
import { sign } from '../meta-webhooks.ts';
import { until } from '../processes.ts';

let h: Harness;
let next = 0;
/** The machine's clock stands until a test lets time pass: the guard looks at most once a second. */
let ahead = 0;
afterEach(() => h.close());
async function open(options: HarnessOptions): Promise<void> {
  h = await harness(options);
  const began = Date.now();
  ahead = 0;
  h.clock.machine = () => began + ahead;
}
const pass = (seconds: number) => {
  ahead += seconds * 1_000;
};
/** As time passes outside: for workers, whose slots lie a moment ahead. */
const release = () => {
  const since = ahead;
  h.clock.machine = () => Date.now() + since;
};

async function confirm(changes: object = {}): Promise<Answer> {
  const phone = phoneOf(next++);
  await h.post('/api/wa/optin', optIn(phone));
  return h.post('/api/wa/send/confirm', confirmation({ order: { id: `B-${next}` }, customer: { phone }, ...changes }));
}
const tick = (name: string) => h.app.workers.find(worker => worker.name === name)!.tick();

test('when too much waits a send answers 429 and says when to come back; when it has gone, sending goes on', async () => {
  await open({ queueLimit: 5 });
  const sent: Answer[] = [];
  for (let count = 0; count < 7; count += 1) sent.push(await confirm());
  assert.ok(
    sent.every(answer => answer.status === 202),
    'before the first one nothing waited, and nobody has looked since',
  );
  pass(2);
  const refused = await confirm();
  assert.equal(refused.status, 429);
  assert.equal(refused.body.error.code, 'too_many_requests');
  assert.equal(refused.headers.get('retry-after'), '60', 'nothing moves: in a minute at the most');
  assert.equal((await h.sql.query('select 1 from message')).rowCount, 7, 'nothing of it was stored');

  // One of seven goes in ten seconds: at that pace the one that is still too many is gone in another ten.
  await h.post(`/api/v1/messages/${sent[0]!.body.message_id}/cancel`, undefined);
  pass(10);
  const paced = await confirm();
  assert.equal(paced.status, 429);
  assert.equal(paced.headers.get('retry-after'), '10');

  release();
  await h.settle();
  assert.equal((await h.get('/api/wa/stats/default')).body.messages.queued, 0);
  pass(70);
  release();
  assert.equal((await confirm()).status, 202);
});

test('the ordinary is refused from three quarters on, the urgent at the limit, and some things never', async () => {
  await open({ queueLimit: 8 });
  const { core } = h.app;
  const send = (purpose: Parameters<typeof command>[1]) => core.send(h.tenant, command(phoneOf(next++), purpose));
  const tooMany = { name: 'Fault', code: 'too_many_requests' };
  for (let count = 0; count < 6; count += 1) await send({ purpose: 'reminder' });
  pass(2);
  for (const purpose of ['reminder', 'announcement', 'promo'] as const)
    await assert.rejects(send({ purpose }), tooMany, purpose);
  assert.equal((await send({ purpose: 'order_confirm' })).kind, 'queued', 'two places are left for what is urgent');
  assert.equal((await send({ purpose: 'receipt' })).kind, 'queued');
  pass(2);
  await assert.rejects(send({ purpose: 'order_confirm' }), tooMany);

  assert.equal((await send({ purpose: 'otp' })).kind, 'queued');
  assert.equal((await send({ purpose: 'emergency' })).kind, 'queued');
  assert.equal((await send({ purpose: 'promo', dryRun: true })).kind, 'dry');
  const dry = await confirm({ dry_run: true });
  assert.equal(dry.status, 200);
  assert.equal(dry.body.dry_run, true);
});

test('a STOP is obeyed and confirmed however much waits', async () => {
  await open({ queueLimit: 1 });
  for (let count = 0; count < 3; count += 1) await confirm();
  pass(2);
  assert.equal((await confirm()).status, 429);
  const phone = phoneOf(0);
  await h.control(`/phones/${phone}/messages`, { text: 'STOP' });
  await h.emulator.whenIdle();
  await tick('inbox-people');
  const { rows } = await h.sql.query(
    "select state from message m join message_content b on b.message_id = m.id where b.origin = 'opt-out-confirmation'",
  );
  assert.deepEqual(rows, [{ state: 'queued' }]);
  assert.equal((await h.sql.query('select 1 from inbox_pending')).rowCount, 0, 'and it is not answered a second time');
});

const UPLOAD_BYTES = 4 * 1024 * 1024 - 1_024;

/** A webhook that says how long it will be, sends so much of it and stops there. */
function upload(bytes: number): { request: ClientRequest; answer: Promise<IncomingMessage | undefined> } {
  const sending = request(`${h.url}/api/wa/webhook`, {
    method: 'POST',
    agent: new Agent({ keepAlive: true }),
    headers: { 'content-type': 'application/json', 'content-length': UPLOAD_BYTES + 1 },
  });
  const answer = new Promise<IncomingMessage | undefined>(resolve => {
    sending.on('response', resolve);
    sending.on('close', () => resolve(undefined));
  });
  sending.on('error', () => {});
  sending.write(Buffer.alloc(bytes, 0x20));
  return { request: sending, answer };
}
const signed = (body: string) => ({ headers: { 'x-hub-signature-256': sign(body) } });
const EMPTY = '{"object":"whatsapp_business_account","entry":[]}';

/** Twenty that stop short of their last byte: sixteen fit into 64 MiB. */
async function twentyUploads() {
  const uploads = Array.from({ length: 20 }, () => upload(UPLOAD_BYTES));
  const answers: IncomingMessage[] = [];
  for (const { answer } of uploads) void answer.then(response => response && answers.push(response));
  await until('four are answered', () => answers.length >= 4);
  return { uploads, answers };
}

test('bodies that never end take 64 MiB and no more; what comes on top is asked to come again', async () => {
  h = await harness({ templates: false });
  const { uploads, answers } = await twentyUploads();
  for (const response of answers) {
    assert.equal(response.statusCode, 503);
    assert.equal(response.headers['retry-after'], '1');
    assert.equal(response.headers.connection, 'close', 'what it still sends is not waited for');
  }
  assert.equal((await h.get('/health')).status, 200, 'everything else goes on');
  for (const one of uploads) one.request.destroy();
  await until('there is room again', async () => {
    const answer = await h.post('/api/wa/webhook', EMPTY, signed(EMPTY));
    return answer.status === 200;
  });
});

test('what has its place is read to the end, however many others are turned away', async () => {
  h = await harness({ templates: false });
  const { uploads, answers } = await twentyUploads();
  for (const { request } of uploads) request.end(' ');
  await until('everybody is answered', () => answers.length === 20);
  const told = answers.map(response => response.statusCode).sort();
  assert.deepEqual(told, [...Array(16).fill(401), ...Array(4).fill(503)], 'sixteen were judged by their signature');
});

test('one claim of the inbox takes as many bodies as fit, the oldest first, and one that is too large alone', async () => {
  h = await harness({ templates: false });
  const sizes = [1_000, 3_000, 2_000, 9_000, 500];
  for (const size of sizes) {
    const body = EMPTY.replace('"entry"', `"padding":"${'x'.repeat(size)}","entry"`);
    assert.equal((await h.post('/api/wa/webhook', body, signed(body))).status, 200);
  }
  const around = 100;
  const claim = async (most_bytes: number, limit = 10) => {
    const lane = 'people';
    const rows = await h.app.core.db.run(h.tenant, inboxClaim, { lane, limit, most_bytes });
    return rows.map(row => sizes.find(size => Math.abs(row.bytes - size) < around));
  };
  assert.deepEqual(await claim(1), [1_000], 'never nothing: it would wait for ever');
  assert.deepEqual(await claim(4_500), [1_000, 3_000]);
  assert.deepEqual(await claim(4_000), [1_000], 'two of them are a few bytes too many');
  assert.deepEqual(await claim(6_500), [1_000, 3_000, 2_000]);
  assert.deepEqual(await claim(15_500), [1_000, 3_000, 2_000, 9_000]);
  assert.deepEqual(await claim(1_000_000), sizes);
  assert.deepEqual(await claim(1_000_000, 2), [1_000, 3_000]);
});
