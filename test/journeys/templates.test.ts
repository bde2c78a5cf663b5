/** Templates from the first draft to the phone: created, looked over, handed in, approved, sent, changed, taken away. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, type Harness, harness } from '../harness.ts';
import { command, confirmation, optIn, phoneOf } from '../make.ts';

let h: Harness;
let next = 0;
before(async () => {
  h = await harness();
});
after(() => h.close());

const TEXT = 'Hi {first_name|there}, your *ticket* for order {order_id} is ready.';
const TICKET = {
  category: 'order_confirm',
  language: 'en',
  body: TEXT,
  buttons: [
    { type: 'url', text: 'Open ticket', url: 'https://tickets.example/o/{order_id}' },
    { type: 'copy_code', code: '{order_id}' },
    { type: 'phone_number', text: 'Call us', phone_number: '+40712345678' },
  ],
};

/** Handed in and approved by the emulator's review. */
async function approved(name: string, changes: object = {}): Promise<Answer> {
  const made = await h.post('/api/v1/templates', { ...TICKET, name, ...changes, submit: true });
  assert.equal(made.status, 201, made.text);
  await h.control(`/templates/${name}/review`, { status: 'APPROVED' });
  await h.settle();
  return h.get(`/api/v1/templates/${made.body.id}`);
}

async function person(): Promise<string> {
  next += 1;
  const phone = phoneOf(next);
  await h.post('/api/wa/optin', optIn(phone));
  return phone;
}

const shownOn = async (phone: string) => (await h.control(`/phones/${phone}/messages?runs=true`)).body.at(-1);
const confirm = (phone: string, template: string, changes: object = {}) =>
  h.post('/api/wa/send/confirm', {
    ...confirmation({ order: { id: `T-${next}` }, customer: { phone } }),
    template,
    ...changes,
  });

test('a template with a fallback and buttons goes from its draft to the phone, which shows what the preview showed', async () => {
  const template = await approved('ticket');
  assert.equal(template.body.status, 'approved');
  const preview = await h.post(`/api/v1/templates/${template.body.id}/preview`, { variables: { order_id: 'T 7/ș' } });
  assert.deepEqual(preview.body.missing, []);
  assert.deepEqual(preview.body.rendered.body, 'Hi there, your *ticket* for order T 7/ș is ready.');
  assert.deepEqual(preview.body.phone.body, [
    { text: 'Hi there, your ' },
    { text: 'ticket', bold: true },
    { text: ' for order T 7/ș is ready.' },
  ]);

  const phone = await person();
  const sent = await h.post('/api/wa/send/confirm', {
    ...confirmation({ order: { id: 'T 7/ș' }, customer: { phone, first_name: '\u200b' } }),
    template: 'ticket',
  });
  assert.equal(sent.status, 202, sent.text);
  await h.settle();
  const shown = await shownOn(phone);
  assert.equal(shown.text, preview.body.rendered.body);
  assert.deepEqual(shown.runs, preview.body.phone.body);
  assert.deepEqual(shown.buttons, [
    { type: 'url', text: 'Open ticket', url: 'https://tickets.example/o/T%207/%C8%99' },
    { type: 'copy_code', text: 'Copy offer code', payload: 'T 7/ș' },
    { type: 'phone', text: 'Call us', url: 'tel:+40712345678' },
  ]);
  const message = await h.get(`/api/v1/messages/${sent.body.message_id}`);
  assert.equal(message.body.rendered.body, shown.text);
  assert.equal(message.body.rendered.buttons[0].url, shown.buttons[0].url);
  assert.equal(message.body.decision.category, 'UTILITY');
});

test('without a value and without a fallback nothing is sent, and the answer names what is missing', async () => {
  await approved('bare_code', {
    buttons: [{ type: 'copy_code', code: '{discount_code}' }],
    samples: { discount_code: 'X' },
  });
  const refused = await confirm(await person(), 'bare_code');
  assert.equal(refused.body.reason, 'variables_missing');
  assert.match(JSON.stringify(refused.body.decision.trace), /not filled: discount_code/);
  const filled = await confirm(await person(), 'bare_code', { variables: { discount_code: 'SAVE10' } });
  assert.equal(filled.status, 202);
});

