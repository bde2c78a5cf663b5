/**
 * Law 12: secrets, bodies and full phone numbers never reach the log. A real process with its log at its most talkative is
 * led through what goes well and what goes wrong, with a canary in everything that is secret or somebody's own; then what
 * it has said is searched, and so is what its figures, its health, its errors and strangers were shown.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { find, fullWidth, spaced, spellings } from '../canaries.ts';
import { appSecret, canary, openStage, phone, planted, refusal, type Stage, verifyToken } from '../canary-stage.ts';
import { phoneOf } from '../make.ts';
import { sign } from '../meta-webhooks.ts';
import { runCommand, until } from '../processes.ts';

let stage: Stage;
const call: Stage['call'] = (...asked) => stage.call(...asked);
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const deliver = (body: string, signature = sign(body, appSecret)) =>
  call('POST', '/api/wa/webhook', body, { 'x-hub-signature-256': signature });

const order = (id: string, number: string) => ({
  order: { id, total: 149.5, currency: 'RON', download_url: `https://tickets.example/${canary(`${id} download`)}` },
  event: {
    id: 'E-1',
    name: canary(`${id} event`),
    starts_at: '2026-11-28T20:00:00+02:00',
    timezone: 'Europe/Bucharest',
    venue: canary(`${id} venue`, `Canary „Sala” / ${id} "mare" & more`),
  },
  customer: {
    phone: number,
    first_name: canary(`${id} first name`, `Canary Ștefana "${id}"`),
    last_name: canary(`${id} last name`),
  },
  variables: { seat: canary(`${id} variable`) },
});

const optIn = (number: string, what: string) => ({
  phone: number,
  status: 'opt_in',
  source: canary(`${what} source`),
  text: canary(`${what} text`, `Canary „${what}”: send me my tickets`),
  ip: '198.51.100.77',
  user_agent: canary(`${what} agent`),
});

async function confirm(id: string, number: string, headers: Record<string, string> = {}): Promise<string> {
  assert.equal((await call('POST', '/api/wa/optin', optIn(number, `${id} consent`))).status, 200);
  const sent = await call('POST', '/api/wa/send/confirm', order(id, number), headers);
  assert.equal(sent.status, 202, sent.text);
  return sent.body.message_id;
}
const reaches = (id: string, status: string) =>
  until(`${id} is ${status}`, async () => (await call('GET', `/api/v1/messages/${id}`)).body.status === status);

test('control: a line that holds a canary is found, however it is spelt, and a line without is not', () => {
  const all = [...planted, { what: 'phone', text: phoneOf(1) }, { what: 'name', text: 'Canary Ștefana "C" / 1' }];
  for (const one of all) {
    for (const [how, text] of spellings(one))
      assert.deepEqual(find([one], `{"event":"sent","detail":"x${text}y"}`).length, 1, `${one.what} ${how}`);
    for (const before of ['', 'a', 'ab'])
      for (const kind of ['base64', 'base64url', 'hex'] as const)
        assert.equal(find([one], Buffer.from(`${before}${one.text}, and more`).toString(kind)).length, 1, one.what);
    assert.deepEqual(find([one], '{"event":"sent","count":712345678,"url":"/api/wa/optin"}'), []);
  }
  const [number, digits] = [{ what: 'phone', text: phoneOf(1) }, phoneOf(1).slice(1)];
  for (const text of [spaced(number.text), fullWidth(digits), `00${digits}`, `0${digits.slice(2)}`])
    assert.equal(find([number], `to ${text}.`).length, 1, text);
});

test('an order that goes well, from the template to the read receipt and a STOP', async () => {
  const template = {
    name: 'order_confirm',
    category: 'order_confirm',
    language: 'en',
    header: canary('template header'),
    body: `Hi {first_name}, seat {seat}. ${canary('template body')}`,
    footer: canary('template footer'),
    samples: { first_name: canary('template sample'), seat: '12' },
    submit: true,
  };
  assert.equal((await call('POST', '/api/wa/templates', template)).status, 201);
  await until('the template is approved', async () => {
    const { body } = await call('GET', '/api/wa/templates/default');
    return body.data[0].status === 'approved';
  });
  const number = phone('of the happy order');
  const headers = { 'idempotency-key': canary('idempotency key'), cookie: `session=${canary('cookie')}` };
  const id = await confirm('W-1', number, { ...headers, 'user-agent': canary('user agent') });
  await reaches(id, 'delivered');
  await stage.control(`/phones/${number}/read`, {});
  await reaches(id, 'read');
  await stage.control('/phones', { phone: number, name: canary('profile name') });
  await stage.control(`/phones/${number}/messages`, { text: canary('what a person writes') });
  await stage.control(`/phones/${number}/messages`, { text: 'STOP' });
  const tried = { ...order('W-2', number), dry_run: true };
  await until('the STOP is obeyed', async () => {
    const { decision } = (await call('POST', '/api/wa/send/confirm', tried)).body;
    return decision.reason === 'opted_out';
  });

  // The control: what is looked for in the log has really been where it belongs.
  const { rows } = await stage.sql.query<{ text: string }>('select content::text as text from message_content limit 1');
  const kept = find(planted, rows[0]!.text).map(one => one.split(' (')[0]);
  assert.ok(kept.includes('W-1 first name') && kept.includes('W-1 variable'), kept.join());
  const ledger = await (await fetch(`${stage.emulator.url}/_sandbox/ledger`)).text();
  assert.match(ledger, /seat canary-W-1-variable-\d+\. canary-template-body/);
  await stage.assertSilent();
});

test('callers who make mistakes, and strangers who ask for what is not theirs', async () => {
  const number = phone('of the wrong calls');
  const wrong: [status: number, method: string, path: string, body?: unknown, headers?: Record<string, string>][] = [
    [400, 'POST', '/api/wa/optin', `{"phone": "${number}", "text": "${canary('broken json')}`],
    [400, 'POST', '/api/wa/optin', `{"__proto__": {"a": "${canary('poisoned json')}"}}`],
    [400, 'POST', '/api/wa/optin', canary('plain text'), { 'content-type': 'text/plain' }],
    [422, 'POST', '/api/wa/optin', { ...optIn(number, 'unknown field'), note: canary('unknown field') }],
    [422, 'POST', '/api/wa/optin', optIn(`${canary('no phone')}`, 'bad phone')],
    [422, 'POST', '/api/wa/send/confirm', order('Z-1', `${number}99999`)],
    [422, 'POST', '/api/wa/send/confirm', { ...order('Z-2', number), template: canary('template name') }],
    [413, 'POST', '/api/wa/optin', `"${canary('too much').repeat(20_000)}"`],
    [404, 'GET', `/api/wa/contacts/${phone('in a path')}/${canary('unknown route')}`],
    [404, 'GET', `/nowhere?phone=${encodeURIComponent(phone('in a query'))}&token=${canary('query token')}`],
    [400, 'GET', `/api/%ff/${canary('broken path')}`],
    [422, 'GET', `/api/wa/messages/default?status=${canary('bad query')}`],
    [422, 'GET', `/api/wa/messages/default?cursor=${canary('bad cursor')}`],
    [404, 'GET', `/api/v1/messages/${canary('bad id')}`],
    [422, 'POST', '/api/wa/optin', optIn(number, 'bad key'), { 'idempotency-key': `${canary('bad key')} with spaces` }],
  ];
  for (const [status, method, path, body, headers] of wrong) {
    const answer = await call(method, path, body, headers);
    assert.equal(answer.status, status, `${method} ${path.slice(0, 80)} ${answer.text}`);
  }
  for (const spelt of [spaced, fullWidth, (text: string) => `00${text.slice(1)}`, (text: string) => `tel:${text}`])
    await call('POST', '/api/wa/optin', optIn(spelt(phone('in another spelling')), 'spelling'));

  const [mine] = (await call('GET', '/api/wa/messages/default')).body.data as { id: string }[];
  const paths = [`/api/v1/messages/${mine!.id}`, '/api/wa/messages/default', '/api/wa/templates/default', '/nowhere'];
  const guesses = [`Bearer ${canary('guessed key')}`, `Basic ${btoa(`admin:${canary('basic password')}`)}`];
  for (const authorization of [`Bearer ${stage.strangerKey}`, ...guesses]) {
    for (const path of paths) assert.ok((await call('GET', path, undefined, { authorization })).status >= 400, path);
    await call('POST', '/api/wa/send/confirm', order('Z-3', number), { authorization });
  }
  await stage.assertSilent();
});

test('webhooks that are forged, poisoned or nobody’s', async () => {
  const hex = Buffer.from(canary('webhook signature')).toString('hex').padEnd(64, '0').slice(0, 64);
  assert.equal((await deliver(`{"text":"${canary('forged webhook')}"}`, `sha256=${hex}`)).status, 401);
  assert.equal(
    (await call('POST', `/api/webhooks/meta/${canary('sender key').replaceAll('-', '')}`, '{}')).status,
    404,
  );
  const token = `hub.mode=subscribe&hub.challenge=1&hub.verify_token=${canary('guessed verify token')}`;
  assert.equal((await call('GET', `/api/wa/webhook?${token}`)).status, 403);
  const right = `hub.mode=subscribe&hub.challenge=1&hub.verify_token=${verifyToken}`;
  assert.equal((await call('GET', `/api/wa/webhook?${right}`)).text, '1');

  const message = (more: object) => ({ id: `wamid.${planted.length}`, timestamp: '1795000000', type: 'text', ...more });
  const envelope = (value: object) =>
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
    });
  const text = (body: string) => ({ text: { body } });
  const poisoned = phone('in a poisoned webhook');
  const errors = [{ code: 131026, title: canary('error title') }];
  const poison = [
    `{"entry":[{"messages":"${canary('cut webhook')}`,
    `{"entry":[{"changes":[{"field":"messages","value":{"messages":${canary('bare word in a webhook')}}}]}]}`,
    envelope({ messages: [message({ from: poisoned.slice(1), ...text(`${canary('half a letter')} \ud800`) })] }),
    envelope({ messages: [message({ from: canary('no number in a webhook'), ...text(canary('text of nobody')) })] }),
    envelope({ statuses: [{ id: canary('unknown wamid'), status: 'failed', timestamp: '1795000000', errors }] }),
    envelope({ errors: [{ code: 130429, title: canary('bare error'), message: canary('bare error message') }] }),
  ];
  for (const body of poison) assert.equal((await deliver(body)).status, 200, body);
  await until('each was looked at', async () => {
    const { rows } = await stage.sql.query("select 1 from inbox_pending where lane <> 'dead' and attempts = 0");
    return rows.length === 0;
  });
  await stage.assertSilent();
});

test('a provider that echoes what it was sent, answers nonsense, or does not answer', async () => {
  stage.trouble(refusal(400, 131026));
  const refused = await confirm('P-1', phone('of the refused order'));
  await reaches(refused, 'failed');
  stage.trouble(body => ({ status: 502, body: `<html>Bad gateway: ${body}</html>` }));
  const unclear = await confirm('P-2', phone('of the unclear order'));
  await reaches(unclear, 'unknown');
  stage.trouble(refusal(429, 130429));
  const busy = await confirm('P-3', phone('of the order that waits'));
  await until('it was tried', async () => (await call('GET', `/api/v1/messages/${busy}`)).body.attempts >= 1);
  stage.trouble(refusal(400, 100));
  const template = {
    name: 'refused',
    category: 'reminder',
    language: 'en',
    body: canary('refused template'),
    submit: true,
  };
  assert.equal((await call('POST', '/api/wa/templates', template)).status, 422);
  stage.trouble(() => 'hang');
  assert.equal((await call('POST', `/api/wa/dead-letters/default/${refused}/requeue`)).status, 202);
  await reaches(refused, 'unknown');
  stage.trouble(undefined);
  const letters = await call('GET', '/api/wa/dead-letters/default');
  assert.equal(letters.status, 200);
  await stage.assertSilent();
});

/** Nobody may connect any more, and whoever is connected is thrown out. */
async function withoutDatabase(work: () => Promise<void>): Promise<void> {
  const owner = new pg.Client({ ...stage.database, database: 'postgres' });
  await owner.connect();
  const name = stage.database.database!;
  try {
    await owner.query(`alter database ${name} allow_connections false`);
    await owner.query('select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1', [name]);
    await work();
  } finally {
    await owner.query(`alter database ${name} allow_connections true`);
    await owner.end();
  }
}

