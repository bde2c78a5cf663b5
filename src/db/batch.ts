/**
 * A batch of arrays as rows, and the join of such a batch to a large table by its whole key: the shape in which hot
 * statements write. They must run by the key whatever the statistics say: a queue that was empty when it was last
 * analyzed counts as one row for the planner, and then walking everything once for each row of the batch looks as cheap
 * as a look-up (measured: 130 messages a second in place of 2,000).
 *
 * So every other plan is made impossible. Sequential scans are off (db.ts). Row-level security asks with `is not
 * distinct from`, which no index answers. The tenant stands in the batch, behind `offset 0`, which keeps the planner
 * from seeing through it. And the first column of the key is met with `= any(array[x])`: an index answers it like
 * `= x`, but it invites no merge join, for whose sake the planner would read a whole index in order. What remains is the
 * look-up by key; a test reads the plans.
 */

/** `x.tenant_id … and x.id = i.id`, as a look-up and nothing else. Name every column of the key, in its order. */
export const byKey = (table: string, key: Record<string, string>): string =>
  Object.entries(key)
    .map(([column, value], place) => `${table}.${column} = ${place === 0 ? `any(array[${value}])` : value}`)
    .join(' and ');

/** `batch({ id: 'ids uuid', state: 'states text' }, 'id')`; `'= lane text'` is one value for all rows. */
export function batch(columns: Record<string, string>, order?: string): string {
  const sources = Object.entries(columns).map(([name, source]) => ({ name, source: source.split(' ') }));
  const shared = sources.filter(({ source }) => source[0] === '=');
  const parts = sources
    .filter(({ source }) => source[0] !== '=')
    .map(({ name, source }) => ({ name, array: `:${source[0]}::${source[1]}[]` }));
  const arrays = parts.map(part => part.array).join(', ');
  const names = parts.map(part => part.name).join(', ');
  const values = shared.map(({ name, source }) => ` :${source[1]}::${source[2]} as ${name},`).join('');
  return `select :tenant::uuid as tenant_id,${values} i.* from unnest(${arrays}) as i(${names})${order ? ` order by ${order}` : ''} offset 0`;
}
