/** Anchors every tenant's ledger once an hour: what is cut off later is missed then. */
import { type AnchorStore, anchorLedger, type Core } from '#core/index.ts';
import { tenantListAll } from '../core/worker-statements.ts';
import type { Worker } from './loop.ts';

export const anchorWorker = (core: Core, store: AnchorStore): Worker => ({
  name: 'anchors',
  idleMs: 3_600_000,
  tick: async () => {
    for (const { tenant_id } of await core.db.worker(tenantListAll, {})) await anchorLedger(core, tenant_id, store);
    return 0;
  },
});
