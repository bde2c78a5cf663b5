/** What providers bring: signed or nothing, all of it, in any order, any number of times. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness, VERIFY_TOKEN } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';
import { envelope, seconds as secondsOf, deliver as send, sign, status as statusOf } from '../meta-webhooks.ts';

let h: Harness;
before(async () => {
  h = await harness();
});
after(() => h.close());

const deliver = (body: string, signature?: string | null) => send(h, body, signature);
const seconds = (offset = 0) => secondsOf(h, offset);
const status = (id: string, name: string, extra: object = {}) => statusOf(h, id, name, extra);
const says = (from: string, id: string, body: string) => ({
  from: from.slice(1),
  id,
  timestamp: seconds(),
  type: 'text',
  text: { body },
});

/** A message that the provider accepted and nobody has reported on. */
async function acceptedMessage(order: string, phone: string): Promise<{ id: string; wamid: string }> {
  await h.post('/api/wa/optin', optIn(phone));
  await h.control('/faults', { drop_webhooks: true });
  const sent = await h.post('/api/wa/send/confirm', confirmation({ order: { id: order }, customer: { phone } }));
  await h.settle();
  await h.control('/faults', {});
  const message = await h.get(`/api/wa/messages/default/${sent.body.message_id}`);
  assert.equal(message.body.status, 'accepted', message.text);
  return { id: sent.body.message_id, wamid: message.body.provider_id };
}
const read = async (id: string) => (await h.get(`/api/wa/messages/default/${id}`)).body;
const stored = async () => (await h.sql.query<{ n: number }>('select count(*)::int as n from inbox')).rows[0]!.n;

test('one POST with a status and then a STOP: both are applied', async () => {
  const phone = '+40712345601';
  const { id, wamid } = await acceptedMessage('W-1', phone);
  const body = envelope(
    { statuses: [status(wamid, 'delivered')] },
    { contacts: [{ wa_id: phone.slice(1), profile: { name: 'Ana' } }], messages: [says(phone, 'wamid.in1', 'STOP')] },
  );
  assert.equal((await deliver(body)).status, 200);
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
  const next = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'W-1b' }, customer: { phone } }));
  assert.equal(next.body.reason, 'opted_out');
});

test('unsigned, tampered and foreign-signed bodies are refused and nothing of them is stored but a counter', async () => {
  const body = envelope({ statuses: [status('wamid.x', 'read')] });
  const before = await stored();
  const forged = [
    await deliver(body, null),
    await deliver(body, ''),
    await deliver(body, sign(body, 'another-secret')),
    await deliver(`${body} `, sign(body)),
    await deliver(body, sign(body).slice(0, -1)),
    await deliver(body, sign(body).toUpperCase()),
    await deliver(body, sign(body).replace('sha256=', 'sha1=')),
    await deliver(body, `sha256=${'0'.repeat(64)}`),
  ];
  for (const answer of forged) {
    assert.ok([401, 403].includes(answer.status), String(answer.status));
    assert.equal(answer.body.error.code, 'signature_invalid');
  }
  assert.equal(await stored(), before);
  const metrics = await h.get('/metrics');
  assert.match(metrics.text, new RegExp(`tidings_webhooks_forged_total ${forged.length}\\b`));
});

test('what the platform repeats is stored once, alone and among others, and nothing beside it is lost', async () => {
  const { id, wamid } = await acceptedMessage('W-repeated', '+40712345699');
  const bodyOf = (name: string) => envelope({ statuses: [status(wamid, name)] });
  const before = await stored();
  const waiting = async () =>
    (await h.sql.query<{ n: number }>('select count(*)::int as n from inbox_pending')).rows[0]!.n;
  assert.equal((await deliver(bodyOf('sent'))).status, 200);
  assert.equal((await deliver(bodyOf('sent'))).status, 200);
  assert.equal((await stored()) - before, 1, 'alone');
  // At once, so that they share a batch: one that is there already, two that are new, and one of them twice.
  const answers = await Promise.all(['sent', 'delivered', 'read', 'delivered'].map(name => deliver(bodyOf(name))));
  assert.deepEqual(
    answers.map(answer => answer.status),
    [200, 200, 200, 200],
  );
  assert.equal((await stored()) - before, 3, 'among others');
  await h.settle();
  assert.equal(await waiting(), 0);
  const { status: state, delivered_at: deliveredAt } = await read(id);
  assert.equal(state, 'read');
  assert.ok(deliveredAt, 'each was applied');
});