test('a header may be a picture, a document of each message, or a place', async () => {
  const png = `data:image/png;base64,${Buffer.from('not really a picture').toString('base64')}`;
  const pdf = `data:application/pdf;base64,${Buffer.from('%PDF-1.7').toString('base64')}`;
  const shown: Record<string, unknown>[] = [];
  for (const [name, header] of [
    ['pictured', { format: 'image', sample: png, link: 'https://t.example/poster.png' }],
    ['filed', { format: 'document', sample: pdf, link: '{download_url}', filename: 'ticket-{order_id}.pdf' }],
    [
      'placed',
      { format: 'location', latitude: 44.43, longitude: 26.1, name: '{venue|Sala}', address: 'Str. Ion Câmpineanu 28' },
    ],
  ] as const) {
    await approved(name, { header, buttons: [] });
    const phone = await person();
    const order = { id: 'A-1', download_url: 'https://t.example/A-1.pdf' };
    await h.post('/api/wa/send/confirm', { ...confirmation({ order, customer: { phone } }), template: name });
    await h.settle();
    shown.push((await shownOn(phone)).document);
  }
  assert.deepEqual(shown, [
    { kind: 'image', link: 'https://t.example/poster.png' },
    { kind: 'document', link: 'https://t.example/A-1.pdf', filename: 'ticket-A-1.pdf' },
    { kind: 'location', filename: 'Sala, Str. Ion Câmpineanu 28' },
  ]);
});

test('a sample that is no such file, or lies where we may not go, is refused with its field', async () => {
  const post = (sample: string) =>
    h.post('/api/v1/templates', { ...TICKET, name: 'odd_sample', header: { format: 'image', sample }, submit: true });
  for (const sample of [
    'data:text/html;base64,PGI+',
    'data:image/png,plain',
    'http://127.0.0.1:1/a.png',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/a.png',
  ]) {
    const answer = await post(sample);
    assert.equal(answer.status, 422, `${sample} ${answer.text}`);
    assert.equal(answer.body.error.fields[0].path, 'header.sample');
  }
});

test('a one-time code goes into WhatsApp’s own text and onto its button', async () => {
  const made = await h.post('/api/v1/templates', {
    name: 'login',
    category: 'otp',
    language: 'ro',
    authentication: { add_security_recommendation: true, code_expiration_minutes: 5 },
    submit: true,
  });
  assert.deepEqual([made.status, made.body.meta_category, made.body.lint], [201, 'AUTHENTICATION', []]);
  await h.control('/templates/login/review', { status: 'APPROVED' });
  await h.settle();
  const phone = phoneOf(900);
  const content = { kind: 'template', name: 'login', variables: () => ({ code: '493021' }) } as const;
  const { optIn: _, ...asked } = command(phone, { purpose: 'otp', content });
  const admission = await h.app.core.send(h.tenant, asked);
  assert.equal(admission.kind, 'queued', JSON.stringify(admission));
  await h.settle();
  const shown = await shownOn(phone);
  assert.equal(shown.text, '*493021* este codul tău de verificare. Pentru siguranța ta, nu trimite nimănui acest cod.');
  assert.equal(shown.footer, 'Acest cod expiră în 5 minute.');
  assert.deepEqual(shown.buttons, [{ type: 'copy_code', text: 'Copy code', payload: '493021' }]);
  const preview = await h.post(`/api/v1/templates/${made.body.id}/preview`, { variables: { code: '493021' } });
  assert.equal(preview.body.rendered.body, shown.text);
  const long = await h.post(`/api/v1/templates/${made.body.id}/preview`, { variables: { code: '1'.repeat(16) } });
  assert.deepEqual(long.body.missing, ['code (it has more than 15 characters)']);
});

test('a text for a code is left out, and that is said', async () => {
  const made = await h.post('/api/wa/templates', {
    name: 'own_words',
    category: 'otp',
    language: 'en',
    body: 'Your code: {code}.',
  });
  assert.equal(made.status, 201);
  assert.deepEqual(
    made.body.lint.map((line: { rule: string }) => line.rule),
    ['otp_text'],
  );
  assert.equal(made.body.body, '*{code}* is your verification code.');
});

test('the lint looks over without storing, and handing in refuses with every reason', async () => {
  const wrong = { ...TICKET, name: 'wrong', body: 'Your order is {order_id}', footer: 'bye 👋' };
  const looked = await h.post('/api/v1/templates/lint', wrong);
  assert.equal(looked.status, 200);
  assert.equal(looked.body.submittable, false);
  assert.deepEqual(
    looked.body.lint
      .filter((line: { level: string }) => line.level === 'error')
      .map((line: { code: string }) => line.code),
    ['2388299', '2388073'],
  );
  const refused = await h.post('/api/v1/templates', { ...wrong, submit: true });
  assert.equal(refused.status, 422);
  assert.deepEqual(
    refused.body.error.fields.map((field: { path: string }) => field.path),
    ['body', 'footer'],
  );
  assert.deepEqual((await h.get('/api/v1/templates?name=wrong')).body.data, []);
  const draft = await h.post('/api/v1/templates', wrong);
  assert.deepEqual([draft.status, draft.body.status], [201, 'draft']);
  assert.equal((await h.post(`/api/v1/templates/${draft.body.id}/submit`, undefined)).status, 422);
});

