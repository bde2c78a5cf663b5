import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  categoryOf,
  changeOf,
  GREETING,
  openPlatform,
  type Platform,
  type Reply,
  sentId,
  statusOf,
  textParameters,
  WABA,
} from './testing.ts';

let platform: Platform;
before(async () => {
  platform = await openPlatform();
  await platform.approved(GREETING);
});
after(() => platform.close());

function create(template: Record<string, unknown>): Promise<Reply> {
  return platform.graph('POST', `${WABA}/message_templates`, { language: 'en', category: 'UTILITY', ...template });
}

function assertCode(reply: Reply, status: number, code: number, subcode?: number): void {
  assert.equal(reply.error?.code, code, JSON.stringify(reply.json));
  assert.equal(reply.status, status);
  assert.equal(reply.error?.error_subcode, subcode);
}

const NAMED = {
  name: 'order_named',
  language: 'ro',
  parameter_format: 'NAMED',
  components: [
    {
      type: 'BODY',
      text: 'Bună {{first_name}}, comanda {{order}} e gata.',
      example: {
        body_text_named_params: [
          { param_name: 'first_name', example: 'Ana' },
          { param_name: 'order', example: '1' },
        ],
      },
    },
  ],
};

test('a template is pending at first, and approved a moment later by webhook with its id as a number', async () => {
  const components = [...GREETING.components, { type: 'FOOTER', text: 'The second' }];
  const reply = await create({ name: 'second', components });
  assert.equal(reply.json['status'], 'PENDING');
  const webhook = await platform.receiver.next(one => one.body.includes('"message_template_name":"second"'));
  assert.match(webhook.body, new RegExp(`"message_template_id":${reply.json['id']},`));
  assert.ok(
    BigInt(String(reply.json['id'])) > BigInt(Number.MAX_SAFE_INTEGER),
    'a trap for those who parse it as a double',
  );
  assert.equal(changeOf(webhook).value['event'], 'APPROVED');
  assert.equal((await platform.graph('GET', `${reply.json['id']}?fields=status`)).json['status'], 'APPROVED');
});

test('what Meta refuses at once is refused at once', async () => {
  const body = (text: string, example?: unknown) => ({ name: 'bad', components: [{ type: 'BODY', text, example }] });
  const one = { body_text: [['x']] };
  assertCode(await create({ ...GREETING, name: 'Bad Name' }), 400, 100, 2388047);
  assertCode(await create({ ...GREETING }), 400, 100, 2388024);
  assertCode(await create({ ...GREETING, name: 'bad', category: 'OTHER' }), 400, 100);
  assertCode(await create({ ...GREETING, name: 'bad', language: 'english' }), 400, 100);
  assertCode(await create({ name: 'bad', components: [] }), 400, 100);
  assertCode(await create({ name: 'bad', components: [{ type: 'FOOTER', text: 'x' }] }), 400, 100, 2388072);
  assertCode(await create(body('Hello {{1}}', one)), 400, 100, 2388299);
  assertCode(await create(body('Hello {{2}} there', one)), 400, 100, 2388072);
  assertCode(await create(body('Hello {{1}} there')), 400, 100, 2388043);
  assertCode(await create(body('x'.repeat(1025))), 400, 100, 2388040);
  assertCode(await create(body('{{1}} {{2}} ok', { body_text: [['x', 'y']] })), 400, 100, 2388299);
  assertCode(await create(body('a {{1}} {{2}} ok', { body_text: [['x', 'y']] })), 400, 100, 2388072);
  assertCode(await create(body('a {{1}}, {{2}}, {{3}} ok', { body_text: [['x', 'y', 'z']] })), 400, 100, 2388293);
});

const BODY = { type: 'BODY', text: 'All is well with your order.' };
const withButtons = (...buttons: object[]) => ({ name: 'bad', components: [BODY, { type: 'BUTTONS', buttons }] });
const quick = (text: string) => ({ type: 'QUICK_REPLY', text });
const OTP = { type: 'OTP', otp_type: 'COPY_CODE' };

