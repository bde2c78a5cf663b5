/**
 * What the program knows of prices by itself: figures that stood in a public copy of the provider's own cards, in the
 * currency in which they stood there, each with its day and source. Not complete and never converted: for what is missing
 * the price is unknown until the tenant imports the official card. The copies that were mere inferences are left out.
 */
import { parseMicros } from '#lib/money.ts';
import { CATEGORIES, type Card, type Rate } from './card.ts';
import { usd2025December } from './cards/2025-12-usd.ts';
import { eur2026July } from './cards/2026-07-eur.ts';
import { aed2026October } from './cards/2026-10-aed.ts';
import { inr2026October, usd2026October } from './cards/2026-10-india.ts';

const CARDS: readonly Card[] = [usd2025December, eur2026July, aed2026October, usd2026October, inr2026October];

export const BUILT_IN: readonly Rate[] = CARDS.flatMap(({ currency, effectiveFrom, source, lines }) =>
  lines.flatMap(([market, ...prices]) =>
    prices.flatMap((price, index) => {
      const micros = price === undefined ? undefined : parseMicros(price);
      if (micros === undefined) return [];
      return [{ market, currency, category: CATEGORIES[index]!, effectiveFrom, tierFrom: 0, micros, source }];
    }),
  ),
);
