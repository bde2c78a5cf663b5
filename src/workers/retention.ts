/** Drops what was promised for a time and no longer: kept answers, raw webhooks, receipts that nobody ever knew. */
import { type Core, dropParked, expireCodes, expireKeys, expireReach, INBOX_DAYS, sweepErased } from '#core/index.ts';
import { DAY_MS, utcDay } from '#lib/clock.ts';
import { dropInboxDays, inboxDaysHeld, tenantListAll } from '../core/worker-statements.ts';
import type { Worker } from './loop.ts';

export const retentionWorker = (core: Core): Worker => ({
  name: 'retention',
  idleMs: 3_600_000,
  tick: async () => {
    // By the machine's clock: a sandbox that is turned a year ahead must not empty its inbox.
    const before = utcDay(core.clock.machine() - INBOX_DAYS * DAY_MS);
    await dropInbox(core, before);
    let done = 0;
    for (const { tenant_id } of await core.db.worker(tenantListAll, {})) {
      done += (await expireKeys(core.db, tenant_id)) + (await dropParked(core, tenant_id));
      done += (await expireReach(core, tenant_id)) + (await expireCodes(core, tenant_id));
      await sweepErased(core, tenant_id);
    }
    return done;
  },
});

/** A day with dead letters is kept whole, for a person; and none goes while a worker is a month behind. */
async function dropInbox(core: Core, before: string): Promise<void> {
  const held = await core.db.worker(inboxDaysHeld, { before });
  if (held.some(row => row.lane !== 'dead')) return;
  const [dropped] = await core.db.worker(dropInboxDays, { before, keep: held.map(row => row.day) });
  if (dropped!.days > 0) core.log.info('raw webhooks dropped', { days: dropped!.days });
}
