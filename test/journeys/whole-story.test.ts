/** One person's story from the first refusal to the last no, told once from beginning to end, in the order in which it happens. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseInstant } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import { saveSender } from '../../src/core/senders/sender.ts';
import { APP_SECRET, type Harness, harness, PNID, VERIFY_TOKEN } from '../harness.ts';
import { confirmation } from '../make.ts';
import { WABA } from '../meta-webhooks.ts';

const PHONE = '+40712345678';
let h: Harness;
before(async () => {
  h = await harness();
  await h.patch('/api/v1/settings', { currency: 'EUR' });
  const romanian = { name: 'order_confirm', category: 'order_confirm', language: 'ro', submit: true };
  const news = {
    name: 'news',
    category: 'promo',
    language: 'ro',
    body: 'Salut {first_name}, avem noutăți.',
    submit: true,
  };
  const soon = {
    name: 'soon',
    category: 'reminder',
    language: 'ro',
    body: 'Salut {first_name}, ne vedem curând.',
    submit: true,
  };
  for (const template of [{ ...romanian, body: 'Bună {first_name}, comanda {order_id} este confirmată.' }, news, soon])
    await h.post('/api/wa/templates', template);
  for (const name of ['order_confirm', 'news', 'soon'])
    await h.control(`/templates/${name}/review`, { status: 'APPROVED' });
  await h.settle();
});
after(() => h.close());

const optIn = { source: 'checkout', text: 'Vreau biletele pe WhatsApp', purposes: ['transactional', 'marketing'] };
const confirm = (id: string, customer: object = {}) =>
  h.post(
    '/api/wa/send/confirm',
    confirmation({ order: { id }, customer: { phone: PHONE, locale: 'ro', ...customer } }),
  );
const send = (purpose: string, more: object = {}) =>
  h.post('/api/v1/messages', {
    to: { phone: PHONE },
    purpose,
    template: { variables: { first_name: 'Ana' } },
    ...more,
  });
const phoneDoes = (what: string, body: object = {}) => h.control(`/phones/${PHONE}/${what}`, body);
const shown = async () =>
  ((await h.control(`/phones/${PHONE}/messages`)).body as { direction: string; text: string; id: string }[]).filter(
    one => one.direction === 'out',
  );
const stats = async () => (await h.get('/api/wa/stats/default')).body;

test('nobody is written to who never agreed, and the answer says so', async () => {
  const refused = await confirm('S-1');
  assert.equal(refused.status, 200);
  assert.equal(refused.body.reason, 'no_consent');
  assert.equal((await shown()).length, 0);
  assert.equal((await stats()).messages.refused, 1);
});

test('with the opt-in of the checkout it is queued, arrives in Romanian, is read, and cost and counters are right', async () => {
  const queued = await confirm('S-2', { opt_in: optIn });
  assert.equal(queued.status, 202, queued.text);
  assert.deepEqual(queued.body.decision.estimated_cost, { amount_micros: 23_900, currency: 'EUR' });
  await h.settle();
  const [message] = await shown();
  assert.equal(message!.text, 'Bună Ana, comanda S-2 este confirmată.');
  await phoneDoes('read');
  await h.settle();
  const told = (await h.get(`/api/v1/messages/${queued.body.message_id}`)).body;
  assert.equal(told.status, 'read');
  assert.deepEqual(told.cost.actual, { amount_micros: 23_900, currency: 'EUR' });
  assert.deepEqual(told.charged_as, { category: 'utility', type: 'regular', market: 'Romania' });
  const { messages, cost } = await stats();
  assert.deepEqual(
    [messages.queued, messages.sent, messages.delivered, messages.read, messages.refused],
    [0, 1, 1, 1, 1],
    JSON.stringify(messages),
  );
  assert.deepEqual(cost.actual, { amount_micros: 23_900, currency: 'EUR' });
});

test('quiet hours are the person’s own, and right across a change of the clock', async () => {
  // The last night of winter time in Bucharest: at three it is four.
  h.clock.advance(parseInstant('2027-03-27T22:30:00+02:00')! - h.clock.now());
  const night = await send('reminder');
  assert.equal(night.body.decision.outcome, 'later');
  assert.equal(night.body.decision.not_before, '2027-03-28T05:00:00.000Z', 'eight by the new clock, and not seven');
  h.clock.advance(parseInstant('2027-03-28T04:59:00Z')! - h.clock.now());
  await h.settle();
  assert.equal((await shown()).length, 1);
  h.clock.advance(61_000);
  await h.settle();
  assert.equal((await shown()).at(-1)!.text, 'Salut Ana, ne vedem curând.');
});

test('who stops marketing inside WhatsApp gets none, and START does not lift it; the rest goes on', async () => {
  h.clock.advance(parseInstant('2027-03-29T10:00:00+03:00')! - h.clock.now());
  await phoneDoes('stop-marketing');
  await h.settle();
  assert.equal((await send('promo')).body.reason, 'stopped_in_whatsapp');
  await phoneDoes('messages', { text: 'START' });
  await h.settle();
  assert.equal((await send('promo')).body.reason, 'stopped_in_whatsapp');
  assert.equal((await confirm('S-3')).status, 202);
  await h.settle();
  assert.match((await shown()).at(-1)!.text, /S-3/);
  h.clock.advance(2_000);
  await phoneDoes('resume-marketing');
  await h.settle();
  assert.equal((await send('promo')).body.status, 'queued', 'only they can, there');
  await h.settle();
});

test('STOP ends everything at once and is answered; the proof names the word and the moment', async () => {
  h.clock.advance(2_000);
  await phoneDoes('messages', { text: 'Stop.' });
  await h.settle();
  const before = await shown();
  assert.match(before.at(-1)!.text, /Nu veți mai primi/);
  for (const answer of [await confirm('S-4'), await send('promo'), await send('reminder')])
    assert.equal(answer.body.reason, 'opted_out', answer.text);
  await h.settle();
  assert.equal((await shown()).length, before.length);
  const [contact] = (await h.get(`/api/v1/contacts?phone=${encodeURIComponent(PHONE)}`)).body.data;
  const proof = (await h.get(`/api/v1/consents/${contact.id}/proof`)).body;
  const last = proof.entries.at(-1);
  assert.deepEqual(
    [last.action, last.said_by, last.purposes.length, last.channels.length],
    ['withdraw', 'person', 2, 3],
  );
  assert.equal(Math.abs(parseInstant(last.said_at)! - h.clock.now()) < 60_000, true, last.said_at);
});

test('who hides their number and writes STOP is never written to again, by any number of the business', async () => {
  const phone = '+40712345679';
  const asked = confirmation({ order: { id: 'H-1' }, customer: { phone, opt_in: optIn } });
  await h.post('/api/wa/send/confirm', asked);
  await h.settle();
  await h.control(`/phones/${phone}/hide-number`, {});
  await h.control(`/phones/${phone}/messages`, { text: 'STOP' });
  await h.settle();
  const count = async () =>
    ((await h.control(`/phones/${phone}/messages`)).body as { direction: string }[]).filter(
      one => one.direction === 'out',
    ).length;
  const before = await count();
  // Another number of the same business, as its new default sender.
  await h.sql.query('update sender set is_default = false where tenant_id = $1', [h.tenant]);
  await saveSender(h.app.core, h.tenant, {
    id: newId(),
    provider: 'meta',
    name: 'Second',
    address: '+40312345679',
    account: {
      base_url: `${h.emulator.url}/graph`,
      api_version: 'v26.0',
      phone_number_id: PNID,
      business_account_id: WABA,
    },
    secret: { accessToken: 'x', webhookSecrets: [APP_SECRET], verifyToken: VERIFY_TOKEN },
    throughputPerSecond: 80,
  });
  h.app.core.senders.forget();
  for (const [id, purpose] of [
    ['H-2', 'order_confirm'],
    ['H-3', 'reminder'],
    ['H-4', 'promo'],
  ]) {
    const body = {
      to: { phone },
      purpose,
      template: { variables: { first_name: 'Ana', order_id: id } },
      reference: id,
    };
    const { body: answer } = await h.post('/api/v1/messages', body);
    assert.equal(answer.reason, 'opted_out', JSON.stringify(answer));
  }
  await h.settle();
  assert.equal(await count(), before);
});

test('at the end every asking is one thing, and they add up', async () => {
  const { messages } = await stats();
  const { rows } = await h.sql.query<{ n: number }>('select count(*)::int as n from message');
  const ended = messages.sent + messages.refused + messages.failed + messages.unknown + messages.dead + messages.queued;
  assert.equal(ended, rows[0]!.n, JSON.stringify(messages));
});