const REFUSED: readonly [what: string, template: Record<string, unknown>, subcode: number | undefined][] = [
  [
    'an emoji in a header',
    { name: 'bad', components: [{ type: 'HEADER', format: 'TEXT', text: 'Hi 🎭' }, BODY] },
    2388047,
  ],
  ['marks in a header', { name: 'bad', components: [{ type: 'HEADER', text: '*Hi*' }, BODY] }, 2388047],
  ['a file that was never uploaded', { name: 'bad', components: [{ type: 'HEADER', format: 'IMAGE' }, BODY] }, 2388043],
  [
    'a handle that nobody gave out',
    { name: 'bad', components: [{ type: 'HEADER', format: 'IMAGE', example: { header_handle: ['4::x'] } }, BODY] },
    2388273,
  ],
  ['a header of an unknown kind', { name: 'bad', components: [{ type: 'HEADER', format: 'SOUND' }, BODY] }, undefined],
  ['a component of an unknown kind', { name: 'bad', components: [BODY, { type: 'MUSIC' }] }, undefined],
  ['two bodies', { name: 'bad', components: [BODY, BODY] }, undefined],
  ['an emoji in a footer', { name: 'bad', components: [BODY, { type: 'FOOTER', text: 'bye 👋' }] }, 2388073],
  ['eleven buttons', withButtons(...Array.from({ length: 11 }, (_, n) => quick(`${n}`))), 2388072],
  [
    'two numbers',
    withButtons(...[1, 2].map(n => ({ type: 'PHONE_NUMBER', text: `${n}`, phone_number: '+40712345678' }))),
    2388072,
  ],
  ['an emoji on a button', withButtons(quick('Yes 👍')), 2388072],
  ['26 characters on a button', withButtons(quick('x'.repeat(26))), 2388040],
  [
    'quick replies apart',
    withButtons(quick('a'), { type: 'URL', text: 'b', url: 'https://t.example/' }, quick('c')),
    2388072,
  ],
  ['an address without an example', withButtons({ type: 'URL', text: 'a', url: 'https://t.example/{{1}}' }), 2388072],
  [
    'a variable in the middle of an address',
    withButtons({ type: 'URL', text: 'a', url: 'https://t.example/{{1}}/x', example: ['x'] }),
    2388072,
  ],
  ['a code without an example', withButtons({ type: 'COPY_CODE' }), 2388072],
  ['a code of 21 characters', withButtons({ type: 'COPY_CODE', example: 'x'.repeat(21) }), 2388040],
  ['a flow without its id', withButtons({ type: 'FLOW', text: 'Rate us' }), 2388072],
  ['a button of an unknown kind', withButtons({ type: 'DANCE', text: 'x' }), 2388072],
  ['a code button in a utility', withButtons(OTP), 2388072],
  ['text in an authentication template', { ...withButtons(OTP), category: 'AUTHENTICATION' }, 2388072],
  [
    'an authentication template without its button',
    { name: 'bad', category: 'AUTHENTICATION', components: [{ type: 'BODY' }] },
    2388072,
  ],
  [
    'one tap without an app',
    {
      name: 'bad',
      category: 'AUTHENTICATION',
      components: [{ type: 'BODY' }, { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'ONE_TAP' }] }],
    },
    2388072,
  ],
];

for (const [what, template, subcode] of REFUSED)
  test(`refused at once: ${what}`, async () => {
    assertCode(await create(template), 400, 100, subcode);
  });

