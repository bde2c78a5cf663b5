import type { Vertical } from '#core/vertical.ts';
import { confirmRoute } from './confirm.ts';
import { starterTemplates } from './templates.ts';

export const events: Vertical = { id: 'events', routes: [confirmRoute], templates: starterTemplates };
