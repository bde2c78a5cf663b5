/** What is sent again: how long a requeued message lives, and whose a late receipt is when there were two attempts. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOUR_MS, MINUTE_MS } from '#lib/clock.ts';
import { publicId } from '#lib/id.ts';
import { PURPOSES, type Purpose } from '../../src/core/messages/purposes.ts';
import { rescueTenant } from '../../src/core/messages/resolve.ts';
import { type Harness, harness } from '../harness.ts';
import { command, phoneOf } from '../make.ts';
import { deliver, envelope, status as statusOf } from '../meta-webhooks.ts';

let h: Harness;
let next = 0;
before(async () => {
  h = await harness();
});
after(() => h.close());

const read = async (id: string) => (await h.get(`/api/v1/messages/${id}`)).body;
const uuidOf = (id: string) => id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const requeue = (id: string) => h.post(`/api/wa/dead-letters/default/${id}/requeue`, undefined);

async function queued(changes: Parameters<typeof command>[1]): Promise<string> {
  const sent = await h.app.core.send(h.tenant, command(phoneOf(next++), changes));
  assert.ok(sent.kind === 'queued', JSON.stringify(sent));
  return publicId('message', sent.messageId);
}

/** A message that the provider refused for good. */
async function failed(changes: Parameters<typeof command>[1]): Promise<string> {
  const id = await queued(changes);
  await h.control('/faults', { error_rate: 1, code: 131026 });
  await h.settle();
  await h.control('/faults', {});
  assert.equal((await read(id)).status, 'failed');
  return id;
}

for (const purpose of ['otp', 'order_confirm', 'reminder'] as const satisfies readonly Purpose[]) {
  test(`a dead letter that is put back has the time of a new message: ${purpose}`, async () => {
    const id = await failed({ purpose });
    const first = Date.parse((await read(id)).expires_at);
    assert.equal(first, h.clock.now() + PURPOSES[purpose].expiresAfterMs);
    h.clock.advance(3 * MINUTE_MS);
    assert.equal((await requeue(id)).status, 202);
    assert.equal(Date.parse((await read(id)).expires_at), first + 3 * MINUTE_MS, 'its purpose’s own, from now');
    await h.settle();
    assert.equal((await read(id)).status, 'delivered');
  });
}

test('a dead letter whose end its caller had fixed keeps it, also when it has passed', async () => {
  const expiresAt = h.clock.now() + 2 * HOUR_MS;
  const [early, late] = [await failed({ expiresAt }), await failed({ expiresAt })];
  h.clock.advance(HOUR_MS);
  await requeue(early);
  assert.equal(Date.parse((await read(early)).expires_at), expiresAt);
  await h.settle();
  assert.equal((await read(early)).status, 'delivered');
  h.clock.advance(2 * HOUR_MS);
  await requeue(late);
  assert.equal(Date.parse((await read(late)).expires_at), expiresAt);
  await h.settle();
  assert.equal((await read(late)).status, 'expired', 'the event has begun: nobody wants its reminder');
});

test('of many that are put back each has its own time', async () => {
  const fixed = h.clock.now() + HOUR_MS;
  const ids = [await failed({ purpose: 'otp' }), await failed({}), await failed({ expiresAt: fixed })];
  h.clock.advance(MINUTE_MS);
  await h.post('/api/wa/dead-letters/default/requeue', { ids });
  const ends = await Promise.all(ids.map(async id => Date.parse((await read(id)).expires_at)));
  const now = h.clock.now();
  assert.deepEqual(ends, [now + PURPOSES.otp.expiresAfterMs, now + PURPOSES.order_confirm.expiresAfterMs, fixed]);
});

interface Attempt {
  attempt: number;
  outcome: string;
  provider_id: string | null;
}
async function attempts(id: string): Promise<Attempt[]> {
  const { rows } = await h.sql.query<Attempt>(
    'select attempt, outcome, provider_id from message_attempt where message_id = $1 order by attempt',
    [uuidOf(id)],
  );
  return rows;
}

/** A message whose answer was cut off, which waits to be sent again. */
async function resent(changes: Parameters<typeof command>[1] = {}): Promise<string> {
  await h.control('/faults', { accept_then_reset: true, drop_webhooks: true });
  const id = await queued(changes);
  await h.settle();
  assert.equal((await read(id)).status, 'unknown');
  await h.control('/faults', { drop_webhooks: true });
  await h.post(`/api/v1/messages/${id}/resolve`, { as: 'resend' });
  return id;
}

