import type { Card } from '../card.ts';

export const aed2026October: Card = {
  currency: 'AED',
  effectiveFrom: '2026-10-01',
  source: 'Meta’s AED rate card, effective 2026-10-01, from the public data set tobachat/whatsapp-api-rates',
  lines: [
    ['Argentina', '0.2269', '0.0955', '0.0955'],
    ['Bangladesh', '0.2688', '0.0136', '0.0136', '0.3526'],
    ['Brazil', '0.2295', '0.0250', '0.0250'],
    ['Chile', '0.3264', '0.0734', '0.0734'],
    ['Colombia', '0.0459', '0.0029', '0.0029'],
    // It has an international rate, which the copy did not show: unknown, and not the domestic one.
    ['Egypt', '0.2364', '0.0132', '0.0132'],
  ],
};
