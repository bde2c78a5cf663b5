/**
 * The schema as data: what the migrations make of an empty database, in a form that reads well in a diff and is the same
 * whichever PostgreSQL made it. `schema.json` is written from it and compared with it (law 5). Partitions of months and
 * days are not in it: they come and go.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import pg from 'pg';
import { sha256 } from '#lib/hmac.ts';
import { migrate, readMigrations } from './migrate.ts';

/** Which noun each table belongs to: only its statements touch it, or those that say so in `touches`. */
export const TABLE_OWNERS: Readonly<Record<string, string>> = {
  api_key: 'tenants',
  balance: 'budgets',
  balance_entry: 'budgets',
  bill_line: 'rates',
  budget_use: 'budgets',
  business_key: 'messages',
  consent: 'consents',
  consent_event: 'consents',
  consent_head: 'consents',
  consent_text: 'consents',
  contact: 'contacts',
  contact_change: 'contacts',
  contact_identity: 'contacts',
  contact_window: 'windows',
  cost_day: 'rates',
  cost_delta: 'rates',
  epoch: 'epoch',
  idempotency_key: 'idempotency',
  inbound_message: 'inbox',
  inbox: 'inbox',
  inbox_pending: 'inbox',
  lane: 'senders',
  message: 'messages',
  message_attempt: 'messages',
  message_content: 'messages',
  pair_rate: 'messages',
  parked_event: 'inbox',
  platform_clock: 'clock',
  pos_sale: 'pos',
  possible_opt_out: 'inbox',
  price_recheck: 'rates',
  provider_ref: 'messages',
  rate_card: 'rates',
  reservation: 'budgets',
  schema_migration: 'migrations',
  sender: 'senders',
  stat_delta: 'stats',
  stat_hour: 'stats',
  suppression: 'contacts',
  opt_in_request: 'consents',
  otp_code: 'otp',
  contact_identity_past: 'contacts',
  sender_reach: 'senders',
  sender_reach_step: 'senders',
  template: 'templates',
  tenant: 'tenants',
  tenant_key: 'tenants',
};

export const SCHEMA_FILE = new URL('../../schema.json', import.meta.url);
export const OUR_ROLES = ['tidings_app', 'tidings_worker'] as const;

export interface SchemaManifest {
  /** How many migrations have left the house in a release: their files are never edited again. */
  released_migrations: number;
  migrations: { number: number; name: string; checksum: string }[];
  roles: Record<string, unknown>;
  tables: Record<string, unknown>;
  functions: Record<string, unknown>;
  /** Views, sequences, triggers and whatever else there is. */
  others: string[];
}

export async function readSchema(client: pg.ClientBase): Promise<Omit<SchemaManifest, 'released_migrations'>> {
  const byName = async (sql: string) => {
    const { rows } = await client.query<{ name: string; value: Record<string, unknown> }>(sql, [OUR_ROLES]);
    return Object.fromEntries(rows.map(({ name, value }) => [name, withoutEmpty(value)]));
  };
  const tables = await byName(TABLES);
  for (const [name, table] of Object.entries(tables)) tables[name] = { owner: TABLE_OWNERS[name] ?? null, ...table };
  const functions = await byName(FUNCTIONS);
  for (const each of Object.values(functions)) each['body'] = sha256(String(each['body'])).toString('hex').slice(0, 16);
  const { rows: others } = await client.query<{ line: string }>(OTHERS, [OUR_ROLES]);
  const migrations = (await readMigrations()).map(({ number, name, checksum }) => ({ number, name, checksum }));
  return { migrations, roles: await byName(ROLES), tables, functions, others: others.map(({ line }) => line) };
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === false || (typeof value === 'object' && Object.keys(value as object).length === 0);

/** What does not apply is not said: a diff shows what is there. */
const withoutEmpty = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => !isEmpty(each)));

/** Migrates an empty database of its own on that server (given in parts, not as a URL), reads it, and drops it. */
export async function schemaFromEmpty(server: pg.ClientConfig): Promise<Omit<SchemaManifest, 'released_migrations'>> {
  const database = `tidings_schema_${randomBytes(6).toString('hex')}`;
  return connected(server, async owner => {
    await owner.query(`create database ${database} template template0`);
    try {
      await migrate({ ...server, database });
      return await connected({ ...server, database }, readSchema);
    } finally {
      await owner.query(`drop database if exists ${database} with (force)`);
    }
  });
}

/** Writes `schema.json`; `release` says that the migrations of today leave the house. */
export async function writeSchema(
  server: pg.ClientConfig,
  options: { file?: URL; release?: boolean } = {},
): Promise<SchemaManifest> {
  const file = options.file ?? SCHEMA_FILE;
  const before = await readManifest(file);
  const found = await schemaFromEmpty(server);
  const edited = before ? editedMigrations(before, found.migrations) : [];
  if (edited.length > 0) throw new Error(edited.join('\n'));
  const released = options.release ? found.migrations.length : (before?.released_migrations ?? 0);
  const manifest = { released_migrations: released, ...found };
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

export async function readManifest(file: URL = SCHEMA_FILE): Promise<SchemaManifest | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as SchemaManifest);
}

