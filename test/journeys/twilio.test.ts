/** A tenant whose number stands at Twilio: everything that one knows from Meta, by another vendor's rules. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import twilio from 'twilio';
import { messageSettle } from '../../src/core/messages/dispatch-statements.ts';
import { type Harness, harness } from '../harness.ts';
import { command, confirmation, optIn } from '../make.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../platforms.ts';

let h: Harness;
before(async () => {
  h = await harness({ platform: 'twilio' });
});
after(() => h.close());

const read = async (id: string) => (await h.get(`/api/wa/messages/default/${id}`)).body;
const confirm = (order: string, phone: string) =>
  h.post('/api/wa/send/confirm', confirmation({ order: { id: order }, customer: { phone, locale: 'ro' } }));

test('an opt-in, a confirmation by an approved content, delivered and read; STOP, and the next one is refused', async () => {
  const phone = '+40712345678';
  await h.post('/api/wa/optin', optIn(phone));
  const sent = await confirm('T-1', phone);
  assert.equal(sent.status, 202, sent.text);
  await h.settle();

  const shown = await h.control(`/phones/${phone}/messages`);
  assert.deepEqual(
    shown.body.map((message: { text: string }) => message.text),
    ['Bună Ana, comanda T-1 este confirmată.'],
  );
  const delivered = await read(sent.body.message_id);
  assert.equal(delivered.status, 'delivered');
  assert.match(delivered.provider_id, /^SM[0-9a-f]{32}$/);
  assert.equal(delivered.provider, 'twilio');
  await h.control(`/phones/${phone}/read`, {});
  await h.settle();
  assert.equal((await read(sent.body.message_id)).status, 'read');

  await h.control(`/phones/${phone}/messages`, { text: 'Stop' });
  await h.settle();
  const refused = await confirm('T-2', phone);
  assert.equal(refused.body.reason, 'opted_out', refused.text);
  const chat = (await h.control(`/phones/${phone}/messages`)).body as { direction: string; text: string }[];
  assert.deepEqual(
    chat.map(message => message.direction),
    ['out', 'in', 'out'],
  );
  assert.match(chat[2]!.text, /START/);
});

const senderKey = async () => (await h.sql.query<{ key: string }>('select key from sender')).rows[0]!.key;
const form = (fields: Record<string, string>) => new URLSearchParams({ AccountSid: ACCOUNT_SID, ...fields }).toString();

/** A webhook as Twilio posts it, signed over this address unless another one is given. */
async function deliver(path: string, body: string, { token = AUTH_TOKEN, signedUrl = `${h.url}${path}` } = {}) {
  const given = twilio.getExpectedTwilioSignature(token, signedUrl, Object.fromEntries(new URLSearchParams(body)));
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': given };
  return h.post(path, body, { headers });
}
const status = (sid: string, name: string, extra: Record<string, string> = {}) =>
  form({ MessageSid: sid, MessageStatus: name, From: 'whatsapp:+12025550100', To: 'whatsapp:+40712345600', ...extra });
const says = (sid: string, text: string, phone: string) =>
  form({ MessageSid: sid, SmsStatus: 'received', From: `whatsapp:${phone}`, WaId: phone.slice(1), Body: text });
const sidOf = (index: number) => `SM${String(index).padStart(32, '0')}`;

/** A message that the platform took and nobody has reported on; with its callback's path. */
async function accepted(order: string, phone: string): Promise<{ id: string; sid: string; path: string }> {
  await h.post('/api/wa/optin', optIn(phone));
  await h.control('/faults', { drop_webhooks: true });
  const sent = await confirm(order, phone);
  await h.settle();
  await h.control('/faults', {});
  const message = await read(sent.body.message_id);
  assert.equal(message.status, 'accepted', JSON.stringify(message));
  const path = `/api/webhooks/twilio/${await senderKey()}?m=${sent.body.message_id}.1`;
  return { id: sent.body.message_id, sid: message.provider_id, path };
}

