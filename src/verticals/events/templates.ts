/**
 * The texts that a fresh sandbox begins with, in the two languages that come first. A business writes its own; these
 * are there so that a newcomer's first call is answered with a message and not with a missing template.
 */
import type { StarterTemplate } from '#core/vertical.ts';

/** What the platform's reviewers are shown in the place of the variables. */
const samples = {
  first_name: 'Ana',
  order_id: 'A-1001',
  event_name: 'Autumn Concert',
  event_date: '28 November 2026',
  event_time: '20:00',
};

/** Five variables need sixteen words beside and with them: with fewer the platform refuses the text (2388293). */
export const starterTemplates: readonly StarterTemplate[] = [
  {
    name: 'order_confirm',
    language: 'en',
    purpose: 'order_confirm',
    header: null,
    body: 'Hi {first_name}, your order *{order_id}* is confirmed.\n\n*{event_name}*\n{event_date}, {event_time}\n\nWe look forward to seeing you!',
    // The way out stands in each of them: the word that the inbox understands.
    footer: 'Write STOP to get no more messages',
    samples,
  },
  {
    name: 'order_confirm',
    language: 'ro',
    purpose: 'order_confirm',
    header: null,
    body: 'Bună, {first_name}! Comanda *{order_id}* este confirmată.\n\n*{event_name}*\n{event_date}, {event_time}\n\nVă așteptăm cu drag și vă mulțumim!',
    footer: 'Scrieți STOP ca să nu mai primiți mesaje',
    samples: { ...samples, event_name: 'Concert de toamnă', event_date: '28 noiembrie 2026' },
  },
];
