/** What goes wrong on the wire, and what becomes of a message then. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { judgeSilence } from '../../src/core/messages/resolve.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { envelope, deliver as send } from '../meta-webhooks.ts';

let h: Harness;
let next = 0;
beforeEach(async () => {
  await h?.close();
  h = await harness({ inFlight: 8 });
});
after(() => h.close());

/** Confirms an order for somebody new and answers its id and phone. */
async function confirm(): Promise<{ id: string; phone: string }> {
  const phone = phoneOf(next++);
  await h.post('/api/wa/optin', optIn(phone));
  const sent = await h.post('/api/wa/send/confirm', confirmation({ order: { id: `X-${next}` }, customer: { phone } }));
  assert.equal(sent.status, 202, sent.text);
  return { id: sent.body.message_id, phone };
}
const read = async (id: string) => (await h.get(`/api/v1/messages/${id}`)).body;
const copies = async (id: string) =>
  ((await h.control('/ledger')).body.data as { correlation: string }[]).filter(line => line.correlation.startsWith(id))
    .length;
const uuidOf = (id: string) => id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
/** The machine's clock can't be turned: what it would do to a row is done to the row. */
const age = (id: string, column: string, interval: string) =>
  h.sql.query(`update message set ${column} = ${column} - interval '${interval}' where id = $1`, [uuidOf(id)]);
const tick = (name: string) => h.app.workers.find(worker => worker.name === name)!.tick();

test('an answer that is cut off leaves the message unknown, and the receipt that carries its attempt resolves it', async () => {
  await h.control('/faults', { accept_then_reset: true, drop_webhooks: true });
  const { id } = await confirm();
  await h.settle();
  const unknown = await read(id);
  assert.equal(unknown.status, 'unknown');
  assert.equal(unknown.resolution, 'open');
  assert.equal((await h.get('/api/wa/messages/default?status=unknown')).body.data.length, 1);
  assert.equal((await h.get('/api/wa/stats/default')).body.messages.unknown, 1);
  await h.control('/faults', {});
  await h.control(`/phones/${unknown.to}/read`, {});
  await h.settle();
  const resolved = await read(id);
  assert.equal(resolved.status, 'read');
  assert.equal(resolved.resolution, 'sent');
  assert.equal(await copies(id), 1, 'nothing was sent twice');
  assert.equal((await h.get('/api/wa/stats/default')).body.messages.unknown, 0);
});

test('an error after acceptance is unknown too, and a plain rejection is a definite no', async () => {
  await h.control('/faults', { error_after_accept: true });
  const one = await confirm();
  await h.settle();
  assert.equal((await read(one.id)).status, 'delivered', 'its receipts came and settled it');
  await h.control('/faults', { error_rate: 1, code: 131026 });
  const two = await confirm();
  await h.settle();
  const failed = await read(two.id);
  assert.equal(failed.status, 'failed');
  assert.deepEqual(failed.error, { code: '131026' });
  assert.equal(await copies(two.id), 0);
});

test('too fast: the message goes back to the queue, waits with jitter, and is sent', async () => {
  await h.control('/faults', { error_rate: 1, code: 130429 });
  const { id } = await confirm();
  await h.settle();
  const waiting = await read(id);
  assert.equal(waiting.status, 'queued');
  assert.ok(Date.parse(waiting.due_at) > h.clock.now());
  await h.control('/faults', {});
  await h.sql.query("update lane set paused_until = '-infinity'");
  h.clock.advance(10 * 60_000);
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
  assert.equal((await read(id)).attempts, 2);
});

test('a message that is refused again and again ends as a dead letter and can be sent again', async () => {
  await h.control('/faults', { error_rate: 1, code: 131057 });
  const { id } = await confirm();
  for (let round = 0; round < 10; round += 1) {
    await h.settle();
    await h.sql.query("update lane set paused_until = '-infinity'");
    h.clock.advance(20 * 60_000);
  }
  assert.equal((await read(id)).status, 'dead');
  const letters = (await h.get('/api/wa/dead-letters/default?status=dead')).body.data as { id: string }[];
  assert.deepEqual(
    letters.map(letter => letter.id),
    [id],
  );
  await h.control('/faults', {});
  assert.equal((await h.post('/api/wa/dead-letters/default/requeue', { ids: [id] })).status, 202);
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
});

