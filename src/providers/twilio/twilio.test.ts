import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendRequest, TemplateDraft } from '#core/provider.ts';
import { openBench } from '../../../test/provider-bench.ts';
import { conformance } from '../conformance.ts';
import { nameOf, toContent } from './content.ts';
import { twilioEmulator } from './emulator.ts';
import { judge } from './errors.ts';
import { AT, MESSAGES, STATUSES } from './fixtures.ts';
import { twilio } from './index.ts';
import { readOutcome, toForm } from './send.ts';
import { toStatus } from './templates.ts';
import { webhook } from './webhook.ts';

const SID = 'AC00000000000000000000000000000001';
const TOKEN = 'conformance-auth-token';

conformance('twilio', () =>
  openBench({
    provider: twilio,
    part: twilioEmulator,
    account: {
      provider: 'twilio',
      phoneNumberId: '+12025550100',
      businessAccountId: SID,
      displayPhoneNumber: '+12025550100',
      accessToken: TOKEN,
      appSecret: TOKEN,
    },
    codes: {
      'sender-blocked': 20003,
      busy: 20429,
      later: 63010,
      'held-back': 63049,
      undeliverable: 21211,
      stopped: 63014,
      'opted-out': 21610,
      'window-closed': 63016,
      'template-paused': 63041,
      'template-gone': 21655,
      invalid: 21617,
    },
    sender: url => ({
      account: {
        base_url: `${url}/twilio`,
        content_base_url: `${url}/twilio`,
        account_sid: SID,
        from: '+12025550100',
      },
      secret: { accessToken: TOKEN, webhookSecrets: [TOKEN], verifyToken: '' },
    }),
  }),
);

const sender = {
  id: 's',
  provider: 'twilio',
  account: { account_sid: SID, from: '+12025550100' },
  secret: { accessToken: TOKEN, webhookSecrets: [TOKEN], verifyToken: '' },
  webhookUrl: 'https://tidings.example/api/webhooks/twilio/abc',
};
const asked = (content: SendRequest['content']): SendRequest => ({
  to: '+40712345678',
  correlation: 'msg_x.1',
  content,
});
const HX = 'HX0123456789abcdef0123456789abcdef';

test('a text names both ends with the channel and where its receipts go', () => {
  const form = toForm(asked({ kind: 'text', text: 'Bună & ciao' }), sender);
  assert.deepEqual(Object.fromEntries(form), {
    To: 'whatsapp:+40712345678',
    From: 'whatsapp:+12025550100',
    Body: 'Bună & ciao',
    StatusCallback: 'https://tidings.example/api/webhooks/twilio/abc?m=msg_x.1#rc=5&rp=all',
  });
});

test('a template goes by its content, without a body; one number for each name, header first', () => {
  const template = {
    kind: 'template',
    name: 'n',
    language: 'ro',
    providerTemplateId: HX,
    header: [{ name: 'order_id', value: 'A-1' }],
    body: [
      { name: 'first_name', value: 'Ana "A"' },
      { name: 'order_id', value: 'A-1' },
    ],
  } as const;
  const service = { ...sender, account: { ...sender.account, messaging_service_sid: 'MG1' } };
  const form = toForm(asked(template), service);
  assert.equal(form.get('Body'), null);
  assert.equal(form.get('ContentSid'), HX);
  assert.equal(form.get('ContentVariables'), '{"1":"A-1","2":"Ana \\"A\\""}');
  assert.equal(form.get('MessagingServiceSid'), 'MG1');
  assert.equal(toForm(asked({ ...template, header: [], body: [] }), sender).get('ContentVariables'), null);
});

test('a template of another provider, or of none, leaves nothing and asks nobody', async () => {
  const wire = { request: () => assert.fail('nothing may leave') };
  for (const providerTemplateId of [null, '', '21338217649265919', `${HX}0`]) {
    const content = { kind: 'template', name: 'n', language: 'en', providerTemplateId, header: [], body: [] } as const;
    const outcome = await twilio.send(asked(content), sender, wire);
    assert.ok(outcome.kind === 'rejected' && outcome.class === 'template-gone', String(providerTemplateId));
  }
});

const sid = 'SM0123456789abcdef0123456789abcdef';
const error = (code: number) => JSON.stringify({ code, message: 'why', more_info: 'x', status: 400 });