test('another template that says the same is pointed out', async () => {
  await h.post('/api/v1/templates', { ...TICKET, name: 'first_of_two', body: 'All is well with your order.' });
  const second = await h.post('/api/v1/templates', {
    ...TICKET,
    name: 'second_of_two',
    body: 'All is well with your order.',
  });
  assert.match(
    second.body.lint.find((line: { rule: string }) => line.rule === 'duplicate').message,
    /first_of_two \(en\)/,
  );
});

test('what is ours alone changes at any time; another text is a draft until it is handed in', async () => {
  const { body: template } = await approved('changing');
  const change = (body: object) => h.patch(`/api/v1/templates/${template.id}`, body);
  const fallback = await change({ body: TEXT.replace('there', 'friend') });
  assert.deepEqual([fallback.status, fallback.body.status], [200, 'approved']);
  const text = await change({ body: TEXT.replace('Hi', 'Hello') });
  assert.equal(text.body.status, 'draft');
  assert.equal((await confirm(await person(), 'changing')).body.reason, 'template_not_approved');
  const submitted = await change({ footer: 'See you soon', submit: true });
  assert.equal(submitted.body.status, 'pending', submitted.text);
  // In one second the same word is the same webhook, and taken once.
  h.clock.advance(1_000);
  await h.control('/templates/changing/review', { status: 'APPROVED' });
  await h.settle();
  const phone = await person();
  const sent = await confirm(phone, 'changing');
  assert.equal(sent.status, 202, sent.text);
  await h.settle();
  const shown = await shownOn(phone);
  assert.match(shown.text, /^Hello Ana/);
  assert.equal(shown.footer, 'See you soon');
  const bare = await change({ footer: null, buttons: null });
  assert.deepEqual([bare.body.footer, bare.body.buttons, bare.body.status], [null, [], 'draft']);
});

test('while a changed text waits here, a word about the old one does not make it sendable', async () => {
  const { body: template } = await approved('two_texts');
  await h.patch(`/api/v1/templates/${template.id}`, { body: TEXT.replace('Hi', 'Hello') });
  h.clock.advance(2_000);
  await h.control('/templates/two_texts/review', { status: 'PAUSED' });
  await h.control('/templates/two_texts/review', { status: 'APPROVED' });
  await h.settle();
  assert.equal((await h.get(`/api/v1/templates/${template.id}`)).body.status, 'draft');
});

test('a template under review can’t be edited: that is a conflict, and the draft stays', async () => {
  await h.control('/templates', { review: 'manual' });
  const made = await h.post('/api/v1/templates', { ...TICKET, name: 'reviewed', submit: true });
  const edited = await h.patch(`/api/v1/templates/${made.body.id}`, {
    body: TEXT.replace('Hi', 'Hello'),
    submit: true,
  });
  assert.equal(edited.status, 409, edited.text);
  assert.equal((await h.get(`/api/v1/templates/${made.body.id}`)).body.status, 'draft');
  await h.control('/templates', { review: 'automatic', delay_ms: 0 });
});

test('the category of an approved template stays', async () => {
  const { body: template } = await approved('steady', {
    body: 'Hi {first_name|there}, order {order_id} stays as it is.',
  });
  const moved = await h.patch(`/api/v1/templates/${template.id}`, { category: 'promo' });
  assert.equal(moved.status, 409);
  assert.match(moved.body.error.message, /can’t be changed \(steady is UTILITY\)/);
  assert.equal((await h.patch(`/api/v1/templates/${template.id}`, { category: 'receipt' })).body.status, 'approved');
});

test('the list is filtered by standing, purpose, the provider’s category, name and language', async () => {
  const names = async (query: string) =>
    (await h.get(`/api/v1/templates?${query}`)).body.data.map(
      (each: { name: string; language: string }) => `${each.name} ${each.language}`,
    );
  await approved('listed', {
    category: 'promo',
    language: 'de',
    body: 'Hallo {first_name|du}, schön dass es dich gibt.',
    buttons: [],
  });
  assert.deepEqual(await names('category=promo'), ['listed de']);
  assert.deepEqual(await names('category=MARKETING&status=approved&language=de'), ['listed de']);
  assert.deepEqual(await names('name=listed&status=draft'), []);
  assert.equal((await h.get('/api/v1/templates?status=lovely')).status, 422);
  const old = await h.get('/api/wa/templates/default?limit=1');
  assert.equal(old.body.data.length, 1);
  assert.deepEqual((await h.get('/api/v1/whatsapp/templates/?name=listed')).body.data[0].name, 'listed');
});
