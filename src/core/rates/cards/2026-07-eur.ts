import type { Card } from '../card.ts';

export const eur2026July: Card = {
  currency: 'EUR',
  effectiveFrom: '2026-07-01',
  source: 'Meta’s EUR rate card, effective 2026-07-01, from a public copy',
  lines: [
    ['Romania', '0.0712', '0.0239', '0.0239'],
    ['Poland', '0.0303', '0.0101', '0.0101'],
    ['Hungary', '0.0712', '0.0289', '0.0289'],
    ['Germany', '0.1131', '0.0456', '0.0456'],
    ['France', '0.0712', '0.0248', '0.0248'],
    ['Italy', '0.0658', '0.0248', '0.0248'],
    ['Netherlands', '0.1323', '0.0414', '0.0414'],
    ['Spain', '0.0585', '0.0166', '0.0166'],
    ['Peru', '0.0582', '0.0166', '0.0166'],
    ['Rest of Western Europe', '0.0490', '0.0142', '0.0142'],
    ['Rest of Central & Eastern Europe', '0.0712', '0.0175', '0.0175'],
    ['Rest of Latin America', '0.0612', '0.0094', '0.0094'],
  ],
};
