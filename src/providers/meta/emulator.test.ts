import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  categoryOf,
  changeOf,
  GREETING,
  inboundOf,
  NUMBER,
  openPlatform,
  PERSON,
  type Platform,
  type Reply,
  sentId,
  statusOf,
  textParameters,
  WABA,
} from './emulator/testing.ts';
import { signBody, toWireJson } from './emulator/webhooks.ts';

let platform: Platform;
before(async () => {
  platform = await openPlatform();
  await platform.approved(GREETING);
});
after(() => platform.close());

function assertRefused(reply: Reply, status: number, code: number, details?: RegExp): void {
  assert.equal(reply.error?.code, code, JSON.stringify(reply.json));
  assert.equal(reply.status, status);
  assert.ok(reply.error?.fbtrace_id);
  if (details) assert.match(reply.error?.error_data?.details ?? reply.error?.message ?? '', details);
}

const text = (body: string) => ({ type: 'text', text: { body } });

test('the signature is Meta’s, by the published vector', () => {
  assert.equal(
    signBody('test_app_secret', '{"object":"whatsapp_business_account","entry":[]}'),
    'dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756',
  );
});

test('webhook bodies escape slashes and everything outside ASCII, as on the wire', () => {
  assert.equal(toWireJson({ a: 'ă/🎭' }), '{"a":"\\u0103\\/\\ud83c\\udfad"}');
});

test('an accepted template answers as Meta does and is reported sent and delivered, signed over the exact bytes', async () => {
  const correlation = 'msg_ă/1';
  const reply = await platform.send({
    type: 'template',
    template: { name: 'greeting', language: { code: 'en' }, components: textParameters('Ana') },
    biz_opaque_callback_data: correlation,
  });
  const id = sentId(reply);
  assert.match(id, /^wamid\.[A-Za-z0-9=]+$/);
  assert.deepEqual(reply.json, {
    messaging_product: 'whatsapp',
    contacts: [{ input: PERSON, wa_id: '40712345678' }],
    messages: [{ id, message_status: 'accepted' }],
  });
  const sent = await platform.receiver.next(
    one => statusOf(one)?.['id'] === id && statusOf(one)?.['status'] === 'sent',
  );
  assert.equal(sent.headers['x-hub-signature-256'], `sha256=${signBody('test_app_secret', sent.body)}`);
  const { recipient_user_id: userId, timestamp, ...status } = statusOf(sent) ?? {};
  assert.deepEqual(status, {
    id,
    status: 'sent',
    recipient_id: '40712345678',
    biz_opaque_callback_data: correlation,
    pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' },
  });
  assert.match(String(userId), /^RO\.\d{10,}$/);
  assert.equal(typeof timestamp, 'string');
  await platform.receiver.next(one => statusOf(one)?.['id'] === id && statusOf(one)?.['status'] === 'delivered');
});

test('a token that is missing or wrong is refused before anything is looked at', async () => {
  assertRefused(await platform.graph('POST', `${NUMBER}/messages`, {}, ''), 401, 0);
  assertRefused(await platform.graph('POST', `${NUMBER}/messages`, {}, 'other'), 401, 190);
});

test('unknown numbers and paths are refused as Graph refuses them', async () => {
  const unknown = await platform.graph('POST', '999/messages', { messaging_product: 'whatsapp' });
  assertRefused(unknown, 400, 100);
  assert.equal(unknown.error?.error_subcode, 33);
  assert.match(
    (await platform.graph('POST', `${NUMBER}/nothing`, {})).error?.message ?? '',
    /^Unsupported post request/,
  );
});

test('each mistake in a message has Meta’s own code', async () => {
  const { send, graph } = platform;
  assertRefused(await graph('POST', `${NUMBER}/messages`, { to: PERSON, ...text('x') }), 400, 100, /messaging_product/);
  assertRefused(
    await graph('POST', `${NUMBER}/messages`, { messaging_product: 'whatsapp', ...text('x') }),
    400,
    100,
    /to is required/,
  );
  assertRefused(await send({}), 400, 131008, /type/);
  assertRefused(await send({ to: 'Ana', ...text('x') }), 400, 131009);
  assertRefused(await send({ to: '+40312290000', ...text('x') }), 400, 131021);
  assertRefused(await send({ type: 'text' }), 400, 131008);
  assertRefused(await send(text('')), 400, 131008);
  assertRefused(await send(text(' \n\u200b')), 400, 131009);
  assertRefused(await send(text('x'.repeat(4097))), 400, 100, /4096/);
  assertRefused(await send({ ...text('x'), biz_opaque_callback_data: 'x'.repeat(513) }), 400, 100, /512/);
  assertRefused(await send({ type: 'poem', poem: {} }), 400, 131051);
  assertRefused(await send({ type: 'image', image: {} }), 400, 131008, /exactly one/);
  assertRefused(await send({ status: 'read', message_id: 'wamid.none' }), 400, 131009);
});

