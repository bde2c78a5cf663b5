/** What prices of a tenant are judged by: its calendar, its currency, its own cards. */
import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import type { Category, Rate } from './card.ts';
import { rateContext, type rateList } from './statements.ts';

export interface PriceContext {
  zone: string;
  currency: string | null;
  rates: readonly Rate[];
}

export async function readPriceContext(tx: Tx, markets: readonly string[]): Promise<PriceContext> {
  const rows = await tx.run(rateContext, { markets: [...new Set(markets)] });
  const rates = rows.flatMap(row => (row.market === null ? [] : [toRate(row as Values<typeof rateList.row>)]));
  return { zone: rows[0]!.zone, currency: rows[0]!.billing_currency, rates };
}

export const toRate = (row: Values<typeof rateList.row>): Rate => ({
  market: row.market,
  currency: row.currency,
  category: row.category as Category,
  effectiveFrom: row.effective_from,
  tierFrom: row.tier_from,
  micros: row.micros,
  source: row.source,
  importedAt: row.imported_at,
});
