/** The till: receipts in the reader's language, and sales that complete whatever becomes of theirs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#lib/clock.ts';
import { verticals } from '../../src/app.ts';
import { rescueTenant } from '../../src/core/messages/resolve.ts';
import { createKey, ensureTenant } from '../../src/core/tenants/service.ts';
import { type Harness, type HarnessOptions, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf, saleOf } from '../make.ts';
import { until } from '../processes.ts';

const RECEIPT = '/api/v1/whatsapp/integration/pos/receipt';
const SALES = '/api/v1/pos/pos-transactions';

/** With the receipts that a fresh sandbox holds, and the store's clock on the wall. */
async function openTill(options: HarnessOptions = {}): Promise<Harness> {
  const till = await harness(options);
  await till.sql.query("update tenant set zone = 'Europe/Bucharest'");
  const receipts = verticals.flatMap(vertical => vertical.templates).filter(one => one.purpose === 'receipt');
  for (const { name, language, body, footer, samples } of receipts) {
    const template = { name, language, category: 'receipt', body, footer, samples, submit: true };
    const saved = await till.post('/api/wa/templates', template);
    assert.equal(saved.status, 201, saved.text);
    assert.deepEqual(saved.body.lint, []);
  }
  await till.control('/templates/pos_receipt/review', { status: 'APPROVED' });
  await till.settle();
  return till;
}

let h: Harness;
let next = 0;
before(async () => {
  h = await openTill();
});
after(() => h.close());

const texts = async (till: Harness, phone: string): Promise<string[]> =>
  ((await till.control(`/phones/${phone}/messages`)).body as { text: string; direction: string }[])
    .filter(message => message.direction === 'out')
    .map(message => message.text);
const newSale = () => {
  next += 1;
  return { id: `T-${next}`, phone: phoneOf(9_500 + next) };
};
async function recorded(till: Harness = h, changes: Parameters<typeof saleOf>[2] = {}) {
  const { id, phone } = newSale();
  const answer = await till.post(SALES, saleOf(id, phone, changes));
  assert.equal(answer.status, 201, answer.text);
  return { id, phone, sale: answer.body.id as string };
}
const complete = (id: string, till: Harness = h) => till.post(`${SALES}/${id}/complete?send_whatsapp=true`, undefined);
const saleBy = async (id: string, till: Harness = h) => (await till.get(`${SALES}/${id}`)).body;
/** The machine's clock can't be turned: what it would do to a row is done to the row. */
const nowDue = (till: Harness = h) =>
  till.sql.query("update pos_sale set receipt_not_before = clock_timestamp() - interval '1 second'");
const tick = (till: Harness = h) => till.app.workers.find(worker => worker.name === 'receipts')!.tick();

test('a receipt is on the phone in the reader’s language, with the store’s day and the till’s total', async () => {
  const { id, phone } = newSale();
  const sent = await h.post(RECEIPT, saleOf(id, phone));
  assert.equal(sent.status, 202, sent.text);
  await h.settle();
  const [text] = await texts(h, phone);
  // Half past midnight on the next day, where the store is. The items make 61, and the till says 1061: shown as given.
  assert.match(text!, /bonul dumneavoastră de la \*Cafeneaua Veche\* din duminică, 22 noiembrie 2026\./);
  assert.match(text!, /: 2 × Espresso, Cozonac\n\nTotal: \*1\.061,00 RON\*, plătit cu card\nBonul numărul T-\d+\n/);
  const again = await h.post(RECEIPT, saleOf(id, phone));
  assert.deepEqual([again.status, again.body.duplicate, again.body.message_id], [200, true, sent.body.message_id]);
  assert.equal((await h.get(`/api/v1/messages/${sent.body.message_id}`)).body.purpose, 'receipt');
});