test('only an id is a yes and only a readable code is a no; everything between is uncertain', () => {
  assert.deepEqual(readOutcome(201, JSON.stringify({ sid, status: 'queued' })), { kind: 'accepted', providerId: sid });
  assert.equal(readOutcome(201, JSON.stringify({ sid: sid.replace('SM', 'MM') })).kind, 'accepted');
  for (const [status, body] of [
    [201, '{}'],
    [201, '{"sid":"HX0123456789abcdef0123456789abcdef"}'],
    [201, 'nonsense'],
    [500, error(20500)],
    [503, error(63018)],
    [502, '<html>'],
    [400, '<html>'],
    [400, '{"code":null,"message":"x"}'],
    [400, error(30410)],
  ] as const)
    assert.equal(readOutcome(status, body).kind, 'uncertain', `${status} ${body}`);
});

test('each code has its class, its hint and its page; what is unknown is final', () => {
  for (const [code, expected] of [
    [20003, 'sender-blocked'],
    [63007, 'sender-blocked'],
    [63018, 'busy'],
    [63049, 'held-back'],
    [63024, 'undeliverable'],
    [21610, 'opted-out'],
    [63016, 'window-closed'],
    [63041, 'template-paused'],
    [63042, 'template-gone'],
    [21656, 'invalid'],
    [63028, 'invalid'],
    [99999, 'invalid'],
  ] as const) {
    const outcome = readOutcome(400, error(code));
    assert.ok(outcome.kind === 'rejected' && outcome.class === expected, `${code} ${JSON.stringify(outcome)}`);
    assert.match(outcome.detail, new RegExp(`^why; .*errors/${code}$`));
  }
  assert.equal(judge(63038, 400).retryAfterMs, 3_600_000);
});

test('the newer shape of an error is read too, and too many calls need no code at all', () => {
  const problem = { type: 'https://x', title: 'Not Found', status: 404, code: 20404, detail: 'no such content' };
  const outcome = readOutcome(404, JSON.stringify(problem));
  assert.ok(outcome.kind === 'rejected' && outcome.detail.startsWith('no such content'), JSON.stringify(outcome));
  const busy = readOutcome(429, '', '7');
  assert.ok(busy.kind === 'rejected' && busy.class === 'busy' && busy.retryAfterMs === 7_000, JSON.stringify(busy));
  const unheard = readOutcome(401, error(29999));
  assert.ok(unheard.kind === 'rejected' && unheard.class === 'sender-blocked');
});

const draft: TemplateDraft = {
  name: 'order_confirm',
  language: 'pt-BR',
  category: 'UTILITY',
  header: null,
  body: 'Olá {first_name}, o pedido {order_id} de {first_name} chegou.',
  footer: null,
  samples: { order_id: 'A-1' },
};

const contentOf = (changes: Partial<TemplateDraft> = {}) => {
  const translated = toContent({ ...draft, ...changes });
  assert.ok(translated.kind === 'content', JSON.stringify(translated));
  return translated.content;
};
const typesOf = (changes: Partial<TemplateDraft>) => contentOf(changes)['types'];

test('a template becomes content with numbered variables, each with its sample', () => {
  assert.deepEqual(contentOf(), {
    friendly_name: nameOf(contentOf()),
    language: 'pt_BR',
    variables: { 1: 'first name', 2: 'A-1' },
    types: { 'twilio/text': { body: 'Olá {{1}}, o pedido {{2}} de {{1}} chegou.' } },
  });
  assert.deepEqual(typesOf({ header: 'Pedido {order_id}', footer: 'STOP' }), {
    'whatsapp/card': {
      body: 'Olá {{2}}, o pedido {{1}} de {{2}} chegou.',
      header_text: 'Pedido {{1}}',
      footer: 'STOP',
    },
  });
});

const QUICK = { type: 'quick_reply', text: 'Thanks' } as const;
const OPEN = { type: 'url', text: 'Open', url: 'https://t.example/o/{order_id}' } as const;
const CALL = { type: 'phone_number', text: 'Call', phone_number: '+40712345678' } as const;
const COUPON = { type: 'copy_code', code: '{discount_code}', example: 'SAVE10' } as const;
const PICTURE = {
  format: 'image',
  link: 'https://t.example/p/{order_id}.png',
  sample: 'https://t.example/p/1.png',
} as const;