test('a database that is away, for callers, webhooks and workers', async () => {
  const lines = stage.service.output().length;
  const number = phone('while the database is away');
  await withoutDatabase(async () => {
    assert.equal((await call('POST', '/api/wa/optin', optIn(number, 'away'))).status, 503);
    const keyed = { 'idempotency-key': canary('key while the database is away') };
    assert.equal((await call('POST', '/api/wa/send/confirm', order('D-1', number), keyed)).status, 503);
    const query = `phone=${encodeURIComponent(number)}&cursor=${canary('query while the database is away')}`;
    assert.equal((await call('GET', `/api/wa/messages/default?${query}`)).status, 503);
    assert.equal((await deliver(`{"text":"${canary('webhook while the database is away')}"}`)).status, 503);
    // The control: this is the way on which most is said.
    for (const event of ['request failed', 'webhook not taken', 'worker tick failed'])
      await until(event, () => stage.service.output().slice(lines).includes(event));
    await stage.assertSilent();
  });
  await until('it is ready again', async () => (await call('GET', '/health/ready')).status === 200);
  await stage.assertSilent();
});

test('settings that are wrong are named and not shown', async () => {
  const wrong: [setting: string, value: string][] = [
    ['TIDINGS_SECRET_KEY', canary('short', 'canary-too-short')],
    ['TIDINGS_API_KEY', canary('short key', 'canary-key-too-short')],
    ['DATABASE_URL', `mysql://root:${canary('password of another database')}@127.0.0.1/x`],
    ['DATABASE_URL', `postgresql://root:${canary('password nobody asks for')}@127.0.0.1:9/x`],
    ['WHATSAPP_API_BASE_URL', `ftp://user:${canary('password in a base URL')}@127.0.0.1/`],
  ];
  for (const [setting, value] of wrong) {
    const ended = await runCommand(['start'], { ...stage.env, PORT: '0', [setting]: value }, stage.folder);
    assert.equal(ended.code, 1, setting);
    assert.notEqual(ended.output, '');
    assert.deepEqual(find(planted, ended.output), [], setting);
  }
});

const since = (from: number) => find(planted, stage.service.output().slice(from));

test('a provider out of order that echoes a template into its excuse', async () => {
  const from = stage.service.output().length;
  stage.trouble(refusal(500, 2));
  const body = canary('echoed template');
  const template = { name: 'echoed', category: 'reminder', language: 'en', body, submit: true };
  assert.ok((await call('POST', '/api/wa/templates', template)).status >= 500);
  stage.trouble(undefined);
  await until('it is in the log', () => stage.service.output().slice(from).includes('request failed'));
  assert.deepEqual(since(from), []);
});

test('a provider that echoes a message while it blocks its sender', async () => {
  const from = stage.service.output().length;
  stage.trouble(body => refusal(401, 190)(body.replace(/^.*"components"/, '')));
  const blocked = await confirm('B-1', phone('of the blocked order'));
  await until('the sender is blocked', () =>
    stage.service.output().slice(from).includes('sender blocked by its provider'),
  );
  // The log is quicker than the commit.
  await reaches(blocked, 'queued');
  stage.trouble(undefined);
  assert.deepEqual(since(from), []);
});
