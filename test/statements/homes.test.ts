/** Where statements stand and what those that cross tenants may know, judged on the sources and on the privileges. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readSource, repositorySources, type Source, type SyntaxNode, walk } from '../architecture/sources.ts';
import { allStatements, openStage, type Stage, undone } from './stage.ts';

const WORKERS_FILE = 'src/core/worker-statements.ts';

/** Ids, states, due times; of keys what proves them, of tenants what they are called. Nothing about people. */
const WORKER_MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  api_key: ['tenant_id', 'id', 'handle', 'hash', 'scopes', 'expires_at', 'revoked_at'],
  epoch: ['only_row', 'id', 'beat', 'beaten_at', 'system_identifier', 'timeline'],
  inbox_pending: ['tenant_id', 'lane', 'seq', 'day', 'not_before'],
  lane: ['tenant_id', 'sender_id', 'next_slot_at', 'paused_until', 'pause_reason'],
  message: [
    'tenant_id',
    'id',
    'sender_id',
    'priority',
    'state',
    'due_at',
    'expires_at',
    'deadline_at',
    'unknown_at',
    'resolution',
  ],
  parked_event: ['tenant_id', 'id'],
  platform_clock: ['only_row', 'offset_ms'],
  pos_sale: ['tenant_id', 'id', 'receipt', 'receipt_not_before'],
  sender: ['tenant_id', 'id', 'key', 'provider', 'status'],
  stat_delta: ['tenant_id', 'id'],
  cost_delta: ['tenant_id', 'id'],
  price_recheck: ['tenant_id'],
  reservation: ['tenant_id', 'message_id'],
  balance: ['tenant_id', 'seq', 'checked_seq'],
  tenant: ['tenant_id', 'slug', 'name', 'held_since'],
};
const WORKER_MAY_CHANGE = ['epoch', 'platform_clock'];
/** What a worker's statement computes from those. */
const COMPUTED = ['oldest_seq', 'waiting', 'days', 'found_identifier', 'found_timeline'];

/** Known violations and the mend each waits for. */
const TO_MEND: Readonly<Record<string, string>> = {};

const judgeAll = (complaints: readonly string[], about: RegExp) =>
  assert.deepEqual(
    complaints.toSorted(),
    Object.keys(TO_MEND)
      .filter(entry => about.test(entry))
      .sort(),
  );

interface Written {
  name: string;
  owner: string;
  scope: string;
  path: string;
  explained: boolean;
}

/** `statement({ name: …, owner: …, scope: … })` as it is written. */
function writtenStatements(source: Source): Written[] {
  const found: Written[] = [];
  for (const [node, parents] of walk(source.program)) {
    if (node.type !== 'CallExpression' || (node['callee'] as SyntaxNode)['name'] !== 'statement') continue;
    const given = (node['arguments'] as SyntaxNode[])[0];
    const properties = (given?.['properties'] ?? []) as SyntaxNode[];
    const text = (name: string) => {
      const property = properties.find(each => (each['key'] as SyntaxNode | undefined)?.['name'] === name);
      return (property?.['value'] as SyntaxNode | undefined)?.['value'] as string | undefined;
    };
    const outermost = parents.find(parent => /^(Export|Variable)/.test(parent.type)) ?? node;
    const line = source.lineOf(outermost.start);
    const last = source.lineOf(node.end);
    const explained = source.comments.some(
      comment => comment.endLine === line - 1 || (comment.line > line && comment.line < last),
    );
    found.push({
      name: text('name') ?? '',
      owner: text('owner') ?? '',
      scope: text('scope') ?? 'tenant',
      path: source.path,
      explained,
    });
  }
  return found;
}

/** The folder's noun, or the file's for a noun of one file. */
function nounOf(path: string): string {
  if (path === WORKERS_FILE) return 'worker';
  return /^src\/(?:core|verticals)\/([^/]+?)(?:\.ts)?(?:\/|$)/.exec(path)?.[1] ?? path;
}

function homeComplaints({ name, owner, scope, path }: Written): string[] {
  return [
    ...(owner === nounOf(path) ? [] : [`${name} of ${owner} stands in ${path}`]),
    ...(scope === 'worker' && path !== WORKERS_FILE ? [`${name} crosses tenants and stands in ${path}`] : []),
    ...(/^[a-z]+(_[a-z]+)+$/.test(name)
      ? []
      : [`${name || 'a statement'} in ${path} is not called noun_verb_qualifier`]),
  ];
}