test('each template becomes the narrowest content that says the whole of it', () => {
  const body = 'Olá, tudo bem aqui.';
  const kindOf = (changes: Partial<TemplateDraft>) => Object.entries(typesOf({ body, ...changes }) as object)[0];
  const quick = { type: 'QUICK_REPLY', title: 'Thanks', id: '{{1}}' };
  assert.deepEqual(kindOf({ buttons: [QUICK] }), ['twilio/quick-reply', { body, actions: [quick] }]);
  const actions = [
    { type: 'URL', title: 'Open', url: 'https://t.example/o/{{1}}' },
    { type: 'PHONE_NUMBER', title: 'Call', phone: '+40712345678' },
    { type: 'COPY_CODE', title: 'Copy offer code', code: '{{2}}' },
    { type: 'REQUEST_CONTACT_INFO' },
  ];
  const links = [OPEN, CALL, COUPON, { type: 'request_contact_info' } as const];
  assert.deepEqual(kindOf({ buttons: links }), ['twilio/call-to-action', { body, actions }]);
  const media = ['https://t.example/{{1}}'];
  assert.deepEqual(kindOf({ media: PICTURE }), ['twilio/media', { body, media }]);
  const [mixed, card] = kindOf({ media: PICTURE, footer: 'STOP', buttons: [QUICK, OPEN] })!;
  assert.equal(mixed, 'whatsapp/card');
  assert.deepEqual(card.actions, [
    { ...quick, id: '{{2}}' },
    { type: 'URL', title: 'Open', url: 'https://t.example/o/{{3}}' },
  ]);
  assert.deepEqual(contentOf({ body, media: PICTURE, buttons: [QUICK, OPEN] })['variables'], {
    1: 'p/1.png',
    2: 'Thanks',
    3: 'A-1',
  });
});

test('a message fills the numbers that its template was handed in with', () => {
  const given = contentOf({ header: 'Pedido {order_id}', media: null, buttons: [QUICK, CALL, OPEN, COUPON] });
  const content = {
    kind: 'template',
    name: 'n',
    language: 'pt_BR',
    providerTemplateId: HX,
    header: [{ name: 'order_id', value: 'A-1' }],
    body: [
      { name: 'first_name', value: 'Ana' },
      { name: 'order_id', value: 'A-1' },
    ],
    buttons: [
      { index: 0, type: 'quick_reply', value: 'thanks:A-1' },
      { index: 2, type: 'url', value: 'A-1' },
      { index: 3, type: 'copy_code', value: 'SAVE20' },
    ],
  } as const;
  const told = (more: object = {}) =>
    JSON.parse(toForm(asked({ ...content, ...more }), sender).get('ContentVariables')!);
  assert.deepEqual(told(), { 1: 'A-1', 2: 'Ana', 3: 'thanks:A-1', 4: 'A-1', 5: 'SAVE20' });
  assert.deepEqual(Object.keys(told()), Object.keys(given['variables'] as object));
  const media = { format: 'image', link: 'https://t.example/p/A 1.png?x=1' } as const;
  assert.deepEqual(told({ header: [], media, buttons: [] }), { 1: 'Ana', 2: 'A-1', 3: 'p/A 1.png?x=1' });
});

test('a one-time code is WhatsApp’s own text: one variable, one button, and the advice only where it was asked for', () => {
  const otp = { type: 'otp', otp_type: 'copy_code' } as const;
  const code = { category: 'AUTHENTICATION', body: '*{code}* is your code.', buttons: [otp] } as const;
  const authentication = { code_expiration_minutes: 10, add_security_recommendation: true };
  const actions = [{ type: 'COPY_CODE', copy_code_text: 'Copy code' }];
  assert.deepEqual(typesOf({ ...code, authentication: {} }), {
    'whatsapp/authentication': { add_security_recommendation: false, actions },
  });
  const whole = contentOf({ ...code, authentication });
  assert.deepEqual(whole['types'], { 'whatsapp/authentication': { ...authentication, actions } });
  assert.deepEqual(whole['variables'], { 1: '123456' });
  const content = {
    kind: 'template',
    name: 'n',
    language: 'en',
    providerTemplateId: HX,
    header: [],
    body: [{ name: 'code', value: '424242' }],
    buttons: [{ index: 0, type: 'otp', value: '424242' }],
  } as const;
  assert.equal(toForm(asked(content), sender).get('ContentVariables'), '{"1":"424242"}');
});

