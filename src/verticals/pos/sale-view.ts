/** A sale as callers see it, and whether what a till says again is what it said before. */

import { iso, isoOrNull } from '#lib/clock.ts';
import { canonicalJson } from '#lib/hmac.ts';
import { publicId } from '#lib/id.ts';
import { Nullable, OneOf, Type } from '#lib/schema.ts';
import type { Customer, Purchase } from './purchase.ts';
import { purchaseOfSale, type Sale } from './receipts.ts';

const maybe = Nullable(Type.String());

const summary = {
  id: Type.String(),
  transaction_id: Type.String(),
  status: OneOf(['open', 'completed']),
  store_name: Type.String(),
  contact_id: maybe,
  total: Type.Object({ amount_micros: Type.Integer(), currency: Type.String() }),
  payment_method: Type.String(),
  date: Type.String(),
  created_at: Type.String(),
  completed_at: maybe,
  receipt: Type.Object({
    status: OneOf(['none', 'wanted', 'asked', 'refused']),
    message_id: maybe,
    reason: maybe,
  }),
};

export const SaleAnswer = Type.Object(summary);
export const SaleDetailAnswer = Type.Object({
  ...summary,
  customer: Nullable(Type.Object({ phone: Type.String(), name: maybe, customer_id: maybe, locale: maybe })),
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      quantity: Type.Number(),
      price: Type.Object({ amount_micros: Type.Integer() }),
    }),
  ),
  receipt_url: maybe,
});

/** Without what names the person: answers are kept under an Idempotency-Key, and an erasure does not look there. */
export const viewSale = (sale: Sale) => ({
  id: publicId('sale', sale.id),
  transaction_id: sale.transaction_id,
  status: sale.status,
  store_name: sale.store_name,
  contact_id: sale.contact_id === null ? null : publicId('contact', sale.contact_id),
  total: { amount_micros: sale.total_micros, currency: sale.currency },
  payment_method: sale.payment_method,
  date: iso(sale.sold_at),
  created_at: iso(sale.created_at),
  completed_at: isoOrNull(sale.completed_at),
  receipt: {
    status: sale.receipt,
    message_id: sale.receipt_message_id === null ? null : publicId('message', sale.receipt_message_id),
    reason: sale.receipt_reason,
  },
});

export const viewSaleDetail = (sale: Sale) => ({
  ...viewSale(sale),
  customer:
    sale.phone === null
      ? null
      : { phone: sale.phone, name: null, customer_id: null, locale: null, ...(sale.customer ?? {}) },
  items: sale.items.map(({ name, quantity, price_micros }) => ({
    name,
    quantity,
    price: { amount_micros: price_micros },
  })),
  receipt_url: sale.receipt_url,
});

export interface SaidSale {
  purchase: Purchase;
  /** Without it the moment of the first saying counts, which is not said again. */
  dated: boolean;
  phone: string | null;
  customer: Customer | null;
}

/** Of a sale whose customer was erased only what is left is compared: the till still holds what we no longer do. */
export function isSameSale(sale: Sale, said: SaidSale): boolean {
  const erased = sale.contact_id !== null && sale.phone === null;
  const told = ({ soldAt, items, receiptUrl, ...rest }: Purchase, phone: string | null, customer: Customer | null) =>
    canonicalJson({
      ...rest,
      ...(said.dated ? { soldAt } : {}),
      ...(erased ? {} : { items, receiptUrl, phone, customer }),
    });
  return told(purchaseOfSale(sale), sale.phone, sale.customer) === told(said.purchase, said.phone, said.customer);
}

const EXAMPLE_ID = 'sal_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b';

export const exampleSale = {
  id: EXAMPLE_ID,
  transaction_id: 'T-1001',
  status: 'open',
  store_name: 'Cafeneaua Veche',
  contact_id: 'ctc_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
  total: { amount_micros: 61_000_000, currency: 'RON' },
  payment_method: 'card',
  date: '2026-11-21T08:30:00.000Z',
  created_at: '2026-11-21T08:30:00.000Z',
  completed_at: null,
  receipt: { status: 'none', message_id: null, reason: null },
};
