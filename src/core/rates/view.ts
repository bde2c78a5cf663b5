/** A rate as callers see it, and the instant for which they ask. */
import { parseInstant } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { moneyOrNull } from '#lib/money.ts';
import { MaybeMoney, OneOf, Type } from '#lib/schema.ts';
import { CATEGORIES, type Rate } from './card.ts';

export const RateAnswer = Type.Object({
  market: Type.String(),
  category: OneOf(CATEGORIES),
  amount: MaybeMoney,
  effective_from: Type.String(),
  from_messages: Type.Integer({ description: 'Of a volume tier: from how many charged messages of the month on' }),
  source: Type.String(),
  origin: OneOf(['built_in', 'imported']),
});

export const viewRate = (rate: Rate) => ({
  market: rate.market,
  category: rate.category,
  amount: moneyOrNull(rate.micros, rate.currency),
  effective_from: rate.effectiveFrom,
  from_messages: rate.tierFrom,
  source: rate.source,
  origin: rate.importedAt === undefined ? 'built_in' : 'imported',
});

export const exampleRate = {
  market: 'Romania',
  category: 'utility',
  amount: { amount_micros: 23_900, currency: 'EUR' },
  effective_from: '2026-07-01',
  from_messages: 0,
  source: 'Meta’s EUR rate card, effective 2026-07-01, from a public copy',
  origin: 'built_in',
} as const;

export const AtQuery = Type.Optional(
  Type.String({ maxLength: 40, description: 'An instant with its offset; now without it' }),
);
export const instantOf = (text: string | undefined, now: number): number => {
  const instant = text === undefined ? now : parseInstant(text);
  if (instant === undefined) throw invalidField('at', 'give an instant with its offset, such as 2026-11-21T08:00:00Z');
  return instant;
};