/** The receipt that the provider would bring for an attempt, late. */
async function receipt(
  id: string,
  attempt: number,
  status: string,
  extra: object = {},
  wamid = `wamid.late${attempt}`,
): Promise<void> {
  const recipient_id = ((await read(id)).to as string).slice(1);
  const ours = { recipient_id, biz_opaque_callback_data: `${id}.${attempt}` };
  await deliver(h, envelope({ statuses: [statusOf(h, wamid, status, { ...ours, ...extra })] }));
  const inbox = h.app.workers.find(worker => worker.name === 'inbox-receipts')!;
  while ((await inbox.tick()) > 0);
}

test('a late receipt of the first attempt says of that attempt that it was accepted, when a second one has left', async () => {
  const id = await resent();
  await h.settle();
  const second = (await read(id)).provider_id;
  assert.equal((await read(id)).attempts, 2);
  await receipt(id, 1, 'delivered');
  assert.equal((await read(id)).status, 'delivered');
  assert.deepEqual(await attempts(id), [
    { attempt: 1, outcome: 'accepted', provider_id: 'wamid.late1' },
    { attempt: 2, outcome: 'accepted', provider_id: second },
  ]);
});

for (const status of ['sent', 'delivered'] as const) {
  test(`so it is while the second attempt still waits, which then never leaves: ${status}`, async () => {
    const id = await resent();
    await receipt(id, 1, status);
    assert.equal((await read(id)).status, status);
    assert.deepEqual(await attempts(id), [{ attempt: 1, outcome: 'accepted', provider_id: 'wamid.late1' }]);
    await h.settle();
    assert.equal((await read(id)).attempts, 1, 'nothing is sent twice');
  });
}

for (const order of [
  ['failed', 'sent'],
  ['sent', 'failed'],
]) {
  test(`a failure of the only attempt ends the waiting for a second one, in any order: ${order.join(', ')}`, async () => {
    const id = await resent();
    const errors = [{ code: 131026, title: 'Message undeliverable' }];
    for (const word of order) await receipt(id, 1, word, word === 'failed' ? { errors } : {});
    assert.deepEqual([(await read(id)).status, (await read(id)).error.code], ['failed', '131026']);
    await h.settle();
    assert.equal((await read(id)).attempts, 1);
  });
}

test('what was in doubt once stays in doubt when its second attempt has failed and it ends before a third', async () => {
  const id = await resent({ reference: 'once' });
  await h.settle();
  await receipt(id, 2, 'failed', { errors: [{ code: 131056, title: 'Pair rate limit hit' }] });
  assert.equal((await read(id)).status, 'queued', 'too fast for this person: it goes again');
  await h.post(`/api/v1/messages/${id}/cancel`, undefined);
  const ended = await read(id);
  assert.deepEqual([ended.status, ended.resolution], ['unknown', 'closed'], 'the first one may be on the phone');
  const { rowCount } = await h.sql.query('select from business_key where message_id = $1', [uuidOf(id)]);
  assert.equal(rowCount, 1, 'and the same order sends nothing');
});

test('the id that a receipt brings after a person’s word finds what is told later by that id alone', async () => {
  await h.control('/faults', { accept_then_reset: true, drop_webhooks: true });
  const id = await queued({});
  await h.settle();
  await h.control('/faults', { drop_webhooks: true });
  await h.post(`/api/v1/messages/${id}/resolve`, { as: 'sent' });
  await receipt(id, 1, 'sent', {}, 'wamid.word');
  await receipt(id, 1, 'delivered', { biz_opaque_callback_data: undefined }, 'wamid.word');
  assert.equal((await read(id)).status, 'delivered');
});

test('a late failure of the first attempt is that attempt’s alone', async () => {
  const id = await resent();
  await h.settle();
  await receipt(id, 1, 'failed', { errors: [{ code: 131026, title: 'Message undeliverable' }] });
  assert.equal((await read(id)).status, 'accepted', 'the second attempt is under way');
  assert.deepEqual(
    (await attempts(id)).map(one => one.outcome),
    ['rejected', 'accepted'],
  );
});

test('what an attempt’s own answer said is not overwritten by its receipts', async () => {
  await h.control('/faults', { drop_webhooks: true });
  const id = await queued({});
  await h.settle();
  const [answered] = await attempts(id);
  await receipt(id, 1, 'delivered');
  assert.deepEqual(await attempts(id), [answered]);
});

test('an attempt that silence resent is judged by its late receipt too', async () => {
  await h.control('/faults', { accept_then_reset: true, drop_webhooks: true });
  const id = await queued({});
  await h.settle();
  await h.sql.query("update message set unknown_at = unknown_at - interval '3 minutes' where id = $1", [uuidOf(id)]);
  await rescueTenant(h.app.core, h.tenant, { drainedForMs: HOUR_MS, upForMs: HOUR_MS });
  assert.equal((await read(id)).status, 'queued');
  await receipt(id, 1, 'sent');
  assert.equal((await read(id)).status, 'sent');
  assert.equal((await attempts(id))[0]!.outcome, 'accepted');
});
