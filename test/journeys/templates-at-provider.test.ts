/** What becomes of templates at the provider: compared, paused and lifted, moved, changed, taken away. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { deliver } from '../meta-webhooks.ts';

let h: Harness;
let next = 0;
before(async () => {
  h = await harness();
});
after(() => h.close());

const ACCOUNT = '200000000000001';
const BODY = 'Hi {first_name|there}, everything about order {order_id} is ready.';

async function approved(name: string, changes: object = {}) {
  const made = await h.post('/api/v1/templates', {
    name,
    category: 'order_confirm',
    language: 'en',
    body: BODY,
    ...changes,
    submit: true,
  });
  assert.equal(made.status, 201, made.text);
  await h.control(`/templates/${name}/review`, { status: 'APPROVED' });
  await h.settle();
  h.clock.advance(1_000);
  return made.body.id as string;
}
const read = async (id: string) => (await h.get(`/api/v1/templates/${id}`)).body;

async function confirm(template: string) {
  next += 1;
  const phone = phoneOf(next);
  await h.post('/api/wa/optin', optIn(phone));
  return h.post('/api/wa/send/confirm', {
    ...confirmation({ order: { id: `P-${next}` }, customer: { phone } }),
    template,
  });
}

/** As a colleague does it in the provider's own editor, behind our back. */
const graph = async (method: string, path: string, body?: object) => {
  const answer = await fetch(`${h.emulator.url}/graph/v26.0/${path}`, {
    method,
    headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return (await answer.json()) as Record<string, unknown>;
};

/** The provider's word, signed, as it comes by webhook. */
async function say(field: string, value: object, at: number) {
  const time = Math.floor(h.clock.now() / 1_000) + at;
  const text = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: ACCOUNT, time, changes: [{ field, value }] }],
  }).replace(/"message_template_id":"(\d+)"/, '"message_template_id":$1');
  assert.equal((await deliver(h, text)).status, 200);
  await h.settle();
}

async function providerId(name: string): Promise<string> {
  const { rows } = await h.sql.query('select provider_template_id from template where name = $1', [name]);
  return rows[0].provider_template_id;
}

test('a sync follows the provider, imports what was made there, and tells what is gone without deleting it', async () => {
  const kept = await approved('kept');
  const lost = await approved('lost');
  const example = { body_text: [['Ana', 'A-1']] };
  const text = 'Dear {{1}}, your parcel {{2}} is on its way.';
  await graph('POST', `${ACCOUNT}/message_templates`, {
    name: 'made_there',
    language: 'ro',
    category: 'MARKETING',
    components: [
      { type: 'HEADER', format: 'TEXT', text: 'For {{1}}, today', example: { header_text: ['Ana'] } },
      { type: 'BODY', text, example },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'URL', text: 'Track', url: 'https://t.example/{{1}}', example: ['x'] },
          { type: 'QUICK_REPLY', text: 'Thanks' },
        ],
      },
    ],
  });
  await graph('POST', `${ACCOUNT}/message_templates`, {
    name: 'carousel',
    language: 'en',
    category: 'MARKETING',
    components: [
      { type: 'BODY', text: 'Look at these.' },
      { type: 'CAROUSEL', cards: [] },
    ],
  });
  await graph('DELETE', `${ACCOUNT}/message_templates?name=lost`);
  await h.control('/templates/made_there/review', { status: 'APPROVED' });
  // What nobody was told of: the webhook of this pause is lost.
  await h.settle();
  await h.control('/faults', { drop_webhooks: true });
  await h.control('/templates/kept/review', { status: 'PAUSED' });
  await h.control('/faults', {});
  h.clock.advance(1_000);

  const synced = await h.post('/api/v1/templates/sync', undefined);
  assert.equal(synced.status, 200, synced.text);
  const names = (list: { name: string }[]) => list.map(each => each.name);
  assert.deepEqual(names(synced.body.imported), ['made_there']);
  assert.deepEqual(names(synced.body.updated), ['kept']);
  assert.deepEqual(synced.body.missing, [{ id: lost, name: 'lost', language: 'en' }]);
  assert.deepEqual(synced.body.unsupported, [{ name: 'carousel', language: 'en', parts: ['CAROUSEL'] }]);
  assert.equal((await read(kept)).status, 'paused');
  assert.equal((await read(lost)).status, 'approved', 'reported, and left as it is');
  const again = await h.post('/api/v1/templates/sync', undefined);
  assert.deepEqual([again.body.imported, again.body.updated], [[], []]);

  const imported = await read(synced.body.imported[0].id);
  assert.equal(imported.header, 'For {h1}, today');
  assert.equal(imported.body, 'Dear {v1}, your parcel {v2} is on its way.');
  assert.deepEqual(imported.samples, { h1: 'Ana', v1: 'Ana', v2: 'A-1' });
  assert.deepEqual([imported.category, imported.meta_category, imported.status], ['promo', 'MARKETING', 'approved']);
});

