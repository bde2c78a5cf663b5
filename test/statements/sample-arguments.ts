/** An argument of every type, to show that what a statement declares can be bound and run. */
import type { Statement } from '#db/statement.ts';

/** One of each type that a statement may declare. A new type fails until it has one. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  uuid: '0f0f0f0f-0000-7000-8000-000000000001',
  text: 'sample',
  integer: 1,
  bigint: 1,
  boolean: true,
  bytea: Buffer.from('sample'),
  date: '2031-05-06',
  jsonb: { sample: true },
  json: { sample: true },
  'timestamp with time zone': Date.UTC(2031, 4, 6),
};

/** What a statement's own function checks for its form. */
const FORMED: Readonly<Record<string, unknown>> = {
  suffix: '2031_05',
  to_id: '0f0f0f0f-0000-7000-8000-000000000002',
};

/** Each way in which a call may be poor: PostgreSQL says nothing of nulls until it meets them. */
export type Filling = 'one' | 'none' | 'null';

/** `one` value each, in lists too; `none`: lists are empty; `null` wherever the declaration allows it. */
export function sampleArguments(statement: Statement, filling: Filling): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(statement.params).map(([name, column]) => {
      const element = column.sql.replace('[]', '');
      if (!(element in SAMPLES)) throw new Error(`${statement.name}: no sample of the type ${column.sql}`);
      const value = FORMED[name] ?? SAMPLES[element];
      if (column.nullable && filling === 'null') return [name, null];
      return [name, column.sql.endsWith('[]') ? (filling === 'none' ? [] : [value]) : value];
    }),
  );
}
