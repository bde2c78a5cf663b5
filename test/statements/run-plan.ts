/** Runs a statement under `explain analyze`. Prepared by name, so that a plan can be kept while the tables grow. */
import type pg from 'pg';
import { encodeParams, type Statement } from '#db/statement.ts';
import type { PlanNode } from './plan-walker.ts';

let prepared = 0;

export async function preparePlan(client: pg.Client, statement: Statement): Promise<string> {
  prepared += 1;
  const name = `hot_${prepared}`;
  await client.query(`prepare ${name} as ${statement.text}`);
  return name;
}

/** Inside a transaction of the caller's: what changes is changed until it rolls back. */
export const runPlan = (
  client: pg.Client,
  name: string,
  statement: Statement,
  tenant: string,
  values: Record<string, unknown>,
): Promise<PlanNode> => explain(client, 'analyze, buffers, timing off, summary off', name, statement, tenant, values);

/** The plan alone. */
export const showPlan = async (
  client: pg.Client,
  statement: Statement,
  tenant: string,
  values: Record<string, unknown>,
): Promise<PlanNode> => explain(client, 'costs off', await preparePlan(client, statement), statement, tenant, values);

async function explain(
  client: pg.Client,
  options: string,
  name: string,
  statement: Statement,
  tenant: string,
  values: Record<string, unknown>,
): Promise<PlanNode> {
  // A parameter that is missing or too much is told by its name, and not by a plan that looks odd.
  const given = Object.keys(values).sort().join();
  const wanted = Object.keys(statement.params).sort().join();
  if (given !== wanted) throw new Error(`${statement.name} takes ${wanted}; it is given ${given}`);
  // Through the seam's own encoder, so that the arguments are what the program would send.
  const encoded = encodeParams(statement, statement.scope === 'tenant' ? tenant : undefined, values as never);
  const list = encoded.length > 0 ? `(${encoded.map(value => literal(client, value)).join(', ')})` : '';
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `explain (${options}, format json) execute ${name}${list}`,
  );
  return rows[0]!['QUERY PLAN'][0]!.Plan;
}

/** `execute` takes no parameters over the wire, so they stand in its text; the prepared statement knows their types. */
function literal(client: pg.Client, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return client.escapeLiteral(Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : String(value));
}