test('a provider that can’t be reached uses up nobody’s retries', async () => {
  await h.sql.query(`update sender set account = jsonb_set(account, '{base_url}', '"http://127.0.0.1:9/graph"')`);
  h.app.core.senders.forget();
  const { id } = await confirm();
  for (let round = 0; round < 12; round += 1) {
    await h.settle();
    await h.sql.query("update lane set paused_until = '-infinity'");
    h.clock.advance(60_000);
  }
  const waiting = await read(id);
  assert.equal(waiting.status, 'queued');
  assert.ok(waiting.attempts >= 5);
});

test('a revoked token blocks the sender: nothing is lost, and what expires meanwhile is said to have expired', async () => {
  await h.control('/faults', { error_rate: 1, code: 190 });
  const { id } = await confirm();
  await h.settle();
  assert.equal((await read(id)).status, 'queued');
  const { rows } = await h.sql.query<{ status: string }>('select status from sender');
  assert.equal(rows[0]!.status, 'disabled');
  await h.control('/faults', {});
  h.clock.advance(25 * 3_600_000);
  await tick('resolve');
  assert.equal((await read(id)).status, 'expired');
});

test('an attempt past its deadline becomes unknown and never goes back to the queue by itself', async () => {
  const { id } = await confirm();
  const uuid = uuidOf(id);
  await h.sql.query(
    "update message set state = 'sending', attempt = 1, deadline_at = clock_timestamp() - interval '1 second' where id = $1",
    [uuid],
  );
  await tick('resolve');
  const lost = await read(id);
  assert.equal(lost.status, 'unknown');
  assert.equal(await copies(id), 0);
});

test('a lease past its end goes back to the queue: nothing of it was on the wire', async () => {
  const { id } = await confirm();
  await h.sql.query(
    "update message set state = 'leased', deadline_at = clock_timestamp() - interval '1 second' where id = $1",
    [uuidOf(id)],
  );
  await tick('resolve');
  assert.equal((await read(id)).status, 'queued');
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
});

test('a confirmation nobody heard of again is sent once more after two silent minutes, and never a third time', async () => {
  await h.control('/faults', { accept_then_reset: true, drop_webhooks: true });
  const { id } = await confirm();
  await h.settle();
  const silence = { drainedForMs: 3_600_000, upForMs: 3_600_000 };
  const { rescueTenant } = await import('../../src/core/messages/resolve.ts');
  await rescueTenant(h.app.core, h.tenant, silence);
  assert.equal((await read(id)).status, 'unknown', 'two minutes have not passed');
  await age(id, 'unknown_at', '3 minutes');
  await rescueTenant(h.app.core, h.tenant, { ...silence, drainedForMs: 60_000 });
  assert.equal((await read(id)).status, 'unknown', 'a backlog may hold its receipt');
  await rescueTenant(h.app.core, h.tenant, silence);
  assert.equal((await read(id)).status, 'queued');
  await h.settle();
  assert.equal(await copies(id), 2);
  await age(id, 'unknown_at', '1 hour');
  await rescueTenant(h.app.core, h.tenant, silence);
  const closed = await read(id);
  assert.equal(closed.status, 'unknown');
  assert.equal(closed.resolution, 'closed');
});

test('a promotion is never sent twice, and silence means nothing while receipts are missing', () => {
  const silence = { drainedForMs: 1e9, upForMs: 1e9 };
  const unknown = {
    id: 'x',
    resends: 0,
    sender_id: null,
    silent_ms: 1e9,
    expires_at: null,
    receipts_missing: false,
    first_at: null,
  };
  assert.equal(judgeSilence({ ...unknown, purpose: 'promo' }, silence, 0), 'close');
  assert.equal(judgeSilence({ ...unknown, purpose: 'order_confirm' }, silence, 0), 'resend');
  assert.equal(judgeSilence({ ...unknown, purpose: 'order_confirm', receipts_missing: true }, silence, 0), 'wait');
  assert.equal(judgeSilence({ ...unknown, purpose: 'otp', silent_ms: 14_000 }, silence, 0), 'wait');
  assert.equal(judgeSilence({ ...unknown, purpose: 'otp', silent_ms: 16_000 }, silence, 0), 'resend');
  assert.equal(judgeSilence({ ...unknown, purpose: 'order_confirm', expires_at: 1 }, silence, 2), 'close');
  const inHalfAnHour = { ...unknown, purpose: 'reminder', expires_at: 30 * 60_000 };
  assert.equal(judgeSilence(inHalfAnHour, silence, 0), 'close', 'people are on their way to the event');
  assert.equal(judgeSilence({ ...inHalfAnHour, expires_at: 31 * 60_000 }, silence, 0), 'resend');
});

