/**
 * Reconciliation: what we think the messages cost beside what the provider says that it billed. Pure. Their day and
 * category, in our markets: two countries of one market have one price, and a receipt may name neither.
 */
import type { Values } from '#db/column.ts';
import { type Money, moneyOrNull } from '#lib/money.ts';
import type { billRead, costRead } from './cost-statements.ts';
import { marketOf } from './market.ts';
import { readCategory } from './price.ts';

export interface Side {
  messages: number;
  amount: Money | null;
}

export interface Compared {
  day: string;
  market: string;
  category: string;
  currency: string;
  accrued: Side & { charged: number; unpriced: number };
  /** Null: no bill names it. */
  billed: Side | null;
  /** Billed less accrued. */
  difference: Money | null;
}

interface Sum {
  day: string;
  market: string;
  category: string;
  messages: number;
  charged: number;
  unpriced: number;
  micros: number;
  billed: { messages: number; micros: number } | undefined;
}

export function reconcile(
  currency: string,
  costs: readonly Values<typeof costRead.row>[],
  bills: readonly Values<typeof billRead.row>[],
): Compared[] {
  const sums = new Map<string, Sum>();
  const of = (day: string, market: string, name: string): Sum => {
    const category = readCategory(name.toLowerCase()) ?? name.toLowerCase();
    const key = `${day} ${market} ${category}`;
    const known = sums.get(key);
    if (known) return known;
    const made = { day, market, category, messages: 0, charged: 0, unpriced: 0, micros: 0, billed: undefined };
    sums.set(key, made);
    return made;
  };
  // What has no known price has no currency either, and belongs to the account all the same.
  for (const cost of costs.filter(row => row.currency === currency || row.currency === '')) {
    const sum = of(cost.day, cost.market, cost.category);
    sum.messages += cost.messages;
    sum.charged += cost.charged;
    sum.micros += cost.micros;
    if (cost.currency === '') sum.unpriced += cost.messages;
  }
  // By the map of that day: before it left its region, a country was billed at the region's rate.
  for (const bill of bills.filter(row => row.currency === currency)) {
    const sum = of(bill.day, marketOf(bill.country, bill.day), bill.category);
    sum.billed = {
      messages: (sum.billed?.messages ?? 0) + bill.messages,
      micros: (sum.billed?.micros ?? 0) + bill.micros,
    };
  }
  return [...sums.values()].sort((a, b) => compare(keyOf(a), keyOf(b))).map(sum => view(sum, currency));
}

const keyOf = (sum: Sum): string => `${sum.day} ${sum.market} ${sum.category}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const view = (
  { day, market, category, messages, charged, unpriced, micros, billed }: Sum,
  currency: string,
): Compared => ({
  day,
  market,
  category,
  currency,
  accrued: { messages, charged, unpriced, amount: moneyOrNull(micros, currency) },
  billed: billed ? { messages: billed.messages, amount: moneyOrNull(billed.micros, currency) } : null,
  difference: billed ? moneyOrNull(billed.micros - micros, currency) : null,
});