test('a legal body of three megabytes is taken', async () => {
  const padding = 'x'.repeat(3 * 1024 * 1024 - 600);
  const body = envelope({
    contacts: [],
    messages: [
      {
        from: '40712345602',
        id: 'wamid.big',
        timestamp: seconds(),
        type: 'unsupported',
        unsupported: { type: padding },
      },
    ],
  });
  assert.ok(Buffer.byteLength(body) > 3_000_000);
  assert.equal((await deliver(body)).status, 200);
  await h.settle();
  const { rows } = await h.sql.query("select kind from inbound_message where provider_id = 'wamid.big'");
  assert.deepEqual(rows, [{ kind: 'unsupported' }]);
});

test('a body beyond four mebibytes is refused with a sentence', async () => {
  const answer = await deliver('x'.repeat(4 * 1024 * 1024 + 1));
  assert.equal(answer.status, 413);
  assert.equal(answer.body.error.code, 'payload_too_large');
});

test('every permutation of the receipts, with repetitions, gives the same message', async () => {
  const events = ['sent', 'delivered', 'read'];
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
    [2, 2, 1, 0, 1],
    [1, 1, 1],
  ];
  const base = h.clock.now();
  const at = (name: string) => String(Math.floor(base / 1000) + events.indexOf(name));
  const seen = new Set<string>();
  for (const [index, order] of orders.slice(0, -1).entries()) {
    const { id, wamid } = await acceptedMessage(`P-${index}`, '+40712345603');
    for (const [step, event] of order.entries()) {
      const name = events[event]!;
      await deliver(
        envelope({ statuses: [{ id: wamid, status: name, timestamp: at(name), recipient_id: '40712345603', step }] }),
      );
      if (step % 2 === 0) await h.settle();
    }
    await h.settle();
    const { status: state, sent_at, delivered_at, read_at } = await read(id);
    seen.add(JSON.stringify({ state, sent_at, delivered_at, read_at }));
  }
  assert.equal(seen.size, 1, [...seen].join('\n'));
});

test('read without delivered is delivered; a late failure changes neither', async () => {
  const { id, wamid } = await acceptedMessage('F-1', '+40712345604');
  await deliver(envelope({ statuses: [status(wamid, 'read')] }));
  await deliver(
    envelope({ statuses: [status(wamid, 'failed', { errors: [{ code: 131026, title: 'Message undeliverable' }] })] }),
  );
  await h.settle();
  assert.equal((await read(id)).status, 'read');
});

test('a failure is shown with its code, and waits among the dead letters to be sent again', async () => {
  const phone = '+40712345605';
  const { id, wamid } = await acceptedMessage('F-2', phone);
  await deliver(envelope({ statuses: [status(wamid, 'sent')] }));
  await deliver(
    envelope({ statuses: [status(wamid, 'failed', { errors: [{ code: 131026, title: 'Message undeliverable' }] })] }),
  );
  await h.settle();
  const failed = await read(id);
  assert.equal(failed.status, 'failed');
  assert.deepEqual(failed.error, { code: '131026' });
  const letters = await h.get('/api/wa/dead-letters/default');
  assert.ok(letters.body.data.some((letter: { id: string }) => letter.id === id));
  const again = await h.post(`/api/wa/dead-letters/default/${id}/requeue`, undefined);
  assert.equal(again.status, 202, again.text);
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
  assert.equal((await h.post(`/api/wa/dead-letters/default/${id}/requeue`, undefined)).status, 409);
});

