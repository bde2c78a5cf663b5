/** What messages cost, from the outside: prices before, amounts after, the provider's bill beside them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness, PNID } from '../harness.ts';
import { command, confirmation, optIn, phoneOf } from '../make.ts';
import { deliver, envelope } from '../meta-webhooks.ts';

let h: Harness;
before(async () => {
  h = await harness();
  await setCurrency(h, 'EUR');
});
after(() => h.close());

const setCurrency = (on: Harness, currency: string) =>
  on.sql.query("update tenant set settings = settings || jsonb_build_object('currency', $1::text)", [currency]);

async function send(on: Harness, phone: string, id: string): Promise<string> {
  await on.post('/api/wa/optin', optIn(phone));
  const answer = await on.post('/api/wa/send/confirm', confirmation({ order: { id }, customer: { phone } }));
  assert.equal(answer.status, 202, answer.text);
  return answer.body.message_id;
}

const costOf = async (on: Harness, id: string) => (await on.get(`/api/v1/messages/${id}`)).body;
const stats = async (on: Harness) => (await on.get('/api/wa/stats/default')).body.cost;

test('a message that arrived costs what its market’s rate says, and the figures are the sum of such', async () => {
  const before = await stats(h);
  const ids = [await send(h, '+40712345601', 'M-1'), await send(h, '+40712345602', 'M-2')];
  const poland = await send(h, '+48512345603', 'M-3');
  await h.settle();
  for (const id of ids) {
    const message = await costOf(h, id);
    assert.deepEqual(message.cost.actual, { amount_micros: 23_900, currency: 'EUR' });
    assert.deepEqual(message.charged_as, { category: 'utility', type: 'regular', market: 'Romania' });
  }
  assert.deepEqual((await costOf(h, poland)).cost.actual, { amount_micros: 10_100, currency: 'EUR' });
  const listed = (await h.get('/api/wa/messages/default?limit=1')).body.data[0];
  assert.deepEqual(listed.cost.actual, { amount_micros: 10_100, currency: 'EUR' });
  const now = await stats(h);
  assert.equal(now.actual.amount_micros - (before.actual?.amount_micros ?? 0), 57_900);
  assert.deepEqual(
    [now.currency, now.unpriced, now.per_message],
    ['EUR', 0, { amount_micros: 19_300, currency: 'EUR' }],
  );
});

test('a price that nobody knows is null and counted, and becomes known with a card', async () => {
  const own = await harness();
  await setCurrency(own, 'EUR');
  const id = await send(own, '+12025550123', 'U-1');
  await own.settle();
  assert.equal((await costOf(own, id)).cost.actual, null);
  assert.deepEqual((await costOf(own, id)).charged_as, {
    category: 'utility',
    type: 'regular',
    market: 'North America',
  });
  assert.deepEqual((await stats(own)).unpriced, 1);
  const asked = (await own.get('/api/v1/rates/price?to=%2B12025550123&category=utility')).body;
  assert.equal(asked.price, null);
  assert.match(asked.reason, /import the provider’s EUR rate card/);

  const card = {
    effective_from: '2026-10-01',
    source: 'test',
    csv: 'Market,Currency,Marketing,Utility\nNorth America,EUR,0.0207,0.0028\n',
  };
  const imported = await own.post('/api/v1/rates/import', card);
  assert.deepEqual([imported.status, imported.body], [200, { rates: 2, added: 2, changed: 0 }]);
  await own.settle();
  assert.deepEqual((await costOf(own, id)).cost.actual, { amount_micros: 2_800, currency: 'EUR' });
  const cost = await stats(own);
  assert.deepEqual([cost.actual.amount_micros, cost.unpriced], [2_800, 0]);
  const { body } = await own.get('/api/v1/rates/reconciliation?from=2026-11-21&to=2026-11-21');
  assert.deepEqual(
    body.data.map((row: { accrued: unknown }) => row.accrued),
    [{ messages: 1, charged: 1, unpriced: 0, amount: { amount_micros: 2_800, currency: 'EUR' } }],
  );
  assert.equal((await own.get('/api/v1/rates/price?to=%2B12025550123&category=utility')).body.rate.origin, 'imported');
  await own.close();
});

test('a card is imported whole or not at all, and said again it changes nothing', async () => {
  const csv = 'Market,Currency,Marketing,Utility\nSpain,GBP,0.05,0.01\nAtlantis,GBP,0.05,0.01\nPoland,GBP,cheap,0.01\n';
  const body = { effective_from: '2026-10-01', source: 'test', csv };
  const refused = await h.post('/api/v1/rates/import', body);
  assert.equal(refused.status, 422);
  assert.deepEqual(
    refused.body.error.fields.map((field: { path: string }) => field.path),
    ['csv[3].market', 'csv[4].marketing'],
  );
  assert.deepEqual((await h.get('/api/v1/rates?currency=GBP')).body.data, []);
  const good = { ...body, csv: csv.replace('Atlantis', 'Hungary').replace('cheap', '0.05') };
  assert.deepEqual((await h.post('/api/v1/rates/import', good)).body, { rates: 6, added: 6, changed: 0 });
  assert.deepEqual((await h.post('/api/v1/rates/import', good)).body, { rates: 6, added: 0, changed: 0 });
  const dearer = { ...good, csv: good.csv.replace('Spain,GBP,0.05', 'Spain,GBP,0.06'), source: 'corrected' };
  assert.deepEqual((await h.post('/api/v1/rates/import', dearer)).body, { rates: 6, added: 0, changed: 1 });
  const { data } = (await h.get('/api/v1/rates?currency=GBP&market=spain&category=marketing')).body;
  assert.deepEqual(data, [
    {
      market: 'Spain',
      category: 'marketing',
      amount: { amount_micros: 60_000, currency: 'GBP' },
      effective_from: '2026-10-01',
      from_messages: 0,
      source: 'corrected',
      origin: 'imported',
    },
  ]);
  const earlier = (await h.get('/api/v1/rates?currency=GBP&at=2026-09-30T12:00:00Z')).body;
  assert.deepEqual([earlier.day, earlier.data], ['2026-09-30', []], 'not before its day');
});

test('the rates of the account’s currency are listed with day and source', async () => {
  const { body } = await h.get('/api/v1/rates?category=utility');
  assert.equal(body.currency, 'EUR');
  const romania = body.data.find((row: { market: string }) => row.market === 'Romania');
  assert.deepEqual(
    [romania.amount.amount_micros, romania.effective_from, romania.origin],
    [23_900, '2026-07-01', 'built_in'],
  );
  assert.equal((await h.get('/api/v1/rates?market=nowhere')).status, 422);
});

/** Orders on their way whose receipts the test itself delivers. */
async function underway(on: Harness, count: number): Promise<string[]> {
  await on.control('/faults', { drop_webhooks: true });
  for (let index = 0; index < count; index += 1) await send(on, phoneOf(index), `W-${index}`);
  await on.settle();
  const { rows } = await on.sql.query<{ provider_id: string }>(
    "select m.provider_id from message m join message_content b on b.message_id = m.id where b.reference like 'W-%' order by b.reference",
  );
  return rows.map(row => row.provider_id);
}

