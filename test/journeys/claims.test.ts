/** Whose an Idempotency-Key is: one request's at a time, and its answer stands or falls with the work. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { claimKey, idempotencyRelease, storeAnswers } from '#core/index.ts';
import { Fault } from '#lib/fault.ts';
import { type Answer, type Harness, harness } from '../harness.ts';
import { command, confirmation, optIn, phoneOf } from '../make.ts';
import { until } from '../processes.ts';

let h: Harness;
let other: pg.Client;
before(async () => {
  h = await harness();
  other = await h.connect();
});
after(() => h.close());

let next = 0;
const headers = (key: string) => ({ headers: { 'idempotency-key': key } });
const uuidOf = (id: string) => id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const read = async (id: string) => (await h.get(`/api/v1/messages/${id}`)).body;

async function queued(): Promise<string> {
  const phone = phoneOf(next++);
  await h.post('/api/wa/optin', optIn(phone));
  const sent = await h.post('/api/wa/send/confirm', confirmation({ order: { id: `K-${next}` }, customer: { phone } }));
  assert.equal(sent.status, 202, sent.text);
  return sent.body.message_id;
}

/** A message that ended so, whatever the way there. */
async function ended(state: 'failed' | 'unknown'): Promise<string> {
  const id = await queued();
  const unknown = ", resolution = 'open', unknown_at = clock_timestamp()";
  await h.sql.query(`update message set state = $2, attempt = 1 ${state === 'unknown' ? unknown : ''} where id = $1`, [
    uuidOf(id),
    state,
  ]);
  return id;
}

async function waitsForLock(): Promise<boolean> {
  const { rows } = await h.sql.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows[0]!.n > 0;
}

test('a request that outlived its claim answers 409 and undoes its work: the answer is another’s to give', async () => {
  const id = await queued();
  await other.query('begin');
  await other.query('select from message where id = $1 for update', [uuidOf(id)]);
  const cancelling = h.post(`/api/v1/messages/${id}/cancel`, undefined, headers('outlived'));
  await until('the cancellation waits for the message', waitsForLock);
  const taken = await h.sql.query("update idempotency_key set token = gen_random_uuid() where key = 'outlived'");
  assert.equal(taken.rowCount, 1);
  await other.query('commit');
  const answer = await cancelling;
  assert.equal(answer.status, 409);
  assert.equal(answer.body.error.code, 'idempotency_in_progress');
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal((await read(id)).status, 'queued', 'nothing of it is left');
  const held = await h.sql.query("select status from idempotency_key where key = 'outlived'");
  assert.deepEqual(held.rows, [{ status: null }], 'and the claim is still the other’s');
});

test('so it is with a send: no message is left of a request whose claim was taken over', async () => {
  const phone = phoneOf(next++);
  const reference = 'outlived-send';
  await h.post('/api/wa/optin', optIn(phone));
  // The business key is held by somebody who has not committed: the send waits for them.
  await other.query('begin');
  await other.query(
    `insert into business_key (tenant_id, key, message_id, fingerprint) values ($1, $2, gen_random_uuid(), '')`,
    [h.tenant, `order_confirm:${reference}:${phone}`],
  );
  const sending = h.post(
    '/api/wa/send/confirm',
    confirmation({ order: { id: reference }, customer: { phone } }),
    headers(reference),
  );
  await until('the send waits for the order', waitsForLock);
  await h.sql.query('update idempotency_key set token = gen_random_uuid() where key = $1', [reference]);
  await other.query('rollback');
  assert.equal((await sending).body.error.code, 'idempotency_in_progress');
  assert.equal((await h.sql.query('select 1 from message_content where reference = $1', [reference])).rowCount, 0);
  assert.equal(
    (await h.sql.query('select 1 from business_key where message_id is not null and key like $1', [`%${reference}%`]))
      .rowCount,
    0,
  );
});

