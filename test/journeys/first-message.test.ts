import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';

let h: Harness;
before(async () => {
  h = await harness();
});
after(() => h.close());

test('a person opts in, an order is confirmed, the phone shows it, and the receipts come back', async () => {
  const phone = '+40712345678';
  const consent = await h.post('/api/wa/optin', optIn(phone));
  assert.equal(consent.status, 200);
  assert.equal(consent.body.consents.transactional.status, 'opted_in');

  const sent = await h.post(
    '/api/wa/send/confirm',
    confirmation({ customer: { phone, first_name: 'Ana', locale: 'ro' } }),
  );
  assert.equal(sent.status, 202, sent.text);
  assert.equal(sent.body.duplicate, false);
  await h.settle();

  const shown = await h.control(`/phones/${phone}/messages`);
  assert.equal(shown.body.length, 1);
  assert.equal(shown.body[0].text, 'Bună Ana, comanda A-1 este confirmată.');

  const delivered = await h.get(`/api/wa/messages/default/${sent.body.message_id}`);
  assert.equal(delivered.body.status, 'delivered');
  await h.control(`/phones/${phone}/read`, {});
  await h.settle();
  const read = await h.get(`/api/wa/messages/default/${sent.body.message_id}`);
  assert.equal(read.body.status, 'read');
  assert.deepEqual(read.body.events.map((entry: { event: string }) => entry.event).sort(), [
    'accepted',
    'created',
    'delivered',
    'read',
    'sending',
    'sent',
  ]);

  const stats = await h.get('/api/wa/stats/default');
  assert.deepEqual(
    { ...stats.body.messages },
    { queued: 0, sent: 1, delivered: 1, read: 1, refused: 0, unknown: 0, failed: 0, dead: 0, cancelled: 0, expired: 0 },
  );
});

test('without consent nothing is sent and the answer says why', async () => {
  const refused = await h.post(
    '/api/wa/send/confirm',
    confirmation({ order: { id: 'B-1' }, customer: { phone: '+40712345000' } }),
  );
  assert.equal(refused.status, 200);
  assert.equal(refused.body.status, 'refused');
  assert.equal(refused.body.reason, 'no_consent');
  await h.settle();
  assert.deepEqual((await h.control('/phones/+40712345000/messages')).body, []);
  const list = await h.get('/api/wa/messages/default?status=refused');
  assert.equal(list.body.data[0].reason, 'no_consent');
});

test('STOP withdraws everything at once and is answered; the next send is refused', async () => {
  const phone = '+40712345001';
  await h.post('/api/wa/optin', optIn(phone, { purposes: ['marketing', 'transactional'] }));
  await h.control(`/phones/${phone}/messages`, { text: 'Stop 🛑' });
  await h.settle();

  const refused = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'C-1' }, customer: { phone } }));
  assert.equal(refused.body.reason, 'opted_out');
  const shown = (await h.control(`/phones/${phone}/messages`)).body as { direction: string; text: string }[];
  assert.deepEqual(
    shown.map(message => message.direction),
    ['in', 'out'],
  );
  assert.match(shown[1]!.text, /START/);

  const claimed = await h.post('/api/wa/optin', optIn(phone));
  assert.equal(claimed.body.consents.transactional.status, 'opted_out', 'a claim does not outrank the person');
  h.clock.advance(60_000);
  await h.control(`/phones/${phone}/messages`, { text: 'start' });
  await h.settle();
  const again = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'C-1' }, customer: { phone } }));
  assert.equal(again.status, 202, again.text);
});