const books = async (on: Harness) => ({
  messages: (
    await on.sql.query(
      'select state, price_at, price_category, price_type, price_market, price_micros, actual_micros, currency from message order by id',
    )
  ).rows,
  stats: await stats(on),
  days: (await on.get('/api/v1/rates/reconciliation?from=2026-11-21&to=2026-11-22')).body,
});

const pricing = (category: string, type: string) => ({
  pricing: { billable: true, pricing_model: 'PMP', type, category },
});

test('receipts are booked once, in whatever order and number they come, and only for what arrived', async () => {
  const own = await harness();
  await setCurrency(own, 'EUR');
  const ids = await underway(own, 5);
  const at = Math.floor(own.clock.now() / 1000);
  const status = (index: number, name: string, offset: number, extra = {}) => ({
    id: ids[index],
    status: name,
    timestamp: String(at + offset),
    recipient_id: phoneOf(index).slice(1),
    ...extra,
  });
  const statuses = [
    // Twice the same word.
    status(0, 'sent', 1, pricing('utility', 'regular')),
    status(0, 'delivered', 2, pricing('utility', 'regular')),
    // Only the first receipt names a price; only the last does.
    status(1, 'sent', 1, pricing('utility', 'regular')),
    status(1, 'read', 9),
    status(2, 'sent', 1),
    status(2, 'delivered', 2, pricing('utility', 'free_customer_service')),
    // Two words in one message: the earlier holds. And in one second: the one that sorts first.
    status(3, 'sent', 1, pricing('marketing', 'regular')),
    status(3, 'delivered', 1, pricing('marketing', 'free_entry_point')),
    // It left, was priced, and never arrived: nothing is owed.
    status(4, 'sent', 1, pricing('utility', 'regular')),
    status(4, 'failed', 3, { errors: [{ code: 131026, title: 'x' }] }),
  ];
  for (const one of statuses) assert.equal((await deliver(own, envelope({ statuses: [one] }))).status, 200);
  await own.settle();
  const booked = await books(own);
  assert.deepEqual(
    booked.messages.map(row => (row.actual_micros === null ? null : Number(row.actual_micros))),
    [23_900, 23_900, 0, 0, null],
  );
  assert.deepEqual([booked.stats.actual.amount_micros, booked.stats.per_message.amount_micros], [47_800, 11_950]);
  assert.deepEqual(booked.days.totals.accrued.amount_micros, 47_800);

  // The same in another order, one by one and in one body, and all of it twice.
  const other = await harness();
  await setCurrency(other, 'EUR');
  const theirs = await underway(other, 5);
  const mapped = statuses.map(one => ({ ...one, id: theirs[ids.indexOf(one.id!)] }));
  const order = [7, 9, 3, 5, 1, 8, 6, 4, 2, 0];
  for (const index of order) {
    await deliver(other, envelope({ statuses: [mapped[index]!] }));
    await other.settle();
  }
  assert.deepEqual(await books(other), booked);
  await deliver(other, envelope({ statuses: mapped.toReversed() }));
  await deliver(other, envelope({ statuses: [...mapped, ...mapped] }));
  await other.settle();
  assert.deepEqual(await books(other), booked, 'repeated, it is booked no second time');
  // Folded into days and hours it is the same.
  for (const worker of other.app.workers) if (['stats', 'costs'].includes(worker.name)) await worker.tick();
  const { rows } = await other.sql.query(
    'select (select count(*) from cost_delta)::int as deltas, (select count(*) from stat_delta)::int as counts',
  );
  assert.deepEqual(rows, [{ deltas: 0, counts: 0 }]);
  assert.deepEqual(await books(other), booked);
  await own.close();
  await other.close();
});