/** Each says how it is asked and which row it writes. */
const WORKS: readonly [what: string, ask: (key: string) => Promise<{ ask(): Promise<Answer>; row: string }>][] = [
  [
    'a cancellation',
    async key => {
      const id = await queued();
      const ask = () => h.post(`/api/v1/messages/${id}/cancel`, undefined, headers(key));
      return { ask, row: `message where id = '${uuidOf(id)}'` };
    },
  ],
  [
    'a person’s word about an unknown message',
    async key => {
      const id = await ended('unknown');
      const ask = () => h.post(`/api/v1/messages/${id}/resolve`, { as: 'resend' }, headers(key));
      return { ask, row: `message where id = '${uuidOf(id)}'` };
    },
  ],
  [
    'the requeue of one dead letter',
    async key => {
      const id = await ended('failed');
      const ask = () => h.post(`/api/wa/dead-letters/default/${id}/requeue`, undefined, headers(key));
      return { ask, row: `message where id = '${uuidOf(id)}'` };
    },
  ],
  [
    'the requeue of many dead letters',
    async key => {
      const ids = [await ended('failed'), await ended('failed')];
      const ask = () => h.post('/api/wa/dead-letters/default/requeue', { ids }, headers(key));
      return { ask, row: `message where id in (${ids.map(id => `'${uuidOf(id)}'`)})` };
    },
  ],
  [
    'a template that is saved and not submitted',
    async key => {
      const template = { name: 'kept', category: 'reminder', language: 'en', body: 'Hi {first_name}, see you soon.' };
      return {
        ask: () => h.post('/api/wa/templates', template, headers(key)),
        row: "template where name = 'kept'",
      };
    },
  ],
  [
    'an opt-in',
    async key => {
      const body = optIn(phoneOf(next++), { source: 'once' });
      return {
        ask: () => h.post('/api/wa/optin', body, headers(key)),
        row: "consent_event where source = 'once'",
      };
    },
  ],
  [
    'a confirmation',
    async key => {
      const phone = phoneOf(next++);
      await h.post('/api/wa/optin', optIn(phone));
      const body = confirmation({ order: { id: 'same-commit' }, customer: { phone } });
      return {
        ask: () => h.post('/api/wa/send/confirm', body, headers(key)),
        row: "message_content where reference = 'same-commit'",
      };
    },
  ],
];

for (const [what, prepare] of WORKS) {
  test(`${what} and its answer are one commit, and said again it is the same answer to the byte`, async () => {
    const key = `work-${what.replaceAll(/\W/g, '-')}`;
    const { ask, row } = await prepare(key);
    const first = await ask();
    assert.ok(first.status < 300, first.text);
    assert.equal(first.headers.get('idempotent-replayed'), null);
    // A row's xmin is the transaction that wrote it.
    const { rows } = await h.sql.query<{ xmin: string }>(
      `select xmin::text from idempotency_key where key = $1 union select xmin::text from ${row}`,
      [key],
    );
    assert.equal(rows.length, 1, 'one transaction wrote both');
    const again = await ask();
    assert.equal(again.text, first.text);
    assert.equal(again.status, first.status);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
  });
}

test('the claim of a request that crashed is taken over, and what the first one still says is refused', async () => {
  const { db } = h.app.core;
  const claim = () => claimKey(db, h.tenant, 'crashed', Buffer.from('the same body'));
  const inProgress = (error: unknown) => error instanceof Fault && error.code === 'idempotency_in_progress';
  const first = await claim();
  assert.ok(first.kind === 'mine');
  await assert.rejects(claim(), inProgress, 'while it is believed to be at work nobody else gets it');
  await h.sql.query(
    "update idempotency_key set claimed_until = clock_timestamp() - interval '1 second' where key = 'crashed'",
  );
  const second = await claim();
  assert.ok(second.kind === 'mine');
  assert.notEqual(second.claim.token, first.claim.token);

  const answer = (claim: typeof first.claim, said: string) =>
    db.tx(h.tenant, tx => storeAnswers(tx, [{ claim, status: 200, body: { said } }]));
  await assert.rejects(answer(first.claim, 'late'), inProgress);
  await db.run(h.tenant, idempotencyRelease, first.claim);
  await answer(second.claim, 'in time');
  assert.deepEqual(await claim(), { kind: 'answered', status: 200, body: '{"said":"in time"}' });
  await assert.rejects(answer(second.claim, 'twice'), inProgress, 'an answer is given once');
});

test('in a batch one claim that was taken over fails its own send and no neighbour’s', async () => {
  const { core } = h.app;
  const lost = { key: 'lost', token: '00000000-0000-7000-8000-000000000000' };
  const told = () => ({ status: 202, body: {} });
  const [good, bad] = await Promise.allSettled([
    core.send(h.tenant, command(phoneOf(next++), { reference: 'batch-good' })),
    core.send(h.tenant, command(phoneOf(next++), { reference: 'batch-bad', claim: { ...lost, answer: told } })),
  ]);
  assert.ok(good.status === 'fulfilled' && good.value.kind === 'queued');
  assert.ok(bad.status === 'rejected' && bad.reason.code === 'idempotency_in_progress');
  const { rows } = await h.sql.query("select reference from message_content where reference like 'batch-%'");
  assert.deepEqual(rows, [{ reference: 'batch-good' }]);
});
