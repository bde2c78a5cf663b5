/** What the provider said of a text before holds for no other one: neither told late, nor replayed, nor by our own hand. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { templateMark, templateSubmitting } from '../../src/core/templates/standing-statements.ts';
import { type Harness, harness } from '../harness.ts';
import { optIn, phoneOf } from '../make.ts';
import { deliver, WABA } from '../meta-webhooks.ts';

let h: Harness;
let id: string;
beforeEach(async () => {
  await h?.close();
  h = await harness();
  id = (await h.get('/api/v1/templates?name=order_confirm&language=en')).body.data[0].id;
  await h.control('/templates', { review: 'manual' });
  // What the platform still meant to do about the texts of before it does now.
  h.clock.advance(60_000);
  await h.settle();
});
after(() => h.close());

const OTHER = 'Dear {first_name}, order {order_id} and {total} it is, thank you.';
const path = () => `/api/v1/templates/${id}`;
const edit = (changes: object = {}) => h.patch(path(), { body: OTHER, submit: true, ...changes });
const read = async () => (await h.get(path())).body;
const row = async () =>
  (await h.sql.query("select * from template where name = 'order_confirm' and language = 'en'")).rows[0];
const second = () => Math.floor(h.clock.now() / 1_000);

/** The provider's word about our template, dated by it. */
async function say(field: string, value: object, time: number, of?: string): Promise<void> {
  const number = of ?? (await row()).provider_template_id;
  const named = { message_template_name: 'order_confirm', message_template_language: 'en', ...value };
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: WABA, time, changes: [{ field, value: { message_template_id: 'id', ...named } }] }],
  }).replace('"message_template_id":"id"', `"message_template_id":${number}`);
  assert.equal((await deliver(h, body)).status, 200);
  await h.settle();
}
const standing = (event: string, time: number) =>
  say('message_template_status_update', { event, reason: 'NONE' }, time);

async function replay(): Promise<void> {
  await h.sql.query(
    `insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes)
      select tenant_id, 'people', gen_random_uuid(), day, id, length(body) from inbox`,
  );
  await h.settle();
}

test('an approval of the text before is none of the text that was handed in since', async () => {
  h.clock.advance(3_600_000);
  const before = second();
  h.clock.advance(3_600_000);
  const handedIn = second();
  assert.equal((await edit()).body.status, 'pending');
  await standing('APPROVED', before);
  assert.equal((await read()).status, 'pending');
  await standing('APPROVED', handedIn - 1);
  assert.equal((await read()).status, 'pending', 'nor is that of the second before');
});

test('an approval within the second of the hand-in counts, and outlasts what was said of the text before', async () => {
  h.clock.advance(3_600_000);
  await standing('PAUSED', second() - 60);
  h.clock.advance(700);
  assert.equal((await edit()).body.status, 'pending');
  await standing('APPROVED', second());
  assert.equal((await read()).status, 'approved');
  await standing('PAUSED', second() - 10);
  assert.equal((await read()).status, 'approved');
});

test('replaying the inbox changes nothing after a text was handed in anew', async () => {
  h.clock.advance(3_600_000);
  await standing('APPROVED', second());
  await h.control('/templates/order_confirm/category', { category: 'MARKETING', language: 'en' });
  await h.settle();
  await say(
    'message_template_quality_update',
    { previous_quality_score: 'UNKNOWN', new_quality_score: 'RED' },
    second(),
  );
  await say('message_template_components_update', { message_template_element: 'Words for {{order_id}}.' }, second());
  assert.equal((await row()).body, 'Words for {order_id}.');
  h.clock.advance(3_600_000);
  const edited = await edit();
  assert.equal(edited.body.meta_category, 'MARKETING', 'an edit of the words moves it back into no other category');
  const shown = async () => {
    const { status, body, meta_category, quality } = await row();
    return { status, body, meta_category, quality };
  };
  const before = await shown();
  assert.deepEqual(before, { status: 'pending', body: OTHER, meta_category: 'MARKETING', quality: 'RED' });
  await replay();
  assert.deepEqual(await shown(), before);
  const phone = phoneOf(1);
  await h.post('/api/wa/optin', optIn(phone));
  const template = {
    name: 'order_confirm',
    language: 'en',
    variables: { order_id: 'A-1', first_name: 'Ana', total: '1' },
  };
  const sent = await h.post('/api/v1/messages', { to: { phone }, purpose: 'order_confirm', template });
  assert.equal(sent.body.reason, 'template_not_approved', sent.text);
});

test('words that the provider showed while ours waited to be handed in do not come over it afterwards', async () => {
  h.clock.advance(60_000);
  await edit({ submit: false });
  h.clock.advance(60_000);
  await say('message_template_components_update', { message_template_element: 'Words of theirs.' }, second());
  h.clock.advance(60_000);
  assert.equal((await h.post(`${path()}/submit`, undefined)).body.status, 'pending');
  await replay();
  assert.equal((await row()).body, OTHER);
});

test('a text that the provider refused is not approved by what it says of the one that it has', async () => {
  h.clock.advance(60_000);
  // We miss that it was moved, and ask for the category that it had: of an approved one the provider refuses that.
  await h.control('/faults', { drop_webhooks: true });
  await h.control('/templates/order_confirm/category', { category: 'MARKETING', language: 'en' });
  await h.control('/faults', {});
  const refused = await edit();
  assert.deepEqual([refused.status, (await read()).status], [422, 'rejected'], refused.text);
  h.clock.advance(60_000);
  await standing('APPROVED', second());
  assert.equal((await read()).status, 'rejected');
  await say('message_template_components_update', { message_template_element: 'Words of theirs.' }, second());
  assert.match((await row()).body, /^Dear/);
});