test('free-form text needs an open window: 24 hours from the person’s last word, by the platform’s clock', async () => {
  assertRefused(await platform.send(text('hello')), 400, 131047);
  await platform.control('phones/40712345678/messages', { text: 'Hi there' });
  const reply = await platform.send(text('hello'));
  assert.equal(reply.status, 200);
  assert.deepEqual(Object.keys((reply.json['messages'] as object[])[0] ?? {}), ['id']);
  const sent = await platform.receiver.next(one => statusOf(one)?.['id'] === sentId(reply));
  assert.equal(categoryOf(sent), 'service');
  await platform.control('clock', { advance: 'PT23H59M' });
  assert.equal((await platform.send(text('still'))).status, 200);
  await platform.control('clock', { advance: 'PT2M' });
  assertRefused(await platform.send(text('late')), 400, 131047);
  await platform.control('clock', { real: true });
});

test('what a person writes arrives with name, number and user id, and can be marked as read', async () => {
  const { json } = await platform.control('phones/40712345678/messages', {
    text: 'Bună ziua',
    referral: { source_id: 'ad-1' },
  });
  const webhook = await platform.receiver.next(one => inboundOf(one)?.['id'] === json['id']);
  const { timestamp, from_user_id: userId, ...message } = inboundOf(webhook) ?? {};
  assert.deepEqual(message, {
    from: '40712345678',
    id: json['id'],
    referral: { source_id: 'ad-1' },
    type: 'text',
    text: { body: 'Bună ziua' },
  });
  assert.match(String(timestamp), /^\d{10}$/);
  const contacts = changeOf(webhook).value['contacts'] as Record<string, unknown>[];
  assert.equal(contacts[0]?.['wa_id'], '40712345678');
  assert.equal(contacts[0]?.['user_id'], userId);
  assert.match(webhook.body, /Bun\\u0103 ziua/);
  const typing = { status: 'read', message_id: json['id'], typing_indicator: { type: 'text' } };
  assert.deepEqual((await platform.send(typing)).json, { success: true });
});

test('a tap on a reply button comes back with the id and the message it belongs to', async () => {
  const buttons = [{ type: 'reply', reply: { id: 'yes-1', title: 'Yes' } }];
  await platform.control('phones/40712345678/messages', { text: 'hi' });
  const reply = await platform.send({
    type: 'interactive',
    interactive: { type: 'button', body: { text: 'Coming?' }, action: { buttons } },
  });
  const { json } = await platform.control('phones/40712345678/messages', { button: 'Yes' });
  const message = inboundOf(await platform.receiver.next(one => inboundOf(one)?.['id'] === json['id']));
  assert.equal(message?.['type'], 'interactive');
  assert.deepEqual(message?.['interactive'], { type: 'button_reply', button_reply: { id: 'yes-1', title: 'Yes' } });
  assert.deepEqual(message?.['context'], { from: '40312290000', id: sentId(reply) });
});

test('pictures and documents arrive as media with an id', async () => {
  const { json } = await platform.control('phones/40712345678/messages', {
    media: { type: 'document', filename: 'bon.pdf', caption: 'Bonul' },
  });
  const message = inboundOf(await platform.receiver.next(one => inboundOf(one)?.['id'] === json['id']));
  const document = message?.['document'] as Record<string, unknown>;
  assert.equal(document['filename'], 'bon.pdf');
  assert.equal(document['caption'], 'Bonul');
  assert.match(String(document['id']), /^\d{15,}$/);
});

