/**
 * The till. It keeps the sales that it is told of, since a receipt that is promised with a sale must not be lost with a
 * process; whether the receipt may be sent is the core's to say. Loyalty points are not kept here, nor anywhere yet.
 */
import type { Vertical } from '#core/vertical.ts';
import { receiptRoute } from './receipt-route.ts';
import { receiptTick } from './receipts.ts';
import { saleRoutes } from './sale-routes.ts';
import { saleErase } from './statements.ts';
import { starterTemplates } from './templates.ts';

export const pos: Vertical = {
  id: 'pos',
  routes: [receiptRoute, ...saleRoutes],
  templates: starterTemplates,
  ticks: [receiptTick],
  erase: async (tx, { contacts, phones }) => void (await tx.run(saleErase, { contacts, phones })),
};
