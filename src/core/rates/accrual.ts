/**
 * Accrual: what receipts say about a price becomes an amount. A receipt names a category and a type and no amount, so the
 * rate is the card's of the instant that it names; the recipient's market is read from the receipt itself, which always
 * carries the number or the scoped id, so that nothing has to be looked up for it.
 */
import type { Instant } from '#lib/clock.ts';
import type { PersonIds, Receipt } from '../provider.ts';
import type { PriceContext } from './context.ts';
import { everyMarketOf } from './market.ts';
import { type Price, priceOf } from './price.ts';

/** Of one message: the earliest word about its price. */
export interface SaidPrice {
  at: Instant;
  category: string;
  type: string;
  /** `+40…` or `RO.1349…`. */
  to: string;
}

/** Undefined without a price or without anybody to charge it for. */
export function saidPrice({ pricing, person, at }: Receipt): SaidPrice | undefined {
  const to = pricing && addressOf(person);
  if (!pricing || to === undefined) return undefined;
  // A stranger's words, stored with the message: cut to what such words are.
  const type = (pricing.subtype ?? pricing.type).slice(0, 64);
  return { at, category: pricing.category.slice(0, 64), type, to };
}

const addressOf = (person: PersonIds | undefined): string | undefined =>
  person?.wa === undefined ? person?.scoped : `+${person.wa}`;

/** By time, then by word: of two that come in one second the same one holds, whichever comes first. */
export function isEarlier(a: SaidPrice, b: SaidPrice | undefined): boolean {
  if (b === undefined || a.at !== b.at) return b === undefined || a.at < b.at;
  return a.category === b.category ? a.type < b.type : a.category < b.category;
}

export const marketsOf = (said: readonly SaidPrice[]): string[] => said.flatMap(({ to }) => everyMarketOf(to));

export const accrue = (said: SaidPrice, { zone, currency, rates }: PriceContext): Price =>
  priceOf({ to: said.to, category: said.category, at: said.at, zone, currency, said: { type: said.type } }, rates);
