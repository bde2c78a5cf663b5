/** A restored database: what it believes still waits may have left, so nothing is sent until somebody says so. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { HOUR_MS } from '#lib/clock.ts';
import { parsePublicId } from '#lib/id.ts';
import { quarantineAll } from '../../src/core/tenants/quarantine.ts';
import { createKey } from '../../src/core/tenants/service.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';
import { deliver, envelope, status } from '../meta-webhooks.ts';

let h: Harness;
before(async () => {
  h = await harness();
});
after(() => h.close());

let orders = 0;
/** Taken and not sent: nobody ticks. */
async function confirm(phone: string, more: object = {}): Promise<string> {
  await h.post('/api/wa/optin', optIn(phone));
  orders += 1;
  const answer = await h.post(
    '/api/wa/send/confirm',
    confirmation({ order: { id: `Q-${orders}` }, customer: { phone }, ...more }),
  );
  assert.equal(answer.status, 202, answer.text);
  return answer.body.message_id;
}
const stateOf = async (id: string) => (await h.get(`/api/v1/messages/${id}`)).body;
const put = (id: string, set: string) =>
  h.sql.query(`update message set ${set} where id = $1`, [parsePublicId('message', id)]);
const onPhone = async (phone: string) => (await h.control(`/phones/${phone}/messages`)).body.length;
/** As a start does that has noticed the restore. */
const restore = () => quarantineAll(h.app.core, 'restored', h.clock.now() - HOUR_MS);
const readiness = async () => (await h.get('/health/ready')).body;

test('what waited, was leased or on its way is in doubt; what comes later waits; nothing leaves', async () => {
  const [waiting, leased, sending, future] = await Promise.all(
    ['+40712345601', '+40712345602', '+40712345603', '+40712345604'].map(phone => confirm(phone)),
  );
  await put(
    leased!,
    "state = 'leased', lease_owner = gen_random_uuid(), deadline_at = clock_timestamp() + interval '1 minute'",
  );
  await put(sending!, "state = 'sending', attempt = 1, deadline_at = clock_timestamp() + interval '1 minute'");
  await put(future!, `due_at = to_timestamp(${(h.clock.now() + HOUR_MS) / 1000})`);
  assert.equal(await restore(), 3);
  const late = await confirm('+40712345605');
  await h.settle();
  for (const id of [waiting!, leased!, sending!]) {
    const message = await stateOf(id);
    assert.deepEqual(
      [message.status, message.reason, message.resolution, message.attempts],
      ['unknown', 'restored', 'closed', 1],
    );
    assert.match(JSON.stringify(message.events), /may have left since/);
  }
  assert.equal((await stateOf(future!)).status, 'queued');
  assert.equal((await stateOf(late)).status, 'queued');
  h.clock.advance(2 * HOUR_MS);
  await h.settle();
  for (const phone of ['+40712345601', '+40712345604', '+40712345605']) assert.equal(await onPhone(phone), 0);
});

test('who looks is told: readiness, and the quarantine itself', async () => {
  assert.deepEqual((await readiness()).quarantine, { tenants: 1 });
  assert.equal((await readiness()).status, 'ready', 'requests and webhooks are taken');
  const { body } = await h.get('/api/v1/quarantine');
  assert.deepEqual([body.held, body.because, body.in_doubt], [true, 'the database was restored from a backup', 3]);
  assert.ok(Date.parse(body.restored_to) < h.clock.now());
});

test('a receipt that the provider repeats settles what is in doubt', async () => {
  const phone = '+40712345603';
  const { data } = (await h.get(`/api/wa/messages/default?phone=${encodeURIComponent(phone)}`)).body;
  const correlation = `${data[0].id}.1`;
  await deliver(
    h,
    envelope({ statuses: [status(h, 'wamid.restored', 'delivered', { biz_opaque_callback_data: correlation })] }),
  );
  await h.settle();
  assert.equal((await stateOf(data[0].id)).status, 'delivered');
  assert.equal((await h.get('/api/v1/quarantine')).body.in_doubt, 2);
});

test('only an owner releases; from then on what waits leaves, and what is in doubt stays where it is', async () => {
  const reader = await createKey(h.app.core, h.tenant, 'till', ['messages:send', 'messages:read']);
  assert.equal((await h.post('/api/v1/quarantine/release', {}, { key: reader })).status, 403);
  const released = await h.post('/api/v1/quarantine/release', {});
  assert.deepEqual(released.body, { resent: 0, in_doubt: 2 });
  await h.settle();
  assert.equal(await onPhone('+40712345605'), 1);
  assert.equal(await onPhone('+40712345604'), 1);
  assert.equal(await onPhone('+40712345601'), 0);
  // Readiness is asked by anybody, so its answer serves for half a second.
  while ((await readiness()).quarantine.tenants !== 0) await pause(100);
  assert.equal((await h.post('/api/v1/quarantine/release', {})).status, 409);
});

test('where nothing can have left, `send` puts it back, but for what has expired', async () => {
  const good = await confirm('+40712345606');
  const stale = await confirm('+40712345607');
  await put(stale, `expires_at = to_timestamp(${(h.clock.now() - 1) / 1000})`);
  await restore();
  const released = await h.post('/api/v1/quarantine/release', { unsent: 'send' });
  // The two of before are wanted as well by now.
  assert.equal(released.body.resent, 3);
  await h.settle();
  assert.equal((await stateOf(good)).attempts, 2, 'the attempt that may have been keeps its number');
  assert.equal(await onPhone('+40712345606'), 1);
  assert.equal((await stateOf(stale)).status, 'unknown');
});

test('a database that is put back under a running service is noticed by its worker', async () => {
  const { tick } = h.app.workers.find(worker => worker.name === 'epoch')!;
  const held = async () => (await h.get('/api/v1/quarantine')).body.because;
  await tick();
  await tick();
  assert.equal(await held(), null);
  await h.sql.query('update epoch set beat = beat - 1');
  await tick();
  assert.match(await held(), /restored to an earlier moment/);
  await h.post('/api/v1/quarantine/release', {});
  // The leap of that start lies past all that anybody has seen: it is not noticed twice.
  await tick();
  assert.equal(await held(), null);
});

test('a restore that is noticed again, after a crash in the middle, finds the rest and keeps the first word', async () => {
  const first = await confirm('+40712345608');
  await restore();
  const since = (await h.get('/api/v1/quarantine')).body.since;
  assert.equal(await quarantineAll(h.app.core, 'moved', h.clock.now()), 0);
  const { body } = await h.get('/api/v1/quarantine');
  assert.deepEqual([body.since, body.because], [since, 'the database was restored from a backup']);
  assert.equal((await stateOf(first)).status, 'unknown');
});
