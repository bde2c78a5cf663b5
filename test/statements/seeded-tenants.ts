/**
 * Two tenants who own a row in every table, made from the catalogue: a table that is added tomorrow is seeded too. All
 * ids of a tenant are one id, and all its words one word, so that whatever a statement takes for an argument fits.
 */
import type pg from 'pg';

export interface SeededTenant {
  tenant: string;
  id: string;
  /** Begins like an operator's fixed key, for the statement that looks for those. */
  word: string;
}

/** Easily told apart by eye, and no word of one is part of the other's. */
export const ANA: SeededTenant = {
  tenant: '0a0a0a0a-0000-7000-8000-00000000000a',
  id: '01a0a0a0-0000-7000-8000-0000000000aa',
  word: 'fixed-ana',
};
export const BEN: SeededTenant = {
  tenant: '0b0b0b0b-0000-7000-8000-00000000000b',
  id: '01b0b0b0-0000-7000-8000-0000000000bb',
  word: 'fixed-ben',
};

export interface TenantTable {
  name: string;
  columns: readonly { name: string; type: string; nullable: boolean; allowed: string | null }[];
}

/** Long ago in business and machine time: all that can be due is due. */
const LONG_AGO = '2026-01-02 03:04:05+00';

export async function tenantTables(owner: pg.Client): Promise<TenantTable[]> {
  const { rows } = await owner.query<TenantTable>(
    `select c.relname as name, json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null), 'nullable', not a.attnotnull, 'allowed', (
        select substring(pg_get_constraintdef(k.oid) from '''([^'']+)''') from pg_constraint k
        where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum])) order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       and exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')
     group by c.relname order by c.relname <> 'tenant', c.relname`,
  );
  return rows;
}

/** The value of a column in the tenant's row; a column that has a list of allowed words gets the first of them. */
export function seededValue(who: SeededTenant, name: string, type: string, allowed?: string | null): unknown {
  if (name === 'tenant_id') return who.tenant;
  if (allowed) return allowed;
  if (type.endsWith('[]')) return [seededValue(who, name, type.slice(0, -2))];
  switch (type) {
    case 'uuid':
      return who.id;
    case 'text':
      return who.word;
    case 'smallint':
    case 'integer':
    case 'bigint':
      return 7;
    case 'boolean':
      return true;
    case 'bytea':
      return Buffer.from(who.word);
    case 'json':
    case 'jsonb':
      // The name by which a ledger's entry is found again stands inside its evidence.
      return JSON.stringify({ inbound: who.word });
    case 'date':
      return LONG_AGO.slice(0, 10);
    case 'timestamp with time zone':
      return LONG_AGO;
    default:
      throw new Error(`no value for the type ${type} of ${name}`);
  }
}

/** `bare`: what may be null is null, as in a row at the beginning of its life. */
export function insertOf(table: TenantTable, who: SeededTenant, bare = false): { text: string; values: unknown[] } {
  const names = table.columns.map(column => column.name).join(', ');
  const places = table.columns.map((column, at) => `$${at + 1}::${column.type}`).join(', ');
  return {
    text: `insert into ${table.name} (${names}) values (${places})`,
    values: table.columns.map(({ name, type, nullable, allowed }) =>
      bare && nullable ? null : seededValue(who, name, type, allowed),
    ),
  };
}

export async function seed(
  owner: pg.Client,
  tables: readonly TenantTable[],
  who: SeededTenant,
  bare = false,
): Promise<void> {
  for (const table of tables) await owner.query(insertOf(table, who, bare));
}

/** Children first: a table may refer to one that was seeded before it. */
export async function removeHoldings(
  owner: pg.Client,
  tables: readonly TenantTable[],
  who: SeededTenant,
): Promise<void> {
  for (const { name } of tables.toReversed())
    await owner.query(`delete from ${name} where tenant_id = $1`, [who.tenant]);
}

/** One digest for all that the tenant owns, everywhere. */
export async function holdings(owner: pg.Client, tables: readonly TenantTable[], who: SeededTenant): Promise<string> {
  const parts = tables.map(
    ({ name }) =>
      `select '${name} ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as line from ${name} t where tenant_id = $1`,
  );
  // By a name, which keeps its plan: to plan it takes ten times what it takes to run.
  const { rows } = await owner.query<{ line: string }>({
    name: `holdings of ${tables.length} tables`,
    text: parts.join(' union all '),
    values: [who.tenant],
  });
  return rows.map(row => row.line).join('\n');
}