test('whoever hides the number is known by the user id alone, and can be answered by it', async () => {
  const phone = '+40722333444';
  await platform.control('phones/40722333444/hide-number', { username: 'ana.p' });
  const { json } = await platform.control('phones/40722333444/messages', { text: 'STOP' });
  const webhook = await platform.receiver.next(one => inboundOf(one)?.['id'] === json['id']);
  assert.ok(!webhook.body.includes('40722333444'));
  const userId = inboundOf(webhook)?.['from_user_id'];
  const reply = await platform.graph('POST', `${NUMBER}/messages`, {
    messaging_product: 'whatsapp',
    recipient: userId,
    ...text('Done'),
  });
  assert.deepEqual(reply.json['contacts'], [{ input: userId, user_id: userId }]);
  const sent = await platform.receiver.next(one => statusOf(one)?.['id'] === sentId(reply));
  assert.equal(statusOf(sent)?.['recipient_id'], undefined);
  assert.equal(statusOf(sent)?.['recipient_user_id'], userId);
  const shown = await (await fetch(`${platform.emulator.url}/_sandbox/phones/${phone}/messages`)).json();
  assert.equal((shown as unknown[]).length, 2);
});

test('a changed number is told as a system message with the old and the new user id', async () => {
  await platform.control('phones/40722333555/messages', { text: 'hi' });
  await platform.control('phones/40722333555/change-number', { to: '+40722333666' });
  const webhook = await platform.receiver.next(one => inboundOf(one)?.['type'] === 'system');
  const system = inboundOf(webhook)?.['system'] as Record<string, unknown>;
  assert.equal(system['type'], 'user_changed_number');
  assert.equal(system['wa_id'], '40722333666');
  assert.notEqual(system['user_id'], system['previous_user_id']);
});

test('digits without a plus are taken as international, in any version of the API', async () => {
  const body = {
    messaging_product: 'whatsapp',
    to: '40712345678',
    type: 'template',
    template: { name: 'greeting', language: { code: 'en' }, components: textParameters('Ana') },
  };
  const response = await fetch(`${platform.emulator.url}/graph/v21.0/${NUMBER}/messages?access_token=token`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as Record<string, unknown>;
  assert.deepEqual(json['contacts'], [{ input: '40712345678', wa_id: '40712345678' }]);
});

test('the number tells its quality, throughput and limit, and only the fields that were asked for', async () => {
  await platform.control(`numbers/${NUMBER}`, { quality: 'YELLOW', throughput: 1000, messaging_limit: 'TIER_10K' });
  const update = await platform.receiver.next(one => changeOf(one).field === 'phone_number_quality_update');
  assert.equal(changeOf(update).value['event'], 'THROUGHPUT_UPGRADE');
  const wanted = 'quality_rating,throughput,whatsapp_business_manager_messaging_limit';
  assert.deepEqual((await platform.graph('GET', `${NUMBER}?fields=${wanted}`)).json, {
    quality_rating: 'YELLOW',
    throughput: { level: 'HIGH' },
    whatsapp_business_manager_messaging_limit: 'TIER_10K',
    id: NUMBER,
  });
  const list = (await platform.graph('GET', `${WABA}/phone_numbers`)).json['data'] as Record<string, unknown>[];
  assert.equal(list[0]?.['verified_name'], 'Teatrul Mic');
});

test('an override of the webhook address is proven by the handshake and used for messages only', async () => {
  const base = `${WABA}/subscribed_apps`;
  const refused = await platform.graph('POST', base, {
    override_callback_uri: 'http://127.0.0.1:1/x',
    verify_token: 'v',
  });
  assert.equal(refused.status, 400);
  const other = platform.receiver.url.replace('/hook', '/other');
  await platform.graph('POST', base, { override_callback_uri: other, verify_token: 'v' });
  const { json } = await platform.control('phones/40712345678/messages', { text: 'where?' });
  assert.equal((await platform.receiver.next(one => inboundOf(one)?.['id'] === json['id'])).path, '/other');
  await platform.control('account', { event: 'ACCOUNT_VIOLATION' });
  const account = await platform.receiver.next(one => changeOf(one).field === 'account_update');
  assert.equal(account.path, '/hook');
  const listed = (await platform.graph('GET', base)).json['data'] as Record<string, unknown>[];
  assert.equal(listed[0]?.['override_callback_uri'], other);
  assert.deepEqual((await platform.graph('DELETE', base)).json, { success: true });
});