test('every other kind of button is taken, and asked for what it needs', async () => {
  await platform.approved({
    name: 'kinds',
    components: [
      { type: 'HEADER', format: 'LOCATION' },
      BODY,
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'COPY_CODE', example: 'SAVE10' },
          { type: 'FLOW', text: 'Rate us', flow_id: '1' },
          { type: 'REQUEST_CONTACT_INFO' },
          { type: 'CATALOG', text: 'View catalog' },
        ],
      },
    ],
  });
  const place = { latitude: '44.43', longitude: '26.10', name: 'Sala Palatului', address: 'Str. Ion Câmpineanu 28' };
  const header = (location: object) => ({ type: 'header', parameters: [{ type: 'location', location }] });
  const button = (sub_type: string, index: string, parameter: object) => ({
    type: 'button',
    sub_type,
    index,
    parameters: [parameter],
  });
  const code = (text: string) => button('copy_code', '0', { type: 'coupon_code', coupon_code: text });
  const send = (...components: object[]) => platform.sendTemplate('kinds', components);
  assertCode(await send(header(place)), 400, 131008);
  assertCode(await send(header({ name: 'x' }), code('SAVE10')), 400, 132018);
  assertCode(await send(header(place), code('x'.repeat(21))), 400, 132018);
  assertCode(await send(header(place), button('url', '0', { type: 'text', text: 'SAVE10' })), 400, 132012);
  assertCode(await send(header(place), code('SAVE10'), button('url', '2', { type: 'text', text: 'x' })), 400, 132018);
  assertCode(await send(header(place), code('SAVE10'), button('url', '9', { type: 'text', text: 'x' })), 400, 132018);
  assert.equal((await send(header(place), code('SAVE10'))).status, 200);
  const shown = (await (await fetch(`${platform.emulator.url}/_sandbox/phones/40712345678/messages`)).json()) as {
    buttons: object[];
    document: object;
  }[];
  assert.deepEqual(shown.at(-1)?.buttons, [
    { type: 'copy_code', text: 'Copy offer code', payload: 'SAVE10' },
    { type: 'flow', text: 'Rate us' },
    { type: 'contact', text: 'Share contact info' },
    { type: 'catalog', text: 'View catalog' },
  ]);
  assert.deepEqual(shown.at(-1)?.document, { kind: 'location', filename: 'Sala Palatului, Str. Ion Câmpineanu 28' });
});

test('a code for logging in is refused by the review outside of its category', async () => {
  const text = 'Hello, your verification code is {{1}} for the next minutes.';
  await create({ name: 'sly', components: [{ type: 'BODY', text, example: { body_text: [['1']] } }] });
  const verdict = await platform.receiver.next(one => one.body.includes('"message_template_name":"sly"'));
  assert.deepEqual(
    [changeOf(verdict).value['event'], changeOf(verdict).value['reason']],
    ['REJECTED', 'INCORRECT_CATEGORY'],
  );
});

test('a paused template is unpaused by its own address, and only then', async () => {
  const id = await platform.approved({ ...GREETING, name: 'resting' });
  assertCode(await platform.graph('POST', `${id}/unpause`, {}), 400, 100, 2388039);
  await platform.control('templates/resting/review', { status: 'PAUSED' });
  assert.deepEqual((await platform.graph('POST', `${id}/unpause`, {})).json, { success: true });
  assert.equal((await platform.sendTemplate('resting', textParameters('Ana'))).status, 200);
});

test('a text that Meta changed is told by webhook and is what goes out', async () => {
  await platform.approved({ ...GREETING, name: 'mended' });
  await platform.control('templates/mended/components', { body: 'Good day {{1}}, welcome.' });
  const told = await platform.receiver.next(one => changeOf(one).field === 'message_template_components_update');
  assert.equal(changeOf(told).value['message_template_element'], 'Good day {{1}}, welcome.');
  const id = sentId(await platform.sendTemplate('mended', textParameters('Ana')));
  assert.equal(platform.emulator.world.message(id)?.content.text, 'Good day Ana, welcome.');
  assert.equal((await platform.control('templates/mended/components', {})).status, 422);
});

