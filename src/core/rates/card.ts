/** Rate cards as data: a row is what one message of a category costs in a market from a day on, in one currency. */

export const CATEGORIES = [
  'marketing',
  'utility',
  'authentication',
  'authentication-international',
  'service',
] as const;
export type Category = (typeof CATEGORIES)[number];

export interface Rate {
  market: string;
  currency: string;
  category: Category;
  /** The day from which it holds, on the account's own calendar. */
  effectiveFrom: string;
  /** From how many charged messages of the month on. Above zero only where the provider grants volume tiers. */
  tierFrom: number;
  micros: number;
  source: string;
  /** Absent for what the program brings along. */
  importedAt?: number;
}

/** Of a market that has one: marketing, utility, authentication, international authentication. As printed. */
export type CardLine = readonly [
  market: string,
  marketing: string,
  utility: string,
  authentication: string,
  international?: string,
];

/** What one file of `cards/` holds: figures that stood together, with where they stood. */
export interface Card {
  currency: string;
  effectiveFrom: string;
  source: string;
  lines: readonly CardLine[];
}

/**
 * The row that holds on a day: a tenant's own before those that the program brings, which may be older or another
 * contract's; among these the latest, and of its tiers the highest that is reached.
 */
export function rateOn(
  rates: readonly Rate[],
  asked: { market: string; category: Category; currency: string; day: string; volume: number },
): Rate | undefined {
  const fitting = rates.filter(
    rate =>
      rate.market === asked.market &&
      rate.category === asked.category &&
      rate.currency === asked.currency &&
      rate.effectiveFrom <= asked.day &&
      rate.tierFrom <= asked.volume,
  );
  const own = fitting.filter(rate => rate.importedAt !== undefined);
  const pool = own.length > 0 ? own : fitting;
  // Days written as ISO 8601 sort as they follow each other.
  const latest = pool
    .map(rate => rate.effectiveFrom)
    .sort()
    .at(-1);
  return pool.filter(rate => rate.effectiveFrom === latest).sort((a, b) => b.tierFrom - a.tierFrom)[0];
}