test('an imported template that counts its variables is sent by their numbers', async () => {
  await h.control('/templates/made_there/category', { category: 'UTILITY' });
  await h.settle();
  const [template] = (await h.get('/api/v1/templates?name=made_there')).body.data;
  await h.patch(`/api/v1/templates/${template.id}`, { category: 'order_confirm' });
  await h.post(`/api/v1/templates/${template.id}/submit`, undefined);
  await h.control('/templates/made_there/review', { status: 'APPROVED' });
  await h.settle();
  next += 1;
  const phone = phoneOf(next);
  await h.post('/api/wa/optin', optIn(phone));
  const sent = await h.post('/api/wa/send/confirm', {
    ...confirmation({ order: { id: 'N-1' }, customer: { phone } }),
    template: 'made_there',
    variables: { v1: 'Ana', v2: 'P-9', h1: 'you', button_1: 'P-9' },
  });
  assert.equal(sent.status, 202, sent.text);
  await h.settle();
  const shown = (await h.control(`/phones/${phone}/messages`)).body.at(-1);
  assert.deepEqual([shown.header, shown.text], ['For you, today', 'Dear Ana, your parcel P-9 is on its way.']);
  assert.equal(shown.buttons[0].url, 'https://t.example/P-9');
});

test('a list of many pages is read whole, and anew when a cursor dies on the way', async () => {
  for (let index = 0; index < 120; index += 1) {
    // A hundred in an hour: the rest is made in the next one.
    if (index === 60) h.clock.advance(3_600_000);
    await graph('POST', `${ACCOUNT}/message_templates`, {
      name: `many_${index}`,
      language: 'en',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: `This is text number ${index}.` }],
    });
  }
  const synced = await h.post('/api/v1/templates/sync', undefined);
  assert.equal(synced.body.imported.length, 120);
  const names = new Set(synced.body.imported.map((each: { name: string }) => each.name));
  assert.equal(names.size, 120);
});

test('a message that a pause holds goes on when the template is approved again', async () => {
  await approved('resting');
  await h.control('/templates/resting/review', { status: 'PAUSED' });
  await h.settle();
  const held = await confirm('resting');
  assert.equal(held.body.decision.outcome, 'later');
  await h.settle();
  h.clock.advance(1_000);
  await h.control('/templates/resting/review', { status: 'APPROVED' });
  h.clock.advance(61_000);
  await h.settle();
  assert.equal((await h.get(`/api/v1/messages/${held.body.message_id}`)).body.status, 'delivered');
});

test('a pause is lifted by hand, and a message that waited goes on', async () => {
  const id = await approved('paced');
  assert.equal((await h.post(`/api/v1/templates/${id}/unpause`, undefined)).status, 409);
  await h.control('/templates/paced/review', { status: 'PAUSED' });
  await h.settle();
  const held = await confirm('paced');
  const lifted = await h.post(`/api/v1/templates/${id}/unpause`, undefined);
  assert.deepEqual([lifted.status, lifted.body.status], [200, 'approved']);
  h.clock.advance(61_000);
  await h.settle();
  assert.equal((await h.get(`/api/v1/messages/${held.body.message_id}`)).body.status, 'delivered');
});

for (const [event, status, reason] of [
  ['DISABLED', 'disabled', /since second/],
  ['REJECTED', 'rejected', /SCAM/],
  ['LOCKED', 'disabled', /LOCKED/],
  ['ARCHIVED', 'disabled', /ARCHIVED/],
  ['PENDING_DELETION', 'disabled', /PENDING_DELETION/],
  ['LIMIT_EXCEEDED', 'rejected', /LIMIT_EXCEEDED/],
  ['IN_APPEAL', 'pending', /IN_APPEAL/],
] as const) {
  test(`what waits for a template is refused when the provider says ${event}`, async () => {
    const name = `ends_${event.toLowerCase()}`;
    const id = await approved(name);
    await h.control(`/templates/${name}/review`, { status: 'PAUSED' });
    await h.settle();
    const held = await confirm(name);
    h.clock.advance(1_000);
    await h.control(`/templates/${name}/review`, {
      status: event,
      ...(event === 'REJECTED' ? { reason: 'SCAM' } : {}),
    });
    h.clock.advance(61_000);
    await h.settle();
    const template = await read(id);
    assert.equal(template.status, status);
    assert.match(template.status_reason, reason);
    const message = (await h.get(`/api/v1/messages/${held.body.message_id}`)).body;
    assert.deepEqual([message.status, message.reason], ['refused', 'template_not_approved']);
  });
}

