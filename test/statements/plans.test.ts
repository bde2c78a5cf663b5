/**
 * Hot statements reach large tables by a whole key or walk a queue in its order, whatever the statistics say: on an
 * empty database, on one that was filled a moment ago and never analyzed, with plans that were cached while it was
 * empty, and on a full one for a tenant with many rows and one with few. Under the settings of the pool.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { Scope, Statement } from '#db/statement.ts';
import { BATCH, type Busy, fill, nobody, stopAutovacuum } from './busy-database.ts';
import { COLD, HOT } from './hot-statements.ts';
import { accesses, type Catalogue, type PlanNode, planComplaints, readCatalogue } from './plan-walker.ts';
import { preparePlan, runPlan, showPlan } from './run-plan.ts';
import { sampleArguments } from './sample-arguments.ts';
import { allStatements, openStage, type Stage, undone } from './stage.ts';

const ROWS = 20_000;
const FEW = 50;
/** What grows with the number of tenants, senders and texts, and not with messages or people. */
const SMALL = [
  'tenant',
  'api_key',
  'sender',
  'lane',
  'template',
  'consent_head',
  'platform_clock',
  'epoch',
  'schema_migration',
  'rate_card',
  'balance',
  'budget_use',
  'price_recheck',
];

/**
 * Known violations and the mend each waits for. Plans differ between versions and by what autovacuum last saw, so that an
 * entry that is not met today is only reported.
 */
const TO_MEND: readonly (readonly [statement: RegExp, complaint: RegExp, mend: string])[] = [];

let stage: Stage;
let catalogue: Catalogue;
let large: ReadonlySet<string>;
let clients: Record<Scope, pg.Client>;
/** Plans that were made and run while the tables were empty. */
const early = new Map<string, string>();
before(async () => {
  stage = await openStage();
  await stopAutovacuum(stage.owner);
  catalogue = await readCatalogue(stage.owner);
  large = new Set([...catalogue.roots.values()].filter(table => !SMALL.includes(table)));
  clients = { tenant: await stage.as('tenant'), worker: await stage.as('worker') };
});
after(() => stage.close());

const hot = (): [Statement, (typeof HOT)[string]][] =>
  Object.entries(HOT).map(([name, expected]) => {
    const statement = allStatements().find(each => each.name === name);
    if (!statement) throw new Error(`hot-statements.ts speaks of ${name}, which is no statement`);
    return [statement, expected];
  });

async function complaintsOf(
  busy: Busy,
  nameOf: (client: pg.Client, statement: Statement) => Promise<string>,
): Promise<string[]> {
  const complaints = new Set<string>();
  for (const [statement, { arguments: make, walks = {}, batch = BATCH }] of hot()) {
    const client = clients[statement.scope];
    await undone(client, statement.scope === 'tenant' ? busy.tenant : undefined, async () => {
      const plan = await runPlan(client, await nameOf(client, statement), statement, busy.tenant, make(busy));
      for (const complaint of planComplaints(plan, catalogue, { large, walks, batch }))
        complaints.add(`${statement.name}: ${complaint}`);
    });
  }
  return [...complaints].filter(complaint => !isKnown(complaint));
}

const met = new Set<string>();
function isKnown(complaint: string): boolean {
  const [name, said] = complaint.split(': ') as [string, string];
  const known = TO_MEND.find(([statement, about]) => statement.test(name) && about.test(said));
  if (known) met.add(known[2]);
  return known !== undefined;
}

let big: Busy;
let small: Busy;

test('every statement that takes a list is judged here or is known to be cold', () => {
  const lists = allStatements().filter(({ params }) => Object.values(params).some(({ sql }) => sql.endsWith('[]')));
  assert.deepEqual(
    lists.map(({ name }) => name).filter(name => !(name in HOT) && !COLD.includes(name)),
    [],
  );
});

test('on an empty database hot statements look up by key', async () => {
  const complaints = await complaintsOf(nobody(), async (client, statement) => {
    early.set(statement.name, await preparePlan(client, statement));
    return early.get(statement.name)!;
  });
  assert.deepEqual(complaints, []);
});

test(`after ${ROWS} messages that came in one go and were not analyzed they look up by key`, async () => {
  big = await fill(stage.owner, ROWS);
  assert.deepEqual(await complaintsOf(big, preparePlan), []);
});

test('so they do with plans that were cached while the database was empty', async () => {
  assert.deepEqual(await complaintsOf(big, async (_client, statement) => early.get(statement.name)!), []);
});

test('analyzed, they look up by key for a tenant with many messages', async () => {
  small = await fill(stage.owner, FEW);
  await stage.owner.query('analyze');
  assert.deepEqual(await complaintsOf(big, preparePlan), []);
});

test('and for a tenant with few messages beside it', async () => {
  assert.deepEqual(await complaintsOf(small, preparePlan), []);
});