test('the list is filtered and paged by cursors', async () => {
  await platform.approved({ ...GREETING, language: 'ro' });
  const byName = (await platform.graph('GET', `${WABA}/message_templates?name=greeting&fields=name,language`)).json;
  assert.deepEqual(
    (byName['data'] as { language: string }[]).map(one => one.language),
    ['en', 'ro'],
  );
  const first = (await platform.graph('GET', `${WABA}/message_templates?limit=1`)).json;
  const { cursors, next } = first['paging'] as { cursors: { after: string }; next: string };
  assert.ok(next.includes(`after=${cursors.after}`));
  const second = (await platform.graph('GET', `${WABA}/message_templates?limit=1&after=${cursors.after}`)).json;
  assert.notDeepEqual(second['data'], first['data']);
  assertCode(await platform.graph('GET', `${WABA}/message_templates?after=bogus`), 400, 131059);
});

test('parameters are counted and named as strictly as Meta does', async () => {
  await platform.approved(NAMED);
  const { sendTemplate } = platform;
  assertCode(await sendTemplate('greeting', []), 400, 132000);
  assertCode(await sendTemplate('greeting', textParameters('a', 'b')), 400, 132000);
  assertCode(await sendTemplate('greeting', textParameters('two\nlines')), 400, 132018);
  assertCode(await sendTemplate('greeting', textParameters('')), 400, 131008);
  assertCode(await sendTemplate('greeting', textParameters('x'.repeat(1024))), 400, 132005);
  assertCode(await sendTemplate('order_named', textParameters('a', 'b'), 'ro'), 400, 132012);
  const named = (...names: string[]) => [
    { type: 'body', parameters: names.map(name => ({ type: 'text', parameter_name: name, text: 'x' })) },
  ];
  assertCode(await sendTemplate('order_named', named('first_name', 'other'), 'ro'), 400, 132012);
  assertCode(await sendTemplate('order_named', named('first_name'), 'ro'), 400, 132000);
  assert.equal((await sendTemplate('order_named', named('order', 'first_name'), 'ro')).status, 200);
});

test('a template that is unknown, of another language, rejected, paused or disabled does not go out', async () => {
  await platform.approved({ ...GREETING, name: 'judged' });
  const send = () => platform.sendTemplate('judged', textParameters('Ana'));
  assertCode(await platform.sendTemplate('none'), 404, 132001);
  assertCode(await platform.sendTemplate('greeting', textParameters('Ana'), 'de'), 404, 132001);
  await platform.control('templates/judged/review', { status: 'REJECTED', reason: 'SCAM' });
  const rejection = await platform.receiver.next(one => changeOf(one).value['event'] === 'REJECTED');
  assert.equal(changeOf(rejection).value['reason'], 'SCAM');
  assertCode(await send(), 404, 132001);
  await platform.control('templates/judged/review', { status: 'PAUSED' });
  assertCode(await send(), 400, 132015);
  await platform.control('templates/judged/review', { status: 'DISABLED' });
  assertCode(await send(), 400, 132016);
  await platform.control('templates/judged/review', { status: 'approved' });
  assert.equal((await send()).status, 200);
});

test('a text that was edited before its review is not approved by it', async () => {
  const body = (text: string) => [{ type: 'BODY', text }];
  await platform.control('templates', { review: 'automatic', delay_ms: 50 });
  const { json } = await create({ name: 'overtaken', components: body('The first words of it.') });
  await platform.control('templates/overtaken/review', { status: 'APPROVED' });
  await platform.control('templates', { review: 'manual' });
  assert.equal((await platform.graph('POST', String(json['id']), { components: body('Other words.') })).status, 200);
  await platform.control('templates', { review: 'automatic', delay_ms: 100 });
  const later = await create({ name: 'later', components: body('These are reviewed after it.') });
  await platform.receiver.next(one => one.body.includes(`"message_template_id":${later.json['id']}`));
  assert.equal((await platform.graph('GET', `${json['id']}?fields=status`)).json['status'], 'PENDING');
  await platform.control('templates', { review: 'automatic', delay_ms: 1 });
});

