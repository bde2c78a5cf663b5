/** What a till says of a purchase, as a receipt to send or as a sale to keep: the same fields, looked at in one place. */
import { type Core, OptInBody, requirePhone } from '#core/index.ts';
import { parseInstant } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { isCurrency, toMicros } from '#lib/money.ts';
import type { Phone } from '#lib/phone.ts';
import { InstantText, LocaleText, PhoneText, Reference, type Static, Strict, Text, Type } from '#lib/schema.ts';
import type { Customer, Purchase } from './purchase.ts';

/** Nine digits before the point: beyond that micros leave the whole numbers that JSON can carry. */
const Amount = Type.Union(
  [
    Type.Number({ minimum: -9e9, maximum: 9e9 }),
    Type.String({ pattern: '^-?\\d{1,9}(\\.\\d{1,6})?$', examples: ['149.50'] }),
  ],
  { description: 'A number, or a decimal text with a point' },
);

const Item = Strict({
  name: Text(200),
  quantity: Type.Number({ exclusiveMinimum: 0, maximum: 1e6, description: 'Pieces, or a weight' }),
  // Below nothing too: a voucher and a returned bottle are lines as well.
  price: Amount,
});

const CustomerBody = Strict({
  phone: PhoneText,
  name: Type.Optional(Text(200)),
  customer_id: Type.Optional(Reference('The till’s own number of the customer')),
  locale: Type.Optional(LocaleText),
  // Recorded first, and also when the receipt is refused.
  opt_in: Type.Optional(OptInBody),
});
export type CustomerBody = Static<typeof CustomerBody>;

const purchase = {
  transaction_id: Reference('The business key: one sale, and one receipt for each person'),
  store_name: Text(100),
  items: Type.Array(Item, { minItems: 1, maxItems: 500 }),
  total: Amount,
  // By its shape here; whether there is such a currency is asked below, for the error to name it.
  currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
  payment_method: Text(60, 'As the person is to read it: card, cash'),
  receipt_url: Type.Optional(Type.String({ maxLength: 2_000, format: 'web-url' })),
};

export const ReceiptBody = Strict({
  ...purchase,
  customer: CustomerBody,
  date: InstantText,
  dry_run: Type.Optional(Type.Boolean()),
});

export const SaleBody = Strict({
  ...purchase,
  customer: Type.Optional(CustomerBody),
  date: Type.Optional(InstantText),
});

export const example = {
  transaction_id: 'T-1001',
  store_name: 'Cafeneaua Veche',
  customer: { phone: '+40712345678', name: 'Ana Pop', locale: 'ro' },
  date: '2026-11-21T10:30:00+02:00',
  items: [
    { name: 'Espresso', quantity: 2, price: 9.5 },
    { name: 'Cozonac', quantity: 1, price: 42 },
  ],
  total: 61,
  currency: 'RON',
  payment_method: 'card',
};

/** That the items make up the total is the till's to know: vouchers, tips and rounding are nowhere in the list. */
export function purchaseOf(body: Static<typeof SaleBody>, now: number): Purchase {
  if (!isCurrency(body.currency)) throw invalidField('currency', `${body.currency} is not a currency of ISO 4217`);
  return {
    // Tills number their sales by number or by text; 1001 and "1001" are the same sale.
    transactionId: String(body.transaction_id),
    storeName: body.store_name,
    items: body.items.map(({ name, quantity, price }) => ({ name, quantity, price_micros: toMicros(price) })),
    totalMicros: toMicros(body.total),
    currency: body.currency,
    paymentMethod: body.payment_method,
    receiptUrl: body.receipt_url ?? null,
    soldAt: body.date === undefined ? now : parseInstant(body.date)!,
  };
}

export const customerOf = ({ name, customer_id: id, locale }: CustomerBody): Customer => ({
  ...(name === undefined ? {} : { name }),
  ...(id === undefined ? {} : { customer_id: String(id) }),
  ...(locale === undefined ? {} : { locale }),
});

export const phoneOf = (core: Core, tenant: string, customer: CustomerBody): Promise<Phone> =>
  requirePhone(core, tenant, customer.phone, 'customer.phone');