for (const event of ['FLAGGED', 'REINSTATED', 'UNARCHIVED']) {
  test(`a template stays sendable after ${event}`, async () => {
    const name = `lives_${event.toLowerCase()}`;
    const id = await approved(name);
    await h.control(`/templates/${name}/review`, { status: event });
    await h.settle();
    assert.equal((await read(id)).status, 'approved');
    assert.equal((await confirm(name)).status, 202);
    await h.settle();
  });
}

test('an announced change of category is shown with its day; when it is done, new messages have the new one', async () => {
  const id = await approved('moving');
  await h.control('/templates/moving/category', { category: 'MARKETING', impending: true });
  await h.settle();
  const announced = await read(id);
  assert.equal(announced.meta_category, 'UTILITY');
  assert.equal(announced.category_change.to, 'MARKETING');
  assert.equal(Date.parse(announced.category_change.at) - h.clock.now(), 86_400_000);
  const earlier = await confirm('moving');
  assert.equal(earlier.body.decision.category, 'UTILITY');
  h.clock.advance(1_000);
  await h.control('/templates/moving/category', { category: 'MARKETING' });
  await h.settle();
  const done = await read(id);
  assert.deepEqual([done.meta_category, done.category_change, done.status], ['MARKETING', null, 'approved']);
  assert.equal((await confirm('moving')).body.decision.category, 'MARKETING');
  assert.equal(
    (await h.patch(`/api/v1/templates/${id}`, { samples: { order_id: 'Z-1' } })).body.meta_category,
    'MARKETING',
  );
});

test('words about the category hold by the provider’s own time, in whatever order they come', async () => {
  const id = await approved('tossed');
  const template = {
    message_template_id: await providerId('tossed'),
    message_template_name: 'tossed',
    message_template_language: 'en-US',
  };
  const notice = {
    ...template,
    new_category: 'UTILITY',
    correct_category: 'MARKETING',
    category_update_timestamp: 1_795_300_000,
  };
  const done = { ...template, previous_category: 'UTILITY', new_category: 'MARKETING' };
  await say('template_category_update', done, 20);
  await say('template_category_update', notice, 10);
  const after = await read(id);
  assert.deepEqual([after.meta_category, after.category_change], ['MARKETING', null], 'the notice was said before');
  await say('template_category_update', { ...notice, new_category: 'MARKETING', correct_category: 'UTILITY' }, 30);
  assert.deepEqual((await read(id)).category_change, { to: 'UTILITY', at: '2026-11-21T22:26:40.000Z' });
});

test('a rating is taken by its shape, also under the name of a standing', async () => {
  const id = await approved('rated');
  const value = {
    previous_quality_score: 'GREEN',
    new_quality_score: 'YELLOW',
    message_template_id: await providerId('rated'),
    message_template_name: 'rated',
    message_template_language: 'en',
  };
  assert.ok(BigInt(value.message_template_id) > 2n ** 53n, 'an id that a number could not hold');
  await say('message_template_status_update', value, 5);
  const template = await read(id);
  assert.deepEqual([template.quality, template.status], ['YELLOW', 'approved']);
});

test('our text follows what the provider shows, keeps what is ours, and says since when', async () => {
  const id = await approved('mended', {
    header: 'For {first_name}, today',
    footer: 'Bye',
    buttons: [
      { type: 'quick_reply', text: 'Thanks', payload: 'thanks:{order_id}' },
      { type: 'url', text: 'Open', url: 'https://t.example/{order_id}' },
    ],
  });
  assert.equal((await read(id)).changed_by_provider_at, null, 'our own text is no news');
  await h.control('/templates/mended/components', {
    body: 'Hello {{first_name}}, all about order {{order_id}} is ready.',
    footer: 'See you',
  });
  await h.settle();
  const template = await read(id);
  assert.equal(template.body, 'Hello {first_name|there}, all about order {order_id} is ready.');
  assert.deepEqual([template.header, template.footer], ['For {first_name}, today', 'See you']);
  assert.equal(template.buttons[0].payload, 'thanks:{order_id}');
  assert.equal(template.buttons[1].url, 'https://t.example/{order_id}');
  assert.deepEqual(
    [template.status, template.changed_by_provider_at],
    ['approved', new Date(h.clock.now()).toISOString()],
  );
  assert.equal((await confirm('mended')).status, 202);
  await h.settle();
  const shown = (await h.control(`/phones/${phoneOf(next)}/messages`)).body.at(-1);
  assert.match(shown.text, /^Hello Ana, all about/);
  const older = {
    message_template_id: await providerId('mended'),
    message_template_name: 'mended',
    message_template_language: 'en',
  };
  await say(
    'message_template_components_update',
    { ...older, message_template_element: 'Old words of yesterday.' },
    -3_600,
  );
  assert.match((await read(id)).body, /^Hello/, 'an older word changes nothing');
});

