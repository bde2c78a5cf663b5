/**
 * The second look after an erasure. Whoever had judged a message, or recognised who wrote, just before it may have written
 * onto the empty record just after it: locks on every path would cost each message what this costs one round an hour.
 */
import { DAY_MS } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import { FIRST_ID } from '../paging.ts';
import { emptyRecords } from './erase.ts';
import { erasedSlice } from './erase-statements.ts';
import { contactLock } from './statements.ts';

/** Longer than any request and any try of a webhook lasts, and a worker may stand still for a day. */
const SWEEP_MS = 2 * DAY_MS;
const SLICE = 100;

/** Empties what was written onto the records that were erased lately. Answers how many it looked at. */
export async function sweepErased(core: Pick<Core, 'clock' | 'db' | 'erasers'>, tenant: string): Promise<number> {
  const since = core.clock.now() - SWEEP_MS;
  let swept = 0;
  for (let after = FIRST_ID; ; ) {
    const contacts = (await core.db.run(tenant, erasedSlice, { since, after, limit: SLICE })).map(row => row.id);
    if (contacts.length === 0) return swept;
    await core.db.tx(tenant, async tx => {
      await tx.run(contactLock, { ids: contacts });
      await emptyRecords(core, tx, contacts);
    });
    swept += contacts.length;
    after = contacts.at(-1)!;
  }
}