test('the bill is entered and compared with what was accrued', async () => {
  const line = { day: '2026-11-21', country: 'RO', category: 'UTILITY', messages: 2, amount_micros: 46_000 };
  const bill = { currency: 'EUR', source: 'pricing_analytics', lines: [line] };
  assert.equal((await h.post('/api/v1/rates/bills', bill)).status, 200);
  assert.equal((await h.post('/api/v1/rates/bills', bill)).status, 200, 'said again it is the same line');
  const { body } = await h.get('/api/v1/rates/reconciliation?from=2026-11-21&to=2026-11-21');
  const romania = body.data.find((row: { market: string }) => row.market === 'Romania');
  assert.deepEqual(romania, {
    day: '2026-11-21',
    market: 'Romania',
    category: 'utility',
    currency: 'EUR',
    accrued: { messages: 2, charged: 2, unpriced: 0, amount: { amount_micros: 47_800, currency: 'EUR' } },
    billed: { messages: 2, amount: { amount_micros: 46_000, currency: 'EUR' } },
    difference: { amount_micros: -1_800, currency: 'EUR' },
  });
  const lite = { ...line, category: 'MARKETING_LITE_DYNAMIC', messages: 0, amount_micros: 0 };
  const words = [lite, { ...lite, category: 'GROUP_UTILITY' }];
  assert.equal((await h.post('/api/v1/rates/bills', { ...bill, lines: words })).status, 200);
  const foreign = await h.post('/api/v1/rates/bills', { ...bill, currency: 'USD' });
  assert.match(foreign.body.error.message, /billed in EUR/);
  const tomorrow = await h.post('/api/v1/rates/bills', { ...bill, lines: [{ ...line, day: '2099-01-01' }] });
  assert.equal(tomorrow.body.error.fields[0].path, 'lines[0].day');
  const twice = await h.post('/api/v1/rates/bills', { ...bill, lines: [line, line] });
  assert.deepEqual([twice.status, twice.body.error.fields[0].path], [422, 'lines[1]']);
  assert.equal((await h.get('/api/v1/rates/reconciliation?from=2026-11-21&to=2026-11-20')).status, 422);
  assert.equal((await h.get('/api/v1/rates/reconciliation?from=2026-01-01&to=2026-11-20')).status, 422);
});

