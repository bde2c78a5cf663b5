/** The service from its operator's side: a database that goes away, a quiet end, keys, tenants, what the log may hold. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLog } from '#lib/log.ts';
import { createKey, ensureTenant, fixKey, revokeKey } from '../../src/core/tenants/service.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { deliver } from '../meta-webhooks.ts';

let h: Harness;
before(async () => {
  h = await harness();
});
after(() => h.close());

test('a database that is away makes 503 with Retry-After, for webhooks and requests alike, and never 200', async () => {
  const broken = await harness({ templates: false });
  await broken.sql.query('select 1');
  broken.sql.on('error', () => {}); // its own connection is cut with the others
  const { database } = broken.connection;
  // Nobody may connect any more, and whoever is connected is thrown out: what a stopped server looks like from here.
  await h.sql.query(`alter database ${database} allow_connections false`);
  // With a limit the call waits for each to be gone; without one a request could still meet a living connection.
  await h.sql.query('select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1', [database]);
  const body = '{"object":"whatsapp_business_account","entry":[]}';
  const webhook = await deliver(broken, body);
  assert.equal(webhook.status, 503);
  assert.equal(webhook.headers.get('retry-after'), '1');
  const request = await broken.post('/api/wa/optin', optIn('+40712345678'));
  assert.equal(request.status, 503);
  assert.equal(request.body.error.code, 'unavailable');
  assert.equal((await broken.get('/health')).status, 200, 'the process itself is alive');
  assert.equal((await broken.get('/health/ready')).status, 503);
  await h.sql.query(`alter database ${database} allow_connections true`);
  const back = await deliver(broken, body);
  assert.equal(back.status, 200, 'it recovers by itself');
  await broken.app.stop();
  await broken.emulator.close();
});

test('connections that are cut in the middle of a load end no process and lose no accepted request', async () => {
  const phones = Array.from({ length: 60 }, (_, index) => phoneOf(5_000 + index));
  for (const phone of phones) await h.post('/api/wa/optin', optIn(phone));
  const cutting = h.sql.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  const answers = await Promise.all(
    phones.map((phone, index) =>
      h.post('/api/wa/send/confirm', confirmation({ order: { id: `T-${index}` }, customer: { phone } })),
    ),
  );
  await cutting;
  assert.ok(
    answers.every(answer => [202, 503].includes(answer.status)),
    JSON.stringify(answers.find(answer => ![202, 503].includes(answer.status))?.body),
  );
  const accepted = answers.filter(answer => answer.status === 202).map(answer => answer.body.message_id);
  for (const id of accepted) assert.equal((await h.get(`/api/v1/messages/${id}`)).status, 200);
  await h.settle();
});

test('the end is quiet: leases go back, what is on the wire is waited for, and nothing becomes unknown', async () => {
  const ending = await harness({ inFlight: 4 });
  await ending.control('/faults', { latency_ms: 150 });
  for (let index = 0; index < 30; index += 1) {
    const phone = phoneOf(6_000 + index);
    await ending.post('/api/wa/optin', optIn(phone));
    await ending.post('/api/wa/send/confirm', confirmation({ order: { id: `S-${index}` }, customer: { phone } }));
  }
  ending.app.startWorkers();
  while (ending.app.dispatcher.inFlight() === 0) await new Promise(resolve => setImmediate(resolve));
  await ending.app.stop();
  const { rows } = await ending.sql.query<{ state: string; n: number }>(
    'select state, count(*)::int as n from message group by state',
  );
  const states = Object.fromEntries(rows.map(row => [row.state, row.n]));
  assert.ok(
    Object.keys(states).every(state => ['queued', 'accepted', 'sent', 'delivered'].includes(state)),
    JSON.stringify(states),
  );
  assert.ok(states['queued']! > 0, 'it did not wait for the whole queue');
  await ending.emulator.close();
  await ending.sql.end();
});

test('a key does what its scopes name, shows no other tenant, and ends when it is revoked', async () => {
  const { core } = h.app;
  const reader = await createKey(core, h.tenant, 'reader', ['messages:read']);
  assert.match(reader, /^tdg_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}[0-9a-f]{8}$/);
  assert.equal((await h.get('/api/wa/messages/default', { key: reader })).status, 200);
  const forbidden = await h.post('/api/wa/optin', optIn('+40712345678'), { key: reader });
  assert.equal(forbidden.status, 403);
  assert.match(forbidden.body.error.message, /consents:write/);

  const { tenant } = await ensureTenant(core, { slug: 'other', name: 'Other' });
  const stranger = await createKey(core, tenant, 'owner', ['*']);
  assert.equal((await h.get('/api/wa/messages/default', { key: stranger })).status, 404);
  assert.equal((await h.get('/api/wa/messages/other', { key: stranger })).body.data.length, 0);
  await h.post('/api/wa/optin', optIn('+40712345690'));
  await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'O-1' }, customer: { phone: '+40712345690' } }));
  const mine = (await h.get('/api/wa/messages/default')).body.data[0];
  assert.equal((await h.get(`/api/v1/messages/${mine.id}`, { key: stranger })).status, 404);
  assert.equal((await h.get(`/api/wa/messages/other/${mine.id}`, { key: stranger })).status, 404);
  assert.equal((await h.post(`/api/v1/messages/${mine.id}/cancel`, undefined, { key: stranger })).status, 404);

  assert.equal(await revokeKey(core, h.tenant, reader.slice(4, 12)), true);
  assert.equal((await h.get('/api/wa/messages/default', { key: reader })).status, 401);
});

test('a fixed key works as it is, and the one before it no longer does', async () => {
  const first = 'an operator wrote this key by hand, 1'.replaceAll(' ', '-');
  const second = 'an operator wrote this key by hand, 2'.replaceAll(' ', '-');
  await fixKey(h.app.core, h.tenant, first);
  assert.equal((await h.get('/api/wa/stats/default', { key: first })).status, 200);
  await fixKey(h.app.core, h.tenant, second);
  assert.equal((await h.get('/api/wa/stats/default', { key: first })).status, 401);
  assert.equal((await h.get('/api/wa/stats/default', { key: second })).status, 200);
  await fixKey(h.app.core, h.tenant, first);
  assert.equal((await h.get('/api/wa/stats/default', { key: first })).status, 200, 'set again, it lives again');
});

test('every wrong key looks the same: missing, malformed, one character changed, unknown', async () => {
  const changed = h.key.slice(0, -1) + (h.key.endsWith('0') ? '1' : '0');
  const texts = new Set<string>();
  for (const key of [
    '',
    'x',
    changed,
    `tdg_${'a'.repeat(8)}_${'b'.repeat(32)}00000000`,
    `${h.key} `,
    'k'.repeat(300),
  ]) {
    const answer = await h.get('/api/wa/stats/default', { headers: { authorization: `Bearer ${key}` } });
    if (key === `${h.key} `) continue; // HTTP itself trims a header's end
    assert.equal(answer.status, 401, key);
    texts.add(JSON.stringify({ ...answer.body.error, request_id: '' }));
  }
  assert.equal(texts.size, 1);
});

test('the log holds ids and codes, and never a phone, a name, a body or a secret', () => {
  const lines: string[] = [];
  const log = createLog('debug', { write: line => lines.push(line) });
  log.info('sent', { message: 'msg_1', phone: '+40712345678', body: 'Hello Ana', count: 2 } as never);
  log.error('failed', {
    error: 'could not send to +40 712 345 678 with Bearer abc.def and tdg_abcdefgh_x',
    detail: 'to 40712345678',
  });
  const text = lines.join('');
  for (const secret of ['712', 'Ana', 'abc.def', 'tdg_abc']) assert.ok(!text.includes(secret), `${secret} in ${text}`);
  assert.match(text, /"message":"msg_1"/);
  assert.match(text, /"dropped":2/);
});
