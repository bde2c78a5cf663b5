import type { Card } from '../card.ts';

const source = 'Meta’s rate card of 2026-10-01, read on 2026-10-10 by a third party from the official CSV';

export const usd2026October: Card = {
  currency: 'USD',
  effectiveFrom: '2026-10-01',
  source,
  lines: [['India', '0.0118', '0.0014', '0.0014', '0.0304']],
};

export const inr2026October: Card = {
  currency: 'INR',
  effectiveFrom: '2026-10-01',
  source,
  lines: [['India', '0.8631', '0.1150', '0.1150', '2.4971']],
};
