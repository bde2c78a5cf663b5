/** Valid requests with what a test does not care about filled in. */
import type { SendCommand } from '#core/index.ts';

/** Later than the harness's clock, so that nothing about it is over. */
export const event = {
  id: 'E-1',
  name: 'Autumn Concert',
  starts_at: '2026-11-28T20:00:00+02:00',
  timezone: 'Europe/Bucharest',
};

/** The smallest order that is taken; `changes` go over it part by part. */
export function confirmation(
  changes: { order?: object; customer?: object; event?: object; [name: string]: unknown } = {},
) {
  const { order, customer, event: other, ...rest } = changes;
  return {
    order: { id: 'A-1', total: 149.5, currency: 'RON', ...order },
    event: { ...event, ...other },
    customer: { phone: '+40712345678', first_name: 'Ana', ...customer },
    ...rest,
  };
}

export const optIn = (phone: string, changes: object = {}) => ({
  phone,
  status: 'opt_in',
  source: 'checkout',
  text: 'Send me my tickets on WhatsApp',
  ...changes,
});

/** What the core is asked for behind the routes: any purpose, with the one template that the harness has approved. */
export const command = (phone: string, changes: Partial<SendCommand> = {}): SendCommand => ({
  to: phone as SendCommand['to'],
  purpose: 'order_confirm',
  origin: 'test',
  content: {
    kind: 'template',
    name: 'order_confirm',
    variables: () => ({ order_id: 'A-1', first_name: 'Ana' }),
  },
  optIn: { actor: 'test', source: 'checkout', text: 'Send me my tickets on WhatsApp', purposes: ['transactional'] },
  ...changes,
});

/** `+40700000000` and on: as many different people as a test wants. */
export const phoneOf = (index: number): string => `+4070${String(1_000_000 + index).slice(0, 7)}`;

/** A sale, or with `date` a receipt, as a till says it. */
export function saleOf(id: string, phone: string, changes: { customer?: object; [name: string]: unknown } = {}) {
  const { customer, ...rest } = changes;
  return {
    transaction_id: id,
    store_name: 'Cafeneaua Veche',
    customer: {
      phone,
      name: 'Ana Pop',
      locale: 'ro',
      opt_in: { source: 'till', text: 'Bon pe WhatsApp?' },
      ...customer,
    },
    date: '2026-11-21T22:30:00Z',
    items: [
      { name: 'Espresso', quantity: 2, price: 9.5 },
      { name: 'Cozonac', quantity: 1, price: '42.00' },
    ],
    total: 1061,
    currency: 'RON',
    payment_method: 'card',
    ...rest,
  };
}
