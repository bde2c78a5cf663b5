/** The database's own wall between tenants: what holds even when a statement forgets. Judged from the catalogue and tried. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { OUR_ROLES } from '#db/schema-manifest.ts';
import { ANA, BEN, insertOf, seed, type TenantTable, tenantTables } from './seeded-tenants.ts';
import { openStage, type Stage, undone } from './stage.ts';

/** Known violations and the mend each waits for. */
const TO_MEND: Readonly<Record<string, string>> = {};

/** Written once and never changed by the program. */
const APPEND_ONLY = ['balance_entry', 'consent_event', 'consent_text', 'inbox', 'tenant_key'];

let stage: Stage;
let tables: TenantTable[];
let app: pg.Client;
before(async () => {
  stage = await openStage();
  tables = await tenantTables(stage.owner);
  for (const { name } of tables) await stage.owner.query(`alter table ${name} disable row level security`);
  for (const who of [ANA, BEN]) await seed(stage.owner, tables, who);
  for (const { name } of tables) await stage.owner.query(`alter table ${name} enable row level security`);
  app = await stage.as('tenant');
});
after(() => stage.close());

const names = async (sql: string, values: unknown[] = []): Promise<string[]> =>
  (await stage.owner.query<{ name: string }>(sql, values)).rows.map(row => row.name);

/** Tables with a tenant whose wall has a gap; the control runs it on a table that has none. */
const UNGUARDED = `
  select c.relname as name from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
    and not (c.relrowsecurity and c.relforcerowsecurity and exists (
      select from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname and p.permissive = 'PERMISSIVE'
        and p.roles = '{tidings_app}' and p.cmd = 'ALL' and p.qual like '%current_tenant()%' and p.with_check like '%current_tenant()%'))`;

test('every table with a tenant has row-level security, forced, for reading and for writing', async () => {
  assert.ok(tables.length > 20, 'the tables were not found');
  assert.deepEqual(await names(UNGUARDED), []);
});

test('no other policy lets tidings_app see more: policies add up', async () => {
  const sql = `select tablename || '.' || policyname as name from pg_policies
    where schemaname = 'public' and (roles && '{tidings_app,public}'::name[]) and policyname <> 'tenant_rows'`;
  assert.deepEqual(await names(sql), []);
});

test('tables without a tenant are closed to tidings_app', async () => {
  const sql = `select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
      and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
      and has_table_privilege('tidings_app', c.oid, 'select, insert, update, delete, truncate')`;
  assert.deepEqual(await names(sql), []);
});

test('partitions are closed: policies stand on the parent, and a way past it would be a way past them', async () => {
  const sql = `select c.relname as name from pg_class c cross join unnest($1::text[]) role
    where c.relispartition and c.relkind = 'r' and has_table_privilege(role, c.oid, 'select, insert, update, delete, truncate')`;
  assert.ok((await names('select relname as name from pg_class where relispartition')).length > 10);
  assert.deepEqual(await names(sql, [OUR_ROLES]), []);
});

test('our roles own nothing, can’t log in, are no superusers and pass no row-level security', async () => {
  const sql = `select rolname as name from pg_roles r where rolname = any($1) and (rolsuper or rolbypassrls or rolcanlogin
      or rolcreaterole or rolcreatedb or rolreplication or exists (select from pg_class where relowner = r.oid)
      or exists (select from pg_proc where proowner = r.oid) or exists (select from pg_auth_members where member = r.oid)
      or has_schema_privilege(r.oid, 'public', 'create'))`;
  assert.deepEqual(await names(sql, [OUR_ROLES]), []);
  assert.equal((await names('select rolname as name from pg_roles where rolname = any($1)', [OUR_ROLES])).length, 2);
});

test('the program can’t change or delete what is append-only, nor truncate anything', async () => {
  const sql = `select c.relname || ' ' || right_ as name from pg_class c cross join unnest(array['update', 'delete', 'truncate']) right_
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege('tidings_app', c.oid, right_)
      and (c.relname = any($1) or right_ = 'truncate')`;
  assert.deepEqual(await names(sql, [APPEND_ONLY]), []);
});

/** Without pg_temp at the end of the path a caller's temporary table comes before ours. */
const LOOSE_FUNCTIONS = `
  select proname || complaint as name from pg_proc p cross join lateral (values
      (' may be called by anybody', exists (
        select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0 or grantee = 'tidings_app'::regrole)),
      (' looks for names where its caller chooses', not exists (
        select from unnest(proconfig) setting where setting like 'search_path=%, pg_temp' and setting not like '%$user%'))
    ) as judged(complaint, guilty)
  where pronamespace = 'public'::regnamespace and prosecdef and guilty order by 1`;

