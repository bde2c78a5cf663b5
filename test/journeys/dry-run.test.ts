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
