/** A dry run decides as the real call would: what it says and what is then done are compared, person by person. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';

let h: Harness;
let next = 0;
before(async () => {
  h = await harness();
});
after(() => h.close());

const SHOWN = { source: 'checkout', text: 'Send me my tickets on WhatsApp' };

/** What a dry run says and what the same call does right after it. */
async function both(phone: string): Promise<{ said: string; done: string }> {
  next += 1;
  const body = confirmation({ order: { id: `DR-${next}` }, customer: { phone, opt_in: SHOWN } });
  const before = await h.sql.query('select count(*)::int as n from consent_event');
  const dry = await h.post('/api/wa/send/confirm', { ...body, dry_run: true });
  assert.equal(dry.body.dry_run, true, dry.text);
  assert.deepEqual((await h.sql.query('select count(*)::int as n from consent_event')).rows, before.rows);
  const real = await h.post('/api/wa/send/confirm', body);
  return {
    said: dry.body.decision.reason ?? dry.body.decision.outcome,
    done: real.body.reason ?? real.body.decision.outcome,
  };
}
async function write(phone: string, text: string): Promise<void> {
  await h.control(`/phones/${phone}/messages`, { text });
  await h.settle();
  h.clock.advance(1_000);
}
async function claim(phone: string, status: 'opt_in' | 'opt_out'): Promise<void> {
  assert.equal((await h.post('/api/wa/optin', optIn(phone, { status }))).status, 200);
  h.clock.advance(1_000);
}

const PEOPLE: readonly [who: string, outcome: string, before: (phone: string) => Promise<void>][] = [
  ['a stranger', 'queue', async () => {}],
  ['somebody who wrote STOP', 'opted_out', phone => write(phone, 'STOP')],
  [
    'somebody whom the business had opted in and who wrote STOP',
    'opted_out',
    async phone => {
      await claim(phone, 'opt_in');
      await write(phone, 'STOP');
    },
  ],
  ['somebody whom only the business had opted out', 'queue', phone => claim(phone, 'opt_out')],
  [
    'somebody who wrote STOP and then START',
    'queue',
    async phone => {
      await write(phone, 'STOP');
      await write(phone, 'START');
    },
  ],
  [
    'somebody opted out by the business who wrote START',
    'queue',
    async phone => {
      await claim(phone, 'opt_out');
      await write(phone, 'START');
    },
  ],
];

for (const [who, outcome, prepare] of PEOPLE) {
  test(`with an opt-in for ${who} a dry run says what the real call does`, async () => {
    const phone = phoneOf(next++);
    await prepare(phone);
    assert.deepEqual(await both(phone), { said: outcome, done: outcome });
  });
}

test('a body that is too long once it is filled is refused before it leaves, and the dry run and the preview say so', async () => {
  const phone = phoneOf(900);
  await h.post('/api/wa/optin', optIn(phone));
  const ask = (order_id: string, more: object = {}) =>
    h.post('/api/v1/messages', {
      to: { phone },
      purpose: 'order_confirm',
      template: { name: 'order_confirm', language: 'en', variables: { order_id, first_name: 'Ana' } },
      ...more,
    });
  const shortest = (await ask('x', { dry_run: true })).body.rendered.body.length - 1;
  const fits = 'x'.repeat(1_024 - shortest);
  for (const more of [{ dry_run: true }, {}]) {
    const refused = await ask(`${fits}x`, more);
    const { decision } = refused.body;
    assert.deepEqual([decision.outcome, decision.reason], ['refuse', 'variables_missing'], refused.text);
    assert.match(decision.trace.at(-1).detail, /the body has 1025 characters; 1024 are sent/);
  }
  const sent = await ask(fits);
  await h.settle();
  assert.equal((await h.get(`/api/v1/messages/${sent.body.message_id}`)).body.status, 'delivered');
  const { id } = (await h.get('/api/v1/templates?name=order_confirm&language=en')).body.data[0];
  const preview = async (order_id: string) =>
    (await h.post(`/api/v1/templates/${id}/preview`, { variables: { order_id, first_name: 'Ana' } })).body.problems;
  assert.equal((await preview(`${fits}x`))[0].code, '132005');
  assert.deepEqual(await preview(fits), []);
});

test('a reply in which nothing can be read is refused by its field; one with a single letter is not', async () => {
  const phone = phoneOf(901);
  await write(phone, 'hello');
  for (const text of [' \n ', '\u200b', '\u2060\u00ad', '\u3164', '\u2800', '\ufe0f'])
    for (const path of ['/api/v1/messages', '/api/v1/explain']) {
      const refused = await h.post(path, { to: { phone }, text });
      assert.deepEqual([refused.status, refused.body.error?.fields?.[0]?.path], [422, 'text'], refused.text);
    }
  const sent = await h.post('/api/v1/messages', { to: { phone }, text: '\u200b a' });
  await h.settle();
  assert.equal((await h.get(`/api/v1/messages/${sent.body.message_id}`)).body.status, 'delivered');
});