test('functions that run as their owner are called by the worker only and look for names in one place', async () => {
  assert.deepEqual(await names(LOOSE_FUNCTIONS), Object.keys(TO_MEND).sort());
});

test('the control: a function that is closed and bound is not complained of, one that is not is', async () => {
  const { owner } = stage;
  await undone(owner, undefined, async () => {
    const before = await names(LOOSE_FUNCTIONS);
    const make = (name: string, path: string) =>
      owner.query(`create function ${name}() returns void language sql security definer ${path} as 'select'`);
    await make('bound', 'set search_path = public, pg_temp');
    await owner.query('revoke execute on function bound from public');
    await make('loose', '');
    const found = (await names(LOOSE_FUNCTIONS)).filter(complaint => !before.includes(complaint));
    assert.deepEqual(found, ['loose looks for names where its caller chooses', 'loose may be called by anybody']);
  });
});

/** Rows of Ben that the words reach while Ana is the tenant, or the code of the refusal. */
async function reach(text: string, values: unknown[], tenant: string | undefined): Promise<number | string> {
  return undone(app, tenant, async () => {
    try {
      return (await app.query(text, values)).rowCount ?? 0;
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
}

const DENIED = '42501';

test('as one tenant nobody reads, changes, deletes or makes rows of another', async () => {
  for (const table of tables) {
    const { name } = table;
    const own = await reach(`select from ${name} where tenant_id = $1`, [ANA.tenant], ANA.tenant);
    assert.equal(own, 1, `the control: ${name} shows Ana her own row`);
    assert.equal(await reach(`select from ${name} where tenant_id = $1`, [BEN.tenant], ANA.tenant), 0, name);
    assert.equal(await reach(`select from ${name}`, [], ANA.tenant), 1, `${name} without a condition`);
    const closed = APPEND_ONLY.includes(name) ? DENIED : 0;
    const change = `update ${name} set tenant_id = tenant_id where tenant_id = $1`;
    assert.equal(await reach(change, [BEN.tenant], ANA.tenant), closed, `update ${name}`);
    assert.equal(
      await reach(`delete from ${name} where tenant_id = $1`, [BEN.tenant], ANA.tenant),
      closed,
      `delete ${name}`,
    );
    const { text, values } = insertOf(table, BEN);
    assert.equal(await reach(text, values, ANA.tenant), DENIED, `insert into ${name}`);
    const away = `update ${name} set tenant_id = $1`;
    assert.equal(await reach(away, [BEN.tenant], ANA.tenant), DENIED, `giving rows of ${name} away`);
  }
});

test('with no tenant set there are no rows and none can be made', async () => {
  for (const table of tables) {
    assert.equal(await reach(`select from ${table.name}`, [], undefined), 0, table.name);
    const { text, values } = insertOf(table, ANA);
    assert.equal(await reach(text, values, undefined), DENIED, `insert into ${table.name}`);
  }
  // After a transaction the setting is an empty text and no null; both mean nobody.
  await undone(app, ANA.tenant, async () => {});
  assert.equal(await reach('select from contact', [], undefined), 0);
});

test('the control: a table whose wall has a gap is found', async () => {
  const { owner } = stage;
  for (const gap of [
    'alter table contact no force row level security',
    'alter table contact disable row level security',
    'drop policy tenant_rows on contact',
    'alter policy tenant_rows on contact with check (true)',
    'alter policy tenant_rows on contact to public',
  ]) {
    await undone(owner, undefined, async () => {
      await owner.query(gap);
      assert.deepEqual(await names(UNGUARDED), ['contact'], gap);
    });
  }
});

test('connections of the program have their role, the zone UTC, generic plans and limits for everything that waits', () => {
  for (const [scope, role] of [
    ['tenant', 'tidings_app'],
    ['worker', 'tidings_worker'],
  ] as const) {
    const settings = stage.settings[scope];
    assert.equal(settings['role'], role);
    assert.equal(settings['TimeZone'], 'UTC');
    assert.equal(settings['DateStyle'], 'ISO, YMD');
    assert.equal(settings['plan_cache_mode'], 'force_generic_plan');
    for (const limit of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
      assert.ok(Number(settings[limit]) > 0, limit);
  }
});
