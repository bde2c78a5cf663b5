/**
 * Which tables a statement touches, told by the locks that the server takes to plan it: the plan itself leaves out what
 * it pruned, and the text does not show what a view or a policy adds.
 */
import type pg from 'pg';
import { TABLE_OWNERS } from '#db/schema-manifest.ts';
import type { Statement } from '#db/statement.ts';

let prepared = 0;

/** Inside a transaction of the caller's. Explains with nulls, which checks the role's privileges and runs nothing. */
export async function touchedTables(client: pg.Client, text: string, parameters: number): Promise<string[]> {
  const nulls = parameters === 0 ? '' : `(${Array(parameters).fill('null').join(', ')})`;
  prepared += 1;
  await client.query(`prepare touched_${prepared} as ${text}`);
  await client.query(`explain (costs off) execute touched_${prepared}${nulls}`);
  const { rows } = await client.query<{ table: string }>(
    `select distinct coalesce(pg_partition_root(c.oid), c.oid)::regclass::text as "table"
     from pg_locks l join pg_class c on c.oid = l.relation
     where l.pid = pg_backend_pid() and c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = 'public'::regnamespace
     order by 1`,
  );
  return rows.map(row => row.table);
}

/** Both ways: what is touched and not said, and what is said and not touched. */
export function touchComplaints(statement: Statement, tables: readonly string[]): string[] {
  const owners = tables.map(table => ({ table, noun: TABLE_OWNERS[table] }));
  const foreign = owners.filter(({ noun }) => noun !== statement.owner && !statement.touches.includes(noun ?? ''));
  const idle = statement.touches.filter(noun => !owners.some(each => each.noun === noun));
  return [
    ...foreign.map(
      ({ table, noun }) => `${statement.name} touches ${table} of ${noun ?? 'nobody'} and does not say so`,
    ),
    ...idle.map(noun => `${statement.name} says that it touches ${noun} and does not`),
    ...(statement.touches.includes(statement.owner) ? [`${statement.name} need not name its own noun`] : []),
  ];
}
