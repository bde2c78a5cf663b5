/** Templates with every part, and one-time codes, through Twilio: what was saved here is what stands on the phone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness } from '../harness.ts';
import { optIn } from '../make.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../platforms.ts';

let h: Harness;
before(async () => {
  h = await harness({ platform: 'twilio' });
});
after(() => h.close());

/** Handed in, approved there, and learnt by asking. */
async function approved(template: object): Promise<{ id: string; name: string }> {
  const made = await h.post('/api/wa/templates', {
    category: 'order_confirm',
    language: 'en',
    ...template,
    submit: true,
  });
  assert.deepEqual([made.status, made.body.status], [201, 'pending'], made.text);
  await h.control(`/templates/${made.body.name}/review`, { status: 'APPROVED' });
  await h.sql.query("update template set checked_at = now() - interval '1 hour'");
  await h.settle();
  assert.equal((await h.get(`/api/v1/templates/${made.body.id}`)).body.status, 'approved');
  return made.body;
}
const uuidOf = (id: string) => id.slice(4).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
const shownOn = async (phone: string) => (await h.control(`/phones/${phone}/messages`)).body.at(-1);
async function send(name: string, phone: string, variables: object = {}) {
  await h.post('/api/wa/optin', optIn(phone));
  const template = { name, variables: { order_id: 'T 7/ș', first_name: 'Ana', ...variables } };
  const sent = await h.post('/api/v1/messages', { to: { phone }, purpose: 'order_confirm', template });
  assert.equal(sent.status, 202, sent.text);
  await h.settle();
  return (await h.get(`/api/v1/messages/${sent.body.message_id}`)).body;
}

test('a header, a footer and every button arrive, and a tap brings back what was said with the message', async () => {
  const phone = '+40712345611';
  await approved({
    name: 'ticket',
    header: 'Order {order_id}',
    body: 'Hi {first_name}, your order {order_id} is confirmed and paid.',
    footer: 'STOP ends it',
    buttons: [
      { type: 'quick_reply', text: 'Thank you', payload: 'thanks:{order_id}' },
      { type: 'quick_reply', text: 'Help' },
      { type: 'url', text: 'Open ticket', url: 'https://tickets.example/o/{order_id}' },
      { type: 'phone_number', text: 'Call us', phone_number: '+40712345678' },
      { type: 'copy_code', code: '{discount_code}', example: 'SAVE10' },
    ],
    samples: { discount_code: 'SAVE10' },
  });
  const message = await send('ticket', phone, { discount_code: 'SAVE20' });
  assert.equal(message.status, 'delivered', JSON.stringify(message));
  const shown = await shownOn(phone);
  assert.deepEqual(
    [shown.header, shown.text, shown.footer],
    ['Order T 7/ș', 'Hi Ana, your order T 7/ș is confirmed and paid.', 'STOP ends it'],
  );
  assert.equal(shown.text, message.rendered.body);
  assert.deepEqual(shown.buttons, [
    { type: 'quick_reply', text: 'Thank you', payload: 'thanks:T 7/ș' },
    { type: 'quick_reply', text: 'Help', payload: 'Help' },
    { type: 'url', text: 'Open ticket', url: 'https://tickets.example/o/T%207/%C8%99' },
    { type: 'phone', text: 'Call us', url: 'tel:+40712345678' },
    { type: 'copy_code', text: 'Copy offer code', payload: 'SAVE20' },
  ]);
  await h.control(`/phones/${phone}/messages`, { button: 'Thank you' });
  await h.settle();
  const { rows } = await h.sql.query("select text, payload->>'ButtonPayload' as payload from inbound_message");
  assert.deepEqual(rows, [{ text: 'Thank you', payload: 'thanks:T 7/ș' }]);
});

test('a file of each message’s own arrives from the host that the template was handed in with', async () => {
  const phone = '+40712345612';
  await approved({
    name: 'filed',
    header: {
      format: 'document',
      link: 'https://tickets.example/{order_id}.pdf',
      sample: 'https://tickets.example/sample.pdf',
    },
    body: 'Hi {first_name}, your tickets are here.',
  });
  const message = await send('filed', phone, { order_id: 'A-7' });
  assert.equal(message.status, 'delivered', JSON.stringify(message));
  const link = 'https://tickets.example/A-7.pdf';
  assert.deepEqual((await shownOn(phone)).document, { kind: 'document', link, filename: 'A-7.pdf' });
});

