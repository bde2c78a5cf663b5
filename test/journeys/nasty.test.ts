/**
 * Nasty inputs against every field of every endpoint, generated from the routes' own schemas. The answer is a 4xx with a
 * code and a sentence, or the text is taken and shown literally; never a 5xx, never an echo as HTML.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { coreRoutes, type Route } from '#core/index.ts';
import { verticals } from '../../src/app.ts';
import { type Answer, type Harness, harness } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';

let h: Harness;
before(async () => {
  h = await harness();
});
after(() => h.close());

const big = 'x'.repeat(100_000);
// biome-ignore format: a corpus
const TEXTS: unknown[] = [
  '', ' ', '\u200b', '\u0000', 'a\u0000b', '\ud800', '\u202eabc', '👩‍👩‍👧‍👦', 'Z̷̢̛'.repeat(800), big, '=HYPERLINK("http://x")', "+cmd|' /C calc'!A0", '@SUM(1)', '\tx', '\rx',
  '<img src=x onerror=alert(1)>', "{{constructor.constructor('x')()}}", '{first_name}', '%00%0d%0a', "'; DROP TABLE message;--", '$&$1$`', 'a    b\n\n\nc', 'İıßﬁ', '{{1', '{{999}}', '\n'.repeat(10_000),
  '+', '+0', '+0000000000000000', '00407', '0721000000', '+٤٠٧١٢٣٤٥٦٧٨', '＋４０７１２３４５６７８', '+1 (555) 0100 ext 5', '+40712345678\u200b', '+40712345678,+40712345679', 'tel:+40712345678', 'BR.1502576394655843', '40712345678@c.us', '+407123456789999',
  'pt_br', 'xx_YY_ZZ', 'Asia/Kathmandu', 'EST5EDT', 'Mars/Olympus', '2026-02-30T10:00:00Z', '2026-11-21T24:00:00Z', '2026-11-21T23:59:60Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '+275760-09-13T00:00:00Z', '2026-11-21T10:00:00',
  'http://127.1', 'http://2130706433', 'http://[::1]/', 'https://a@127.0.0.1', 'https://good#@bad', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', '__proto__', 'constructor', 'toString',
  0, -1, 1.5, 1e21, Number('9007199254740993'), true, null, [], {}, [[]], { a: { b: {} } }, ['x', 'x'], { toString: 'x' },
];

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

/** Every place in a schema where a value stands, as a path. */
function places(schema: Schema, path: (string | number)[] = []): (string | number)[][] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    places(property, [...path, name]),
  );
  const items = schema.items ? places(schema.items, [...path, 0]) : [];
  const branches = (schema.anyOf ?? []).flatMap(branch => (branch.properties ? places(branch, path).slice(1) : []));
  return [path, ...inner, ...items, ...branches];
}

