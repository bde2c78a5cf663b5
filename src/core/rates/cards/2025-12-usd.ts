import type { Card } from '../card.ts';

export const usd2025December: Card = {
  currency: 'USD',
  effectiveFrom: '2025-12-01',
  source: 'Aircall’s page “Meta template rate”, December 2025',
  lines: [['Rest of Asia Pacific', '0.0732', '0.0113', '0.0113']],
};