/** Before the first release a migration may still be rewritten; afterwards databases out there have run it. */
export function editedMigrations(before: SchemaManifest, now: SchemaManifest['migrations']): string[] {
  return before.migrations.slice(0, before.released_migrations).flatMap(old => {
    const file = now.find(({ number }) => number === old.number);
    return file?.checksum === old.checksum
      ? []
      : [
          `migration ${old.number} "${old.name}" was released and must stay as it is: put the change into a new migration`,
        ];
  });
}

async function connected<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const OURS = 'relnamespace = current_schema()::regnamespace';
/** Definitions name the schema; which one it is does not matter. */
const bare = (definition: string) => `replace(${definition}, quote_ident(current_schema()) || '.', '')`;
const privileges = (acl: string) => `(select json_object_agg(role, list order by role) from (
    select coalesce(nullif(grantee, 0)::regrole::text, 'public') as role, string_agg(lower(privilege_type), ', ' order by privilege_type) as list
    from aclexplode(${acl}) where grantee = 0 or grantee::regrole::text = any($1) group by grantee) g)`;

// NOT NULL is a constraint with a name since PostgreSQL 18 and was none before: it is said with the column.
const TABLES = `
  select c.relname as name, json_build_object(
    'unlogged', c.relpersistence = 'u',
    'partitioned_by', pg_get_partkeydef(c.oid),
    'default_partition', (select i.inhrelid::regclass::text from pg_inherits i join pg_partitioned_table p on p.partrelid = i.inhparent
      where i.inhparent = c.oid and i.inhrelid = p.partdefid),
    'storage', (select json_agg(option order by option) from unnest(c.reloptions) option),
    'columns', (select json_object_agg(a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
        case a.attgenerated when '' then 'default ' else 'generated as ' end || ${bare('pg_get_expr(d.adbin, d.adrelid)')},
        case a.attidentity when 'a' then 'identity always' when 'd' then 'identity' end) order by a.attnum)
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
    'indexes', (select json_object_agg(x.relname, concat_ws(' ', case when i.indisprimary then 'primary' when i.indisunique then 'unique' end,
        regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', '')) order by x.relname)
      from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid),
    'constraints', (select json_object_agg(conname, ${bare('pg_get_constraintdef(oid)')} order by conname)
      from pg_constraint where conrelid = c.oid and contype in ('c', 'f', 'x')),
    'row_security', case when c.relrowsecurity then case when c.relforcerowsecurity then 'forced' else 'not for the owner' end end,
    'policies', (select json_object_agg(policyname, concat_ws(' ', lower(cmd), 'to', array_to_string(roles, ', '),
        'using', ${bare('qual')}, 'with check ' || ${bare('with_check')}) order by policyname)
      from pg_policies where schemaname = current_schema() and tablename = c.relname),
    'grants', ${privileges('c.relacl')},
    'column_grants', (select json_object_agg(role, columns order by role) from (
      select g.grantee::regrole::text as role, lower(privilege_type) || ' (' || string_agg(attname, ', ' order by attnum) || ')' as columns
      from pg_attribute a cross join lateral aclexplode(a.attacl) g where a.attrelid = c.oid and g.grantee::regrole::text = any($1)
      group by g.grantee, privilege_type) granted)
  ) as value
  from pg_class c where ${OURS} and relkind in ('r', 'p') and not relispartition order by relname`;

const FUNCTIONS = `
  select signature as name, json_build_object(
    'returns', pg_get_function_result(oid),
    'language', (select lanname from pg_language where oid = prolang),
    'runs_as', case when prosecdef then 'owner' else 'caller' end,
    'volatility', case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'settings', to_json(proconfig),
    'execute', ${privileges("coalesce(proacl, acldefault('f', proowner))")},
    'body', coalesce(pg_get_function_sqlbody(oid), prosrc)
  ) as value
  from pg_proc cross join lateral (select proname || '(' || pg_get_function_identity_arguments(oid) || ')' as signature) s
  where pronamespace = current_schema()::regnamespace order by signature collate "C"`;

const ROLES = `
  select rolname as name, json_build_object('superuser', rolsuper, 'bypasses_row_security', rolbypassrls, 'logs_in', rolcanlogin,
    'creates_roles', rolcreaterole, 'creates_databases', rolcreatedb,
    'member_of', (select json_agg(roleid::regrole::text order by 1) from pg_auth_members where member = r.oid),
    'schema', (select ${privileges('nspacl')} -> rolname from pg_namespace where oid = current_schema()::regnamespace)) as value
  from pg_roles r where rolname = any($1) order by rolname`;

const OTHERS = `
  select line from (
    select case relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'S' then 'sequence ' else 'relation ' end || relname as line
    from pg_class where ${OURS} and relkind not in ('r', 'p', 'i', 'I', 't')
    union all select 'trigger ' || tgname || ' on ' || tgrelid::regclass from pg_trigger where not tgisinternal
    union all select 'type ' || typname from pg_type where typnamespace = current_schema()::regnamespace and typtype in ('e', 'd')
    union all select 'extension ' || extname from pg_extension where extname <> 'plpgsql') o
  where $1::text[] is not null order by line collate "C"`;
