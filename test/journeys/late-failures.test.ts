/** What a receipt tells hours after the send: the same follows from it as from the same answer to the send. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { applyLane } from '#core/index.ts';
import { HOUR_MS } from '#lib/clock.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';
import { deliver, envelope, status } from '../meta-webhooks.ts';
import { until } from '../processes.ts';

let h: Harness;
before(async () => {
  h = await harness();
  // A Monday: tomorrow is no day off.
  h.clock.advance(48 * HOUR_MS);
  const template = { name: 'news', category: 'promo', language: 'en', body: 'Hi {first_name}, hello.', submit: true };
  await h.post('/api/wa/templates', template);
  await h.control('/templates/news/review', { status: 'APPROVED' });
  await h.settle();
});
after(() => h.close());

const promo = (phone: string, extra: object = {}) => ({
  to: { phone },
  purpose: 'promo',
  template: { name: 'news', variables: { first_name: 'Ana' } },
  ...extra,
});
const read = async (id: string) => (await h.get(`/api/wa/messages/default/${id}`)).body;
const ruleOf = (body: { decision: { trace: { rule: string; verdict: string; detail: string }[] } }, rule: string) =>
  body.decision.trace.find(line => line.rule === rule)!;

/** Accepted, and then nothing: what becomes of it is told by hand. */
async function accepted(path: string, body: object): Promise<{ id: string; wamid: string }> {
  await h.control('/faults', { drop_webhooks: true });
  const sent = await h.post(path, body);
  await h.settle();
  await h.control('/faults', {});
  const message = await read(sent.body.message_id);
  assert.equal(message.status, 'accepted', `${sent.text} ${JSON.stringify(message)}`);
  return { id: sent.body.message_id, wamid: message.provider_id };
}
async function fails(wamid: string, code: number, offset = 0): Promise<string> {
  const error = { code, title: 'No', message: 'No', error_data: { details: 'the platform says no' } };
  const timestamp = String(Math.floor(h.clock.now() / 1000) + offset);
  const body = envelope({ statuses: [status(h, wamid, 'failed', { timestamp, errors: [error] })] });
  assert.equal((await deliver(h, body)).status, 200);
  await h.settle();
  return body;
}
const marketing = (phone: string) =>
  h.post('/api/wa/optin', optIn(phone, { purposes: ['marketing', 'transactional'] }));

test('marketing that the platform held back holds this person’s marketing for a day, and nothing else', async () => {
  const phone = '+40712345001';
  await marketing(phone);
  const { id, wamid } = await accepted('/api/v1/messages', promo(phone));
  const body = await fails(wamid, 131049);
  assert.equal((await read(id)).status, 'failed');
  const now = await h.post('/api/v1/messages', promo(phone));
  assert.equal(now.body.reason, 'frequency_cap', 'an offer is of use for a day');
  const inTwoHours = promo(phone, { send_at: new Date(h.clock.now() + 2 * HOUR_MS).toISOString() });
  const held = await h.post('/api/v1/messages', inTwoHours);
  assert.equal(held.body.decision.outcome, 'later', held.text);
  const until = Date.parse(held.body.decision.not_before);
  assert.ok(until > h.clock.now() + 23 * HOUR_MS && until <= h.clock.now() + 24 * HOUR_MS, held.text);
  assert.match(ruleOf(held.body, 'held').detail, /held marketing back/);
  const order = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'L-1' }, customer: { phone } }));
  assert.equal(order.body.status, 'queued');
  // Said again it is the same word: nobody is held for longer.
  await deliver(h, body.replace('}}]}]}]}', '}}]}] }]}'));
  await h.settle();
  const again = await h.post('/api/v1/explain', inTwoHours);
  assert.equal(Date.parse(again.body.decision.not_before), until);
  const otherwise = await h.post('/api/v1/explain', { ...promo(phone), at: new Date(until + 1_000).toISOString() });
  assert.equal(ruleOf(otherwise.body, 'held').verdict, 'pass', otherwise.text);
});

test('whoever writes opens the window, in which the platform caps nothing', async () => {
  const phone = '+40712345002';
  await marketing(phone);
  await fails((await accepted('/api/v1/messages', promo(phone))).wamid, 131049);
  assert.equal((await h.post('/api/v1/explain', promo(phone))).body.decision.reason, 'frequency_cap');
  await h.control(`/phones/${encodeURIComponent(phone)}/messages`, { text: 'What is on tonight?' });
  await h.settle();
  const open = await h.post('/api/v1/explain', promo(phone));
  assert.equal(ruleOf(open.body, 'held').verdict, 'pass', open.text);
});

test('a receipt of "too fast" puts the message back, once for each attempt, and the next one arrives', async () => {
  const phone = '+40712345003';
  await h.post('/api/wa/optin', optIn(phone));
  const order = confirmation({ order: { id: 'L-3' }, customer: { phone } });
  const { id, wamid } = await accepted('/api/wa/send/confirm', order);
  const body = await fails(wamid, 131056);
  const waiting = await read(id);
  assert.equal(waiting.status, 'queued', JSON.stringify(waiting));
  const refusal = waiting.events.find((one: { event: string }) => one.event === 'rejected');
  assert.match(refusal.detail, /131056: the platform says no/);
  await deliver(h, body.replace('}}]}]}]}', '}}]}] }]}'));
  await h.settle();
  assert.equal((await read(id)).attempts, 1);
  h.clock.advance(HOUR_MS);
  await h.settle();
  const arrived = await read(id);
  assert.equal(arrived.status, 'delivered', JSON.stringify(arrived));
  assert.equal(arrived.attempts, 2);
  const phoneShows = await h.control(`/phones/${encodeURIComponent(phone)}/messages`);
  assert.equal(phoneShows.body.filter((one: { direction: string }) => one.direction === 'out').length, 2);
  await deliver(h, envelope({ statuses: [status(h, wamid, 'sent')] }));
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
});

