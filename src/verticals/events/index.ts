/**
 * Events and ticketing. It knows what an order and an event are; whether a message may be sent, when and how often is
 * the core's to say. It has no tables of its own: an order lives in the caller's shop.
 */
import type { Vertical } from '#core/vertical.ts';
import { confirmRoute } from './confirm.ts';
import { starterTemplates } from './templates.ts';

export const events: Vertical = { id: 'events', routes: [confirmRoute], templates: starterTemplates };