test('rupees for somebody who reads English, in a dry run that leaves nothing behind', async () => {
  const { id, phone } = newSale();
  const asked = saleOf(id, phone, { customer: { locale: 'en_IN' }, currency: 'INR', total: 150000.5, dry_run: true });
  const dry = await h.post(RECEIPT, asked);
  assert.equal(dry.status, 200, dry.text);
  assert.match(dry.body.rendered.body, /Total: \*₹150,000\.50\*, paid by card/);
  assert.equal((await h.get(`/api/v1/contacts?phone=${encodeURIComponent(phone)}`)).body.data.length, 0);
});

test('without consent the receipt is refused with its reason', async () => {
  const { id, phone } = newSale();
  const refused = await h.post(RECEIPT, saleOf(id, phone, { customer: { opt_in: undefined } }));
  assert.deepEqual([refused.status, refused.body.status, refused.body.reason], [200, 'refused', 'no_consent']);
});

test('what can’t be a purchase is refused by its field', async () => {
  const item = { name: 'Espresso', quantity: 1, price: 9.5 };
  const wrong: [changes: Record<string, unknown>, path: RegExp][] = [
    [{ currency: 'XYZ' }, /^currency$/],
    [{ currency: 'lei' }, /^currency$/],
    [{ items: [] }, /^items$/],
    [{ items: [{ ...item, quantity: 0 }] }, /^items\[0\]\.quantity$/],
    [{ items: [{ ...item, quantity: -1 }] }, /^items\[0\]\.quantity$/],
    [{ items: [{ ...item, quantity: '2' }] }, /^items\[0\]\.quantity$/],
    [{ items: [{ ...item, price: '9,50' }] }, /^items\[0\]\.price$/],
    [{ items: Array.from({ length: 1_000 }, () => item) }, /^items$/],
    [{ total: 1e12 }, /^total$/],
    [{ date: '2026-11-21' }, /^date$/],
    [{ transaction_id: `sal_${'0'.repeat(32)}` }, /^transaction_id$/],
  ];
  for (const [changes, path] of wrong)
    for (const place of 'transaction_id' in changes ? [SALES] : [RECEIPT, SALES]) {
      const answer = await h.post(place, saleOf('W-1', phoneOf(9_400), changes));
      assert.equal(answer.status, 422, `${place} ${answer.text}`);
      assert.match(answer.body.error.fields[0].path, path);
    }
});

test('a long list is one line that fits, whatever the goods are called', async () => {
  const { id, phone } = newSale();
  const items = Array.from({ length: 400 }, (_, at) => ({
    name: at === 0 ? 'Ceai\n\tde  tei\u202e' : `Articol nr. ${at} ${'x'.repeat(150)}`,
    quantity: at === 0 ? 0.25 : 1,
    price: 1,
  }));
  const dry = await h.post(RECEIPT, saleOf(id, phone, { items, dry_run: true }));
  const line = dry.body.rendered.body.split('\n\n')[1].replace('Ați cumpărat: ', '') as string;
  assert.match(line, /^0,25 × Ceai de tei, Articol nr\. 1 x+…, .* … \+39\d$/);
  assert.ok(line.length < 320, `${line.length}`);
  assert.equal(dry.body.decision.outcome, 'queue');
});

