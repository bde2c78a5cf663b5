/** The receipt that a fresh sandbox begins with, in the two languages that come first. */
import type { StarterTemplate } from '#core/vertical.ts';

/** Without a name, which a till does not always know: a variable that is not filled refuses the whole message. */
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
    body: 'Here is your receipt from *{store_name}*, {date}.\n\n{items}\n\nTotal: *{total}* ({payment_method})\nReceipt no. {transaction_id}\n\nSee you soon!',
    footer: 'Write STOP to get no more messages',
    samples,
  },
  {
    name: 'pos_receipt',
    language: 'ro',
    purpose: 'receipt',
    header: null,
    body: 'Bonul dumneavoastră de la *{store_name}*, {date}.\n\n{items}\n\nTotal: *{total}* ({payment_method})\nBon nr. {transaction_id}\n\nVă mai așteptăm!',
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
