/** The pure halves of the adapter's templates: components, parameters, webhooks, each as the platform writes it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TemplateContent, TemplateDraft } from '#core/provider.ts';
import { fromComponents, toComponents } from './components.ts';
import { toBody } from './send.ts';
import { webhook } from './webhook.ts';

const draft = (changes: Partial<TemplateDraft>): TemplateDraft => ({
  name: 'n',
  language: 'en',
  category: 'UTILITY',
  header: null,
  body: 'All is well.',
  footer: null,
  samples: {},
  ...changes,
});

test('each kind of button is handed in as the platform writes it', () => {
  const components = toComponents(
    draft({
      samples: { order_id: 'A-1', discount_code: 'SAVE10' },
      buttons: [
        { type: 'quick_reply', text: 'Yes', payload: 'y:{order_id}' },
        { type: 'url', text: 'Open', url: 'https://t.example/o/{order_id}' },
        { type: 'url', text: 'Look', url: 'https://t.example/', example: 'unused' },
        { type: 'phone_number', text: 'Call', phone_number: '+40712345678' },
        { type: 'copy_code', code: '{discount_code}' },
        { type: 'request_contact_info' },
        { type: 'flow', text: 'Rate', flow_id: '7', screen: 'START' },
        { type: 'catalog', text: 'View catalog' },
      ],
    }),
  );
  assert.deepEqual(components.at(-1), {
    type: 'BUTTONS',
    buttons: [
      { type: 'QUICK_REPLY', text: 'Yes' },
      { type: 'URL', text: 'Open', url: 'https://t.example/o/{{1}}', example: ['A-1'] },
      { type: 'URL', text: 'Look', url: 'https://t.example/' },
      { type: 'PHONE_NUMBER', text: 'Call', phone_number: '+40712345678' },
      { type: 'COPY_CODE', example: 'SAVE10' },
      { type: 'REQUEST_CONTACT_INFO' },
      { type: 'FLOW', text: 'Rate', flow_id: '7', flow_action: 'navigate', navigate_screen: 'START' },
      { type: 'CATALOG', text: 'View catalog' },
    ],
  });
});

test('a one-time code has no text, and its button no words', () => {
  const apps = [{ package_name: 'com.example.app', signature_hash: 'K8a/AINcGX7' }];
  const components = toComponents(
    draft({
      category: 'AUTHENTICATION',
      body: '*{code}* is your verification code.',
      footer: 'This code expires in 5 minutes.',
      authentication: { add_security_recommendation: true, code_expiration_minutes: 5 },
      buttons: [{ type: 'otp', otp_type: 'zero_tap', apps, zero_tap_terms_accepted: true }],
    }),
  );
  assert.deepEqual(components, [
    { type: 'BODY', add_security_recommendation: true },
    { type: 'FOOTER', code_expiration_minutes: 5 },
    {
      type: 'BUTTONS',
      buttons: [{ type: 'OTP', otp_type: 'ZERO_TAP', supported_apps: apps, zero_tap_terms_accepted: true }],
    },
  ]);
});

test('headers with files bring the handle of their sample, places bring nothing', () => {
  assert.deepEqual(toComponents(draft({ media: { format: 'document', link: '{x}' } }), '4::abc')[0], {
    type: 'HEADER',
    format: 'DOCUMENT',
    example: { header_handle: ['4::abc'] },
  });
  assert.deepEqual(toComponents(draft({ media: { format: 'location' } }))[0], { type: 'HEADER', format: 'LOCATION' });
});

test('a template that counts its variables is handed in by their numbers, whatever their order', () => {
  const components = toComponents(
    draft({
      positional: true,
      header: 'For {h1}',
      body: 'Order {v2} of {v1} is {v2}.',
      samples: { v1: 'Ana', v2: 'A-1', h1: 'x' },
    }),
  );
  assert.deepEqual(components, [
    { type: 'HEADER', format: 'TEXT', text: 'For {{1}}', example: { header_text: ['x'] } },
    { type: 'BODY', text: 'Order {{2}} of {{1}} is {{2}}.', example: { body_text: [['Ana', 'A-1']] } },
  ]);
});

test('listed templates are read back, one-time codes from the address that stands for their button too', () => {
  const read = fromComponents(
    [
      {
        type: 'BODY',
        text: '*{{1}}* is your verification code.',
        add_security_recommendation: true,
        example: { body_text: [['123456']] },
      },
      { type: 'FOOTER', text: 'This code expires in 10 minutes.', code_expiration_minutes: 10 },
      {
        type: 'BUTTONS',
        buttons: [
          {
            type: 'URL',
            text: 'Copy code',
            url: 'https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}',
          },
        ],
      },
    ],
    true,
    'AUTHENTICATION',
  );
  assert.deepEqual(read.parts.buttons, [{ type: 'otp', otp_type: 'copy_code' }]);
  assert.deepEqual(read.authentication, { add_security_recommendation: true, code_expiration_minutes: 10 });
  assert.deepEqual(read.unknown, []);
});

test('what we have no words for is named', () => {
  const { unknown } = fromComponents(
    [
      { type: 'HEADER', format: 'PRODUCT' },
      { type: 'BODY', text: 'x' },
      { type: 'CAROUSEL' },
      { type: 'BUTTONS', buttons: [{ type: 'MPM' }] },
    ],
    false,
    'MARKETING',
  );
  assert.deepEqual(unknown, ['CAROUSEL', 'HEADER PRODUCT', 'button MPM']);
});

test('a message brings header, text and buttons, each parameter in its own shape', () => {
  const content: TemplateContent = {
    kind: 'template',
    providerTemplateId: null,
    name: 'n',
    language: 'ro',
    header: [],
    body: [{ name: 'first_name', value: 'Ana' }],
    media: { format: 'document', link: 'https://t.example/1.pdf', filename: '1.pdf' },
    buttons: [
      { index: 0, type: 'quick_reply', value: 'p' },
      { index: 2, type: 'url', value: 'A-1' },
      { index: 3, type: 'copy_code', value: 'SAVE10' },
      { index: 4, type: 'flow' },
    ],
  };
  const body = toBody({ to: '+40712345678', correlation: 'msg_x.1', content }) as {
    template: { components: unknown[] };
  };
  assert.deepEqual(body.template.components, [
    {
      type: 'header',
      parameters: [{ type: 'document', document: { link: 'https://t.example/1.pdf', filename: '1.pdf' } }],
    },
    { type: 'body', parameters: [{ type: 'text', parameter_name: 'first_name', text: 'Ana' }] },
    { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'p' }] },
    { type: 'button', sub_type: 'url', index: '2', parameters: [{ type: 'text', text: 'A-1' }] },
    { type: 'button', sub_type: 'copy_code', index: '3', parameters: [{ type: 'coupon_code', coupon_code: 'SAVE10' }] },
    {
      type: 'button',
      sub_type: 'flow',
      index: '4',
      parameters: [{ type: 'action', action: { flow_token: 'msg_x.1' } }],
    },
  ]);
});

test('a code goes twice, without a name, and the second time as the end of an address', () => {
  const content: TemplateContent = {
    kind: 'template',
    providerTemplateId: null,
    name: 'n',
    language: 'en',
    header: [],
    body: [{ name: 'code', value: '493021' }],
    buttons: [{ index: 0, type: 'otp', value: '493021' }],
    positional: true,
  };
  const body = toBody({ to: '+40712345678', correlation: 'c', content }) as { template: { components: unknown[] } };
  assert.deepEqual(body.template.components, [
    { type: 'body', parameters: [{ type: 'text', text: '493021' }] },
    { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '493021' }] },
  ]);
});

const ID = '900719925474099267';
const about = { message_template_id: 'ID', message_template_name: 'n', message_template_language: 'en-US' };
const base = { kind: 'template', providerTemplateId: ID, name: 'n', language: 'en-US', at: 1_795_251_600_000 };

/** As it arrives: the id a number of eighteen digits. */
function parse(field: string, value: object) {
  const body = JSON.stringify({
    entry: [{ id: '1', time: 1_795_251_600, changes: [{ field, value: { ...about, ...value } }] }],
  });
  return webhook.parse(Buffer.from(body.replace('"ID"', ID)), { query: '', at: 1_795_251_600_000 });
}

