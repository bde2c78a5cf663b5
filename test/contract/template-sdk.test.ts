/** Templates of every kind, made and sent by two SDKs that we did not write: the emulator takes from them what Meta takes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, MessageType } from '@great-detail/whatsapp';
import {
  BodyComponent,
  BodyParameter,
  CopyComponent,
  Document,
  HeaderComponent,
  HeaderParameter,
  Language,
  Location,
  PayloadComponent,
  SkipButtonComponent,
  Template,
  URLComponent,
} from 'whatsapp-api-js/messages';
import { WhatsAppAPI } from 'whatsapp-api-js/middleware/node-http';
import { NUMBER, openPlatform, type Platform, WABA } from '../../src/providers/meta/emulator/testing.ts';

let platform: Platform;
let greatDetail: Client;
let apiJs: WhatsAppAPI;
before(async () => {
  platform = await openPlatform();
  greatDetail = new Client({
    baseUrl: `${platform.emulator.url}/graph`,
    graphVersion: 'v26.0',
    request: { headers: { Authorization: 'Bearer token' }, retry: 0 },
  });
  apiJs = new WhatsAppAPI({
    token: 'token',
    appSecret: 'test_app_secret',
    v: 'v26.0',
    ponyfill: {
      fetch: (url, init) =>
        fetch(String(url).replace('https://graph.facebook.com', `${platform.emulator.url}/graph`), init),
    },
  });
});
after(() => platform.close());

async function shownOn(person: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${platform.emulator.url}/_sandbox/phones/${person}/messages`);
  return ((await answer.json()) as Record<string, unknown>[]).at(-1)!;
}

type Created = Parameters<Client['template']['create']>[1];

async function create(template: Created): Promise<string> {
  const { id } = await greatDetail.template.create(WABA, template).json();
  await platform.receiver.next(one => one.body.includes(`"message_template_id":${id}`));
  return id;
}

const BODY = {
  type: 'BODY' as const,
  text: 'Dear {{first_name}}, your ticket is here.',
  example: { body_text_named_params: [{ param_name: 'first_name', example: 'Ana' }] },
};

/** It wants every parameter named as soon as one is, also those of files, which nobody reads. */
test('a template with a document and all common buttons is made by one SDK and sent by the other', async () => {
  await create({
    name: 'ticket',
    category: 'UTILITY',
    language: 'en',
    parameter_format: 'NAMED',
    components: [
      { type: 'HEADER', format: 'DOCUMENT', example: { header_handle: [await platform.upload('application/pdf')] } },
      BODY,
      { type: 'FOOTER', text: 'See you there' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'QUICK_REPLY', text: 'Thanks' },
          { type: 'URL', text: 'Open', url: 'https://t.example/{{1}}', example: ['A-1'] },
          { type: 'PHONE_NUMBER', text: 'Call us', phone_number: '40712345678' },
          { type: 'COPY_CODE', text: 'Copy code', example: 'SAVE10' },
        ],
      },
    ],
  });
  const person = '40712345611';
  const sent = await apiJs.sendMessage(
    NUMBER,
    person,
    new Template(
      'ticket',
      new Language('en'),
      new HeaderComponent(
        new HeaderParameter(new Document('https://t.example/1.pdf', false, undefined, '1.pdf'), 'file'),
      ),
      new BodyComponent(new BodyParameter('Ana', 'first_name')),
      new PayloadComponent('thanks'),
      new URLComponent('A-1'),
      new SkipButtonComponent(),
      new CopyComponent('SAVE10'),
    ),
  );
  assert.ok('messages' in sent, JSON.stringify(sent));
  const shown = await shownOn(person);
  assert.equal(shown['text'], 'Dear Ana, your ticket is here.');
  assert.deepEqual(shown['document'], { kind: 'document', link: 'https://t.example/1.pdf', filename: '1.pdf' });
  assert.deepEqual(
    (shown['buttons'] as { payload?: string; url?: string }[]).map(each => each.payload ?? each.url),
    ['thanks', 'https://t.example/A-1', 'tel:40712345678', 'SAVE10'],
  );
});

test('a place stands in a header', async () => {
  await create({
    name: 'place',
    category: 'UTILITY',
    language: 'en',
    parameter_format: 'NAMED',
    components: [{ type: 'HEADER', format: 'LOCATION' }, BODY],
  });
  const person = '40712345612';
  const sent = await apiJs.sendMessage(
    NUMBER,
    person,
    new Template(
      'place',
      new Language('en'),
      new HeaderComponent(new HeaderParameter(new Location(26.1, 44.43, 'Sala', 'Str. Ion Câmpineanu 28'), 'place')),
      new BodyComponent(new BodyParameter('Ana', 'first_name')),
    ),
  );
  assert.ok('messages' in sent, JSON.stringify(sent));
  assert.deepEqual((await shownOn(person))['document'], { kind: 'location', filename: 'Sala, Str. Ion Câmpineanu 28' });
});

test('a one-time code is handed in without a text and sent twice', async () => {
  const components = [
    { type: 'BODY', add_security_recommendation: true },
    { type: 'FOOTER', code_expiration_minutes: 5 },
    { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE' }] },
  ];
  // Its types ask for a text, which the platform refuses here.
  await create({ name: 'login', category: 'AUTHENTICATION', language: 'en', components } as unknown as Created);
  const person = '+40712345613';
  const sent = await greatDetail.message
    .createMessage({
      phoneNumberID: NUMBER,
      to: person,
      type: MessageType.Template,
      template: {
        name: 'login',
        language: { code: 'en' },
        components: [
          { type: 'body', parameters: [{ type: 'text', text: '493021' }] },
          { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '493021' }] },
        ],
      },
    })
    .json();
  assert.equal(sent.messages[0]!.message_status, 'accepted');
  const shown = await shownOn(person);
  assert.match(String(shown['text']), /^\*493021\* is your verification code\./);
  assert.deepEqual(shown['buttons'], [{ type: 'copy_code', text: 'Copy code', payload: '493021' }]);
});