for (const [word, status, resolution] of [
  ['sent', 'accepted', 'sent'],
  ['not_sent', 'failed', 'not_sent'],
  ['resend', 'queued', 'resent'],
] as const) {
  test(`a person resolves an unknown message as ${word}`, async () => {
    await h.control('/faults', { accept_then_reset: true, drop_webhooks: true });
    const { id } = await confirm();
    await h.settle();
    const answer = await h.post(`/api/v1/messages/${id}/resolve`, { as: word });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.status, status);
    assert.equal(answer.body.resolution, resolution);
    assert.equal((await h.post(`/api/v1/messages/${id}/resolve`, { as: word })).status, 409);
  });
}

test('a queued message can be cancelled and its order confirmed anew; one that left can’t', async () => {
  const phone = phoneOf(next++);
  await h.post('/api/wa/optin', optIn(phone));
  const body = confirmation({ order: { id: 'C-1' }, customer: { phone } });
  const sent = await h.post('/api/wa/send/confirm', body);
  const cancelled = await h.post(`/api/v1/messages/${sent.body.message_id}/cancel`, undefined);
  assert.equal(cancelled.body.status, 'cancelled');
  const again = await h.post('/api/wa/send/confirm', body);
  assert.equal(again.status, 202);
  await h.settle();
  const late = await h.post(`/api/v1/messages/${again.body.message_id}/cancel`, undefined);
  assert.equal(late.status, 409);
  assert.match(late.body.error.message, /delivered/);
});

test('a message that has no use any more expires at the gate and frees its order', async () => {
  const { id } = await confirm();
  h.clock.advance(25 * 3_600_000);
  await h.settle();
  const expired = await read(id);
  assert.equal(expired.status, 'expired');
  assert.equal((await h.sql.query('select 1 from business_key')).rowCount, 0);
});

test('a template that was paused holds its messages; unpaused, they go', async () => {
  const { id } = await confirm();
  await h.control('/templates/order_confirm/review', { status: 'PAUSED' });
  await h.settle();
  assert.equal((await read(id)).status, 'queued');
  // A second later: the same webhook to the byte would be taken for a repetition of the first approval.
  h.clock.advance(1_000);
  await h.control('/templates/order_confirm/review', { status: 'APPROVED' });
  await h.settle();
  h.clock.advance(61_000);
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
});

test('one person gets 45 messages at once and then one in six seconds; the others are not held up', async () => {
  const phone = phoneOf(next++);
  await h.post('/api/wa/optin', optIn(phone));
  for (let order = 0; order < 50; order += 1)
    await h.post('/api/wa/send/confirm', confirmation({ order: { id: `P-${order}` }, customer: { phone } }));
  const other = await confirm();
  await h.settle();
  assert.equal((await read(other.id)).status, 'delivered');
  const shown = (await h.control(`/phones/${phone}/messages`)).body as unknown[];
  assert.equal(shown.length, 45);
  assert.equal((await h.get('/api/wa/stats/default')).body.messages.queued, 5);
});

/** A webhook that the emulator would not send by itself. */
async function deliver(body: string): Promise<void> {
  assert.equal((await send(h, body)).status, 200);
  await h.settle();
}
const seconds = (offset = 0) => String(Math.floor(h.clock.now() / 1000) + offset);

test('a STOP in the platform’s own spelling of a number stops the person who was written to, and is answered', async () => {
  const phone = '+525512345678';
  await h.post('/api/wa/optin', optIn(phone));
  const sent = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'MX-1' }, customer: { phone } }));
  await h.settle();
  // What the provider's answer would have taught us: Mexico's numbers are known there with a 1.
  await h.sql.query(
    "insert into contact_identity select tenant_id, 'wa', '5215512345678', contact_id, digest, created_at from contact_identity where value = $1",
    [phone],
  );
  await deliver(
    envelope({
      messages: [{ from: '5215512345678', id: 'wamid.mx', timestamp: seconds(), type: 'text', text: { body: 'STOP' } }],
    }),
  );
  const next = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'MX-2' }, customer: { phone } }));
  assert.equal(next.body.reason, 'opted_out');
  assert.ok(sent.body.message_id);
});

