/** Arguments that point at another tenant's rows: what a guessed or a stolen id would look like. */
import { TABLE_OWNERS } from '#db/schema-manifest.ts';
import type { Statement } from '#db/statement.ts';
import { utcDay } from '#lib/clock.ts';
import { type SeededTenant, seededValue, type TenantTable } from './seeded-tenants.ts';

/** Ranges that the rows lie in, times at which everything is due, and what must differ from the seeded row. */
const GIVEN: Readonly<Record<string, unknown>> = {
  after: '00000000-0000-0000-0000-000000000000',
  before: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  from: Date.UTC(2020, 0, 1),
  to: Date.UTC(2030, 0, 1),
  now: Date.UTC(2030, 0, 1),
  since: Date.UTC(2020, 0, 1),
  below: 1_000,
  from_period: '',
  keep: 'another-key',
  without: ['another-kind'],
  // PostgreSQL looks it up.
  zone: 'UTC',
};

export function argumentsOf(
  statement: Statement,
  tables: readonly TenantTable[],
  who: SeededTenant,
): Record<string, unknown> {
  // Words that a column allows: those of the statement's own tables come first, "status" stands in several.
  const ofOwner = (table: TenantTable) => TABLE_OWNERS[table.name] === statement.owner;
  const columns = [...tables.filter(ofOwner), ...tables.filter(table => !ofOwner(table))].flatMap(
    table => table.columns,
  );
  // By name first and by type otherwise: a new statement needs no entry here to be tried.
  return Object.fromEntries(
    Object.entries(statement.params).map(([name, { sql }]) => {
      if (name in GIVEN) return [name, sql === 'date' ? utcDay(GIVEN[name] as number) : GIVEN[name]];
      const element = sql.replace('[]', '');
      // `lane`, `lanes` and `to_lane` mean the column `lane`.
      const names = [name, name.replace(/s$/, ''), name.replace(/es$/, ''), name.replace(/^to_/, '')];
      const column = element === 'text' ? columns.find(each => names.includes(each.name)) : undefined;
      const value = asArgument(seededValue(who, name, element, column?.allowed));
      return [name, sql.endsWith('[]') ? [value] : value];
    }),
  );
}

/** Seeds are literals for the server; arguments are what our own side holds. */
function asArgument(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.startsWith('{')) return JSON.parse(value);
  return /^\d{4}-\d\d-\d\d \d\d:/.test(value) ? Date.parse(value) : value;
}