test('a receipt without our correlation finds its message by the provider’s id; one that nobody knows is parked until somebody does', async () => {
  await deliver(envelope({ statuses: [status('wamid.not-yet', 'delivered')] }));
  await h.settle();
  const parked = await h.sql.query("select provider_id from parked_event where provider_id = 'wamid.not-yet'");
  assert.equal(parked.rowCount, 1);
  const { id } = await acceptedMessage('K-1', '+40712345606');
  await h.sql.query(
    "insert into provider_ref select tenant_id, provider, 'wamid.not-yet', message_id, attempt from provider_ref where message_id = (select id from message where replace(id::text, '-', '') = $1)",
    [id.slice(4)],
  );
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
  assert.equal((await h.sql.query('select 1 from parked_event')).rowCount, 0);
});

test('statuses, kinds and fields that nobody has seen before are kept and harm nothing', async () => {
  const strange = [
    envelope({ statuses: [status('wamid.s', 'warped')] }),
    envelope({
      messages: [{ from: '40712345607', id: 'wamid.kind', timestamp: seconds(), type: 'hologram', hologram: { x: 1 } }],
    }),
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: '1', changes: [{ field: 'future_field', value: { a: [1] } }] }],
    }),
    JSON.stringify({ entry: 'nonsense' }),
    JSON.stringify([1, 2, 3]),
    '{}',
    envelope({
      messages: [
        { id: 'wamid.nofrom', from_user_id: 'RO.1349', timestamp: seconds(), type: 'text', text: { body: 'hello' } },
      ],
    }),
    envelope({
      statuses: [
        { id: 'wamid.t', status: 'sent', timestamp: 'soon' },
        { id: 'wamid.t', status: 'sent', timestamp: 1e17 },
      ],
    }),
  ];
  for (const body of strange) assert.equal((await deliver(body)).status, 200);
  await h.settle();
  assert.equal((await h.sql.query("select 1 from inbox_pending where lane <> 'dead'")).rowCount, 0);
});

test('bytes that are no JSON go to the dead letters of the inbox and hold up nobody', async () => {
  const phone = '+40712345608';
  const { id, wamid } = await acceptedMessage('X-1', phone);
  await deliver('{"object": "whatsapp_business_account", "entry": [');
  await deliver(envelope({ statuses: [status(wamid, 'delivered')] }));
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
  const { rows } = await h.sql.query<{ error: string }>("select error from inbox_pending where lane = 'dead'");
  assert.equal(rows.length, 1);
  assert.match(rows[0]!.error, /JSON/);
});

test('the handshake echoes the challenge for the right token and answers 403 for a wrong one', async () => {
  const ask = (token: string, challenge = '1158201444') =>
    h.get(`/api/wa/webhook?hub.mode=subscribe&hub.challenge=${challenge}&hub.verify_token=${token}`);
  const right = await ask(VERIFY_TOKEN);
  assert.equal(right.status, 200);
  assert.equal(right.text, '1158201444');
  assert.match(right.headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal((await ask('wrong')).status, 403);
  assert.equal((await ask('')).status, 403);
  assert.equal((await ask(VERIFY_TOKEN, '%3Cscript%3E')).status, 403);
});

test('the sender’s own address takes its webhooks too, and no other sender’s', async () => {
  const { rows } = await h.sql.query<{ key: string }>('select key from sender');
  const body = envelope({ statuses: [status('wamid.path', 'sent')] });
  const headers = { 'x-hub-signature-256': sign(body) };
  assert.equal((await h.post(`/api/webhooks/meta/${rows[0]!.key}`, body, { headers })).status, 200);
  assert.equal((await h.post(`/api/webhooks/meta/${rows[0]!.key}x`, body, { headers })).status, 404);
  assert.equal((await h.post(`/api/webhooks/twilio/${rows[0]!.key}`, body, { headers })).status, 404);
});