test('red quality pauses a template, and its webhook is told apart from the pause', async () => {
  await platform.approved({ ...GREETING, name: 'annoying' });
  await platform.control('templates/annoying/quality', { quality: 'RED' });
  const quality = await platform.receiver.next(one => changeOf(one).field === 'message_template_quality_update');
  assert.equal(changeOf(quality).value['new_quality_score'], 'RED');
  assertCode(await platform.sendTemplate('annoying', textParameters('Ana')), 400, 132015);
});

test('a moved category is announced first, then done, and later messages are priced by it', async () => {
  await platform.approved({ ...GREETING, name: 'moved' });
  await platform.control('templates/moved/category', { category: 'MARKETING', impending: true });
  const notice = await platform.receiver.next(one => changeOf(one).field === 'template_category_update');
  assert.equal(changeOf(notice).value['new_category'], 'UTILITY');
  assert.equal(changeOf(notice).value['correct_category'], 'MARKETING');
  await platform.control('templates/moved/category', { category: 'MARKETING' });
  const done = await platform.receiver.next(one => changeOf(one).value['previous_category'] === 'UTILITY');
  assert.equal(changeOf(done).value['new_category'], 'MARKETING');
  const id = sentId(await platform.sendTemplate('moved', textParameters('Ana')));
  const sent = await platform.receiver.next(one => statusOf(one)?.['id'] === id);
  assert.equal(categoryOf(sent), 'marketing');
});

test('marketing to someone who stopped it is accepted and fails; utility is not touched', async () => {
  await platform.approved({ ...GREETING, name: 'promo', category: 'MARKETING' });
  await platform.control('phones/40712345678/stop-marketing');
  const preference = await platform.receiver.next(one => changeOf(one).field === 'user_preferences');
  const [said] = changeOf(preference).value['user_preferences'] as Record<string, unknown>[];
  assert.equal(said?.['value'], 'stop');
  assert.equal(typeof said?.['timestamp'], 'number');
  const id = sentId(await platform.sendTemplate('promo', textParameters('Ana')));
  const failed = statusOf(await platform.receiver.next(one => statusOf(one)?.['id'] === id));
  assert.equal(failed?.['status'], 'failed');
  const errors = failed?.['errors'] as { code: number }[] | undefined;
  assert.equal(errors?.[0]?.code, 131050);
  const other = sentId(await platform.sendTemplate('greeting', textParameters('Ana')));
  const sent = await platform.receiver.next(one => statusOf(one)?.['id'] === other);
  assert.equal(statusOf(sent)?.['status'], 'sent');
});

test('buttons and headers with variables ask for their parameters', async () => {
  await platform.approved({
    name: 'ticket',
    components: [
      { type: 'HEADER', format: 'DOCUMENT', example: { header_handle: [await platform.upload('application/pdf')] } },
      { type: 'BODY', text: 'Here is your ticket.' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'URL', text: 'Open', url: 'https://t.example/{{1}}', example: ['x'] },
          { type: 'QUICK_REPLY', text: 'Thanks' },
        ],
      },
    ],
  });
  const header = {
    type: 'header',
    parameters: [{ type: 'document', document: { link: 'https://t.example/t.pdf', filename: 't.pdf' } }],
  };
  const url = { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 'tok' }] };
  const reply = {
    type: 'button',
    sub_type: 'quick_reply',
    index: 1,
    parameters: [{ type: 'payload', payload: 'p-1' }],
  };
  assertCode(await platform.sendTemplate('ticket', [url]), 400, 132012);
  assertCode(await platform.sendTemplate('ticket', [header]), 400, 131008);
  assert.equal((await platform.sendTemplate('ticket', [header, url, reply])).status, 200);
  const shown = (await (await fetch(`${platform.emulator.url}/_sandbox/phones/40712345678/messages`)).json()) as Record<
    string,
    unknown
  >[];
  assert.deepEqual(shown.at(-1)?.['buttons'], [
    { type: 'url', text: 'Open', url: 'https://t.example/tok' },
    { type: 'quick_reply', text: 'Thanks', payload: 'p-1' },
  ]);
  assert.deepEqual(shown.at(-1)?.['document'], {
    kind: 'document',
    link: 'https://t.example/t.pdf',
    filename: 't.pdf',
  });
});

