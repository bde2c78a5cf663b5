/**
 * Quarantine: after a restore nothing is sent until a person releases the tenant. Requests are taken and webhooks applied
 * as ever; only no message is leased, which the database itself refuses (`message_lease`).
 */
import { iso, isoOrNull } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import type { Core } from '../context.ts';
import { doubtRestored, resendRestored } from '../messages/restored.ts';
import { restoredCount } from '../messages/restored-statements.ts';
import { tenantListAll } from '../worker-statements.ts';
import { quarantineRead, tenantHold, tenantRelease } from './quarantine-statements.ts';

/** How it was noticed; the sentences are for whoever has to decide. */
export const HELD_BECAUSE = {
  restored: 'the database was restored from a backup',
  rewound: 'the database knows less than it did before: it was restored to an earlier moment',
  moved: 'the database stands on another server than before: it was copied, moved or restored',
  exchanged: 'the database is another one than this data folder has worked with',
} as const;
export type HeldBecause = keyof typeof HELD_BECAUSE;

type Deps = Pick<Core, 'db' | 'clock'>;

/** Every tenant of the database, before anything of it can be sent. Done again after a crash it finds the rest. */
export async function quarantineAll(deps: Deps, because: HeldBecause, restoredTo: number): Promise<number> {
  let doubted = 0;
  for (const { tenant_id } of await deps.db.worker(tenantListAll, {})) {
    await deps.db.run(tenant_id, tenantHold, { because, restored_to: restoredTo });
    doubted += await doubtRestored(deps, tenant_id);
  }
  return doubted;
}

export async function readQuarantine({ db }: Pick<Core, 'db'>, tenant: string) {
  const [[row], [count]] = await Promise.all([db.run(tenant, quarantineRead, {}), db.run(tenant, restoredCount, {})]);
  const because = row?.held_because as HeldBecause | null | undefined;
  return {
    held: row?.held_since != null,
    since: isoOrNull(row?.held_since ?? null),
    because: because == null ? null : HELD_BECAUSE[because],
    // What happened after it this database does not know: sends, receipts, and every STOP.
    restored_to: row?.restored_to == null ? null : iso(row.restored_to),
    in_doubt: count?.in_doubt ?? 0,
  };
}

export interface Released {
  resent: number;
  in_doubt: number;
}

/** The order: what is to be sent waits before the lanes open, so that a crash between the two leaves them closed. */
export async function releaseQuarantine(
  core: Pick<Core, 'db' | 'clock' | 'log'>,
  tenant: string,
  { unsent }: { unsent: 'leave' | 'send' },
): Promise<Released> {
  if (!(await readQuarantine(core, tenant)).held) throw new Fault('conflict', 'nothing is held here');
  const resent = unsent === 'send' ? await resendRestored(core, tenant) : 0;
  await core.db.run(tenant, tenantRelease, {});
  core.log.warn('released from quarantine', { tenant, count: resent });
  return { resent, in_doubt: (await readQuarantine(core, tenant)).in_doubt };
}
