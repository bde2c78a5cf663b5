/** What somebody's consent was at another moment, folded from the entries that were there by then. */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { contactFamily } from '../contacts/change-statements.ts';
import type { Standing } from './consent.ts';
import { entriesOf } from './ledger-statements.ts';
import { foldEntries } from './service.ts';

/** By what was claimed to have been said by then, in the time of those who said it: as every decision reads it. */
export async function standingAt(tx: Tx, contact: string, at: Instant): Promise<ReadonlyMap<string, Standing>> {
  const contacts = (await tx.run(contactFamily, { id: contact })).map(row => row.id);
  const entries = await tx.run(entriesOf, { contacts });
  return foldEntries(entries.filter(entry => entry.claimed_at <= at));
}