test('a sale is recorded once: the same again is the same, another one under its number is a conflict', async () => {
  const { id, phone, sale } = await recorded();
  const again = await h.post(SALES, saleOf(id, phone));
  assert.deepEqual([again.status, again.body.id], [200, sale]);
  for (const changes of [
    { total: 1 },
    { customer: { name: 'Zoe' } },
    { items: [{ name: 'x', quantity: 1, price: 1 }] },
  ])
    assert.equal((await h.post(SALES, saleOf(id, phone, changes))).status, 409);
  const racing = newSale();
  const answers = await Promise.all(Array.from({ length: 8 }, () => h.post(SALES, saleOf(racing.id, racing.phone))));
  assert.deepEqual(answers.map(answer => answer.status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
  assert.equal(new Set(answers.map(answer => answer.body.id)).size, 1);
  const proof = (await h.get(`/api/v1/consents/${answers[0]!.body.contact_id}/proof`)).body;
  assert.equal(proof.entries.length, 1, 'what was agreed at the till is recorded once');
  const shown = await saleBy(id);
  assert.deepEqual(shown.customer, { phone, name: 'Ana Pop', customer_id: null, locale: 'ro' });
  assert.deepEqual(shown.total, { amount_micros: 1_061_000_000, currency: 'RON' });
  assert.equal((await saleBy(sale)).transaction_id, id, 'by either id');
  assert.equal((await h.get(`${SALES}/nobody%00`)).status, 404);
});

test('completing sends the receipt and answers as a till expects; the till’s own number does for an id', async () => {
  const { id, phone, sale } = await recorded();
  const answer = await complete(id);
  assert.equal(answer.status, 200, answer.text);
  const { whatsapp_receipt: receipt, ...rest } = answer.body;
  const completed_at = new Date(h.clock.now()).toISOString();
  const expected = {
    message: 'the sale is complete',
    transaction_id: id,
    id: sale,
    completed_at,
    loyalty_update: null,
  };
  assert.deepEqual(rest, expected);
  assert.deepEqual([receipt.success, receipt.status], [true, 'queued']);
  await h.settle();
  assert.equal((await h.get(`/api/v1/messages/${receipt.message_id}`)).body.status, 'delivered');
  assert.equal((await texts(h, phone)).length, 1);
  h.clock.advance(MINUTE_MS);
  const again = (await complete(sale)).body;
  assert.deepEqual([again.completed_at, again.message], [completed_at, 'the sale was complete before']);
  assert.deepEqual(again.whatsapp_receipt, { success: true, message_id: receipt.message_id, status: 'delivered' });
  assert.deepEqual((await saleBy(id)).receipt, { status: 'asked', message_id: receipt.message_id, reason: null });
});

test('twenty completions at once are one completion and one receipt', async () => {
  const { id, phone } = await recorded();
  const answers = await Promise.all(Array.from({ length: 20 }, () => complete(id)));
  assert.ok(answers.every(answer => answer.status === 200 && answer.body.whatsapp_receipt.success === true));
  assert.equal(new Set(answers.map(answer => answer.body.whatsapp_receipt.message_id)).size, 1);
  await h.settle();
  assert.equal((await texts(h, phone)).length, 1);
});

test('nothing is sent where nothing was asked for, or nobody is known; a refused receipt may be asked for again', async () => {
  const silent = await recorded();
  assert.equal((await h.post(`${SALES}/${silent.id}/complete`, undefined)).body.whatsapp_receipt, null);
  const { id } = newSale();
  const unknown = { ...saleOf(id, ''), customer: undefined };
  assert.equal((await h.post(SALES, unknown)).status, 201);
  const nobody = { success: false, message_id: null, status: 'refused', reason: 'no_customer' };
  assert.deepEqual((await complete(id)).body.whatsapp_receipt, nobody);

  const shy = await recorded(h, { customer: { opt_in: undefined } });
  const refused = (await complete(shy.id)).body;
  assert.equal(refused.message, 'the sale is complete');
  assert.deepEqual([refused.whatsapp_receipt.success, refused.whatsapp_receipt.reason], [false, 'no_consent']);
  assert.equal(await tick(), 0, 'a refusal is an answer and is not tried again by itself');
  await h.post('/api/wa/optin', optIn(shy.phone));
  assert.equal((await complete(shy.id)).body.whatsapp_receipt.status, 'queued');
  await h.settle();
  assert.deepEqual([(await texts(h, silent.phone)).length, (await texts(h, shy.phone)).length], [0, 1]);
});

test('a sale completes while WhatsApp answers 500s, and the receipt arrives when it is back', async () => {
  const { id, phone } = await recorded();
  await h.control('/faults', { error_rate: 1 });
  const { body, status } = await complete(id);
  assert.deepEqual([status, body.whatsapp_receipt.status], [200, 'queued']);
  await h.settle();
  assert.equal((await complete(id)).body.whatsapp_receipt.success, true, 'still on its way');
  assert.equal((await texts(h, phone)).length, 0);
  await h.control('/faults', {});
  // After a 500 nobody knows whether the message was taken: silence has to say so first.
  const unknown = "set unknown_at = unknown_at - interval '3 minutes' where state = 'unknown'";
  assert.equal((await h.sql.query(`update message ${unknown}`)).rowCount, 1);
  await rescueTenant(h.app.core, h.tenant, { drainedForMs: HOUR_MS, upForMs: HOUR_MS });
  await h.settle();
  assert.equal((await texts(h, phone)).length, 1);
});

test('a sale completes at once while WhatsApp hangs', async () => {
  const [one, two] = [await recorded(), await recorded()];
  await h.control('/faults', { latency_ms: 1_500 });
  await complete(one.id);
  const settling = h.settle();
  await until('the wire is taken', async () => h.app.dispatcher.inFlight() > 0);
  assert.equal((await complete(two.id)).body.whatsapp_receipt.status, 'queued');
  assert.ok(h.app.dispatcher.inFlight() > 0, 'nobody waited for WhatsApp');
  await settling;
  await h.control('/faults', {});
  await h.settle();
  assert.deepEqual([(await texts(h, one.phone)).length, (await texts(h, two.phone)).length], [1, 1]);
});

test('a sale completes while WhatsApp can’t be reached at all, and the receipt arrives when it can', async () => {
  const { id, phone } = await recorded();
  const address = async (url: string) => {
    await h.sql.query("update sender set account = jsonb_set(account, '{base_url}', to_jsonb($1::text))", [url]);
    await pause(2_100); // what is remembered of a sender
  };
  await address('http://127.0.0.1:9/graph');
  const receipt = (await complete(id)).body.whatsapp_receipt;
  assert.equal(receipt.status, 'queued');
  await h.settle();
  const events = (await h.get(`/api/v1/messages/${receipt.message_id}`)).body.events as { event: string }[];
  assert.ok(
    events.some(event => event.event === 'unreached'),
    JSON.stringify(events),
  );
  await address(`${h.emulator.url}/graph`);
  await h.sql.query("update lane set paused_until = '-infinity'");
  h.clock.advance(10 * MINUTE_MS);
  await h.settle();
  assert.equal((await texts(h, phone)).length, 1);
});

test('whatever breaks while the receipt is asked for, the sale is complete and the receipt comes later', async () => {
  const { id, phone } = await recorded();
  await h.sql.query('alter table business_key rename to business_key_away');
  const { status, body } = await complete(id);
  await h.sql.query('alter table business_key_away rename to business_key');
  assert.equal(status, 200);
  const failed = { success: false, message_id: null, status: 'wanted', reason: 'internal' };
  assert.deepEqual(body.whatsapp_receipt, failed);
  assert.deepEqual((await saleBy(id)).receipt, { status: 'wanted', message_id: null, reason: 'internal' });
  assert.equal((await saleBy(id)).status, 'completed');
  assert.equal(await tick(), 0, 'not at once: what broke a moment ago is still broken');
  await nowDue();
  await h.settle();
  assert.equal((await texts(h, phone)).length, 1);
  assert.equal((await saleBy(id)).receipt.status, 'asked');
});

test('a full queue is told, and the receipt is asked for again when there is room', async () => {
  const till = await openTill({ queueLimit: 1 });
  try {
    const waiting = phoneOf(9_900);
    await till.post('/api/wa/optin', optIn(waiting));
    assert.equal((await till.post('/api/wa/send/confirm', confirmation({ customer: { phone: waiting } }))).status, 202);
    const { id, phone } = await recorded(till);
    await until('the queue is known to be full', async () => {
      const other = await recorded(till);
      return (await complete(other.id, till)).body.whatsapp_receipt.reason === 'too_many_requests';
    });
    const { body } = await complete(id, till);
    assert.deepEqual(body.whatsapp_receipt, {
      success: false,
      message_id: null,
      status: 'wanted',
      reason: 'too_many_requests',
    });
    await until('the receipt has come', async () => {
      await till.settle();
      await nowDue(till);
      return (await texts(till, phone)).length === 1;
    });
  } finally {
    await till.close();
  }
});

test('what a crash left between the sale and its receipt is found by the tick, once, by two workers at once', async () => {
  const left = await Promise.all(Array.from({ length: 5 }, () => recorded()));
  // As the completion writes it, and then the process died.
  await h.sql.query(
    `update pos_sale set status = 'completed', completed_at = $2, receipt = 'wanted',
       receipt_not_before = clock_timestamp() - interval '1 second' where transaction_id = any($1::text[])`,
    [left.map(one => one.id), new Date(h.clock.now()).toISOString()],
  );
  const done = await Promise.all([tick(), tick(), tick()]);
  assert.equal(
    done.reduce((sum, count) => sum + count, 0),
    5,
    'each is taken by one of them',
  );
  await h.settle();
  for (const { phone, id } of left) {
    assert.equal((await texts(h, phone)).length, 1, id);
    assert.equal((await saleBy(id)).receipt.status, 'asked');
  }
});

test('a receipt that nobody wants any more is not sent a day late', async () => {
  const { id, phone } = await recorded();
  await h.post(`${SALES}/${id}/complete`, undefined);
  h.clock.advance(DAY_MS + MINUTE_MS);
  assert.equal((await complete(id)).body.whatsapp_receipt.reason, 'expired');
  await h.settle();
  assert.deepEqual(await texts(h, phone), []);
});

test('a sale is its tenant’s alone; without a sender it completes all the same', async () => {
  const { id, sale } = await recorded();
  const { tenant } = await ensureTenant(h.app.core, { slug: 'other', name: 'Other' });
  const key = await createKey(h.app.core, tenant, 'test', ['*']);
  for (const name of [id, sale]) {
    assert.equal((await h.get(`${SALES}/${name}`, { key })).status, 404);
    assert.equal((await h.post(`${SALES}/${name}/complete`, undefined, { key })).status, 404);
  }
  const own = await h.post(SALES, saleOf(id, phoneOf(9_901)), { key });
  assert.equal(own.status, 201, 'the same number is another till’s sale');
  const completed = await h.post(`${SALES}/${id}/complete?send_whatsapp=true`, undefined, { key });
  assert.equal(completed.status, 200, completed.text);
  assert.equal(completed.body.whatsapp_receipt.reason, 'template_missing');
  assert.deepEqual([(await saleBy(sale)).status, (await saleBy(id)).status], ['open', 'open']);
  const reader = await createKey(h.app.core, tenant, 'reads', ['sales:read']);
  assert.equal((await h.get(`${SALES}/${id}`, { key: reader })).status, 200);
  assert.equal((await h.post(`${SALES}/${id}/complete`, undefined, { key: reader })).status, 403);
});

test('an Idempotency-Key replays the first answer to the byte, of a sale, its completion and a receipt', async () => {
  const { id, phone } = newSale();
  const body = saleOf(id, phone);
  const calls: [path: string, body: unknown][] = [
    [SALES, body],
    [`${SALES}/${id}/complete?send_whatsapp=true`, undefined],
    [RECEIPT, saleOf(`${id}-R`, phone)],
  ];
  for (const [path, said] of calls) {
    const options = { headers: { 'idempotency-key': `till ${path}`.replaceAll(' ', '-') } };
    const first = await h.post(path, said, options);
    assert.ok(first.status < 300, first.text);
    await h.settle();
    const replayed = await h.post(path, said, options);
    assert.deepEqual([replayed.status, replayed.text], [first.status, first.text]);
    assert.equal(replayed.headers.get('idempotent-replayed'), 'true');
  }
  const { rows } = await h.sql.query<{ body: string }>('select body from idempotency_key where key like $1', ['till%']);
  assert.equal(rows.length, 3);
  assert.ok(
    rows.every(row => !row.body.includes(phone)),
    'what is kept for thirty days names nobody',
  );
});