test('a message of the text before, whose content is gone by now, says nothing of the text that is approved since', async () => {
  const phone = '+40712345616';
  const { id } = await approved({ name: 'replaced', body: 'Hi {first_name}, your order {order_id} is on its way.' });
  await h.post('/api/wa/optin', optIn(phone));
  const template = { name: 'replaced', variables: { order_id: 'A-1', first_name: 'Ana' } };
  const waiting = await h.post('/api/v1/messages', { to: { phone }, purpose: 'order_confirm', template });
  const sidOf = async () =>
    (await h.sql.query('select provider_template_id as sid from template where id = $1', [uuidOf(id)])).rows[0].sid;
  const before = await sidOf();
  const body = 'Dear {first_name}, your order {order_id} is on its way to you.';
  await h.patch(`/api/v1/templates/${id}`, { body, submit: true });
  assert.notEqual(await sidOf(), before);
  await h.sql.query("update template set status = 'approved' where id = $1", [uuidOf(id)]);
  const gone = await fetch(`${h.emulator.url}/twilio/v1/Content/${before}`, {
    method: 'DELETE',
    headers: { authorization: `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64')}` },
  });
  assert.equal(gone.status, 204);
  await h.settle();
  const told = (await h.get(`/api/v1/messages/${waiting.body.message_id}`)).body;
  assert.deepEqual([told.status, told.error.code], ['failed', '21655'], JSON.stringify(told));
  assert.equal((await h.get(`/api/v1/templates/${id}`)).body.status, 'approved');
});

test('what Twilio has no words for is refused when it is handed in, with a sentence', async () => {
  const place = { format: 'location', latitude: 44.4, longitude: 26.1, name: 'Sala', address: 'Str. Ion Câmpineanu' };
  const body = 'Hi {first_name}, come and see us.';
  const refused = await h.post('/api/wa/templates', {
    name: 'placed',
    category: 'order_confirm',
    language: 'en',
    header: place,
    body,
    submit: true,
  });
  assert.equal(refused.body.error.code, 'template_refused', refused.text);
  assert.match(refused.body.error.message, /no place in their header/);
  const { body: list } = await h.get('/api/v1/templates?name=placed');
  assert.deepEqual([list.data[0].status, /no place/.test(list.data[0].status_reason)], ['rejected', true]);
});

test('a one-time code goes through Twilio: in its text and on its button, right once, and stored nowhere', async () => {
  const authentication = { add_security_recommendation: true, code_expiration_minutes: 5 };
  await approved({ name: 'login_code', category: 'otp', authentication });
  const phone = '+40712345613';
  const asked = await h.post('/api/wa/send/otp', { phone });
  assert.equal(asked.status, 202, asked.text);
  await h.settle();
  const { body, text } = await h.get(`/api/v1/messages/${asked.body.message_id}`);
  assert.equal(body.status, 'delivered', text);
  const shown = await shownOn(phone);
  const code = /^\*(\d{6})\* is your verification code\. For your security/.exec(shown.text)?.[1];
  assert.ok(code, shown.text);
  assert.equal(shown.footer, 'This code expires in 5 minutes.');
  assert.deepEqual(shown.buttons, [{ type: 'copy_code', text: 'Copy code', payload: code }]);
  assert.doesNotMatch(text, new RegExp(code));
  const enter = async (given: string) => (await h.post('/api/wa/otp/verify', { phone, code: given })).body;
  assert.equal((await enter('000000')).valid, code === '000000');
  assert.equal((await enter(code)).valid, true);
  assert.equal((await enter(code)).valid, false, 'once');
});

test('a code in Romanian stands under the platform’s Romanian words, without the advice that nobody asked for', async () => {
  await approved({ name: 'cod_de_acces', category: 'otp', language: 'ro' });
  const phone = '+40712345614';
  const asked = await h.post('/api/wa/send/otp', { phone, language: 'ro', code: 'AB-1234' });
  assert.equal(asked.status, 202, asked.text);
  await h.settle();
  assert.equal((await shownOn(phone)).text, '*AB-1234* este codul tău de verificare.');
});

test('what was filled from a text that has another one in its place, and is paused, is tried a few times and not each minute', async () => {
  const phone = '+40712345619';
  await h.post('/api/wa/optin', optIn(phone));
  await approved({ name: 'renewed', body: 'Hi {first_name}, your order {order_id} is confirmed and paid.' });
  const sent = await h.post('/api/v1/messages', {
    to: { phone },
    purpose: 'order_confirm',
    template: { name: 'renewed', variables: { order_id: '7', first_name: 'Ana' } },
    send_at: new Date(h.clock.now() + 2 * 3_600_000).toISOString(),
  });
  // Another text, which has another id there, is approved meanwhile; its standing is not that of the one before.
  const body = 'Hello {first_name}, we have received your order {order_id} and thank you.';
  const edited = await h.patch(`/api/v1/templates/${(await templateOf('renewed')).id}`, { body, submit: true });
  assert.equal(edited.body.status, 'pending', edited.text);
  await h.control('/templates/renewed/review', { status: 'APPROVED' });
  await h.sql.query("update template set checked_at = now() - interval '1 hour'");
  await h.settle();
  h.clock.advance(2 * 3_600_000);
  await h.control('/faults', { error_rate: 1, code: 63041 });
  for (let minute = 0; minute < 60; minute += 1) {
    h.clock.advance(61_000);
    await h.settle();
  }
  await h.control('/faults', {});
  const message = (await h.get(`/api/v1/messages/${sent.body.message_id}`)).body;
  assert.ok(message.attempts >= 2 && message.attempts <= 9, `${message.attempts} attempts`);
  assert.equal((await templateOf('renewed')).status, 'approved');
});
async function templateOf(name: string) {
  return (await h.get(`/api/v1/templates?name=${name}`)).body.data[0];
}
