/** Anchors every tenant's ledger once an hour: what is cut off later is missed then. */
import { type AnchorStore, anchorLedger, type Core } from '#core/index.ts';
import { tenantListAll } from '../core/worker-statements.ts';
import type { Worker } from './loop.ts';

export const anchorWorker = (core: Core, store: AnchorStore): Worker => ({
  name: 'anchors',
  idleMs: 3_600_000,
  tick: async () => {
    for (const { tenant_id } of await core.db.worker(tenantListAll, {})) {
      // Each by itself: one tenant's trouble must not leave the ledgers of all the others without anchors.
      await anchorLedger(core, tenant_id, store).catch(error =>
        core.log.error('a ledger could not be anchored', { tenant: tenant_id, error: String(error) }),
      );
    }
    return 0;
  },
});
