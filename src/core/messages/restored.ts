/** A restored database and its messages: first everything that may have left is in doubt, then a person decides. */
import type { Core } from '../context.ts';
import { FIRST_ID } from '../paging.ts';
import { unknownResend } from './resolve-statements.ts';
import { restoredClose, restoredDoubt, restoredSlice } from './restored-statements.ts';

type Deps = Pick<Core, 'db' | 'clock'>;

const SLICE = 2_000;

/** Answers how many. Before anything else looks at them: an expiry or a cancellation would say that they never left. */
export async function doubtRestored({ db, clock }: Deps, tenant: string): Promise<number> {
  await db.run(tenant, restoredClose, {});
  for (let count = 0; ; ) {
    const doubted = await db.run(tenant, restoredDoubt, { now: clock.now(), limit: SLICE });
    count += doubted.length;
    if (doubted.length === 0) return count;
  }
}

/**
 * An operator's word that nothing has left since the backup. What has expired meanwhile stays in doubt: yesterday's code
 * is of no use today, and nobody has asked for it.
 */
export async function resendRestored({ db, clock }: Deps, tenant: string): Promise<number> {
  const now = clock.now();
  let count = 0;
  for (let after = FIRST_ID; ; ) {
    const slice = await db.run(tenant, restoredSlice, { after, reason: 'restored', now, limit: SLICE });
    const last = slice.at(-1);
    if (!last) return count;
    const ids = slice.filter(row => !row.expired).map(row => row.id);
    // A person's word, so whatever the purpose says of resends; a receipt that was faster wins.
    if (ids.length > 0) count += (await db.run(tenant, unknownResend, { ids, resends: -1, now })).length;
    after = last.id;
  }
}
