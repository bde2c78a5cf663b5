/**
 * Prices that become known later. What was charged while no rate was known is asked about again once a card is imported
 * or the currency is named: a slice at a time, by a worker, with a cursor that survives a crash.
 */
import type { Core } from '../context.ts';
import { priceFill, unpricedSlice } from '../messages/price-statements.ts';
import { readPriceContext } from './context.ts';
import { costFold, recheckAdvance, recheckEnd, recheckTake } from './cost-statements.ts';
import { priceIn } from './price.ts';

/** As many as a batch of receipts: held no longer than one. */
const SLICE = 500;

/** One slice; answers how many messages it looked at. */
export const recheckPrices = (core: Pick<Core, 'db'>, tenant: string): Promise<number> =>
  core.db.tx(tenant, async tx => {
    const [cursor] = await tx.run(recheckTake, {});
    if (!cursor) return 0;
    const rows = await tx.run(unpricedSlice, { after: cursor.after, limit: SLICE });
    if (rows.length === 0) {
      await tx.run(recheckEnd, {});
      return 0;
    }
    const { zone, currency, rates } = await readPriceContext(tx, [...new Set(rows.map(row => row.price_market!))]);
    const known = rows.flatMap(row => {
      // A message that was estimated in another currency keeps to it.
      if (row.currency !== null && row.currency !== currency) return [];
      const said = { type: row.price_type! };
      const price = priceIn(
        row.price_market!,
        { category: row.price_category!, at: row.price_at!, zone, currency, said },
        rates,
      );
      return price.kind === 'known' ? [{ id: row.id, micros: price.micros }] : [];
    });
    // What still has no price stays in the index and is asked about at the next card, not in this round again.
    if (known.length > 0)
      await tx.run(priceFill, {
        ids: known.map(one => one.id),
        micros: known.map(one => one.micros),
        currency: currency!,
        zone,
      });
    await tx.run(recheckAdvance, { after: rows.at(-1)!.id });
    return rows.length;
  });

/** A slice at a time, as with the counters. */
export async function foldCosts(core: Pick<Core, 'db'>, tenant: string): Promise<number> {
  const [row] = await core.db.run(tenant, costFold, { limit: 5_000 });
  return row?.folded ?? 0;
}
