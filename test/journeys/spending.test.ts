/** Money before it is spent: estimates, budgets, the prepaid balance and its ledger, whatever becomes of the messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proveLedger, settleReservations } from '#core/index.ts';
import { admit } from '../../src/core/messages/admit.ts';
import { FIRST_ID } from '../../src/core/paging.ts';
import { PNID } from '../harness.ts';
import { command, confirmation, optIn, phoneOf } from '../make.ts';
import { balance, books, credit, PRICE, send, tenantWith } from '../purse.ts';

test('every decision says what the message will cost, and the figures add it up', async () => {
  const h = await tenantWith({});
  const dry = await h.post('/api/wa/send/confirm', {
    ...confirmation({ customer: { phone: '+40712345601' } }),
    dry_run: true,
  });
  assert.deepEqual(dry.body.decision.estimated_cost, { amount_micros: PRICE, currency: 'EUR' });
  const sent = await send(h, '+40712345601');
  assert.deepEqual(sent.body.decision.estimated_cost, { amount_micros: PRICE, currency: 'EUR' });
  const abroad = await send(h, '+12025550101');
  assert.equal(abroad.body.decision.estimated_cost, null, 'nobody knows');
  const { body } = await h.get(`/api/v1/messages/${sent.body.message_id}`);
  assert.deepEqual(body.cost, { estimated: { amount_micros: PRICE, currency: 'EUR' }, actual: null });
  await h.settle();
  const { cost } = (await h.get('/api/wa/stats/default')).body;
  assert.deepEqual([cost.estimated.amount_micros, cost.actual.amount_micros, cost.unpriced], [PRICE, PRICE, 1]);
  assert.deepEqual((await h.sql.query('select 1 from reservation')).rows, [], 'without a limit nothing is put aside');
});

test('two hundred at once against money for a hundred: exactly a hundred go, and every micro is accounted for', async () => {
  const h = await tenantWith({ prepaid: true });
  assert.equal((await credit(h, 100 * PRICE)).body.credited, true);
  // Of the platform's: 80 a second would hold some of them back.
  await h.control(`/numbers/${PNID}`, { throughput: 1_000 });
  const phones = Array.from({ length: 200 }, (_, index) => phoneOf(index));
  await Promise.all(phones.map(phone => h.post('/api/wa/optin', optIn(phone))));
  // Half by way of the service, which gathers them; half each in a transaction of its own.
  const byService = phones.slice(0, 100).map(async phone => {
    // A busy machine answers 503 and has done nothing: whoever asked asks again.
    for (;;) {
      const answer = await send(h, phone);
      if (answer.status !== 503) return answer.body.status;
    }
  });
  const alone = phones.slice(100).map(async (phone, index) => {
    for (;;) {
      const asked = admit(h.app.core, h.tenant, [command(phone, { reference: `R-${index}` })]);
      const [admission] = await asked.catch((error: { code?: string }) => {
        if (error.code !== 'unavailable') throw error;
        return [];
      });
      if (admission) return admission.kind;
    }
  });
  const outcomes = await Promise.all([...byService, ...alone]);
  assert.equal(outcomes.filter(outcome => outcome === 'queued').length, 100);
  assert.equal(outcomes.filter(outcome => outcome === 'refused').length, 100);
  assert.deepEqual(await books(h), {
    free: 0,
    reserved: 100 * PRICE,
    sum: 0,
    least: 0,
    entries: 101,
    held: 100 * PRICE,
    releases: 0,
  });
  const { rows } = await h.sql.query("select reason, count(*)::int from message where state = 'refused' group by 1");
  assert.deepEqual(rows, [{ reason: 'balance_exhausted', count: 100 }]);
  await h.settle();
  const done = await books(h);
  assert.deepEqual([done.free, done.reserved, done.entries], [0, 0, 201], 'a hundred arrived, each settled once');
});

test('what ends without arriving gives its money back, once, however often and at once it is looked at', async () => {
  const h = await tenantWith({ prepaid: true });
  await credit(h, 10 * PRICE);
  const message = async (phone: string) => (await send(h, phone)).body.message_id as string;
  const cancelled = await message('+40712345611');
  await h.post(`/api/v1/messages/${cancelled}/cancel`, undefined);
  const withdrawn = await message('+40712345612');
  await h.post('/api/wa/optin', optIn('+40712345612', { status: 'opt_out' }));
  const failing = await message('+40712345613');
  const arriving = await message('+40712345614');
  const asUuid = (id: string) => id.slice(4).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  await h.sql.query("update message set state = 'failed', failed_at = $2 where id = $1", [
    asUuid(failing),
    new Date(h.clock.now()),
  ]);
  assert.equal((await books(h)).reserved, 4 * PRICE);
  await h.settle();
  const ticks = () => Array.from({ length: 6 }, () => settleReservations(h.app.core, h.tenant, FIRST_ID));
  await Promise.all(ticks());
  await Promise.all(ticks());
  const found = await books(h);
  assert.deepEqual([found.free, found.reserved, found.releases], [9 * PRICE, 0, 3]);
  const status = async (id: string) => (await h.get(`/api/v1/messages/${id}`)).body.status;
  assert.deepEqual(await Promise.all([cancelled, withdrawn, failing, arriving].map(status)), [
    'cancelled',
    'refused',
    'failed',
    'delivered',
  ]);

  // A receipt that proves the failure wrong is charged after all.
  await h.sql.query("update message set state = 'delivered', delivered_at = $2, actual_micros = $3 where id = $1", [
    asUuid(failing),
    new Date(h.clock.now()),
    PRICE,
  ]);
  await h.settle();
  assert.deepEqual([(await books(h)).free, (await books(h)).releases], [8 * PRICE, 3]);
  const { data } = await balance(h);
  const story = data.filter((entry: { message_id: string }) => entry.message_id === failing);
  assert.deepEqual(
    story.map((entry: { kind: string }) => entry.kind),
    ['settle', 'release', 'reserve'],
  );
});

test('a dead letter is sent again only if there is money for it', async () => {
  const h = await tenantWith({ prepaid: true });
  await credit(h, PRICE);
  const first = (await send(h, '+40712345621')).body.message_id;
  await h.sql.query("update message set state = 'dead'");
  await h.settle();
  assert.equal((await books(h)).free, PRICE, 'given back');
  const second = await send(h, '+40712345622');
  assert.equal(second.status, 202);
  const refused = await h.post(`/api/wa/dead-letters/default/${first}/requeue`, undefined);
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'conflict']);
  const many = await h.post('/api/wa/dead-letters/default/requeue', { ids: [first, first] });
  assert.deepEqual(many.body, { requeued: 0, message_ids: [] });
  await credit(h, PRICE, 'second');
  assert.equal((await h.post(`/api/wa/dead-letters/default/${first}/requeue`, undefined)).status, 202);
  assert.deepEqual([(await books(h)).free, (await books(h)).reserved], [0, 2 * PRICE]);
  await h.settle();
  assert.deepEqual([(await books(h)).free, (await books(h)).reserved], [0, 0]);
});

test('what costs other than was thought is settled at what it cost', async () => {
  const h = await tenantWith({ prepaid: true });
  await credit(h, 5 * PRICE);
  const phone = '+40712345631';
  await send(h, phone);
  await h.control(`/phones/${phone}/messages`, { text: 'I saw your ad', referral: { source_type: 'ad' } });
  assert.equal((await books(h)).reserved, PRICE);
  await h.settle();
  assert.deepEqual(
    [(await books(h)).free, (await books(h)).reserved],
    [5 * PRICE, 0],
    'it was free: they came by an ad',
  );
  const { data } = await balance(h);
  assert.deepEqual(
    data.map((entry: { kind: string; amount: { amount_micros: number } }) => [entry.kind, entry.amount.amount_micros]),
    [
      ['settle', PRICE],
      ['reserve', -PRICE],
      ['credit', 5 * PRICE],
    ],
  );
});

test('a credit counts once for each reference, in the account’s currency', async () => {
  const h = await tenantWith({ prepaid: true });
  assert.deepEqual((await credit(h, 500)).body, {
    currency: 'EUR',
    balance: { amount_micros: 500, currency: 'EUR' },
    reserved: { amount_micros: 0, currency: 'EUR' },
    credited: true,
  });
  const [again, others] = await Promise.all([
    credit(h, 500),
    Promise.all(Array.from({ length: 5 }, () => credit(h, 7, 'race'))),
  ]);
  assert.equal(again.body.credited, false);
  assert.equal(others.filter(answer => answer.body.credited).length, 1);
  assert.equal((await books(h)).free, 507);
  assert.equal((await credit(h, 600)).status, 409, 'another amount under the same name');
  assert.equal((await credit(h, 500, 'x', 'USD')).status, 422);
  assert.equal((await credit(h, 0, 'x')).status, 422);
  const page = (await h.get('/api/wa/balance/default?limit=1')).body;
  assert.deepEqual([page.data.length, page.data[0].reference], [1, 'race']);
  assert.equal(
    (await h.get(`/api/wa/balance/default?limit=1&cursor=${page.next_cursor}`)).body.data[0].reference,
    'first',
  );
});

test('the currency does not change under money that is being put aside in this moment', async () => {
  const h = await tenantWith({ budgets: { hard: { per: 'month', amount_micros: 3 * PRICE, hard: true } } });
  await send(h, phoneOf(99));
  await h.settle();
  await h.sql.query('update balance set free_micros = 0, reserved_micros = 0');
  // Somebody who holds the lock, as every gate does, and is about to commit.
  const gate = await h.connect();
  await gate.query('begin');
  await gate.query('update balance set reserved_micros = 7');
  const changing = h.patch('/api/v1/settings', { currency: 'USD' });
  const waiting = () =>
    h.sql.query("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
  const until = performance.now() + 5_000;
  while ((await waiting()).rowCount === 0 && performance.now() < until)
    await new Promise(resolve => setTimeout(resolve, 10));
  await gate.query('commit');
  const answer = await changing;
  assert.equal(answer.status, 409, answer.text);
});

test('a hard budget refuses what no longer fits, a soft one makes it wait for tomorrow', async () => {
  const h = await tenantWith({
    timezone: 'Europe/Bucharest',
    budgets: {
      hard: { per: 'month', amount_micros: 3 * PRICE, hard: true },
      daily: { per: 'day', amount_micros: 2 * PRICE },
    },
  });
  const answers = [];
  for (let index = 0; index < 5; index += 1) answers.push(await send(h, phoneOf(100 + index)));
  assert.deepEqual(
    answers.map(({ body }) => [body.status, body.decision.outcome, body.reason ?? null]),
    [
      ['queued', 'queue', null],
      ['queued', 'queue', null],
      ['queued', 'later', null],
      ['refused', 'refuse', 'budget_exhausted'],
      ['refused', 'refuse', 'budget_exhausted'],
    ],
  );
  assert.equal(answers[2]!.body.decision.not_before, '2026-11-21T22:00:00.000Z', 'midnight in Bucharest');
  const used = async () =>
    Object.fromEntries(
      (await h.get('/api/v1/budgets')).body.data.map((one: { name: string; used: { amount_micros: number } }) => [
        one.name,
        one.used.amount_micros / PRICE,
      ]),
    );
  assert.deepEqual(await used(), { daily: 2, hard: 3 });
  await h.settle();
  h.clock.advance(14 * 3_600_000);
  await h.settle();
  const { rows } = await h.sql.query('select state, count(*)::int from message group by 1 order by 1');
  assert.deepEqual(rows, [
    { state: 'delivered', count: 3 },
    { state: 'refused', count: 2 },
  ]);
  assert.deepEqual(await used(), { daily: 1, hard: 3 }, 'the one that waited counts tomorrow');
});

test('what was queued before there was a limit pays at the gate, or does not leave', async () => {
  const h = await tenantWith({});
  for (let index = 0; index < 4; index += 1) await send(h, phoneOf(200 + index));
  await h.patch('/api/v1/settings', { prepaid: true });
  await credit(h, 3 * PRICE);
  await h.settle();
  const { rows } = await h.sql.query('select state, reason, count(*)::int from message group by 1, 2 order by 1');
  assert.deepEqual(rows, [
    { state: 'delivered', reason: null, count: 3 },
    { state: 'refused', reason: 'balance_exhausted', count: 1 },
  ]);
  assert.deepEqual([(await books(h)).free, (await books(h)).reserved], [0, 0]);
});

test('a ledger that does not add up is found', async () => {
  const h = await tenantWith({ prepaid: true });
  for (let index = 0; index < 5; index += 1) await credit(h, 100, `credit ${index}`);
  assert.deepEqual(await proveLedger(h.app.core, h.tenant), { proven: 5, wrong: undefined });
  assert.deepEqual(await proveLedger(h.app.core, h.tenant), { proven: 0, wrong: undefined }, 'once for each entry');
  await credit(h, 100, 'one more');
  await h.sql.query('update balance_entry set amount_micros = 90 where seq = 6');
  assert.deepEqual(await proveLedger(h.app.core, h.tenant), { proven: 0, wrong: 6 });
  await h.sql.query('update balance_entry set amount_micros = 100 where seq = 6');
  await h.sql.query('update balance set free_micros = free_micros + 1');
  assert.deepEqual(await proveLedger(h.app.core, h.tenant), { proven: 0, wrong: 6 });
  assert.equal((await credit(h, 100, 'after that')).status, 200);
  assert.equal((await proveLedger(h.app.core, h.tenant)).wrong, 7, 'it stays wrong, where the row and the ledger part');
});

test('without a price there is no prepaid message, and no currency that is none', async () => {
  const h = await tenantWith({ prepaid: true });
  await credit(h, 100 * PRICE);
  const abroad = await send(h, '+12025550102');
  assert.equal(abroad.body.reason, 'balance_exhausted');
  assert.match(abroad.body.decision.trace.at(-1).detail, /import the provider’s EUR rate card/);
  assert.equal((await h.patch('/api/v1/settings', { currency: 'LEI' })).status, 422);
});

test('what is asked for twice takes no money twice: in one batch, and in thirty calls at once', async () => {
  const h = await tenantWith({ prepaid: true });
  await credit(h, 3 * PRICE);
  const two = [command(phoneOf(1), { reference: 'A' }), command(phoneOf(2), { reference: 'B' })];
  const kinds = async (...commands: Parameters<typeof admit>[2][number][]) =>
    (await admit(h.app.core, h.tenant, commands)).map(one => one.kind);
  assert.deepEqual(await kinds(...two), ['queued', 'queued']);
  const third = command(phoneOf(3), { reference: 'C' });
  assert.deepEqual(await kinds(...two, third, { ...third }), ['duplicate', 'duplicate', 'queued', 'duplicate']);
  await credit(h, 2 * PRICE, 'more');
  await h.post('/api/wa/optin', optIn(phoneOf(4)));
  await h.post('/api/wa/optin', optIn(phoneOf(5)));
  const ask = (id: string, phone: string) =>
    h.post('/api/wa/send/confirm', confirmation({ order: { id }, customer: { phone } }));
  const answers = await Promise.all([
    ...Array.from({ length: 30 }, () => ask('T-1', phoneOf(4))),
    ask('T-2', phoneOf(5)),
  ]);
  assert.equal(answers.at(-1)!.body.status, 'queued', answers.at(-1)!.text);
  assert.equal((await books(h)).free, 0);
});

test('a dry run of what was asked for already says so, and strangers of one batch share no cap', async () => {
  const h = await tenantWith({ caps: { order_confirm: [{ most: 1, per: 'P1D' }] } });
  const dry = [command(phoneOf(11), { dryRun: true }), command(phoneOf(12), { dryRun: true })];
  const outcomes = (await admit(h.app.core, h.tenant, dry)).map(one => one.kind === 'dry' && one.decision.outcome);
  assert.deepEqual(outcomes, ['queue', 'queue']);
  const phone = phoneOf(13);
  await h.post('/api/wa/optin', optIn(phone));
  const order = confirmation({ order: { id: 'D-1' }, customer: { phone } });
  const sent = await h.post('/api/wa/send/confirm', order);
  const tried = await h.post('/api/wa/send/confirm', { ...order, dry_run: true });
  assert.equal(tried.body.dry_run, true);
  assert.equal(tried.body.duplicate, true);
  assert.equal(tried.body.message_id, sent.body.message_id);
  assert.equal('differs' in tried.body, false);
});
