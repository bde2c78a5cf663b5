/** The receipt that a fresh sandbox begins with, in the two languages that come first. */
import type { StarterTemplate } from '#core/vertical.ts';

/**
 * Without a name, which a till does not always know: a variable that is not filled refuses the whole message. And with words
 * enough: the platform refuses a text that has too few of them for its variables.
 */
const samples = {
  store_name: 'Old Café',
  date: '21 November 2026',
  items: '2 × Espresso, Sweet bread',
  total: 'RON 61.00',
  payment_method: 'card',
  transaction_id: 'T-1001',
};

export const starterTemplates: readonly StarterTemplate[] = [
  {
    name: 'pos_receipt',
    language: 'en',
    purpose: 'receipt',
    header: null,
    body: 'Here is your receipt from *{store_name}* of {date}.\n\nYou bought: {items}\n\nTotal: *{total}*, paid by {payment_method}\nReceipt number {transaction_id}\n\nWe look forward to seeing you again!',
    footer: 'Write STOP to get no more messages',
    samples,
  },
  {
    name: 'pos_receipt',
    language: 'ro',
    purpose: 'receipt',
    header: null,
    body: 'Acesta este bonul dumneavoastră de la *{store_name}* din {date}.\n\nAți cumpărat: {items}\n\nTotal: *{total}*, plătit cu {payment_method}\nBonul numărul {transaction_id}\n\nVă mulțumim și vă mai așteptăm!',
    footer: 'Scrieți STOP ca să nu mai primiți mesaje',
    samples: {
      ...samples,
      store_name: 'Cafeneaua Veche',
      date: '21 noiembrie 2026',
      items: '2 × Espresso, Cozonac',
      total: '61,00 RON',
    },
  },
];