test('a webhook is believed only over the public address, whole, with a token of the account’s', async () => {
  const { id, sid, path } = await accepted('W-1', '+40712345601');
  const body = status(sid, 'read');
  const stored = async () => (await h.sql.query('select 1 from inbox')).rowCount;
  const before = await stored();
  const forged = [
    await h.post(path, body),
    await deliver(path, body, { token: 'another' }),
    await deliver(path, body, { signedUrl: `https://elsewhere.example${path}` }),
    await deliver(path, body, { signedUrl: h.url + path.replace('.1', '.2') }),
    await deliver(path.replace('.1', '.2'), body, { signedUrl: h.url + path }),
    await h.post(path, `${body}&Body=x`, { headers: { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } }),
  ];
  assert.deepEqual(
    forged.map(answer => answer.status),
    [401, 401, 401, 401, 401, 401],
  );
  assert.equal(await stored(), before);
  const taken = await deliver(path, body);
  assert.equal(taken.status, 200);
  assert.deepEqual([taken.text, taken.headers.get('content-type')], ['<Response/>', 'text/xml; charset=utf-8']);
  await h.settle();
  assert.equal((await read(id)).status, 'read');
});

test('JSON is taken when its digest stands in the signed address, and has no effect', async () => {
  const body = '{"type":"com.twilio.something"}';
  const own = `/api/webhooks/twilio/${await senderKey()}`;
  const path = `${own}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
  const given = twilio.getExpectedTwilioSignature(AUTH_TOKEN, h.url + path, {});
  const post = (text: string) => h.post(path, text, { headers: { 'x-twilio-signature': given } });
  assert.equal((await post(body)).status, 200);
  assert.equal((await post(`${body} `)).status, 401);
  await h.settle();
  assert.equal((await h.sql.query('select 1 from inbox_pending')).rowCount, 0);
});

test('statuses tell no time: the furthest one holds in any order, and its time is that of its arrival', async () => {
  const orders = [
    ['sent', 'delivered', 'read'],
    ['read', 'sent', 'delivered'],
    ['delivered', 'read', 'delivered', 'sent', 'read'],
    ['undelivered', 'read', 'sent', 'delivered'],
  ];
  for (const [index, order] of orders.entries()) {
    const { id, sid, path } = await accepted(`P-${index}`, '+40712345602');
    const came = new Map<string, number>();
    for (const name of order) {
      h.clock.advance(1_000);
      if (!came.has(name)) came.set(name, h.clock.now());
      await deliver(path, status(sid, name));
    }
    // Applied much later, and in one batch: the hour is that in which each of them came.
    h.clock.advance(600_000);
    await h.settle();
    const message = await read(id);
    assert.equal(message.status, 'read', order.join());
    for (const name of ['sent', 'delivered', 'read'])
      assert.equal(Date.parse(message[`${name}_at`]), came.get(name), `${order.join()}: ${name}`);
  }
});

test('replayed and shuffled, what the inbox holds gives the same messages, windows and consents', async () => {
  const [a, b] = [await accepted('R-1', '+40712345603'), await accepted('R-2', '+40712345604')];
  for (const { sid, path } of [a, b])
    for (const name of ['delivered', 'sent']) {
      h.clock.advance(1_000);
      await deliver(path, status(sid, name));
    }
  await deliver(b.path, status(b.sid, 'undelivered', { ErrorCode: '63024' }));
  const own = `/api/webhooks/twilio/${await senderKey()}`;
  for (const [index, text] of ['hello', 'STOP', 'thanks'].entries()) {
    h.clock.advance(1_000);
    await deliver(own, says(sidOf(index), text, '+40712345603'));
  }
  await h.settle();
  const standing = async () => ({
    messages: (
      await h.sql.query(
        'select id, state, sent_at, delivered_at, read_at, failed_at, error_code from message order by id',
      )
    ).rows,
    windows: (await h.sql.query('select contact_id, last_inbound_at, expires_at from contact_window order by 1')).rows,
    consents: (
      await h.sql.query('select contact_id, purpose, channel, status, since, words from consent order by 1, 2, 3')
    ).rows,
    inbound: (await h.sql.query('select provider_id, kind, text, sent_at from inbound_message order by 1')).rows,
    ledger: (await h.sql.query('select seq, hash from consent_event order by seq')).rows,
  });
  const before = await standing();
  assert.ok(before.inbound.length >= 3 && before.consents.some(row => row.status === 'withdrawn'));
  for (const order of ['received_at', 'received_at desc', 'id']) {
    h.clock.advance(3_600_000);
    await h.sql.query(
      `insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes)
        select tenant_id, case row_number() over (order by ${order}) % 2 when 0 then 'people' else 'receipts' end,
          lpad(row_number() over (order by ${order})::text, 32, '0')::uuid, day, id, length(body) from inbox`,
    );
    await h.settle();
    assert.deepEqual(await standing(), before, order);
  }
});

test('a failure that overtakes the answer keeps its code', async () => {
  const { id, sid, path } = await accepted('O-1', '+40712345608');
  const uuid = id.slice(4);
  const where = "where replace(id::text, '-', '') = $1";
  // Back to the instant in which the bytes have left and the answer is on its way.
  await h.sql.query(`update message set state = 'sending', provider_id = null, accepted_at = null ${where}`, [uuid]);
  await h.sql.query("update message_attempt set outcome = 'sending' where replace(message_id::text, '-', '') = $1", [
    uuid,
  ]);
  await deliver(path, status(sid, 'undelivered', { ErrorCode: '63024' }));
  await h.settle();
  await h.app.core.db.run(h.tenant, messageSettle, {
    ids: [(await h.sql.query<{ id: string }>(`select id from message ${where}`, [uuid])).rows[0]!.id],
    attempts: [1],
    outcomes: ['accepted'],
    states: ['accepted'],
    provider_ids: [sid],
    providers: ['twilio'],
    codes: [null],
    details: [null],
    dues: [null],
    retries: [0],
    now: h.clock.now(),
  });
  const message = await read(id);
  assert.deepEqual([message.status, message.error], ['failed', { code: '63024' }]);
  assert.notEqual(message.accepted_at, null);
});

test('a send whose answer was lost is found again by its callback, which carries our id', async () => {
  const phone = '+40712345605';
  await h.post('/api/wa/optin', optIn(phone));
  await h.control('/faults', { accept_then_reset: { next: 1 }, drop_webhooks: true });
  const sent = await confirm('U-1', phone);
  await h.settle();
  await h.control('/faults', {});
  const lost = await read(sent.body.message_id);
  assert.equal(lost.status, 'unknown', JSON.stringify(lost));
  const [entry] = (await h.control(`/phones/${phone}/messages`)).body;
  await deliver(`/api/webhooks/twilio/${await senderKey()}?m=${sent.body.message_id}.1`, status(entry.id, 'delivered'));
  await h.settle();
  const found = await read(sent.body.message_id);
  assert.deepEqual([found.status, found.provider_id, found.resolution], ['delivered', entry.id, 'sent']);
});

test('what a person writes opens the window: a text of 24 hours later is refused before it leaves', async () => {
  const phone = '+40712345606';
  const own = `/api/webhooks/twilio/${await senderKey()}`;
  await deliver(own, says(sidOf(100), 'Where are you?', phone));
  await h.settle();
  const reply = () =>
    h.app.core.send(h.tenant, {
      ...command(phone),
      purpose: 'reply',
      content: { kind: 'text', text: 'Here.' },
    });
  assert.equal((await reply()).kind, 'queued');
  h.clock.advance(24 * 3_600_000 + 1_000);
  const late = await reply();
  assert.equal(late.kind === 'refused' && late.reason, 'no_active_session', JSON.stringify(late));
});

test('an approval is learnt by asking, a refusal too, and a changed text is other content under another name', async () => {
  const template = async () =>
    (await h.get('/api/wa/templates/default?limit=50')).body.data.find(
      (one: { name: string }) => one.name === 'pickup',
    );
  const submit = (body: string) =>
    h.post('/api/wa/templates', {
      name: 'pickup',
      category: 'order_confirm',
      language: 'en',
      body,
      footer: 'STOP ends it',
      submit: true,
    });
  await h.control('/templates', { review: 'manual' });
  assert.equal((await submit('Hi {first_name}, come and get it.')).body.status, 'pending');
  await h.settle();
  assert.equal((await template()).status, 'pending');
  await h.control('/templates/pickup/review', { status: 'REJECTED', reason: 'SCAM' });
  await h.settle();
  assert.equal((await template()).status, 'pending', 'asked a moment ago, it is not asked again at once');
  const due = () => h.sql.query("update template set checked_at = now() - interval '1 hour'");
  await due();
  await h.settle();
  assert.deepEqual([(await template()).status, (await template()).status_reason], ['rejected', 'SCAM']);

  assert.equal((await submit('Hi {first_name}, come and get your order {order_id}.')).body.status, 'pending');
  await h.control('/templates/pickup/review', { status: 'APPROVED' });
  await due();
  await h.settle();
  assert.equal((await template()).status, 'approved');
  const held = (await h.control('/templates')).body.data.filter((one: { name: string }) =>
    one.name.startsWith('pickup_'),
  );
  assert.equal(new Set(held.map((one: { name: string }) => one.name)).size, 2);

  await h.control('/templates/pickup/review', { status: 'PAUSED' });
  await due();
  await h.settle();
  assert.equal((await template()).status, 'paused', 'and what is in use is asked about as well');
});

test('who hides the number is known by the id that WhatsApp scopes to the business, and their STOP counts', async () => {
  const phone = '+40712345607';
  await h.post('/api/wa/optin', optIn(phone));
  await h.control(`/phones/${phone}/messages`, { text: 'hello' });
  await h.settle();
  await h.control(`/phones/${phone}/hide-number`, { username: 'ana.p' });
  await h.control(`/phones/${phone}/messages`, { text: 'STOP' });
  await h.settle();
  assert.equal((await confirm('H-1', phone)).body.reason, 'opted_out');
});

const consents = async (phone: string) =>
  (
    await h.sql.query(
      `select purpose, status, stopped_at, platform_stopped_at from consent c join contact_identity i using (tenant_id, contact_id)
        where i.value = $1 and channel = 'whatsapp' order by purpose`,
      [phone],
    )
  ).rows;

test('a STOP that only Twilio was told of is the person’s own, of everything; their START lifts it', async () => {
  const phone = '+40712345609';
  await h.post('/api/wa/optin', optIn(phone, { purposes: ['transactional', 'marketing'] }));
  assert.equal((await h.control('/numbers/+12025550100', { keeps_stops: true })).body.keeps_stops, true);
  await h.control('/faults', { drop_webhooks: true });
  await h.control(`/phones/${phone}/messages`, { text: 'Stop' });
  await h.settle();
  await h.control('/faults', {});
  h.clock.advance(60_000);
  const sent = await confirm('S-1', phone);
  assert.equal(sent.body.status, 'queued', 'nobody has told us');
  await h.settle();
  assert.deepEqual(
    [(await read(sent.body.message_id)).status, (await read(sent.body.message_id)).error.code],
    ['failed', '21610'],
  );
  assert.deepEqual(
    (await consents(phone)).map(row => [row.purpose, row.status, row.platform_stopped_at]),
    [
      ['marketing', 'withdrawn', null],
      ['transactional', 'withdrawn', null],
    ],
  );
  assert.equal((await confirm('S-2', phone)).body.reason, 'opted_out');
  h.clock.advance(60_000);
  await h.control(`/phones/${phone}/messages`, { text: 'START' });
  await h.settle();
  assert.ok((await consents(phone)).every(row => row.status === 'granted' && row.stopped_at === null));
  const again = await confirm('S-3', phone);
  await h.settle();
  assert.equal((await read(again.body.message_id)).status, 'delivered');
  await h.control('/numbers/+12025550100', { keeps_stops: false });
});

test('a refusal that is told after the START is that of the STOP before it', async () => {
  const phone = '+40712345610';
  const { id, sid, path } = await accepted('S-4', phone);
  h.clock.advance(60_000);
  await deliver(`/api/webhooks/twilio/${await senderKey()}`, says(sidOf(300), 'START', phone));
  await h.settle();
  h.clock.advance(60_000);
  await deliver(path, status(sid, 'failed', { ErrorCode: '21610', To: `whatsapp:${phone}` }));
  await h.settle();
  assert.equal((await read(id)).error.code, '21610');
  assert.ok((await consents(phone)).every(row => row.stopped_at === null && row.platform_stopped_at === null));
});

test('what nobody knows the price of is shown without one: a hard budget and a prepaid account refuse it and say why', async () => {
  const phone = '+40712345615';
  await h.post('/api/wa/optin', optIn(phone));
  const settings = (changes: object) => h.patch('/api/v1/settings', { currency: 'USD', ...changes });
  const whyNot = (answer: { body: { reason: string; decision: { trace: { detail: string }[] } } }) => [
    answer.body.reason,
    answer.body.decision.trace.at(-1)?.detail,
  ];
  const budget = (hard: boolean) => ({ budgets: { all: { per: 'month', amount_micros: 1_000_000, hard } } });
  assert.equal((await settings(budget(true))).status, 200);
  const [hard, why] = whyNot(await confirm('C-1', phone));
  assert.equal(hard, 'budget_exhausted');
  assert.match(why!, /can’t be kept: nothing is known of its carrier’s rates/);
  await settings(budget(false));
  const soft = await confirm('C-2', phone);
  await h.settle();
  const { status, cost } = await read(soft.body.message_id);
  assert.deepEqual([status, cost.estimated, cost.actual], ['delivered', null, null]);
  await settings({ budgets: {}, prepaid: true });
  assert.equal((await confirm('C-3', phone)).body.reason, 'balance_exhausted');
  await settings({ prepaid: false });
});