test('no statement at all, hot or cold, reads a large table from end to end', async () => {
  const complaints: string[] = [];
  for (const statement of allStatements()) {
    const client = clients[statement.scope];
    await undone(client, statement.scope === 'tenant' ? big.tenant : undefined, async () => {
      const plan = await showPlan(client, statement, big.tenant, sampleArguments(statement, 'one'));
      for (const { table, way } of accesses(plan, catalogue))
        if (large.has(table) && way === 'Seq Scan') complaints.push(`${statement.name} reads ${table} by ${way}`);
    });
  }
  assert.deepEqual(complaints, []);
});

test('what is to be mended is still to be mended (information)', t => {
  for (const [statement, , mend] of TO_MEND) if (!met.has(mend)) t.diagnostic(`not met any more: ${statement} ${mend}`);
});

const controlled = (text: string, order: string[]): Statement => {
  const original = allStatements().find(({ name }) => name === 'message_return')!;
  return { ...original, name: 'control', text, order };
};

test('the control: statements that walk where they should look up are complained of', async () => {
  const complain = async (client: pg.Client, text: string) =>
    undone(client, big.tenant, async () => {
      const statement = controlled(text, ['tenant', 'ids', 'owner']);
      const values = { ids: big.ids('leased'), owner: big.worker };
      const plan = await runPlan(client, await preparePlan(client, statement), statement, big.tenant, values);
      return planComplaints(plan, catalogue, { large, walks: {}, batch: BATCH }).join('\n');
    });
  const batch = 'unnest($2::uuid[]) i(id)';
  const lookUp = (condition: string) =>
    `select c.id from ${batch} cross join lateral (select message_id as id from message_content where tenant_id = $1 and ${condition} limit 1) c
     where $3::uuid is not null`;
  const search =
    'select message_id as id from message_content where tenant_id = $1 and reference = $3::text and $2::uuid[] is not null';
  assert.equal(await complain(clients.tenant, lookUp('message_id = i.id')), '');
  const walked = await complain(clients.tenant, lookUp('message_id::text = i.id::text'));
  assert.match(walked, /message_content is reached by message_content_pkey \(tenant_id\) and not by a whole key/);
  assert.match(walked, /rows of message_content are looked at/);
  assert.match(await complain(clients.tenant, search), /not by a whole key/);
  assert.match(
    await complain(stage.owner, search),
    /message_content is read by Seq Scan/,
    'without the pool’s settings',
  );
});

const index = (columns: string[], unique: boolean, partial = false) => ({
  table: 'message',
  root: columns.join('_'),
  columns,
  unique,
  partial,
});

test('the control: the walker tells a key from a part of it, and counts what was thrown away', () => {
  const made: Catalogue = {
    roots: new Map([['message_2031_05', 'message']]),
    indexes: new Map([
      ['pkey', index(['tenant_id', 'id'], true)],
      ['stuck', index(['tenant_id', 'state', 'id'], false)],
      ['once', index(['tenant_id', 'due_at'], true, true)],
    ]),
  };
  const scan = (name: string, condition: string): PlanNode => ({
    'Node Type': 'Index Scan',
    'Relation Name': 'message_2031_05',
    'Index Name': name,
    'Index Cond': condition,
    'Actual Rows': 1,
    'Rows Removed by Filter': 3,
    'Actual Loops': 50,
  });
  const isKey = (name: string, condition: string) => accesses(scan(name, condition), made)[0]!.byWholeKey;
  assert.ok(isKey('pkey', '((tenant_id = $1) AND (id = i.id))'));
  assert.ok(isKey('pkey', '((m.tenant_id = ANY (ARRAY[i.tenant_id])) AND (m.id = ANY (ARRAY[i.id])))'));
  assert.ok(isKey('stuck', "((tenant_id = $1) AND (state = 'dead'::text) AND (id = $2))"));
  assert.ok(!isKey('stuck', '((tenant_id = $1) AND (id = $2))'), 'the middle is missing: all of the tenant is walked');
  assert.ok(!isKey('pkey', '(tenant_id = $1)'));
  assert.ok(!isKey('pkey', '((tenant_id = $1) AND (id >= $2))'));
  assert.ok(!isKey('pkey', '(id = $2)'));
  assert.ok(isKey('once', '((tenant_id = $1) AND (due_at = $2))'), 'a partial key within its own index');
  const nested: PlanNode = { 'Node Type': 'Nested Loop', Plans: [scan('pkey', '(tenant_id = $1)')] };
  const [access] = accesses(nested, made);
  assert.deepEqual([access!.table, access!.rows, access!.compared], ['message', 200, ['tenant_id']]);
  const judged = (batch: number, walks = {}) =>
    planComplaints(nested, made, { large: new Set(['message']), walks, batch });
  assert.equal(judged(50).length, 1);
  assert.equal(judged(50, { message: ['tenant_id_id'] }).length, 0, 'a walk that is meant');
  assert.equal(judged(9, { message: ['tenant_id_id'] }).length, 1, 'but not over everything');
});