test('a message from digits that are no number is kept, and its STOP with it', async () => {
  await deliver(
    envelope({
      messages: [
        { from: '5215587654321', id: 'wamid.odd', timestamp: seconds(), type: 'text', text: { body: 'STOP\u0000' } },
      ],
    }),
  );
  const { rows } = await h.sql.query(
    "select c.status from consent c join contact_identity i using (contact_id) where i.kind = 'wa' and i.value = '5215587654321' limit 1",
  );
  assert.deepEqual(rows, [{ status: 'withdrawn' }]);
});

test('a person’s requeue is not undone by a late receipt of the attempt that failed', async () => {
  const { id, phone } = await confirm();
  await h.control('/faults', { drop_webhooks: true });
  await h.settle();
  const { provider_id: wamid } = await read(id);
  const status = (name: string, offset: number, extra = {}) =>
    envelope({
      statuses: [
        {
          id: wamid,
          status: name,
          timestamp: seconds(offset),
          recipient_id: phone.slice(1),
          biz_opaque_callback_data: `${id}.1`,
          ...extra,
        },
      ],
    });
  await deliver(status('failed', 1, { errors: [{ code: 131026, title: 'x' }] }));
  assert.equal((await read(id)).status, 'failed');
  await h.sql.query("update lane set paused_until = 'infinity'");
  await h.post(`/api/wa/dead-letters/default/${id}/requeue`, undefined);
  await deliver(status('sent', 2));
  assert.equal((await read(id)).status, 'queued', 'sent belongs to the attempt before');
  await deliver(status('delivered', 3));
  assert.equal((await read(id)).status, 'delivered', 'an arrival is true whatever the attempt');
});

test('a resend that is cancelled stays in doubt: its order is held and a late receipt still finds it', async () => {
  await h.control('/faults', { accept_then_reset: true, drop_webhooks: true });
  const { id, phone } = await confirm();
  await h.settle();
  await h.sql.query("update lane set paused_until = 'infinity'");
  await h.post(`/api/v1/messages/${id}/resolve`, { as: 'resend' });
  const cancelled = await h.post(`/api/v1/messages/${id}/cancel`, undefined);
  assert.equal(cancelled.body.status, 'unknown');
  const again = await h.post('/api/wa/send/confirm', confirmation({ order: { id: `X-${next}` }, customer: { phone } }));
  assert.equal(again.body.duplicate, true);
  await deliver(
    envelope({
      statuses: [
        {
          id: 'wamid.late',
          status: 'delivered',
          timestamp: seconds(5),
          recipient_id: phone.slice(1),
          biz_opaque_callback_data: `${id}.1`,
        },
      ],
    }),
  );
  assert.equal((await read(id)).status, 'delivered');
});

test('a neighbour that can’t be sent does not speak for the same order asked rightly in the same batch', async () => {
  const phone = phoneOf(next++);
  await h.post('/api/wa/optin', optIn(phone));
  const body = (template?: string) =>
    confirmation({ order: { id: 'NB-1' }, customer: { phone }, ...(template ? { template } : {}) });
  const [wrong, right] = await Promise.all([
    h.post('/api/wa/send/confirm', body('there_is_none')),
    h.post('/api/wa/send/confirm', body()),
  ]);
  assert.equal(right.status, 202, right.text);
  assert.ok(wrong.body.duplicate === true || wrong.body.reason === 'template_missing', wrong.text);
});

test('an answer that can’t be stored holds up nobody else', async () => {
  const core = h.app.core;
  const { settle } = await import('../../src/core/messages/send.ts');
  const { id } = await confirm();
  await h.sql.query(
    "update message set state = 'sending', attempt = 1, deadline_at = clock_timestamp() + interval '1 hour' where id = $1",
    [uuidOf(id)],
  );
  const cleared = {
    id: uuidOf(id),
    attempt: 1,
    to: '+40712345678',
    content: { kind: 'text', text: 'x' },
    templateId: null,
    retries: 0,
    expiresAt: null,
  } as const;
  const { rows } = await h.sql.query<{ id: string }>('select id from sender');
  const context = {
    tenant: h.tenant,
    senderId: rows[0]!.id,
    provider: 'meta',
    unreachedRounds: 0,
    mayRetry: () => true,
  };
  await settle(core, context, [{ cleared, outcome: { kind: 'uncertain', detail: 'cut\0off' } }]);
  assert.equal((await read(id)).status, 'unknown');
});
