/**
 * The emulator judged by code that we did not write: two SDKs of the WhatsApp Cloud API, as they come from the registry,
 * talk to it as they talk to Meta. What they send has to be understood, and what they are told has to be what they expect.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { Client, MessageType } from '@great-detail/whatsapp';
import type { OnMessageArgs, OnStatusArgs } from 'whatsapp-api-js/emitters';
import { BodyComponent, BodyParameter, Language, PayloadComponent, Template, Text } from 'whatsapp-api-js/messages';
import { WhatsAppAPI } from 'whatsapp-api-js/middleware/node-http';
import type { Received } from '../../emulator/testing.ts';
import {
  inboundOf,
  NUMBER,
  openPlatform,
  type Platform,
  statusOf,
  WABA,
} from '../../src/providers/meta/emulator/testing.ts';
import { until } from '../processes.ts';

const SECRET = 'test_app_secret';
const VERIFY_TOKEN = 'sdk-verify-token';
const digits = (phone: string): string => phone.slice(1);
let platform: Platform;
let greatDetail: Client;
let apiJs: WhatsAppAPI;
let server: Server;
/** What the handler of whatsapp-api-js has taken. */
const messages: OnMessageArgs[] = [];
const statuses: OnStatusArgs[] = [];

before(async () => {
  platform = await openPlatform();
  greatDetail = greatDetailWith('token');
  apiJs = apiJsWith('token');
  apiJs.on.message = args => void messages.push(args);
  apiJs.on.status = args => void statuses.push(args);
  server = await serve(apiJs);
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await platform.close();
});

const greatDetailWith = (token: string) =>
  new Client({
    baseUrl: `${platform.emulator.url}/graph`,
    graphVersion: 'v26.0',
    // It would send again by itself what may have been accepted.
    request: { headers: { Authorization: `Bearer ${token}` }, retry: 0 },
  });

/** Its address is fixed, its `fetch` is an option: the same path on another host. */
const apiJsWith = (token: string) =>
  new WhatsAppAPI({
    token,
    appSecret: SECRET,
    webhookVerifyToken: VERIFY_TOKEN,
    v: 'v26.0',
    ponyfill: {
      fetch: (url, init) =>
        fetch(String(url).replace('https://graph.facebook.com', `${platform.emulator.url}/graph`), init),
    },
  });