const written = repositorySources()
  .filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts') && path !== 'src/db/statement.ts')
  .flatMap(writtenStatements);

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test('every statement that is written is registered by the composition root, and the other way round', () => {
  assert.deepEqual(
    written.map(({ name }) => name).sort(),
    allStatements()
      .map(({ name }) => name)
      .sort(),
  );
});

test('a statement stands with its noun, those that cross tenants in one file', t => {
  judgeAll(written.flatMap(homeComplaints), / stands in /);
  const silent = written.filter(({ explained }) => !explained).map(({ name }) => name);
  t.diagnostic(
    `${silent.length} of ${written.length} statements say nothing of what they guarantee: ${silent.join(', ')}`,
  );
});

async function workerPrivileges(right: string): Promise<Record<string, string[]>> {
  const { rows } = await stage.owner.query<{ table: string; columns: string[] }>(
    `select c.relname as "table", array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
       and case when $1 in ('delete', 'truncate') then has_table_privilege('tidings_worker', c.oid, $1)
         else has_column_privilege('tidings_worker', c.oid, a.attnum, $1) end
     group by 1 order by 1`,
    [right],
  );
  return Object.fromEntries(rows.map(row => [row.table, row.columns]));
}

async function worksTooMuch(): Promise<string[]> {
  const readable = Object.entries(await workerPrivileges('select')).flatMap(([table, columns]) => {
    const more = columns.filter(column => !WORKER_MAY_KNOW[table]?.includes(column));
    return more.length > 0 ? [`tidings_worker may read ${table}.${more.join(', ')}`] : [];
  });
  const changed = new Set<string>();
  for (const right of ['insert', 'update', 'delete', 'truncate'])
    for (const table of Object.keys(await workerPrivileges(right))) changed.add(table);
  return [
    ...readable,
    ...[...changed]
      .filter(table => !WORKER_MAY_CHANGE.includes(table))
      .map(table => `tidings_worker may change ${table}`),
  ];
}

test('the role that crosses tenants can read ids, states and due times, and nothing about people', async () => {
  judgeAll(await worksTooMuch(), / may (read|change) /);
});

test('statements that cross tenants return nothing else', () => {
  const known = new Set([...Object.values(WORKER_MAY_KNOW).flat(), ...COMPUTED]);
  const columns = allStatements()
    .filter(({ scope }) => scope === 'worker')
    .flatMap(({ name, row }) =>
      Object.keys(row)
        .filter(column => !known.has(column))
        .map(column => `${name}.${column}`),
    );
  assert.deepEqual(columns, []);
});

test('the control: a grant too many is seen', async () => {
  await undone(stage.owner, undefined, async () => {
    const before = await worksTooMuch();
    await stage.owner.query(
      'grant select (body) on template to tidings_worker; grant delete on lane to tidings_worker',
    );
    const found = (await worksTooMuch()).filter(complaint => !before.includes(complaint));
    assert.deepEqual(found, ['tidings_worker may read template.body', 'tidings_worker may change lane']);
  });
});

test('the control: statements in a wrong place or under a wrong name are seen', () => {
  const complaints = (path: string, source: string) =>
    writtenStatements(readSource(path, source)).flatMap(homeComplaints);
  const one = (owner: string, more = '') =>
    `export const a = statement({ name: 'a_b', owner: '${owner}', ${more} sql: '' });`;
  assert.deepEqual(complaints('src/core/stats/statements.ts', one('stats')), []);
  assert.deepEqual(complaints('src/core/idempotency.ts', one('idempotency')), []);
  assert.deepEqual(complaints('src/verticals/queue/statements.ts', one('queue')), []);
  assert.deepEqual(complaints(WORKERS_FILE, one('worker', "scope: 'worker',")), []);
  assert.equal(complaints('src/core/stats/statements.ts', one('messages')).length, 1);
  assert.equal(complaints('src/core/stats/statements.ts', one('stats', "scope: 'worker',")).length, 1);
  assert.equal(complaints('src/core/stats/statements.ts', "statement({ name: 'readAll', owner: 'stats' });").length, 1);
  assert.equal(complaints('src/core/stats/statements.ts', 'statement({ name, owner: "stats" });').length, 1);
});
