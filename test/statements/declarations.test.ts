/** Law 4: what a statement declares is what the server finds: parameters, columns, tables, and where it stands. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import * as c from '#db/column.ts';
import { encodeParams, type Scope, type Statement } from '#db/statement.ts';
import { type Described, describeStatement } from './describe-statement.ts';
import { type Filling, sampleArguments } from './sample-arguments.ts';
import { allStatements, openStage, type Stage, undone } from './stage.ts';
import { touchComplaints, touchedTables } from './touched-tables.ts';

const TENANT = '0a0a0a0a-0000-7000-8000-00000000000a';

/** Known violations and the mend each waits for. */
const TO_MEND: Readonly<Record<string, string>> = {};

/** The statement assigns the column itself, so that it is never null in what it returns. */
const NEVER_NULL_HERE = new Set(['message_lease.slot_at']);

let stage: Stage;
let clients: Record<Scope, pg.Client>;
before(async () => {
  stage = await openStage();
  clients = { tenant: await stage.as('tenant'), worker: await stage.as('worker') };
});
after(() => stage.close());

/** Integers narrow and widen by themselves; every other difference would be a hidden cast. */
const INTEGERS = new Set(['smallint', 'integer', 'bigint']);
const sameType = (declared: string, found: string): boolean =>
  declared === found ||
  (declared.endsWith('[]') === found.endsWith('[]') &&
    INTEGERS.has(declared.replace('[]', '')) &&
    INTEGERS.has(found.replace('[]', '')));

function parameterComplaints(statement: Statement, { parameters }: Described): string[] {
  const declared = statement.order.map(name => (name === 'tenant' ? 'uuid' : statement.params[name]!.sql));
  return [
    ...parameters.flatMap((found, at) =>
      sameType(declared[at]!, found)
        ? []
        : [`${statement.name} :${statement.order[at]} is ${found} and not ${declared[at]}`],
    ),
    ...Object.keys(statement.params)
      .filter(name => !statement.order.includes(name))
      .map(name => `${statement.name} declares the parameter ${name} and does not use it`),
  ];
}

function columnComplaints(statement: Statement, { columns }: Described): string[] {
  const declared = Object.entries(statement.row);
  const twice = columns.filter((column, at) => columns.findIndex(each => each.name === column.name) !== at);
  return [
    ...twice.map(({ name }) => `${statement.name} returns ${name} twice`),
    ...columns
      .filter(({ name }) => !(name in statement.row))
      .map(({ name }) => `${statement.name} returns ${name} undeclared`),
    ...declared.flatMap(([name, column]) => {
      const found = columns.find(each => each.name === name);
      if (!found) return [`${statement.name} declares ${name} and does not return it`];
      if (found.type !== column.sql) return [`${statement.name}.${name} is ${found.type} and not ${column.sql}`];
      const mayBeNull = found.nullable && !column.nullable && !NEVER_NULL_HERE.has(`${statement.name}.${name}`);
      return mayBeNull
        ? [`${statement.name}.${name} comes from ${found.table}.${found.source}, which may be null`]
        : [];
    }),
  ];
}

async function complaintsOf(find: (statement: Statement, described: Described) => string[]): Promise<string[]> {
  const complaints: string[] = [];
  for (const statement of allStatements()) {
    const described = await describeStatement(clients[statement.scope], statement.text);
    complaints.push(...find(statement, described));
  }
  return complaints;
}

test('every statement prepares under its role with the parameters that it declares', async () => {
  const complaints = await complaintsOf(parameterComplaints);
  assert.deepEqual(complaints.sort(), Object.keys(TO_MEND).sort());
});

test('every statement returns the columns that it declares, of those types, and no other', async () => {
  assert.deepEqual(await complaintsOf(columnComplaints), []);
});

test('every statement touches its owner’s tables and those of the nouns that it names, and names none in vain', async () => {
  const complaints: string[] = [];
  for (const statement of allStatements()) {
    const client = clients[statement.scope];
    const tenant = statement.scope === 'tenant' ? TENANT : undefined;
    const touched = await undone(client, tenant, () => touchedTables(client, statement.text, statement.order.length));
    complaints.push(...touchComplaints(statement, touched));
  }
  assert.deepEqual(complaints, []);
});