test('a hand-in whose process died is over: a word about the text that is there approves no other one', async () => {
  h.clock.advance(60_000);
  await edit({ submit: false });
  const now = h.clock.now();
  // What is committed before the request; then nothing was sent any more.
  const begun = { id: (await row()).id, wait_ms: 55_000, at: now - 1_000, now };
  await h.app.core.db.run(h.tenant, templateSubmitting, begun);
  await h.sql.query("update template set submitting_until = submitting_until - interval '55 seconds'");
  await standing('APPROVED', second());
  await say('message_template_components_update', { message_template_element: 'Words of theirs.' }, second());
  assert.deepEqual([(await row()).status, (await row()).body], ['draft', OTHER]);
  // While it lasts, the word is about the text that is on its way.
  await h.app.core.db.run(h.tenant, templateSubmitting, begun);
  await standing('APPROVED', second() + 1);
  assert.equal((await row()).status, 'approved');
});

test('approving and unpausing lift the text that the provider has, and no other one', async () => {
  await h.sql.query(`update sender set account = account || '{"sandbox":"yes"}'`);
  h.app.core.senders.forget();
  assert.equal((await edit({ submit: false })).body.status, 'draft');
  const approving = await h.post(`/api/v1/whatsapp/templates/${id}/approve`, undefined);
  assert.equal(approving.status, 409);
  assert.match(approving.body.error.message, /was changed since the provider took it: hand the new text in first/);
  assert.equal((await read()).status, 'draft');
  assert.equal((await h.post(`${path()}/submit`, undefined)).body.status, 'pending');
  const approved = await h.post(`/api/v1/whatsapp/templates/${id}/approve`, undefined);
  assert.deepEqual([approved.status, approved.body.status], [200, 'approved']);
});

test('a text that is changed while the provider is asked to lift the pause stays a draft', async () => {
  h.clock.advance(60_000);
  await h.control('/templates/order_confirm/review', { status: 'PAUSED', language: 'en' });
  await h.settle();
  const locker = await h.connect();
  await locker.query('begin');
  await locker.query(
    "update template set form = '\\x00', status = 'draft' where name = 'order_confirm' and language = 'en'",
  );
  // Read before the change is there, asked, and written after it.
  const lifting = h.post(`${path()}/unpause`, undefined);
  while (
    (await h.control('/templates?status=PAUSED')).body.data.some(
      (one: { name: string; language: string; status: string }) =>
        one.name === 'order_confirm' && one.language === 'en' && one.status === 'PAUSED',
    )
  )
    await new Promise(resolve => setTimeout(resolve, 5));
  await locker.query('commit');
  const answer = await lifting;
  assert.equal(answer.status, 409, answer.text);
  assert.match(answer.body.error.message, /was changed while the provider was asked/);
  assert.equal((await row()).status, 'draft');
});

test('a draft that was never handed in is not approved by a word about somebody’s template of its name', async () => {
  const made = await h.post('/api/v1/templates', {
    name: 'foreign',
    category: 'order_confirm',
    language: 'en',
    body: 'Our words are here.',
  });
  const answer = await fetch(`${h.emulator.url}/graph/v26.0/${WABA}/message_templates`, {
    method: 'POST',
    headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'foreign',
      language: 'en',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: 'Words of theirs are here.' }],
    }),
  });
  assert.equal(answer.status, 200);
  const theirs = (await answer.json()) as { id: string };
  await h.control('/templates/foreign/review', { status: 'APPROVED' });
  await h.settle();
  const ours = async () => (await h.get(`/api/v1/templates/${made.body.id}`)).body;
  assert.deepEqual([(await ours()).status, (await ours()).body], ['draft', 'Our words are here.']);
  // Nor rated by one: it would be bound to theirs, and handing it in would write over their words.
  h.clock.advance(1_000);
  const rated = { message_template_name: 'foreign', previous_quality_score: 'UNKNOWN', new_quality_score: 'GREEN' };
  await say('message_template_quality_update', rated, second(), theirs.id);
  const { rows } = await h.sql.query("select provider_template_id, quality from template where name = 'foreign'");
  assert.deepEqual(rows, [{ provider_template_id: null, quality: null }]);
  // The list says what theirs says: then it is taken over, with its words.
  h.clock.advance(1_000);
  await h.post('/api/v1/templates/sync', undefined);
  assert.deepEqual([(await ours()).status, (await ours()).body], ['approved', 'Words of theirs are here.']);
});

test('a send that meets a paused template marks the approved text that was sent, and no draft', async () => {
  const mark = async () => {
    const { id: template, provider_template_id } = await row();
    const now = h.clock.now();
    const said = { id: template, provider_template_id, status: 'paused', reason: '132015', at: now, now };
    return (await h.app.core.db.run(h.tenant, templateMark, said)).length;
  };
  await edit({ submit: false });
  assert.deepEqual([await mark(), (await row()).status], [0, 'draft']);
  await h.sql.query("update template set status = 'approved'");
  assert.deepEqual([await mark(), (await row()).status], [1, 'paused']);
});

for (const first of ['the approval', 'the refusal'])
  test(`a pause that a refused send told outlasts an approval of before it, ${first} first`, async () => {
    const { id: template, provider_template_id } = await row();
    const before = second();
    h.clock.advance(3_600_000);
    const at = h.clock.now();
    const refuse = () =>
      h.app.core.db.run(h.tenant, templateMark, {
        id: template,
        provider_template_id,
        status: 'paused',
        reason: '132015',
        at,
        now: at,
      });
    if (first === 'the refusal') await refuse();
    await standing('APPROVED', before);
    await refuse();
    assert.equal((await row()).status, 'paused');
    await standing('APPROVED', second() + 1);
    await refuse();
    assert.equal((await row()).status, 'approved', 'what was told since holds');
  });
