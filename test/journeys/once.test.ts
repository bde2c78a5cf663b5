/** Duplicates: one order, one message, whoever asks and however often. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';

let h: Harness;
before(async () => {
  h = await harness();
});
after(() => h.close());

test('twenty simultaneous confirmations of one order are one message: one 202 and nineteen 200', async () => {
  const phone = '+40712345678';
  await h.post('/api/wa/optin', optIn(phone));
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => h.post('/api/wa/send/confirm', confirmation({ customer: { phone } }))),
  );
  assert.equal(answers.filter(answer => answer.status === 202).length, 1);
  assert.equal(answers.filter(answer => answer.status === 200 && answer.body.duplicate === true).length, 19);
  assert.equal(new Set(answers.map(answer => answer.body.message_id)).size, 1);
  await h.settle();
  assert.equal((await h.control(`/phones/${phone}/messages`)).body.length, 1);
});

test('racing transactions, not only racing requests, leave one message for one order', async () => {
  const phone = '+40712345679';
  await h.post('/api/wa/optin', optIn(phone));
  const { admit } = await import('#core/index.ts');
  const command = {
    to: phone,
    purpose: 'order_confirm',
    reference: 'R-1',
    origin: 'test',
    content: { kind: 'template', variables: () => ({ order_id: 'R-1', first_name: 'Ana' }) },
  } as never;
  const admissions = (
    await Promise.all(Array.from({ length: 8 }, () => admit(h.app.core, h.tenant, [command])))
  ).flat();
  assert.equal(admissions.filter(admission => admission.kind === 'queued').length, 1);
  assert.equal(admissions.filter(admission => admission.kind === 'duplicate').length, 7);
});

test('a duplicate with another content sends nothing and says that it differs', async () => {
  const phone = '+40712345680';
  await h.post('/api/wa/optin', optIn(phone));
  const first = await h.post(
    '/api/wa/send/confirm',
    confirmation({ order: { id: 'D-1' }, customer: { phone, first_name: 'Ana' } }),
  );
  const second = await h.post(
    '/api/wa/send/confirm',
    confirmation({ order: { id: 'D-1' }, customer: { phone, first_name: 'Maria' } }),
  );
  assert.equal(second.status, 200);
  assert.equal(second.body.message_id, first.body.message_id);
  assert.equal(second.body.differs, true);
});

test('an order number may be a string or an integer, and both name the same order', async () => {
  const phone = '+40712345681';
  await h.post('/api/wa/optin', optIn(phone));
  const first = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 7001 }, customer: { phone } }));
  const second = await h.post('/api/wa/send/confirm', confirmation({ order: { id: '7001' }, customer: { phone } }));
  assert.equal(first.status, 202);
  assert.equal(second.body.duplicate, true);
});

test('an Idempotency-Key replays the first answer to the byte; another body is a mismatch', async () => {
  const phone = '+40712345682';
  await h.post('/api/wa/optin', optIn(phone));
  const headers = { 'idempotency-key': 'key-1' };
  const body = confirmation({ order: { id: 'I-1' }, customer: { phone } });
  const first = await h.post('/api/wa/send/confirm', body, { headers });
  const again = await h.post('/api/wa/send/confirm', body, { headers });
  assert.equal(first.status, 202);
  assert.equal(again.status, 202);
  assert.equal(again.text, first.text);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  assert.equal(first.headers.get('idempotent-replayed'), null);
  const other = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'I-2' }, customer: { phone } }), {
    headers,
  });
  assert.equal(other.status, 422);
  assert.equal(other.body.error.code, 'idempotency_mismatch');
});

test('requests that race with one Idempotency-Key do the work once; the others are told to wait or get the answer', async () => {
  const phone = '+40712345683';
  await h.post('/api/wa/optin', optIn(phone));
  const headers = { 'idempotency-key': 'key-race' };
  const body = confirmation({ order: { id: 'I-3' }, customer: { phone } });
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => h.post('/api/wa/send/confirm', body, { headers })),
  );
  const done = answers.filter(answer => answer.status === 202);
  const wait = answers.filter(answer => answer.status === 409);
  assert.equal(done.length + wait.length, 10);
  assert.ok(done.length >= 1);
  assert.ok(
    wait.every(
      answer => answer.headers.get('retry-after') === '1' && answer.body.error.code === 'idempotency_in_progress',
    ),
  );
  const { rows } = await h.sql.query("select count(*)::int as n from message_content where reference = 'I-3'");
  assert.equal(rows[0].n, 1);
});

test('a request that was not valid does not use up its Idempotency-Key', async () => {
  const headers = { 'idempotency-key': 'key-invalid' };
  const wrong = await h.post('/api/wa/optin', { phone: 'nonsense', status: 'opt_in', source: 'x' }, { headers });
  assert.equal(wrong.status, 422);
  const right = await h.post('/api/wa/optin', optIn('+40712345684'), { headers });
  assert.equal(right.status, 200);
});

test('a stale claim of a crashed process is taken over', async () => {
  const phone = '+40712345685';
  await h.post('/api/wa/optin', optIn(phone));
  const headers = { 'idempotency-key': 'key-stale' };
  const body = confirmation({ order: { id: 'I-4' }, customer: { phone } });
  const first = await h.post('/api/wa/send/confirm', body, { headers });
  assert.equal(first.status, 202);
  // As if the process had died between the claim and the work.
  await h.sql.query(
    "update idempotency_key set status = null, body = null, claimed_until = clock_timestamp() - interval '1 second' where key = 'key-stale'",
  );
  const taken = await h.post('/api/wa/send/confirm', body, { headers });
  assert.equal(taken.status, 200);
  assert.equal(taken.body.duplicate, true, 'the business key outlives the claim');
});

test('after a refusal the same call decides anew', async () => {
  const phone = '+40712345686';
  const refused = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'N-1' }, customer: { phone } }));
  assert.equal(refused.body.reason, 'no_consent');
  await h.post('/api/wa/optin', optIn(phone));
  const sent = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'N-1' }, customer: { phone } }));
  assert.equal(sent.status, 202);
});

test('a dry run stores nothing, shows the text and decides as the real call does', async () => {
  const phone = '+40712345687';
  const before = await h.sql.query('select count(*)::int as n from message');
  const dry = await h.post(
    '/api/wa/send/confirm',
    confirmation({
      order: { id: 'Y-1' },
      customer: { phone, opt_in: { source: 'checkout', text: 'yes' } },
      dry_run: true,
    }),
  );
  assert.equal(dry.status, 200);
  assert.equal(dry.body.dry_run, true);
  assert.equal(dry.body.message_id, undefined);
  assert.equal(dry.body.decision.outcome, 'queue');
  assert.equal(dry.body.rendered.body, 'Hi Ana, your order Y-1 is confirmed.');
  const after = await h.sql.query('select count(*)::int as n from message');
  assert.deepEqual(after.rows, before.rows);
  const people = await h.sql.query('select 1 from contact_identity where value = $1', [phone]);
  assert.equal(people.rowCount, 0, 'not even the person is stored');
});
