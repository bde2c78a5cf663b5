/** Law 9 for the API: openapi.json lists what is mounted, says what each operation does, and its examples are valid. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROUTES } from '../../emulator/controls/routes.ts';
import { SHORT_PATH } from '../../src/http/intake.ts';
import { validatorCompiler } from '../../src/http/validation.ts';
import { type Harness, harness, PNID } from '../harness.ts';
import { ROOT } from './documents.ts';

interface Content {
  content?: Record<string, { schema?: object; example?: unknown }>;
}

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  security?: object[];
  requestBody?: Content;
  responses: Record<string, Content & { description: string }>;
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}

const committed = JSON.parse(readFileSync(join(ROOT, 'openapi.json'), 'utf8')) as OpenApi & { 'x-generated'?: string };
const operations = Object.entries(committed.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);

let h: Harness;
before(async () => {
  h = await harness({ templates: false });
});
after(() => h.close());

test('openapi.json is what the server gives out', async () => {
  const { 'x-generated': _, ...document } = committed;
  assert.deepEqual(document, (await h.get('/openapi.json')).body, 'run `npm run generate` and look at the difference');
});

/** What serves the document itself, and the sandbox. */
const UNLISTED = /^\/(docs|openapi\.json|_sandbox)\b/;

/** The framework draws its routes as a tree, each line with the part of the path below the line above. */
function mountedRoutes(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap(line => {
    const found = /^(.*?)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (!found) return [];
    const depth = found[1]!.length / 4;
    above[depth] = `${depth === 0 ? '' : above[depth - 1]}${found[2]}`;
    const path = above[depth]!;
    const methods = (found[3] ?? '').split(', ').filter(method => method !== 'HEAD' && method !== '');
    return UNLISTED.test(path) ? [] : methods.map(method => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  });
}

/** Taken before the framework, so that its tree does not know them. */
const INTAKE = [`POST ${SHORT_PATH}`, 'POST /api/webhooks/{provider}/{sender}'];
/** Handed on to the emulator as they come: its own table is what there is. */
const CONTROLS = ROUTES.map(([method, path]) => `${method} /_sandbox/${path.replace(/:(\w+)/g, '{$1}')}`);

test('openapi.json lists exactly the routes that are mounted', async () => {
  const mounted = mountedRoutes(h.app.server.printRoutes({ commonPrefix: false }));
  assert.deepEqual([...mounted, ...INTAKE, ...CONTROLS].sort(), operations.map(({ name }) => name).sort());
  assert.equal((await h.post(SHORT_PATH, {})).status, 401, 'the intake answers');
});

test('every operation under /api but the providers’ own asks for a key', async () => {
  const open = operations.filter(({ operation }) => operation.security === undefined).map(({ name }) => name);
  assert.deepEqual(
    open.filter(name => name.includes('/api/') && !name.includes('webhook')),
    [],
  );
  const answer = await fetch(`${h.url}/api/wa/messages/default`);
  assert.equal(answer.status, 401);
});

test('the emulator takes the example of every control, and answers with the fields that are shown', async () => {
  const names: Record<string, string> = { name: 'order_confirm', change: 'quality', id: PNID, phone: '+40712345678' };
  await approveTemplate();
  // Those that stop the rest of them last.
  const last = ['POST /_sandbox/account', 'POST /_sandbox/reset'];
  const controls = operations.filter(({ name }) => CONTROLS.includes(name));
  controls.sort((one, other) => last.indexOf(one.name) - last.indexOf(other.name));
  for (const { name, operation } of controls) {
    const [method, path] = name.split(' ') as [string, string];
    const url = h.emulator.url + path.replace(/\{(\w+)\}/g, (_, part: string) => names[part] ?? 'switch-on');
    const example = operation.requestBody?.content?.['application/json']?.example;
    const answer = await fetch(url, { method, ...(example ? { body: JSON.stringify(example) } : {}) });
    const body: unknown = await answer.json();
    const [status] = Object.keys(operation.responses);
    assert.equal(String(answer.status), status, `${name}: ${JSON.stringify(body)}`);
    const shown = operation.responses[status!]!.content!['application/json']!.example;
    if (!Array.isArray(shown))
      assert.deepEqual(
        fieldsOf(shown).filter(field => !fieldsOf(body).includes(field)),
        [],
        name,
      );
  }
});

const fieldsOf = (value: unknown): string[] => Object.keys(value as object);
const approveTemplate = async () => {
  const components = [{ type: 'BODY', text: 'Your order is confirmed.' }];
  await fetch(`${h.emulator.url}/graph/v26.0/200000000000001/message_templates`, {
    method: 'POST',
    headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'order_confirm', language: 'en', category: 'UTILITY', components }),
  });
  await h.control('/templates/order_confirm/review', { status: 'APPROVED' });
};

function complaints({ summary, description, tags, requestBody, responses }: Operation): string[] {
  const wrong: string[] = [];
  if (!summary) wrong.push('no summary');
  if (!description) wrong.push('no description');
  if (!tags?.length) wrong.push('no tag');
  const body = requestBody?.content?.['application/json'];
  if (body) wrong.push(...exampleComplaints('the body', body));
  for (const [status, response] of Object.entries(responses)) {
    if (response.description === 'Default Response') wrong.push(`${status} is not described`);
    for (const content of Object.values(response.content ?? {})) wrong.push(...exampleComplaints(status, content));
    if (status.startsWith('2') && response.content === undefined) wrong.push(`${status} has no example`);
  }
  return wrong;
}

function exampleComplaints(what: string, { schema, example }: { schema?: object; example?: unknown }): string[] {
  if (example === undefined) return [`${what} has no example`];
  if (schema === undefined) return [`${what} has no schema`];
  const validate = validatorCompiler({ schema, httpPart: 'body' });
  return validate(example) ? [] : [`the example of ${what} is not valid: ${JSON.stringify(validate.errors)}`];
}

/** Known, each with the mend it waits for: the routes of http/ that are no data have no answers to show. */
const SERVICE = ['no description', '200 is not described', '200 has no example'];
const TO_MEND: Readonly<Record<string, readonly string[]>> = {
  'POST /api/wa/webhook': ['200 has no schema'],
  'GET /api/wa/webhook': ['200 is not described', '200 has no example'],
  'POST /api/webhooks/{provider}/{sender}': ['200 has no schema'],
  'GET /api/webhooks/{provider}/{sender}': ['200 is not described', '200 has no example'],
  'GET /health': SERVICE,
  'GET /health/ready': SERVICE,
  'GET /metrics': SERVICE,
  'GET /errors/{code}': SERVICE,
};

test('every operation says what it does, with valid examples of its body and its answers', () => {
  const wrong = operations.flatMap(({ name, operation }) => {
    const found = complaints(operation);
    return found.length === 0 ? [] : [[name, found] as const];
  });
  assert.deepEqual(Object.fromEntries(wrong), TO_MEND);
});

test('the control: an example that breaks its schema is complained of', () => {
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
  assert.equal(exampleComplaints('200', { schema, example: { id: 'a' } }).length, 0);
  assert.equal(exampleComplaints('200', { schema, example: { id: 7 } }).length, 1);
  assert.equal(exampleComplaints('200', { schema }).length, 1);
});
