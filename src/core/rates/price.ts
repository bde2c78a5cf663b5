/**
 * What one message costs. Pure: the question, the rows that may answer it, and either an amount with the rule and the row
 * it comes from, or a sentence that says why nobody knows. The same function estimates, where we guess whether a window
 * will be open, and accrues, where the provider has said what it charges for.
 */
import type { Instant } from '#lib/clock.ts';
import { localDay } from '#lib/zone.ts';
import { BUILT_IN } from './built-in.ts';
import { CATEGORIES, type Category, type Rate, rateOn } from './card.ts';
import { FIRST_DAY, marketOf } from './market.ts';

/** From that day replies are charged beyond a monthly allowance, and utility templates inside the window too. */
export const SERVICE_CHARGED_FROM = '2026-10-01';
/** Delivered replies of one number in one month of the account's calendar. */
export const SERVICE_ALLOWANCE = 1_000;

export interface PriceQuestion {
  /** A number with its plus, or a scoped id. */
  to: string;
  category: string;
  at: Instant;
  /** The account's: its calendar decides which day it is, and so which card holds. */
  zone: string;
  /** The account's billing currency. Nothing is converted into it. */
  currency: string | null;
  /** What the provider said of this very message. Then none of the guesses below is asked. */
  said?: { type: string };
  windowOpen?: boolean;
  /** The person came by an ad or a page and was answered in time: for 72 hours everything is free. */
  entryPoint?: boolean;
  /** Free replies left this month, for forecasts only: the provider counts for itself and says so in its receipts. */
  allowanceLeft?: number;
  /** Charged messages of this category and market so far this month. */
  volume?: number;
}

export interface KnownPrice {
  kind: 'known';
  micros: number;
  currency: string;
  market: string;
  category: Category | string;
  rule: string;
  /** The row; a free message has none. */
  rate: Rate | undefined;
}

export interface UnknownPrice {
  kind: 'unknown';
  market: string;
  category: string;
  /** What to do about it. */
  reason: string;
}

export type Price = KnownPrice | UnknownPrice;

/** Free as long as the month's allowance lasts. */
const FREE_REPLY = 'free_customer_service';
export const isFreeReply = (price: Price | undefined): boolean =>
  price?.kind === 'known' && price.category === 'service' && price.rule === FREE_REPLY;

const ALIASES: Readonly<Record<string, Category>> = {
  // The optimised delivery of the same templates, at the same rate.
  marketing_lite: 'marketing',
  marketing_lite_dynamic: 'marketing',
  authentication_international: 'authentication-international',
};

export const readCategory = (text: string): Category | undefined =>
  ALIASES[text] ?? CATEGORIES.find(category => category === text.toLowerCase());

/** `free_customer_service`, `free_entry_point`, and whatever free ones come; `paid_exempt` is a subtype. */
const isFree = (type: string): boolean => type.startsWith('free') || type === 'paid_exempt';

export const priceOf = ({ to, ...question }: PriceQuestion, own: readonly Rate[] = []): Price =>
  priceIn(marketOf(to, localDay(question.at, question.zone)), question, own);

/** The same where the market is known already: stored with a message, or asked for by its name. */
export function priceIn(market: string, question: Omit<PriceQuestion, 'to'>, own: readonly Rate[] = []): Price {
  const { currency, zone } = question;
  const day = localDay(question.at, zone);
  const category = readCategory(question.category);
  const unknown = (reason: string): UnknownPrice => ({ kind: 'unknown', market, category: question.category, reason });
  if (currency === null)
    return unknown('the billing currency of the account is not set: name it as `currency` in the settings');
  if (day < FIRST_DAY) return unknown(`before ${FIRST_DAY} conversations were charged, and not messages`);
  const known = (micros: number, rule: string, rate?: Rate): KnownPrice => ({
    kind: 'known',
    micros,
    currency,
    market,
    category: category ?? question.category,
    rule,
    rate,
  });
  const free = freeRule(question, category, day);
  if (free !== undefined) return known(0, free);
  if (category === undefined) return unknown(`no rate card has the category ${question.category}`);
  // Receipts name no tier, so that what is booked is the list price; a bill may be lower.
  const volume = question.volume ?? 0;
  const rates = [...own, ...BUILT_IN];
  const row = (wanted: Category) => rateOn(rates, { market, category: wanted, currency, day, volume });
  const rate = row(category);
  if (rate) return known(rate.micros, 'rate', rate);
  // A card that lists no price of its own for replies charges them like utility templates, and without tiers.
  const utility =
    category === 'service' ? rateOn(rates, { market, category: 'utility', currency, day, volume: 0 }) : undefined;
  if (utility) return known(utility.micros, 'service_at_utility_rate', utility);
  return unknown(
    `no ${currency} rate of ${category} for ${market} on ${day}: import the provider’s ${currency} rate card`,
  );
}

/** Why it costs nothing, or undefined. What the provider has said of a message goes before all that is known of windows. */
function freeRule(
  question: Omit<PriceQuestion, 'to'>,
  category: Category | undefined,
  day: string,
): string | undefined {
  const { said } = question;
  if (said && isFree(said.type)) return said.type;
  const charged = day >= SERVICE_CHARGED_FROM;
  if (category === 'service' && !charged) return 'service_was_free';
  if (said) return undefined;
  if (question.entryPoint) return 'free_entry_point';
  if (category === 'utility' && question.windowOpen && !charged) return FREE_REPLY;
  return category === 'service' && (question.allowanceLeft ?? 0) > 0 ? FREE_REPLY : undefined;
}