async function serve(handler: WhatsAppAPI): Promise<Server> {
  const listening = createServer(async (request, response) => {
    try {
      if (request.method === 'POST') response.writeHead(await handler.handle_post(request)).end();
      else response.end(handler.handle_get(request));
    } catch (status) {
      response.writeHead(status as number).end();
    }
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return listening;
}
const hook = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;

/** The code of a refusal, as a program on @great-detail/whatsapp learns it: by the error that it throws. */
async function thrownCode(work: () => Promise<unknown>): Promise<{ status: number; code: number }> {
  try {
    await work();
  } catch (error) {
    const { name, response, data } = error as Error & { response: Response; data: { error: { code: number } } };
    assert.equal(name, 'HTTPError', String(error));
    return { status: response.status, code: data.error.code };
  }
  return assert.fail('the SDK threw nothing');
}

/** The same for whatsapp-api-js: it stands in the answer. */
const answeredCode = (answer: object): number | undefined => (answer as { error?: { code: number } }).error?.code;

const template = (name: string, first: string) =>
  new Template(
    name,
    new Language('en'),
    new BodyComponent(new BodyParameter(first, 'first_name')),
    new PayloadComponent('tickets-please'),
  );

const invitation = (name = 'invitation') => ({
  phoneNumberID: NUMBER,
  type: MessageType.Template as const,
  template: {
    name,
    language: { code: 'en' as const },
    components: [
      { type: 'body' as const, parameters: [{ type: 'text' as const, parameter_name: 'first_name', text: 'Ana' }] },
    ],
  },
});

test('a template is created, found, read and approved as the SDK expects it', async () => {
  const created = await greatDetail.template
    .create(WABA, {
      name: 'invitation',
      category: 'UTILITY',
      language: 'en',
      parameter_format: 'NAMED',
      components: [
        {
          type: 'BODY',
          text: 'Dear {{first_name}}, shall we send your tickets?',
          example: { body_text_named_params: [{ param_name: 'first_name', example: 'Ana' }] },
        },
        { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes, please' }] },
      ],
    })
    .json();
  assert.match(created.id, /^\d+$/);
  const taken = await platform.receiver.next(one => one.body.includes(`"message_template_id":${created.id}`));
  const event = await eventOf(taken);
  const [change] = event.entry[0]!.changes;
  assert.equal(change?.field, 'message_template_status_update');
  assert.equal(change?.value.event, 'APPROVED');
  const read = await greatDetail.template.get(created.id, { fields: ['name', 'status', 'quality_score'] }).json();
  assert.deepEqual([read.name, read.status, read.quality_score.score], ['invitation', 'APPROVED', 'UNKNOWN']);

  const find = async (query: Parameters<Client['template']['list']>[1]) =>
    (await greatDetail.template.list(WABA, query).json()).data.map(one => one.name);
  assert.deepEqual(await find({}), ['invitation']);
  assert.deepEqual(await find({ name_or_content: 'your tickets' }), ['invitation']);
  assert.deepEqual(await find({ name_or_content: 'nothing of the kind' }), []);
  assert.deepEqual(await find({ category: ['MARKETING', 'UTILITY'], status: ['APPROVED', 'PAUSED'] }), ['invitation']);
  assert.deepEqual(await find({ category: ['MARKETING', 'AUTHENTICATION'] }), []);
});

test('what @great-detail/whatsapp sends arrives, and its answer names the message and the person', async () => {
  const person = '+40712345601';
  const sent = await greatDetail.message
    .createMessage({ ...invitation(), to: person, biz_opaque_callback_data: 'order-1' })
    .json();
  assert.deepEqual(sent.contacts, [{ input: person, wa_id: digits(person) }]);
  assert.match(sent.messages[0]!.id, /^wamid\./);
  assert.equal(sent.messages[0]!.message_status, 'accepted');

  await platform.control(`phones/${digits(person)}/messages`, { text: 'Hello?' });
  const text = { phoneNumberID: NUMBER, to: person, type: MessageType.Text as const, text: { body: 'Hello Ana' } };
  const answered = await greatDetail.message.createMessage(text).json();
  assert.deepEqual(answered.contacts, [{ input: person, wa_id: digits(person) }]);
  const shown = await (await fetch(`${platform.emulator.url}/_sandbox/phones/${person}/messages`)).json();
  assert.deepEqual(
    (shown as { text: string }[]).map(one => one.text),
    ['Dear Ana, shall we send your tickets?', 'Hello?', 'Hello Ana'],
  );
});

test('what whatsapp-api-js sends arrives, and its answer names the message and the person', async () => {
  const person = '+40712345602';
  const sent = await apiJs.sendMessage(NUMBER, digits(person), template('invitation', 'Mihai'));
  assert.ok('messages' in sent, JSON.stringify(sent));
  assert.match(sent.messages[0].id, /^wamid\./);
  assert.deepEqual(sent.contacts, [{ input: digits(person), wa_id: digits(person) }]);
  await platform.control(`phones/${digits(person)}/messages`, { text: 'Hello?' });
  const answered = await apiJs.sendMessage(NUMBER, digits(person), new Text('Hello Mihai'));
  assert.ok('messages' in answered, JSON.stringify(answered));
  const send = platform.emulator.world.state.sends.find(one => one.id === answered.messages[0].id);
  assert.equal(send?.content.text, 'Hello Mihai');
});

test('each refusal reaches the SDK with Meta’s own code', async () => {
  const person = '+40712345603';
  const text = { phoneNumberID: NUMBER, to: person, type: MessageType.Text as const, text: { body: 'late' } };
  const send = (client: Client, message: Parameters<Client['message']['createMessage']>[0]) =>
    thrownCode(() => client.message.createMessage(message).json());
  assert.deepEqual(await send(greatDetail, text), { status: 400, code: 131047 });
  assert.deepEqual(await send(greatDetail, { ...invitation('unheard_of'), to: person }), { status: 404, code: 132001 });
  assert.deepEqual(await send(greatDetailWith('stale'), text), { status: 401, code: 190 });
  await platform.control('faults', { error_rate: 1, code: 130429 });
  assert.deepEqual(await send(greatDetail, text), { status: 400, code: 130429 });
  await platform.control('faults', {});

  const to = digits(person);
  assert.equal(answeredCode(await apiJs.sendMessage(NUMBER, to, new Text('late'))), 131047);
  assert.equal(answeredCode(await apiJs.sendMessage(NUMBER, to, template('unheard_of', 'Ana'))), 132001);
  assert.equal(answeredCode(await apiJsWith('stale').sendMessage(NUMBER, to, new Text('late'))), 190);
});

test('a message that came is marked as read, with a typing indicator, by both', async () => {
  const { json } = await platform.control('phones/40712345604/messages', { text: 'anybody there?' });
  const id = String(json['id']);
  const asked = { phoneNumberID: NUMBER, message_id: id, status: 'read' };
  assert.equal((await greatDetail.message.createStatus(asked).json()).success, true);
  assert.equal(platform.emulator.world.message(id)?.status, 'read');
  assert.deepEqual(await apiJs.markAsRead(NUMBER, id, 'text'), { success: true });
  const typing = { ...asked, typing_indicator: { type: 'text' as const } };
  assert.equal((await greatDetail.message.createStatus(typing).json()).success, true);
  const unknown = { ...asked, message_id: 'wamid.unknown' };
  assert.deepEqual(await thrownCode(() => greatDetail.message.createStatus(unknown).json()), {
    status: 400,
    code: 131009,
  });
});

test('numbers and account are read by the fields that the SDK asks for', async () => {
  const fields = ['display_phone_number', 'quality_rating', 'throughput', 'status'] as const;
  const number = await greatDetail.phoneNumbers.getPhoneNumber({ phoneNumberID: NUMBER, fields: [...fields] }).json();
  assert.deepEqual(Object.keys(number).sort(), [...fields, 'id'].sort());
  assert.equal(number.throughput.level, 'STANDARD');
  const list = await greatDetail.phoneNumbers.listPhoneNumbers({ businessAccountID: WABA }).json();
  assert.deepEqual([list.data.length, list.data[0]?.id], [1, NUMBER]);
  const account = await greatDetail.whatsappBusinessAccount.get(WABA, { fields: ['name', 'currency'] }).json();
  assert.deepEqual(account, { id: WABA, name: 'Teatrul Mic', currency: 'EUR' });
});

const requestOf = (one: Received) => ({ method: 'POST', query: {}, headers: one.headers, body: one.body });

/** The event, once the SDK has found its signature to be right. */
async function eventOf(one: Received) {
  const notification = await greatDetail.webhook.eventNotification(requestOf(one) as never);
  await notification.verifySignature(SECRET);
  return notification.eventNotification;
}

test('@great-detail/whatsapp accepts the signature of a text, of a status and of a tap, and refuses a changed body', async () => {
  const person = '40712345605';
  const sent = await greatDetail.message.createMessage({ ...invitation(), to: person }).json();
  const status = await platform.receiver.next(one => statusOf(one)?.['id'] === sent.messages[0]!.id);
  const text = await say(person, { text: 'Ce oră? 🎭 50/50' });
  const tap = await say(person, { button: 'Yes, please' });
  for (const one of [status, text, tap]) {
    const event = await eventOf(one);
    assert.deepEqual([event.object, event.entry[0]?.id], ['whatsapp_business_account', WABA]);
    const changed = { ...one, body: one.body.replace(person, '40712345699') };
    assert.notEqual(changed.body, one.body);
    await assert.rejects(eventOf(changed), greatDetail.webhook.errors.InvalidHubSignatureWebhookError);
  }
  assert.equal(inboundOf(text)?.['type'], 'text');
});

async function say(person: string, what: object): Promise<Received> {
  const { json } = await platform.control(`phones/${person}/messages`, what);
  return platform.receiver.next(one => inboundOf(one)?.['id'] === json['id']);
}

test('the handler of whatsapp-api-js shakes hands, takes texts, statuses and taps, and refuses what was tampered with', async () => {
  const subscription = { businessAccountID: WABA, override_callback_uri: hook() };
  const subscribe = (verify_token: string) =>
    greatDetail.subscribedApps.createSubscription({ ...subscription, verify_token }).json();
  assert.equal((await thrownCode(() => subscribe('another'))).code, 2200);
  assert.equal((await subscribe(VERIFY_TOKEN)).success, true);

  const person = '40712345606';
  const sent = await apiJs.sendMessage(NUMBER, person, template('invitation', 'Ioana'), undefined, 'order-7');
  assert.ok('messages' in sent);
  const { id } = sent.messages[0];
  await platform.control(`phones/${person}/messages`, { text: 'Ce oră? 🎭 50/50' });
  await platform.control(`phones/${person}/messages`, { button: 'Yes, please' });
  await until('two statuses and two messages', () => statuses.length >= 2 && messages.length >= 2);
  assert.deepEqual(statuses.map(one => one.status).sort(), ['delivered', 'sent']);
  for (const one of statuses) {
    assert.deepEqual([one.id, one.phone, one.biz_opaque_callback_data], [id, person, 'order-7']);
    assert.equal(one.pricing?.category, 'utility');
  }
  // Each comes in a request of its own: nobody promises in which order.
  const said = messages.find(one => one.message.type === 'text');
  assert.ok(said?.message.type === 'text' && said.message.text.body === 'Ce oră? 🎭 50/50');
  assert.equal(said.contact.wa_id, person);
  assert.equal(answeredCode((await said.reply(new Text('At eight.'))) as object), undefined);
  const tap = messages.find(one => one.message.type === 'button')?.message;
  assert.ok(tap?.type === 'button' && tap.button.payload === 'tickets-please');
  assert.equal(tap.context?.id, id);
  await platform.emulator.whenIdle();
  assert.equal(messages.length, 2, 'nothing was refused and brought again');

  const genuine = platform.receiver.received.find(one => inboundOf(one)?.['type'] === 'text')!;
  const signature = String(genuine.headers['x-hub-signature-256']);
  const post = async (body: string) =>
    (await fetch(hook(), { method: 'POST', headers: { 'x-hub-signature-256': signature }, body })).status;
  assert.equal(await post(genuine.body), 200);
  assert.equal(await post(genuine.body.replace('text', 'txet')), 401);
  assert.equal(await post(`${genuine.body} `), 401);
});