test('replies are free up to the month’s allowance and charged beyond it, and the forecast knows how many are left', async () => {
  const own = await harness();
  await setCurrency(own, 'EUR');
  const phone = '+40712345610';
  const reply = async () => {
    const text = { kind: 'text' as const, text: 'Of course' };
    const sent = await own.app.core.send(own.tenant, command(phone, { purpose: 'reply', content: text }));
    assert.equal(sent.kind, 'queued');
    await own.settle();
    const id = sent.kind === 'queued' ? sent.messageId : '';
    return (await own.get(`/api/v1/messages/${id}`)).body;
  };
  await own.control(`/phones/${phone}/messages`, { text: 'Is it still on?' });
  await own.settle();
  await own.control(`/numbers/${PNID}`, { free_replies: 1 });
  const [free, charged] = [await reply(), await reply()];
  assert.deepEqual([free.cost.actual.amount_micros, free.charged_as.type], [0, 'free_customer_service']);
  assert.deepEqual([charged.cost.actual.amount_micros, charged.charged_as.type], [23_900, 'regular']);
  const price = (await own.get(`/api/v1/rates/price?to=${encodeURIComponent(phone)}&category=service`)).body;
  assert.deepEqual(
    [price.price.amount_micros, price.rule, price.allowance],
    [0, 'free_customer_service', { per_month: 1_000, used: 2 }],
  );
  await own.close();
});

test('the price of one message is asked by number or scoped id, by day, window and entry point', async () => {
  const price = async (query: string) => (await h.get(`/api/v1/rates/price?to=%2B40712345678&${query}`)).body;
  assert.deepEqual((await price('category=marketing')).price, { amount_micros: 71_200, currency: 'EUR' });
  assert.equal((await price('category=marketing')).rate.source.length > 10, true);
  assert.equal((await price('category=utility&window=open')).price.amount_micros, 23_900);
  assert.equal((await price('category=utility&window=open&at=2026-09-30T12:00:00Z')).rule, 'free_customer_service');
  assert.equal((await price('category=marketing&entry_point=true')).rule, 'free_entry_point');
  const scoped = (await h.get('/api/v1/rates/price?to=PL.13491208655302741918&category=utility')).body;
  assert.deepEqual([scoped.market, scoped.price.amount_micros], ['Poland', 10_100]);
  assert.equal((await h.get('/api/v1/rates/price?to=nobody&category=utility')).status, 422);
});
