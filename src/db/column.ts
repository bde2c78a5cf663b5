/**
 * The types that cross the seam, each with its PostgreSQL name, its way in and its TypeScript type. Instants are
 * milliseconds on our side and `timestamptz` on the other; nothing else may carry time.
 */
import { type Instant, iso } from '#lib/clock.ts';

export interface Column<T> {
  /** PostgreSQL's name of the type, as `pg_typeof` prints it; arrays end in `[]`. */
  readonly sql: string;
  /** To what the driver sends: text, number, Buffer or null. */
  readonly encode: (value: T) => unknown;
  readonly nullable: boolean;
}

export type TypeOf<C> = C extends Column<infer T> ? T : never;
export type Columns = Record<string, Column<never>>;
export type Values<C> = { -readonly [K in keyof C]: TypeOf<C[K]> };

const same = <T>(sql: string): Column<T> => ({ sql, encode: value => value, nullable: false });

export const uuid = same<string>('uuid');
export const text = same<string>('text');
export const int = same<number>('integer');
/** Beyond 2^53 a JavaScript number lies; nothing here counts that far, and the reader checks. */
export const bigint = same<number>('bigint');
export const bool = same<boolean>('boolean');
export const bytes = same<Buffer>('bytea');
export const date = same<string>('date');
export const instant: Column<Instant> = { sql: 'timestamp with time zone', encode: iso, nullable: false };
export const json = <T>(): Column<T> => ({ sql: 'jsonb', encode: value => JSON.stringify(value), nullable: false });
/** Kept as it was written: of large values that are written with every message, and whose inside no statement looks for. */
export const document = <T>(): Column<T> => ({ sql: 'json', encode: value => JSON.stringify(value), nullable: false });

export const maybe = <T>(column: Column<T>): Column<T | null> => ({
  sql: column.sql,
  nullable: true,
  encode: value => (value === null || value === undefined ? null : column.encode(value)),
});

/**
 * Arrays travel as one literal built here: the driver's own encoder escapes every element through three regular
 * expressions, which for a batch of 500 rows and 20 columns was the largest part of an insert on our side.
 */
export const list = <T>(column: Column<T>): Column<readonly T[]> => ({
  sql: `${column.sql}[]`,
  nullable: false,
  encode: values => {
    let literal = '';
    for (const value of values) literal += `${literal === '' ? '' : ','}${arrayElement(column.encode(value))}`;
    return `{${literal}}`;
  },
});

function arrayElement(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (Buffer.isBuffer(value)) return `"\\\\x${value.toString('hex')}"`;
  const string = value as string;
  // Ids, instants and states need no quotes; JSON and people's words do.
  if (/^[\w:.+-]+$/.test(string) && string.toLowerCase() !== 'null') return string;
  return `"${string.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
