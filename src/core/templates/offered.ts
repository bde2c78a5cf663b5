/** Which variables a purpose brings by itself, and what they look like to a reviewer. Pure. */

const NAMES = ['first_name', 'last_name'] as const;
// biome-ignore format: a list
const EVENT = [
  'order_id', 'total', 'currency', 'tickets', 'download_url', 'event_name', 'event_date', 'event_time', 'venue',
] as const;

/** Purposes that are not here are filled by whoever calls: of their variables nobody can say that they stay empty. */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  order_confirm: [...NAMES, ...EVENT],
  reminder: [...NAMES, ...EVENT],
  announcement: [...NAMES, ...EVENT],
  emergency: [...NAMES, ...EVENT],
  otp: ['code'],
};

export const offeredBy = (purpose: string): readonly string[] | undefined => OFFERED[purpose];

/** So that a plain template needs no samples of its caller's. */
const SAMPLES: Readonly<Record<string, string>> = {
  first_name: 'Ana',
  last_name: 'Popescu',
  order_id: 'A-1001',
  total: '149.50 RON',
  currency: 'RON',
  tickets: '2',
  download_url: 'https://tickets.example/A-1001',
  event_name: 'Autumn Concert',
  event_date: '28 November 2026',
  event_time: '20:00',
  venue: 'Sala Palatului',
  code: '123456',
};

export const knownSample = (name: string): string | undefined => SAMPLES[name];