test('a paused template and a blocked sender told by receipt hold what waits; an older word does not', async () => {
  const phone = '+40712345004';
  await h.post('/api/wa/optin', optIn(phone));
  const sends = (order: string) =>
    accepted('/api/wa/send/confirm', confirmation({ order: { id: order }, customer: { phone } }));
  const paused = await sends('L-4');
  await fails(paused.wamid, 132015);
  const templates = await h.get('/api/wa/templates/default?limit=200');
  const one = templates.body.data.find((row: { name: string }) => row.name === 'order_confirm');
  assert.equal(one.status, 'paused', JSON.stringify(one));
  h.clock.advance(2_000);
  await h.control('/templates/order_confirm/review', { status: 'APPROVED' });
  await h.settle();
  h.clock.advance(HOUR_MS);
  await h.settle();
  assert.equal((await read(paused.id)).status, 'delivered');

  const blocked = await sends('L-5');
  await fails(blocked.wamid, 131042);
  const [sender] = (await h.get('/api/v1/senders')).body.data;
  assert.equal(sender.status, 'disabled');
  assert.match(sender.status_reason, /131042/);
  h.clock.advance(60_000);
  await h.patch(`/api/v1/senders/${sender.id}`, { status: 'active' });
  await h.settle();
  h.clock.advance(HOUR_MS);
  await h.settle();
  assert.equal((await read(blocked.id)).status, 'delivered');

  const old = await sends('L-6');
  await fails(old.wamid, 131042, -2 * 3_600);
  assert.equal((await h.get('/api/v1/senders')).body.data[0].status, 'active', 'said before it was enabled');
});

for (const order of ['the answer first', 'the receipt first'] as const)
  test(`"too fast" by receipt, ${order}: the message goes again`, async () => {
    const phone = order === 'the answer first' ? '+40712345011' : '+40712345012';
    await h.post('/api/wa/optin', optIn(phone));
    await h.control('/faults', { drop_webhooks: true, latency_ms: 800 });
    const body = confirmation({ order: { id: order }, customer: { phone } });
    const id = (await h.post('/api/wa/send/confirm', body)).body.message_id;
    const error = { code: 131056, title: 'No', message: 'No', error_data: { details: 'no' } };
    const told = async () => {
      const receipt = status(h, `wamid.${phone}`, 'failed', { errors: [error], biz_opaque_callback_data: `${id}.1` });
      await deliver(h, envelope({ statuses: [receipt] }));
      await applyLane(h.app.core, h.tenant, 'receipts', 10);
    };
    const dispatch = h.app.workers.find(one => one.name === 'dispatch')!;
    const away = async () => {
      await dispatch.tick();
      return (await read(id)).status === 'sending';
    };
    await until('it is on the wire', away, 5_000);
    if (order === 'the receipt first') await told();
    await h.app.dispatcher.idle();
    await h.control('/faults', {});
    if (order === 'the answer first') await told();
    h.clock.advance(HOUR_MS);
    await h.settle();
    const message = await read(id);
    assert.equal(message.status, 'delivered', JSON.stringify(message));
    assert.equal(message.attempts, 2);
  });

for (const order of ['sent, failed', 'failed, sent'])
  test(`what an attempt that failed would have cost is no price of the next one (${order})`, async () => {
    const phone = order.startsWith('sent') ? '+40712345021' : '+40712345022';
    await h.post('/api/wa/optin', optIn(phone));
    const first = await accepted('/api/wa/send/confirm', confirmation({ order: { id: order }, customer: { phone } }));
    const priced = (type: string) => ({ pricing: { pricing_model: 'PMP', type, category: 'utility' } });
    for (const what of order.split(', '))
      if (what === 'failed') await fails(first.wamid, 131056);
      else {
        await deliver(h, envelope({ statuses: [status(h, first.wamid, 'sent', priced('regular'))] }));
        await h.settle();
      }
    await h.control('/faults', { drop_webhooks: true });
    h.clock.advance(2 * HOUR_MS);
    await h.settle();
    await h.control('/faults', {});
    const second = (await read(first.id)).provider_id;
    await deliver(h, envelope({ statuses: [status(h, second, 'delivered', priced('free_entry_point'))] }));
    await h.settle();
    assert.equal((await read(first.id)).charged_as.type, 'free_entry_point');
  });

test('what arrives after all is told, also of a message that has ended meanwhile', async () => {
  const phone = '+40712345031';
  await h.post('/api/wa/optin', optIn(phone));
  const order = confirmation({ order: { id: 'E-1' }, customer: { phone } });
  const { id, wamid } = await accepted('/api/wa/send/confirm', order);
  await fails(wamid, 132015);
  h.clock.advance(25 * HOUR_MS);
  await h.settle();
  assert.equal((await read(id)).status, 'expired');
  await deliver(h, envelope({ statuses: [status(h, wamid, 'delivered')] }));
  await h.settle();
  assert.equal((await read(id)).status, 'delivered');
});