function put(body: unknown, path: readonly (string | number)[], value: unknown): unknown {
  if (path.length === 0) return value;
  const [head, ...rest] = path as [string | number, ...(string | number)[]];
  const copy: Record<string | number, unknown> = Array.isArray(body) ? ([...body] as never) : { ...(body as object) };
  Object.defineProperty(copy, head, {
    value: put(copy[head] ?? (typeof rest[0] === 'number' ? [] : {}), rest, value),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}

const routes: Route[] = [...coreRoutes, ...verticals.flatMap(vertical => vertical.routes)];

function check(answer: Answer, what: string): void {
  assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  if (answer.status < 400) return;
  assert.ok([400, 401, 403, 404, 409, 413, 422, 429].includes(answer.status), `${what}: ${answer.status}`);
  assert.match(answer.body?.error?.code ?? '', /^[a-z_]+$/, what);
  assert.ok((answer.body.error.message ?? '').length > 10, what);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, what);
  assert.ok(!answer.text.includes('    at '), `${what}: a stack`);
}

const fill = (path: string, value: string) => path.replace('{tenantId}', 'default').replace(/\{\w+\}/g, value);
const SAMPLE_ID = 'msg_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b';

function ask({ method, example }: Route, url: string): Promise<Answer> {
  if (method === 'GET') return h.get(url);
  if (method === 'DELETE') return h.remove(url);
  return method === 'PATCH' ? h.patch(url, example) : h.post(url, example);
}

/** One thing under several addresses is tried once: its fields are the same. */
const handled = new Set<unknown>();
const isFirst = ({ handle }: Route) => !handled.has(handle) && handled.add(handle).size > 0;

for (const route of routes.filter(candidate => candidate.body && isFirst(candidate))) {
  test(`${route.method} ${route.path}: nasty values in every field`, async () => {
    const all = places(route.body as Schema);
    assert.ok(all.length > 1, 'the schema has fields');
    // Of a template there is one, so that what is refused is refused for its fields.
    const [template] = (await h.get('/api/v1/templates?name=order_confirm')).body.data;
    const url = fill(route.path, route.path.includes('/templates/') ? template.id : SAMPLE_ID);
    const jobs = all.flatMap(path => TEXTS.map(value => ({ path, value })));
    let next = 0;
    const worker = async () => {
      while (next < jobs.length) {
        const { path, value } = jobs[next++]!;
        const body = JSON.stringify(put(route.example, path, value));
        const answer = await (route.method === 'PATCH' ? h.patch(url, body) : h.post(url, body));
        check(answer, `${path.join('.')} = ${JSON.stringify(value)?.slice(0, 80)}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  });
}

for (const route of routes.filter(candidate => candidate.query || candidate.params)) {
  test(`${route.method} ${route.path}: nasty values in the address`, async () => {
    const names = Object.keys((route.query as Schema | undefined)?.properties ?? {});
    for (const value of TEXTS.filter(
      (text): text is string => typeof text === 'string' && text.isWellFormed() && text.length < 2_000,
    )) {
      const encoded = encodeURIComponent(value);
      const call = (url: string) => ask(route, url);
      for (const name of names)
        check(await call(`${fill(route.path, SAMPLE_ID)}?${name}=${encoded}`), `${name}=${value.slice(0, 60)}`);
      if (route.path.includes('{id}') && encoded !== '')
        check(await call(fill(route.path, encoded)), `id ${value.slice(0, 60)}`);
      if (route.path.includes('{tenantId}') && encoded !== '')
        check(
          await call(route.path.replace('{tenantId}', encoded).replace('{id}', SAMPLE_ID)),
          `tenant ${value.slice(0, 60)}`,
        );
    }
    for (const query of [
      'a=1&a=2&a[]=3',
      'limit=1&limit=2',
      'limit=-1',
      'limit=0',
      'limit=1e9',
      'limit=abc',
      'cursor=zzz',
      'cursor=AAAAAAAAAAAAAAAAAAAAAA',
      '%',
      '%ff=%fe',
      '__proto__=1',
      '?'.repeat(500),
    ]) {
      check(await ask(route, `${fill(route.path, SAMPLE_ID)}?${query}`), query.slice(0, 40));
    }
  });
}

test('a field that nobody knows is refused by its name, and a missing one too', async () => {
  const unknown = await h.post('/api/wa/send/confirm', { ...confirmation(), surprise: 1 });
  assert.equal(unknown.status, 422);
  assert.deepEqual(unknown.body.error.fields, [{ path: 'surprise', message: 'there is no such field' }]);
  const missing = await h.post('/api/wa/send/confirm', confirmation({ customer: { first_name: undefined } }));
  assert.equal(missing.status, 422);
  assert.equal(missing.body.error.fields[0].path, 'customer.first_name');
});

test('bodies that are not what they claim get a 4xx and a sentence', async () => {
  const post = (body: string, headers: Record<string, string> = {}) => h.post('/api/wa/optin', body, { headers });
  const bodies: [string, Record<string, string>?][] = [
    [''],
    ['{'],
    ['nonsense'],
    ['null'],
    ['[]'],
    ['"text"'],
    ['{"phone":"+40712345678"'],
    ['\ufeff{}'],
    ['{"__proto__":{"a":1}}'],
    ['{"constructor":{"prototype":{}}}'],
    ['{"phone":1e400}'],
    [`${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    [JSON.stringify({ phone: big.repeat(3) })],
    ['{}', { 'content-type': 'text/plain' }],
    ['a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['{}', { 'content-type': 'application/json; charset=utf-16' }],
    ['{}', { 'content-encoding': 'gzip' }],
    ['{"phone":"a","phone":"b"}'],
    [JSON.stringify({ purposes: Array.from({ length: 20_000 }, () => 'marketing') })],
  ];
  for (const [body, headers] of bodies) {
    const answer = await post(body, headers);
    assert.ok(answer.status >= 400, `${body.slice(0, 40)}: ${answer.status}`);
    check(answer, body.slice(0, 40));
  }
  assert.equal((await h.post('/api/wa/optin', JSON.stringify({ phone: big.repeat(3) }))).status, 413);
});

test('requests that are hardly HTTP end in a 4xx, and the service answers the next one', async () => {
  const { port, hostname } = new URL(h.url);
  const raw = (text: string) =>
    new Promise<string>(resolve => {
      const socket = connect(Number(port), hostname, () => socket.write(text));
      let answer = '';
      socket.on('data', chunk => {
        answer += String(chunk);
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', () => resolve(answer));
      socket.setTimeout(2_000, () => socket.destroy());
    });
  const strange = [
    'GET /\u0000 HTTP/1.1\r\nhost: x\r\n\r\n',
    `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`,
    'POST /api/wa/optin HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    'NONSENSE\r\n\r\n',
  ];
  for (const text of strange) {
    const answer = await raw(text);
    if (answer !== '') assert.match(answer, /^HTTP\/1\.1 4\d\d/, text.slice(0, 30));
  }
  assert.equal((await h.get('/health')).status, 200);
});

test('Idempotency-Keys that are no keys are refused', async () => {
  for (const key of ['', 'k'.repeat(256), 'with space', 'ö']) {
    const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') };
    check(await h.post('/api/wa/optin', optIn('+40712345678'), { headers }), key);
  }
});

test('legal text of every kind is taken and shown literally on the phone', async () => {
  // A house of its own: above, the templates of this one were overwritten with nonsense.
  const fresh = await harness();
  const phone = '+40712345699';
  await fresh.post('/api/wa/optin', optIn(phone));
  const names = [
    'Zoë 👩‍👩‍👧‍👦',
    '{order_id}',
    '$& $1',
    '<b>x</b>',
    "'; DROP TABLE message;--",
    'עברית',
    '=SUM(1)',
    '{{constructor}}',
  ];
  for (const [index, name] of names.entries()) {
    const sent = await fresh.post(
      '/api/wa/send/confirm',
      confirmation({ order: { id: `L-${index}` }, customer: { phone, first_name: name } }),
    );
    assert.equal(sent.status, 202, sent.text);
  }
  await fresh.settle();
  const shown = ((await fresh.control(`/phones/${phone}/messages`)).body as { text: string }[])
    .map(message => message.text)
    .sort();
  assert.deepEqual(shown, names.map((name, index) => `Hi ${name}, your order L-${index} is confirmed.`).sort());
  await fresh.close();
});