const TOLD: readonly [what: string, field: string, value: object, event: object][] = [
  ['an approval', 'message_template_status_update', { event: 'APPROVED', reason: 'NONE' }, { status: 'approved' }],
  [
    'an approval with a null',
    'message_template_status_update',
    { event: 'APPROVED', reason: null },
    { status: 'approved' },
  ],
  [
    'a refusal with advice',
    'message_template_status_update',
    { event: 'REJECTED', reason: 'INVALID_FORMAT', rejection_info: { reason: 'Odd', recommendation: 'Mend it' } },
    { status: 'rejected', reason: 'INVALID_FORMAT: Odd: Mend it' },
  ],
  [
    'a pause without a reason',
    'message_template_status_update',
    { event: 'PAUSED', other_info: { title: 'FIRST_PAUSE', description: 'For 3 hours' } },
    { status: 'paused', reason: 'FIRST_PAUSE: For 3 hours' },
  ],
  [
    'an end with its date',
    'message_template_status_update',
    { event: 'DISABLED', reason: 'NONE', disable_info: { disable_date: 1_795_251_600 } },
    { status: 'disabled', reason: 'since second 1795251600' },
  ],
  [
    'a flag',
    'message_template_status_update',
    { event: 'FLAGGED', reason: 'NONE' },
    { status: 'approved', reason: 'FLAGGED' },
  ],
  [
    'a rating',
    'message_template_quality_update',
    { previous_quality_score: 'GREEN', new_quality_score: 'RED' },
    { quality: 'RED' },
  ],
  [
    'a rating under another name',
    'message_template_status_update',
    { previous_quality_score: 'GREEN', new_quality_score: 'RED' },
    { quality: 'RED' },
  ],
  [
    'an announced category',
    'template_category_update',
    { new_category: 'UTILITY', correct_category: 'MARKETING', category_update_timestamp: 1_795_338_000 },
    { category: { to: 'MARKETING', kind: 'announced', announcedFor: 1_795_338_000_000 } },
  ],
  [
    'another category',
    'template_category_update',
    { previous_category: 'UTILITY', new_category: 'MARKETING' },
    { category: { to: 'MARKETING', kind: 'done' } },
  ],
  [
    'another text',
    'message_template_components_update',
    {
      message_template_element: 'Hi {{first_name}}',
      message_template_title: 'For {{1}}',
      message_template_footer: 'Bye',
      message_template_buttons: [
        {
          message_template_button_type: 'URL',
          message_template_button_text: 'Open',
          message_template_button_url: 'https://t.example/{{1}}',
        },
        {
          message_template_button_type: 'PHONE_NUMBER',
          message_template_button_text: 'Call',
          message_template_button_phone_number: '40712345678',
        },
      ],
    },
    {
      parts: {
        header: 'For {h1}',
        body: 'Hi {first_name}',
        footer: 'Bye',
        buttons: [
          { type: 'url', text: 'Open', url: 'https://t.example/{button_1}' },
          { type: 'phone_number', text: 'Call', phone_number: '+40712345678' },
        ],
      },
    },
  ],
];

for (const [what, field, value, event] of TOLD)
  test(`the provider tells of ${what}, with every digit of the id`, () => {
    assert.deepEqual(parse(field, value), [{ ...base, ...event }]);
  });

test('what is only watched and what is not known is named and changes nothing', () => {
  for (const [field, value] of [
    ['template_correct_category_detection', { correct_category: 'MARKETING' }],
    ['message_template_status_update', { event: 'DANCED' }],
    ['message_template_status_update', {}],
  ] as const)
    assert.deepEqual(
      parse(field, value).map(event => event.kind),
      ['ignored'],
      field,
    );
});