/** What was bound and then refused by a rule about the data was bound all the same. */
const isRefusedByRule = (error: unknown): boolean => /^(23|P0001)/.test((error as { code?: string }).code ?? '');

for (const filling of ['one', 'none', 'null'] as const satisfies readonly Filling[]) {
  test(`every statement runs under its role with arguments of the declared types (lists and nullable ones: ${filling})`, async () => {
    for (const statement of allStatements()) {
      const client = clients[statement.scope];
      const tenant = statement.scope === 'tenant' ? TENANT : undefined;
      const values = encodeParams(statement, tenant, sampleArguments(statement, filling) as never);
      await undone(client, tenant, async () => {
        await client.query({ text: statement.text, values }).catch((error: Error) => {
          if (!isRefusedByRule(error)) throw new Error(`${statement.name}: ${error.message}`, { cause: error });
        });
      });
    }
  });
}

test('time comes in as a parameter or from the machine’s clock, never from the transaction’s', () => {
  // `now()` is when the transaction began, and business time stands in :now; only clock_timestamp() is machine time.
  const guilty = allStatements().filter(({ text }) =>
    /\b(now|transaction_timestamp|statement_timestamp)\s*\(|\bcurrent_(timestamp|date|time)\b|\blocaltime/i.test(text),
  );
  assert.deepEqual(
    guilty.map(statement => statement.name),
    [],
  );
});

const made = (changes: Partial<Statement>): Statement => ({
  name: 'control',
  owner: 'contacts',
  scope: 'tenant',
  params: {},
  row: {},
  text: 'select id from contact',
  order: [],
  touches: [],
  ...changes,
});
const id = { id: c.uuid } as Statement['row'];

test('the control: wrong parameters are complained of', async () => {
  const complain = async (statement: Statement) =>
    parameterComplaints(statement, await describeStatement(clients.tenant, statement.text));
  const text = 'select id from contact where first_name = $1';
  const asText = { name: c.text } as Statement['params'];
  assert.deepEqual(await complain(made({ text, params: asText, order: ['name'] })), []);
  const wrong = { name: c.instant } as unknown as Statement['params'];
  assert.equal((await complain(made({ text, params: wrong, order: ['name'] }))).length, 1);
  assert.equal((await complain(made({ params: asText }))).length, 1, 'declared and not used');
  await assert.rejects(complain(made({ text: 'select id from no_such_table' })), /does not exist/);
});

test('the control: wrong columns are complained of', async () => {
  const complain = async (row: Statement['row'], text: string) =>
    columnComplaints(made({ row }), await describeStatement(clients.tenant, text));
  assert.deepEqual(await complain(id, 'select id from contact'), []);
  assert.match((await complain({}, 'select id from contact'))[0]!, /undeclared/);
  assert.match((await complain(id, 'delete from contact'))[0]!, /does not return it/);
  assert.match((await complain(id, 'select id::text from contact'))[0]!, /is text and not uuid/);
  assert.match((await complain(id, 'select id, id from contact'))[0]!, /twice/);
  const locale = { locale: c.text } as unknown as Statement['row'];
  assert.match((await complain(locale, 'select locale from contact'))[0]!, /may be null/);
});

test('the control: a statement that runs into what its role may not do is caught', async () => {
  await undone(clients.tenant, TENANT, async () => {
    await assert.rejects(touchedTables(clients.tenant, 'delete from consent_event', 0), /permission denied/);
  });
});

test('the control: foreign tables are seen through joins, subqueries and writes; idle names are seen too', async () => {
  const touched = (text: string) => undone(clients.tenant, TENANT, () => touchedTables(clients.tenant, text, 0));
  const text = `with kept as (insert into stat_delta (tenant_id, hour, purpose, provider, state, count) select tenant_id, created_at, '', '', '', 1 from message returning 1)
    select id from contact where exists (select from sender) and false`;
  const found = await touched(text);
  assert.deepEqual(found, ['contact', 'message', 'sender', 'stat_delta']);
  const noted = (touches: string[]) => touchComplaints(made({ text, touches }), found).length;
  assert.equal(noted([]), 3);
  assert.equal(noted(['messages', 'senders', 'stats']), 0);
  assert.equal(noted(['messages', 'senders', 'stats', 'windows']), 1);
  assert.equal(noted(['messages', 'senders', 'stats', 'contacts']), 1, 'its own noun goes without saying');
});
