/**
 * The receipt of a completed sale. It is asked for after the completion has been committed, by whoever completed it or, after
 * a crash or a bad moment, by the tick; the business key makes it one message however often it is asked for.
 */
import { type Core, type SendCommand, saleReceiptDiscover } from '#core/index.ts';
import type { Tick } from '#core/vertical.ts';
import type { Values } from '#db/column.ts';
import { type Backoff, backoffMs } from '#lib/backoff.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#lib/clock.ts';
import { describeError, Fault } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { type Purchase, receiptCommand } from './purchase.ts';
import { saleReceiptClaim, saleReceiptDelay, saleReceiptSettle, type saleRow } from './statements.ts';

export type Sale = Values<typeof saleRow>;

/** What the till is told. `message_id` is ours; what becomes of the message stands under it. */
export interface ReceiptAnswer {
  success: boolean;
  message_id: string | null;
  status: string;
  reason?: string;
}

/** Longer than one asking takes, database timeouts included: the tick keeps away for so long. */
export const HOLD_MS = 30_000;
/** Nobody at a till wants a receipt the day after. */
const USEFUL_MS = DAY_MS;
const BACKOFF: Backoff = { baseMs: 5 * SECOND_MS, capMs: 5 * MINUTE_MS, factor: 2 };

export const purchaseOfSale = (sale: Sale): Purchase => ({
  transactionId: sale.transaction_id,
  storeName: sale.store_name,
  items: sale.items,
  totalMicros: sale.total_micros,
  currency: sale.currency,
  paymentMethod: sale.payment_method,
  receiptUrl: sale.receipt_url,
  soldAt: sale.sold_at,
});

/** Never throws: the sale is complete, and nothing that happens here may say otherwise. */
export async function askReceipt(core: Core, tenant: string, sale: Sale): Promise<ReceiptAnswer> {
  if (sale.phone === null)
    return { success: false, message_id: null, status: 'refused', reason: sale.contact_id ? 'erased' : 'no_customer' };
  try {
    return await ask(core, tenant, sale, sale.phone as SendCommand['to']);
  } catch (error) {
    const reason = error instanceof Fault ? error.code : 'internal';
    core.log.warn('a receipt could not be asked for', { tenant, code: reason, error: describeError(error) });
    await delay(core, tenant, sale, reason, error);
    return { success: false, message_id: null, status: 'wanted', reason };
  }
}

async function ask(core: Core, tenant: string, sale: Sale, to: SendCommand['to']): Promise<ReceiptAnswer> {
  const { zone } = (await core.settings.of(core.db, tenant)).policy;
  const command = receiptCommand(purchaseOfSale(sale), sale.customer ?? {}, { to, zone, origin: 'a completed sale' });
  const admission = await core.send(tenant, { ...command, expiresAt: sale.completed_at! + USEFUL_MS });
  if (admission.kind === 'dry') throw new Error('a receipt of a sale is never a dry run');
  const { messageId } = admission;
  const refused = admission.kind === 'refused' ? admission.reason : null;
  await core.db.run(tenant, saleReceiptSettle, {
    id: sale.id,
    receipt: refused === null ? 'asked' : 'refused',
    message: messageId,
    reason: refused,
  });
  const status = admission.kind === 'duplicate' ? admission.status : admission.kind;
  return {
    success: !['refused', 'failed', 'dead'].includes(status),
    message_id: publicId('message', messageId),
    status,
    ...(refused === null ? {} : { reason: refused }),
  };
}

/** If this fails too, the hold of the completion runs out by itself. */
async function delay(core: Core, tenant: string, sale: Sale, reason: string, error: unknown): Promise<void> {
  const told = error instanceof Fault ? (error.retryAfterSeconds ?? 0) * SECOND_MS : 0;
  const delay_ms = Math.max(told, backoffMs(BACKOFF, sale.receipt_tries + 1, core.random));
  await core.db.run(tenant, saleReceiptDelay, { id: sale.id, delay_ms, reason }).catch(() => {});
}

const BATCH = 100;

export const receiptTick: Tick = {
  name: 'receipts',
  idleMs: 2_000,
  tick: async core => {
    let done = 0;
    for (const { tenant_id: tenant } of await core.db.worker(saleReceiptDiscover, {})) {
      const wanted = await core.db.run(tenant, saleReceiptClaim, { limit: BATCH, hold_ms: HOLD_MS });
      // Together: single sends of a tenant that arrive at once are one batch and one commit.
      await Promise.all(wanted.map(sale => askReceipt(core, tenant, sale)));
      done += wanted.length;
    }
    return done;
  },
};
