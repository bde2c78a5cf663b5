import type { Provider } from '#core/provider.ts';
import { send } from './send.ts';
import { templateAdmin } from './template-admin.ts';
import { submitTemplate } from './templates.ts';
import { webhook } from './webhook.ts';

/** The whole adapter: each part translates one thing, and none of them knows another. */
export const meta: Provider = {
  id: 'meta',
  channel: 'whatsapp',
  capabilities: {
    idempotency: 'none',
    correlation: 'echo',
    lookup: 'none',
    webhookRetrySeconds: 7 * 24 * 3600,
    presentation: 'not-replaceable',
    templates: true,
    templateSamples: 'uploaded',
    window: true,
    rates: true,
  },
  send,
  submitTemplate,
  templateAdmin,
  webhook,
};