test('a template that messages wait for is not deleted; without them it goes, at the provider too', async () => {
  const id = await approved('leaving');
  await h.control('/templates/leaving/review', { status: 'PAUSED' });
  await h.settle();
  const held = await confirm('leaving');
  const refused = await h.remove(`/api/v1/templates/${id}`);
  assert.equal(refused.status, 409);
  assert.match(refused.body.error.message, /^1 message waits for leaving \(en\): cancel/);
  await h.post(`/api/v1/messages/${held.body.message_id}/cancel`, undefined);
  const gone = await h.remove(`/api/v1/templates/${id}`);
  assert.equal(gone.status, 200, gone.text);
  assert.deepEqual([gone.body.deleted, gone.body.at_provider], [true, true]);
  assert.equal(Date.parse(gone.body.name_blocked_until) - h.clock.now(), 30 * 86_400_000);
  assert.match(gone.body.note, /30 days/);
  assert.equal((await h.get(`/api/v1/templates/${id}`)).status, 404);
  assert.deepEqual((await graph('GET', `${ACCOUNT}/message_templates?name=leaving`))['data'], []);
  const anew = await h.post('/api/v1/templates', {
    name: 'leaving',
    category: 'order_confirm',
    language: 'en',
    body: BODY,
    submit: true,
  });
  assert.equal(anew.status, 422);
  assert.match(anew.body.error.message, /2388023/);
  assert.equal((await h.get(`/api/v1/messages/${held.body.message_id}`)).body.rendered.body.slice(0, 2), 'Hi');
});

test('a draft is deleted here alone, and what the provider has lost already is no obstacle', async () => {
  const draft = await h.post('/api/v1/templates', {
    name: 'drafted',
    category: 'receipt',
    language: 'en',
    body: 'All is well here.',
  });
  const gone = await h.remove(`/api/v1/templates/${draft.body.id}`);
  assert.deepEqual([gone.body.at_provider, gone.body.name_blocked_until], [false, null]);
  const id = await approved('vanished');
  await graph('DELETE', `${ACCOUNT}/message_templates?name=vanished`);
  assert.equal((await h.remove(`/api/v1/templates/${id}`)).status, 200);
});

test('one that exists there already is taken over with its text, and that is shown', async () => {
  await graph('POST', `${ACCOUNT}/message_templates`, {
    name: 'by_hand',
    language: 'en',
    category: 'UTILITY',
    parameter_format: 'NAMED',
    components: [{ type: 'BODY', text: 'Written by hand in the Manager.' }],
  });
  const made = await h.post('/api/v1/templates', {
    name: 'by_hand',
    category: 'receipt',
    language: 'en',
    body: 'Something else here.',
    submit: true,
  });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.body, 'Written by hand in the Manager.');
  assert.notEqual(made.body.changed_by_provider_at, null);
});

test('only Meta approves; in a sandbox we stand on its side', async () => {
  await h.control('/templates', { review: 'manual' });
  const made = await h.post('/api/v1/whatsapp/templates/', {
    name: 'approving',
    category: 'receipt',
    language: 'en',
    body: 'All is well here.',
  });
  const path = `/api/v1/whatsapp/templates/${made.body.id}`;
  const refused = await h.post(`${path}/approve`, undefined);
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'approval_is_metas']);
  await h.sql.query(`update sender set account = account || '{"sandbox":"yes"}'`);
  h.app.core.senders.forget();
  assert.equal((await h.post(`${path}/approve`, undefined)).status, 409, 'a draft was never handed in');
  assert.equal((await h.post(`${path}/submit`, undefined)).body.status, 'pending');
  const approval = await h.post(`${path}/approve`, undefined);
  assert.deepEqual([approval.status, approval.body.status], [200, 'approved']);
  await h.settle();
  assert.equal((await read(made.body.id)).status, 'approved');
  await h.control('/templates', { review: 'automatic', delay_ms: 0 });
});
