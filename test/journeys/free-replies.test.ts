/** What costs nothing: the month's free replies, the days after an ad, and who may count on them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settleReservations } from '#core/index.ts';
import { HOUR_MS } from '#lib/clock.ts';
import { FIRST_ID } from '../../src/core/paging.ts';
import { PNID } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { deliver, envelope, status } from '../meta-webhooks.ts';
import { books, credit, PRICE, send, tenantWith } from '../purse.ts';

test('the last free reply of the month is one person’s: the others are paid for or not sent', async () => {
  const h = await tenantWith({ prepaid: true });
  await h.control(`/numbers/${PNID}`, { free_replies: 2 });
  await credit(h, PRICE);
  await h.sql.query(
    `insert into cost_delta (tenant_id, day, sender_id, market, category, currency, messages, charged, micros)
     select tenant_id, '2026-11-10', id, 'Romania', 'service', 'EUR', 998, 0, 0 from sender where tenant_id = $1`,
    [h.tenant],
  );
  const phones = Array.from({ length: 6 }, (_, index) => phoneOf(20 + index));
  for (const phone of phones) await h.control(`/phones/${phone}/messages`, { text: 'hello' });
  await h.settle();
  const reply = (phone: string) => h.post('/api/v1/messages', { to: { phone }, text: 'hi' });
  const answers = [await reply(phones[0]!), ...(await Promise.all(phones.slice(1).map(reply)))];
  const costs = answers
    .filter(one => one.body.status === 'queued')
    .map(one => one.body.decision.estimated_cost.amount_micros)
    .sort((a, b) => a - b);
  assert.deepEqual(costs, [0, 0, PRICE]);
  assert.equal(answers.filter(one => one.body.reason === 'balance_exhausted').length, 3);
  await h.settle();
  await settleReservations(h.app.core, h.tenant, FIRST_ID);
  const { free, held } = await books(h);
  assert.deepEqual([free, held], [0, 0]);
});

test('who came by an ad is written to for free as long as the platform says, and the currency stays while there is money', async () => {
  const h = await tenantWith({ prepaid: true });
  await credit(h, PRICE);
  const other = await h.patch('/api/v1/settings', { currency: 'USD' });
  assert.equal(other.status, 409, other.text);
  const phone = '+40712345632';
  await h.post('/api/wa/optin', optIn(phone));
  await h.control(`/phones/${phone}/messages`, { text: 'I saw your ad', referral: { source_type: 'ad' } });
  await h.settle();
  const estimate = async () =>
    (await h.post('/api/wa/send/confirm', { ...confirmation({ customer: { phone } }), dry_run: true })).body.decision
      .estimated_cost.amount_micros;
  assert.equal(await estimate(), 0, 'an answer within the day is free');
  await send(h, phone);
  await h.settle();
  h.clock.advance(71 * HOUR_MS);
  assert.equal(await estimate(), 0, 'and three days from it everything is');
  h.clock.advance(2 * HOUR_MS);
  assert.equal(await estimate(), PRICE);
});

test('a free reply that failed and is put back counts on the last free one: the next person’s is to be paid for', async () => {
  const h = await tenantWith({ prepaid: true });
  await h.sql.query(
    `insert into cost_delta (tenant_id, day, sender_id, market, category, currency, messages, charged, micros)
     select tenant_id, '2026-11-10', id, 'Romania', 'service', 'EUR', 999, 0, 0 from sender where tenant_id = $1`,
    [h.tenant],
  );
  const [one, two] = [phoneOf(20), phoneOf(21)];
  for (const phone of [one, two]) await h.control(`/phones/${phone}/messages`, { text: 'hello' });
  await h.settle();
  const reply = (phone: string) => h.post('/api/v1/messages', { to: { phone }, text: 'hi' });
  await h.control('/faults', { drop_webhooks: true });
  const id = (await reply(one)).body.message_id;
  await h.settle();
  const { provider_id } = (await h.get(`/api/v1/messages/${id}`)).body;
  const errors = [{ code: 131026, title: 'No', message: 'No' }];
  await deliver(h, envelope({ statuses: [status(h, provider_id, 'failed', { errors })] }));
  await h.settle();
  await settleReservations(h.app.core, h.tenant, FIRST_ID);
  assert.equal((await h.post(`/api/wa/dead-letters/default/${id}/requeue`, {})).status, 202);
  assert.equal((await reply(two)).body.reason, 'balance_exhausted');
});

test('what is free for who came by an ad is the same whichever webhook came first, and goes along in a merge', async () => {
  const h = await tenantWith({});
  const at = Math.floor(h.clock.now() / 1_000);
  const hours: number[] = [];
  for (const [index, order] of [
    ['inbound', 'receipt'],
    ['receipt', 'inbound'],
  ].entries()) {
    const phone = phoneOf(30 + index);
    await h.control('/faults', { drop_webhooks: true });
    const sent = await send(h, phone);
    await h.settle();
    const { provider_id: id } = (await h.get(`/api/v1/messages/${sent.body.message_id}`)).body;
    const conversation = {
      id: 'c',
      expiration_timestamp: String(at + 72 * 3_600),
      origin: { type: 'referral_conversion' },
    };
    const pricing = { pricing_model: 'PMP', type: 'free_entry_point', category: 'utility' };
    const text = { type: 'text', text: { body: 'hi' }, referral: { source_type: 'ad' } };
    const inbound = { from: phone.slice(1), id: `wamid.ad.${index}`, timestamp: String(at), ...text };
    for (const what of order) {
      const receipt = status(h, id, 'delivered', { conversation, pricing });
      await deliver(h, envelope(what === 'inbound' ? { messages: [inbound] } : { statuses: [receipt] }));
      await h.settle();
    }
    const { rows } = await h.sql.query<{ hours: number }>(
      `select extract(epoch from w.free_until - to_timestamp($2))::int / 3600 as hours
       from contact_window w join contact_identity i using (contact_id) where i.value = $1`,
      [phone, at],
    );
    hours.push(rows[0]!.hours);
  }
  assert.deepEqual(hours, [72, 72]);
  const [into, from] = [
    await h.post('/api/wa/optin', optIn(phoneOf(40))),
    await h.post('/api/wa/optin', optIn(phoneOf(30))),
  ];
  const merge = { contact_id: from.body.contact_id, reason: 'one person' };
  assert.equal((await h.post(`/api/v1/contacts/${into.body.contact_id}/merge`, merge)).status, 200);
  const { rows } = await h.sql.query(
    'select from contact_window w join contact_identity i using (contact_id) where i.value = $1 and free_until is not null',
    [phoneOf(40)],
  );
  assert.equal(rows.length, 1);
});
