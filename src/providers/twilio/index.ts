import type { Provider } from '#core/provider.ts';
import { lookUp } from './look-up.ts';
import { send } from './send.ts';
import { readTemplateStanding, submitTemplate } from './templates.ts';
import { webhook } from './webhook.ts';

export const twilio: Provider = {
  id: 'twilio',
  channel: 'whatsapp',
  capabilities: {
    idempotency: 'none',
    correlation: 'url',
    lookup: 'by-recipient',
    // Everything happens within fifteen seconds of the first try. What is parked waits by this number too, so a minute.
    webhookRetrySeconds: 60,
    presentation: 'not-replaceable',
    templates: true,
    templateSamples: 'fetched',
    window: true,
    // It adds a fee of its own to the platform's price, and its callbacks name neither (docs/explain/costs-through-twilio.md).
    rates: false,
  },
  send,
  lookUp,
  submitTemplate,
  readTemplateStanding,
  webhook,
};
