/** The books compared: what callers were told, what the witness saw leave, what the database says, what stays in doubt. */
import { parsePublicId } from '#lib/id.ts';
import type { Acknowledged } from './callers.ts';
import type { Witness } from './emulator.ts';
import type { Postgres } from './postgres.ts';

export interface Books {
  asked: number;
  acknowledged: number;
  /** Acknowledged and nowhere to be found. */
  lost: string[];
  /** More copies on the wire than the purpose's bound. */
  overBound: string[];
  /** On the wire more than once. */
  twice: number;
  /** Said to be accepted or better, and not in the witness's ledger. */
  falselyAccepted: string[];
  /** On the wire, and the service says that they never left. */
  falselyUnsent: string[];
  everUnknown: number;
  /** In doubt at the end: each of them is a row that anybody can list. */
  stillUnknown: number;
  byState: Record<string, number>;
}

interface Row {
  id: string;
  state: string;
  resolution: string | null;
}

const OUT = ['accepted', 'sent', 'delivered', 'read'];
/** The message was on the wire by our own account, or may have been. */
const MAY_HAVE_LEFT = [...OUT, 'failed', 'unknown', 'dead', 'sending'];

export async function compareBooks(
  postgres: Postgres,
  witness: Witness,
  acknowledged: ReadonlyMap<string, Acknowledged>,
  { bound }: { bound: number },
): Promise<Books> {
  // But for what was made by statements (history.ts), which no witness ever saw.
  const rows = await postgres.query<Row>(
    "select id, state, resolution from message where provider is distinct from 'history'",
  );
  const known = new Set(rows.map(row => row.id));
  const copies = new Map([...witness.attempts].map(([id, attempts]) => [uuidOf(id), attempts.length]));
  const byState: Record<string, number> = {};
  for (const row of rows) byState[row.state] = (byState[row.state] ?? 0) + 1;
  return {
    asked: acknowledged.size,
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter(([, { id }]) => !known.has(uuidOf(id))).map(([reference]) => reference),
    overBound: [...copies].filter(([, count]) => count > bound).map(([id]) => id),
    twice: [...copies.values()].filter(count => count > 1).length,
    falselyAccepted: rows.filter(row => OUT.includes(row.state) && !copies.has(row.id)).map(row => row.id),
    falselyUnsent: rows.filter(row => copies.has(row.id) && !MAY_HAVE_LEFT.includes(row.state)).map(row => row.id),
    // By the resolution, which a message keeps once it was in doubt.
    everUnknown: rows.filter(row => row.resolution !== null).length,
    stillUnknown: byState['unknown'] ?? 0,
    byState,
  };
}

const uuidOf = (id: string): string => parsePublicId('message', id) ?? id;

/** In one sentence each, what must not be; empty when all is well. */
export function violations(books: Books, limits: { everUnknown?: number; twice?: number } = {}): string[] {
  const found: string[] = [];
  const list = (what: string, ids: readonly string[]) => {
    if (ids.length > 0) found.push(`${ids.length} ${what} (${ids.slice(0, 3).join(', ')})`);
  };
  list('acknowledged and lost', books.lost);
  list('over the bound', books.overBound);
  list('said to be accepted and never sent', books.falselyAccepted);
  list('sent and said not to be', books.falselyUnsent);
  if (limits.everUnknown !== undefined && books.everUnknown > limits.everUnknown)
    found.push(`${books.everUnknown} were ever unknown, ${limits.everUnknown} are allowed`);
  if (limits.twice !== undefined && books.twice > limits.twice)
    found.push(`${books.twice} were sent twice, ${limits.twice} are allowed`);
  const stuck = ['queued', 'leased', 'sending'].filter(state => books.byState[state]);
  if (stuck.length > 0) found.push(`not at rest: ${stuck.map(state => `${books.byState[state]} ${state}`).join(', ')}`);
  return found;
}