test('a one-time code is written into Meta’s own text and onto the button', async () => {
  await platform.approved({
    name: 'login',
    language: 'ro',
    category: 'AUTHENTICATION',
    components: [
      { type: 'BODY', add_security_recommendation: true },
      { type: 'FOOTER', code_expiration_minutes: 5 },
      { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', text: 'Copiază' }] },
    ],
  });
  const button = { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '123456' }] };
  assertCode(await platform.sendTemplate('login', textParameters('123456'), 'ro'), 400, 131008);
  assert.equal((await platform.sendTemplate('login', [...textParameters('123456'), button], 'ro')).status, 200);
  const shown = (await (await fetch(`${platform.emulator.url}/_sandbox/phones/40712345678/messages`)).json()) as Record<
    string,
    unknown
  >[];
  assert.match(String(shown.at(-1)?.['text']), /^\*123456\* este codul/);
  assert.equal(shown.at(-1)?.['footer'], 'Acest cod expiră în 5 minute.');
});

test('review by hand waits for the control; an edited template is reviewed again', async () => {
  await platform.control('templates', { review: 'manual' });
  const { json } = await create({ ...GREETING, name: 'waiting' });
  assertCode(await platform.sendTemplate('waiting', textParameters('Ana')), 404, 132001);
  assertCode(await platform.graph('POST', String(json['id']), { components: GREETING.components }), 400, 100, 2388039);
  await platform.control('templates/waiting/review', { status: 'APPROVED' });
  assert.equal((await platform.sendTemplate('waiting', textParameters('Ana'))).status, 200);
  await platform.control('templates', { review: 'automatic', delay_ms: 0 });
  assert.equal(
    (await platform.graph('POST', String(json['id']), { components: GREETING.components })).json['success'],
    true,
  );
  await platform.receiver.next(
    one => one.body.includes(`"message_template_id":${json['id']}`) && changeOf(one).value['event'] === 'APPROVED',
  );
  const problem = await platform.control('templates/waiting/review', { status: 'LOVELY' });
  assert.equal(problem.status, 422);
});

test('deleting by name deletes every language', async () => {
  await platform.approved({ ...GREETING, name: 'doomed' });
  await platform.approved({ ...GREETING, name: 'doomed', language: 'ro' });
  assert.deepEqual((await platform.graph('DELETE', `${WABA}/message_templates?name=doomed`)).json, { success: true });
  const left = (await platform.graph('GET', `${WABA}/message_templates?name=doomed`)).json;
  assert.deepEqual(left, { data: [] });
  assertCode(await platform.graph('DELETE', `${WABA}/message_templates?name=doomed`), 400, 100, 2593002);
});

test('the name of a deleted template that was approved is free again after 30 days', async () => {
  const id = await platform.approved({ ...GREETING, name: 'missed' });
  await platform.approved({ ...GREETING, name: 'missed', language: 'ro' });
  await platform.graph('DELETE', `${WABA}/message_templates?hsm_id=${id}&name=missed`);
  assertCode(await create({ ...GREETING, name: 'missed' }), 400, 100, 2388023);
  const left = (await platform.graph('GET', `${WABA}/message_templates?name=missed&fields=language`)).json;
  assert.equal((left['data'] as object[]).length, 1, 'the other language stays');
  await platform.control('clock', { advance: 'P31D' });
  assert.equal((await create({ ...GREETING, name: 'missed' })).status, 200);
  await platform.control('clock', { real: true });
});

test('a disabled template can’t be deleted', async () => {
  await platform.approved({ ...GREETING, name: 'banned' });
  await platform.control('templates/banned/review', { status: 'DISABLED' });
  assertCode(await platform.graph('DELETE', `${WABA}/message_templates?name=banned`), 400, 100, 2388032);
});
