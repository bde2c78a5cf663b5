/**
 * Knows whether the running code stands inside a database transaction. The database sets the mark, outbound HTTP and
 * the outer database handle refuse to work under it: a network wait inside a transaction holds locks for as long as a
 * stranger likes, and a query on another connection does not see what the transaction wrote.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const mark = new AsyncLocalStorage<string>();

export const insideTransaction = <T>(name: string, work: () => T): T => mark.run(name, work);

export function assertOutsideTransaction(what: string): void {
  const name = mark.getStore();
  if (name !== undefined) throw new Error(`${what} inside the transaction "${name}": finish the transaction first`);
}
