/** Reads a plan that was run: which tables it went into, by which way, and how many rows it had to look at there. */
import type pg from 'pg';

export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  // What was read in vain counts like the rest: a walk shows in it first.
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: PlanNode[];
}

interface Index {
  table: string;
  /** The parent's index, for a partition's. */
  root: string;
  columns: readonly string[];
  unique: boolean;
  partial: boolean;
}

export interface Catalogue {
  /** A partition's parent; a table's own name when it is none. */
  roots: ReadonlyMap<string, string>;
  indexes: ReadonlyMap<string, Index>;
}

export interface Access {
  table: string;
  /** `Index Scan`, `Seq Scan`… */
  way: string;
  index: string | undefined;
  /** Columns that the condition on the index compares. */
  compared: readonly string[];
  byWholeKey: boolean;
  /** Rows looked at, in all loops together, whether they were wanted or thrown away. */
  rows: number;
  /** Pages read in all loops: entries of an index that its own condition throws away are counted nowhere else. */
  pages: number;
}

export async function readCatalogue(owner: pg.Client): Promise<Catalogue> {
  const { rows: tables } = await owner.query<{ name: string; root: string }>(
    `select relname as name, coalesce(pg_partition_root(oid), oid)::regclass::text as root
     from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`,
  );
  const { rows: indexes } = await owner.query<Index & { name: string }>(
    `select x.relname as name, i.indisunique as unique, i.indpred is not null as partial,
       coalesce(pg_partition_root(i.indrelid), i.indrelid)::regclass::text as "table",
       coalesce(p.inhparent, x.oid)::regclass::text as root,
       array(select pg_get_indexdef(x.oid, place, true) from generate_series(1, i.indnkeyatts) place order by place) as columns
     from pg_index i join pg_class x on x.oid = i.indexrelid left join pg_inherits p on p.inhrelid = x.oid
     where x.relnamespace = 'public'::regnamespace`,
  );
  return {
    roots: new Map(tables.map(({ name, root }) => [name, root])),
    indexes: new Map(indexes.map(({ name, ...rest }) => [name, rest])),
  };
}

/** Every way into a table that the plan has, those that were never taken included: another day they are. */
export function accesses(node: PlanNode, catalogue: Catalogue): Access[] {
  const below = (node.Plans ?? []).flatMap(child => accesses(child, catalogue));
  const relation = node['Relation Name'];
  if (relation === undefined || node['Node Type'] === 'ModifyTable') return below;
  // A bitmap's heap scan has the table, the scan below it the index and its condition.
  const scan = node['Index Name'] ? node : node.Plans?.find(child => child['Index Name']);
  const index = scan && catalogue.indexes.get(scan['Index Name']!);
  const condition = scan?.['Index Cond'] ?? '';
  const compared = index?.columns.filter(column => comparison(condition, column)) ?? [];
  const loops = node['Actual Loops'] ?? 0;
  const rows =
    (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  const access: Access = {
    table: catalogue.roots.get(relation) ?? relation,
    way: node['Node Type'],
    index: index?.root,
    compared,
    byWholeKey: index !== undefined && holdsKey(index, condition, catalogue),
    rows: Math.round(rows * loops),
    // The server's figure includes what hangs below: a scan's own subqueries.
    pages: pagesOf(node) - (node.Plans ?? []).reduce((sum, child) => sum + pagesOf(child), 0),
  };
  return [access, ...below];
}

const pagesOf = (node: PlanNode): number => (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0);

/** The leading columns that are compared by `=` hold a unique key of the table: one row at most, found at once. */
function holdsKey(index: Index, condition: string, catalogue: Catalogue): boolean {
  const end = index.columns.findIndex(column => comparison(condition, column) !== '=');
  const leading = end < 0 ? index.columns : index.columns.slice(0, end);
  const keys = [...catalogue.indexes.values()].filter(
    other => other.unique && other.table === index.table && (other.root === index.root || !other.partial),
  );
  return keys.some(key => key.columns.every(column => leading.includes(column)));
}

/** `((tenant_id = $1) AND (id = ANY (ARRAY[i.id])) AND (due_at <= $2))`: the operator that follows the column. */
function comparison(condition: string, column: string): string | undefined {
  const name = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\((?:\\w+\\.)?${name}\\)?(?:::\\w+)? (=|<=|>=|<|>|IS)`).exec(condition)?.[1];
}

export interface Expectation {
  /** Tables that are large or will be. */
  large: ReadonlySet<string>;
  /** Ways that are no look-up by a whole key and are meant: table → index. */
  walks: Readonly<Record<string, readonly string[]>>;
  /** How many rows were asked for. */
  batch: number;
}

/** Generous: a look-up finds one row, a walk over the tenant's rows finds thousands. */
const ROWS_A_ROW = 20;
/** A look-up reads three or four pages of an index and one of the table; updates and locks some more. */
const PAGES_A_ROW = 40;

export function planComplaints(plan: PlanNode, catalogue: Catalogue, { large, walks, batch }: Expectation): string[] {
  return accesses(plan, catalogue)
    .filter(({ table }) => large.has(table))
    .flatMap(access => {
      const { table, way, index, compared, rows, pages } = access;
      const how = index ? `${index} (${compared.join(', ') || 'no condition'})` : way;
      const isWalk = index !== undefined && walks[table]?.includes(index) === true;
      return [
        ...(index === undefined ? [`${table} is read by ${way}`] : []),
        ...(index !== undefined && !access.byWholeKey && !isWalk
          ? [`${table} is reached by ${how} and not by a whole key`]
          : []),
        ...(rows > ROWS_A_ROW * batch
          ? [`${rows} rows of ${table} are looked at by ${how} for a batch of ${batch}`]
          : []),
        ...(pages > PAGES_A_ROW * batch
          ? [`${pages} pages of ${table} are read by ${how} for a batch of ${batch}`]
          : []),
      ];
    });
}
