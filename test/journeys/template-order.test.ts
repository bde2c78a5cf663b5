/** What the provider says of a template holds by the provider's own time, in whatever order its webhooks come. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { type Harness, harness } from '../harness.ts';
import { deliver } from '../meta-webhooks.ts';

let h: Harness;
let known: string;
beforeEach(async () => {
  await h?.close();
  h = await harness();
  known = (await row()).provider_template_id!;
});
after(() => h.close());

interface Row {
  status: string;
  status_reason: string | null;
  quality: string | null;
  provider_template_id: string | null;
}
async function row(language = 'en'): Promise<Row> {
  const { rows } = await h.sql.query<Row>(
    "select status, status_reason, quality, provider_template_id from template where name = 'order_confirm' and language = $1",
    [language],
  );
  return rows[0]!;
}

interface Said {
  /** Seconds after the harness's beginning; absent: the provider told no time. */
  at?: number | undefined;
  event?: string;
  quality?: string;
  id?: string;
  name?: string;
  language?: string;
  reason?: string;
}

/** The provider's word, signed, as it comes by webhook. */
async function say({ at, event, quality, id = known, name = 'order_confirm', language = 'en', reason }: Said) {
  const value = {
    message_template_id: 'id',
    message_template_name: name,
    message_template_language: language,
    ...(event ? { event, reason: reason ?? 'NONE' } : { previous_quality_score: 'GREEN', new_quality_score: quality }),
  };
  const field = event ? 'message_template_status_update' : 'message_template_quality_update';
  const time = at === undefined ? {} : { time: Math.floor(h.clock.now() / 1_000) + at };
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '200000000000001', ...time, changes: [{ field, value }] }],
    // A number beyond 2^53, as the platform writes it.
  }).replace('"message_template_id":"id"', `"message_template_id":${id}`);
  assert.equal((await deliver(h, body)).status, 200);
}

/** Applied one after the other, each in a batch of its own. */
async function inTurn(...words: Said[]): Promise<void> {
  for (const word of words) {
    await say(word);
    await h.settle();
  }
}

const paused: Said = { at: 20, event: 'PAUSED', reason: 'LOW_QUALITY' };
const approved: Said = { at: 10, event: 'APPROVED' };

for (const [order, words] of [
  ['in their order', [approved, paused]],
  ['the other way round', [paused, approved]],
  ['with repetitions', [approved, paused, approved, paused, approved]],
] as const) {
  test(`a pause outlasts the approval that came before it: ${order}`, async () => {
    await inTurn(...words);
    assert.deepEqual(await row(), {
      status: 'paused',
      status_reason: 'LOW_QUALITY',
      quality: null,
      provider_template_id: known,
    });
    await inTurn({ at: 30, event: 'APPROVED' });
    assert.equal((await row()).status, 'approved', 'a later approval lifts it');
  });

  test(`so it is when both come together: ${order}`, async () => {
    for (const word of words) await say(word);
    await h.settle();
    assert.equal((await row()).status, 'paused');
  });
}

test('at one instant the order of arrival decides nothing', async () => {
  const both: Said[] = [
    { at: 10, event: 'PAUSED' },
    { at: 10, event: 'APPROVED' },
  ];
  await inTurn(...both);
  const first = (await row()).status;
  await h.sql.query('update template set status = $1, status_at = null', ['pending']);
  await inTurn(...both.toReversed().map(word => ({ ...word, reason: 'OTHER' })));
  assert.equal((await row()).status, first);
  assert.equal(first, 'paused', 'of these two the pause');
});

test('a rating follows the same rule and leaves the status alone', async () => {
  await inTurn({ at: 20, quality: 'RED' }, { at: 10, quality: 'GREEN' });
  assert.equal((await row()).quality, 'RED');
  await inTurn({ at: 30, quality: 'YELLOW' }, { at: 5, event: 'PAUSED' });
  assert.deepEqual(
    { ...(await row()), status_reason: null },
    {
      status: 'paused',
      status_reason: null,
      quality: 'YELLOW',
      provider_template_id: known,
    },
  );
});

test('a word without a time is taken as it comes and does not make later ones stale', async () => {
  await inTurn(paused, { event: 'APPROVED' });
  assert.equal((await row()).status, 'approved');
  await inTurn({ at: 15, event: 'DISABLED' });
  assert.equal((await row()).status, 'approved', 'the pause was said at 20, this before it');
  await inTurn({ at: 25, event: 'DISABLED' });
  assert.equal((await row()).status, 'disabled');
});

test('a webhook that names a template by another id touches nobody’s, whatever its name', async () => {
  const before = await row();
  await inTurn(
    { at: 50, event: 'DISABLED', id: '900719925474099301' },
    { at: 50, quality: 'RED', id: '900719925474099301' },
  );
  assert.deepEqual(await row(), before);
});

test('an approval that overtook the answer with the id finds its template by name and language', async () => {
  await h.sql.query("update template set provider_template_id = null, status = 'pending', status_at = null");
  const id = '900719925474099302';
  await inTurn({ at: 10, event: 'APPROVED', id, language: 'EN' });
  assert.deepEqual(await row(), { status: 'approved', status_reason: null, quality: null, provider_template_id: id });
  assert.equal((await row('ro')).status, 'pending', 'the other language is another template');
  await inTurn({ at: 20, event: 'PAUSED', id, name: 'called_otherwise' });
  assert.equal((await row()).status, 'paused', 'from then on its id names it');
});