test('what Twilio has no words for is refused with a sentence, and nothing of it leaves', async () => {
  const wire = { request: () => assert.fail('nothing may leave') };
  const refusals: [Partial<TemplateDraft>, RegExp][] = [
    [{ media: { format: 'location', latitude: '1', longitude: '2' } }, /no place/],
    [{ media: { ...PICTURE, link: '{download_url}' } }, /begin with https:/],
    [{ media: { ...PICTURE, sample: 'data:image/png;base64,AA==' } }, /below https:\/\/t\.example\//],
    [{ media: { ...PICTURE, sample: undefined } }, /below https:/],
    [{ media: { ...PICTURE, filename: 'x.png' } }, /no file name/],
    [{ buttons: [{ type: 'flow', text: 'Rate', flow_id: '1' }] }, /no button of the kind flow/],
    [{ buttons: [{ type: 'catalog', text: 'Shop' }] }, /no button of the kind catalog/],
    [{ footer: 'STOP', buttons: [{ type: 'request_contact_info' }] }, /contact only beside/],
    [{ category: 'AUTHENTICATION', buttons: [{ type: 'otp', otp_type: 'one_tap' }] }, /copies the code/],
  ];
  for (const [changes, sentence] of refusals) {
    const outcome = await twilio.submitTemplate({ ...draft, ...changes }, null, sender, wire);
    assert.ok(outcome.kind === 'refused', JSON.stringify(outcome));
    assert.match(outcome.detail, sentence);
  }
});

test('the name of a content says which text it is, with everything that people see of it', () => {
  const name = (changes: Partial<TemplateDraft> = {}) => nameOf(contentOf(changes));
  assert.match(name(), /^order_confirm_[0-9a-f]{8}$/);
  assert.equal(name({ samples: {} }), name());
  const others: Partial<TemplateDraft>[] = [
    { body: 'x' },
    { footer: 'x' },
    { language: 'en' },
    { category: 'MARKETING' },
    { buttons: [QUICK] },
    { buttons: [{ ...QUICK, text: 'No' }] },
    { buttons: [OPEN] },
    { buttons: [OPEN, CALL] },
    { media: PICTURE },
    { media: { ...PICTURE, link: 'https://u.example/{order_id}', sample: 'https://u.example/1.png' } },
  ];
  assert.equal(new Set([name(), ...others.map(name)]).size, others.length + 1);
  assert.equal(name({ name: 'x'.repeat(512) }).length, 512);
});

test('an approval’s standing is understood in both cases, and what is unknown waits', () => {
  const read = ['unsubmitted', 'received', 'PENDING', 'Approved', 'rejected', 'PAUSED', 'disabled', 'odd', undefined];
  assert.deepEqual(read.map(toStatus), [
    'pending',
    'pending',
    'pending',
    'approved',
    'rejected',
    'paused',
    'disabled',
    'pending',
    'pending',
  ]);
});

for (const { what, query = '', form, event } of [...STATUSES, ...MESSAGES])
  test(`a webhook is read: ${what}`, () => {
    const body = Buffer.from(new URLSearchParams(form).toString());
    assert.deepEqual(webhook.parse(body, { query, at: AT }), [event]);
    const lane = 'MessageStatus' in form ? 'receipts' : 'people';
    assert.equal(webhook.lane(body), lane);
  });

test('JSON, an empty body and bytes of no meaning are known for what they are', () => {
  const arrival = { query: '', at: AT };
  assert.deepEqual(webhook.parse(Buffer.from('{"a":1}'), arrival), [{ kind: 'ignored', what: 'json' }]);
  assert.deepEqual(webhook.parse(Buffer.from(''), arrival), [{ kind: 'ignored', what: 'form' }]);
  assert.deepEqual(webhook.parse(Buffer.from([0xff, 0xfe, 0]), arrival), [{ kind: 'ignored', what: 'form' }]);
});

test('NUL and half a surrogate pair, which can’t be stored, cost nobody their STOP', () => {
  const [event] = webhook.parse(
    Buffer.from(`MessageSid=${sid}&From=whatsapp%3A%2B40712345678&Body=STOP%00+%ED%A0%BD`),
    { query: '', at: AT },
  );
  assert.ok(event?.kind === 'inbound');
  assert.match(event.text!, /^STOP /);
  assert.ok(!JSON.stringify(event).includes('\\u0000') && event.text!.isWellFormed());
});
