/** A purchase, and how its receipt reads. Pure. */
import type { SendCommand } from '#core/index.ts';
import type { Instant } from '#lib/clock.ts';
import { formatMicros, formatMoney, formatQuantity } from '#lib/money.ts';
import { formatDate, formatTime } from '#lib/zone.ts';

/** As it lies in the table's `items`. */
export interface Item {
  name: string;
  quantity: number;
  price_micros: number;
}

export interface Purchase {
  transactionId: string;
  storeName: string;
  items: readonly Item[];
  totalMicros: number;
  currency: string;
  paymentMethod: string;
  receiptUrl: string | null;
  soldAt: Instant;
}

/** Beside the phone; as it lies in the table's `customer`. */
export interface Customer {
  name?: string;
  customer_id?: string;
  locale?: string;
}

/** The whole message may have 1,024 characters, of which a template needs its own. */
const LINE_LENGTH = 300;
const NAME_LENGTH = 60;
/**
 * What turns the text around it, or hides in it; not the joiners, without which Hindi and Persian are spelt wrongly. Line
 * breaks are folded for all templates alike.
 */
const INVISIBLE = /(?:\p{Cc}|(?![\u200c\u200d])\p{Cf})+/gu;

/** "2 × Espresso, Cozonac", or "… +12" at its end: one line, since a variable may hold no more. */
export function itemsLine(items: readonly Item[], language: string): string {
  const names = items.map(({ name, quantity }) => {
    // Never empty: a variable that is not filled would refuse the whole receipt.
    const letters = [...(name.replace(INVISIBLE, ' ').trim() || '…')];
    const short = letters.length > NAME_LENGTH ? `${letters.slice(0, NAME_LENGTH - 1).join('')}…` : letters.join('');
    return quantity === 1 ? short : `${formatQuantity(quantity, language)} × ${short}`;
  });
  let line = names[0]!;
  let shown = 1;
  while (shown < names.length && line.length + names[shown]!.length < LINE_LENGTH) {
    line += `, ${names[shown]}`;
    shown += 1;
  }
  return shown < names.length ? `${line} … +${formatQuantity(names.length - shown, language)}` : line;
}

/** Pieces. What was weighed is one, whatever it weighs. */
const countItems = (items: readonly Item[]): number =>
  items.reduce((sum, { quantity }) => sum + (Number.isInteger(quantity) ? quantity : 1), 0);

/** All that a template may want, written as the reader of that language writes amounts, dates and hours. */
export function receiptVariables(
  purchase: Purchase,
  customer: Customer,
  zone: string,
  language: string,
): Record<string, string> {
  const { items, totalMicros, currency, soldAt } = purchase;
  return {
    store_name: purchase.storeName,
    transaction_id: purchase.transactionId,
    date: formatDate(soldAt, zone, language),
    time: formatTime(soldAt, zone, language),
    items_count: formatQuantity(countItems(items), language),
    items: itemsLine(items, language),
    // With its currency, and without for texts that have a sign of their own in front.
    total: formatMoney(totalMicros, currency, language),
    total_amount: formatMicros(totalMicros, currency, language),
    currency,
    payment_method: purchase.paymentMethod,
    ...(purchase.receiptUrl === null ? {} : { receipt_url: purchase.receiptUrl }),
    ...(customer.name === undefined ? {} : { customer_name: customer.name }),
    ...(customer.customer_id === undefined ? {} : { customer_id: customer.customer_id }),
  };
}

/** The first word and the rest: a till has one field for a name, and templates greet by the first. */
export function personOf({ name, locale }: Customer): NonNullable<SendCommand['person']> {
  const [firstName, ...rest] = name?.trim().split(/\s+/) ?? [];
  return { firstName: firstName || undefined, lastName: rest.join(' ') || undefined, locale };
}

/** One receipt of a purchase for each person, whichever of the two addresses asks for it. */
export const receiptCommand = (
  purchase: Purchase,
  customer: Customer,
  { to, zone, origin }: { to: SendCommand['to']; zone: string; origin: string },
): SendCommand => ({
  to,
  purpose: 'receipt',
  reference: purchase.transactionId,
  origin,
  // Written once the language is chosen, which the core does.
  content: { kind: 'template', variables: language => receiptVariables(purchase, customer, zone, language) },
  person: personOf(customer),
});
