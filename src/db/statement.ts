/**
 * A statement is a value: its name, its SQL with named parameters, what goes in and what comes out. The registry lets
 * tests prove of each that it prepares, returns what it declares, touches only its owner's tables and binds the tenant.
 */
import type { Columns, Values } from './column.ts';

/** `tenant`: runs under row-level security of one tenant. `worker`: crosses tenants, carries ids only (worker-statements). */
export type Scope = 'tenant' | 'worker';

export interface Statement<P extends Columns = Columns, R extends Columns = Columns> {
  readonly name: string;
  readonly owner: string;
  readonly scope: Scope;
  readonly params: P;
  readonly row: R;
  /** SQL as sent, with `$1…`. */
  readonly text: string;
  /** Which parameter stands at `$1`, `$2`…; `tenant` is filled in by the handle and not by the caller. */
  readonly order: readonly string[];
  /** Tables of other nouns that this statement reads or writes, each a conscious exception. */
  readonly touches: readonly string[];
}

export interface StatementSource<P extends Columns, R extends Columns> {
  name: string;
  owner: string;
  scope?: Scope;
  params: P;
  row: R;
  touches?: readonly string[];
  sql: string;
}

const registry = new Map<string, Statement>();

export const registeredStatements = (): readonly Statement[] => [...registry.values()];

export function statement<const P extends Columns, const R extends Columns>(
  source: StatementSource<P, R>,
): Statement<P, R> {
  const { text, order } = bindNames(source.sql);
  const made: Statement<P, R> = {
    name: source.name,
    owner: source.owner,
    scope: source.scope ?? 'tenant',
    params: source.params,
    row: source.row,
    text,
    order,
    touches: source.touches ?? [],
  };
  for (const name of order) {
    if (name !== 'tenant' && !(name in source.params)) throw new Error(`${source.name}: no parameter "${name}"`);
  }
  if (registry.has(source.name)) throw new Error(`two statements are called ${source.name}`);
  registry.set(source.name, made as unknown as Statement);
  return made;
}

/** `:name` to `$n`; `::type`, quoted text and comments are left alone. */
function bindNames(sql: string): { text: string; order: string[] } {
  const order: string[] = [];
  const text = sql.replace(/--[^\n]*|'[^']*'|::|:([a-z_]+)/g, (match, name: string | undefined) => {
    if (name === undefined) return match;
    if (!order.includes(name)) order.push(name);
    return `$${order.indexOf(name) + 1}`;
  });
  return { text: text.trim(), order };
}

export function encodeParams<P extends Columns, R extends Columns>(
  statement: Statement<P, R>,
  tenant: string | undefined,
  params: Values<P>,
): unknown[] {
  return statement.order.map(name => {
    if (name === 'tenant' && tenant !== undefined) return tenant;
    const column = statement.params[name as keyof P]!;
    return (column.encode as (value: unknown) => unknown)(params[name as keyof P]);
  });
}
