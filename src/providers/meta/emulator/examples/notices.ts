/** What comes by the field `messages` and is nobody's message: changes of people, clicks, errors. */
import type { Fields } from '../fields.ts';
import { type Example, failure, type Scene } from './example.ts';

/** Of people who are on no phone here: what has really happened to one is `change-number` of that phone. */
const system = (example: string, says: string, fields: Fields, item: Fields = { from: '40712345691' }): Example => ({
  field: 'messages',
  example,
  says,
  value: ({ metadata, now, world }) => ({
    messaging_product: 'whatsapp',
    metadata,
    messages: [
      {
        ...item,
        id: `wamid.system.${Math.floor(world.random() * 1e9)}`,
        timestamp: String(now),
        type: 'system',
        system: fields,
      },
    ],
  }),
});
const BEFORE = 'RO.1000000000000000001';
const AFTER = 'RO.1000000000000000002';

const SYSTEM = [
  system('user_changed_number', 'another number', {
    body: 'User changed',
    type: 'user_changed_number',
    wa_id: '40712345692',
    user_id: AFTER,
    previous_user_id: BEFORE,
  }),
  system(
    'user_changed_user_id',
    'another scoped id',
    { body: 'User changed', type: 'user_changed_user_id', user_id: AFTER, previous_user_id: BEFORE },
    {},
  ),
  system(
    'user_changed_user_id by number',
    'as in Meta’s example: no previous_user_id',
    { body: 'User changed', type: 'user_changed_user_id', wa_id: '40712345694', user_id: 'RO.1000000000000000004' },
    { from: '40712345693' },
  ),
  system(
    'customer_changed_number',
    'as before 2026',
    { body: 'User A changed', type: 'customer_changed_number', new_wa_id: '40712345696' },
    { from: '40712345695' },
  ),
  system('user_identity_changed', 'their phone is another one', {
    body: 'Identity changed',
    type: 'user_identity_changed',
    user_id: BEFORE,
  }),
  system(
    'customer_identity_changed',
    'as before 2026',
    { body: 'Identity changed', type: 'customer_identity_changed', wa_id: '40712345697' },
    { from: '40712345697', identity: { acknowledged: true, created_timestamp: 1_795_250_000, hash: 'DF2lS5v2W6x=' } },
  ),
];

const clicked = (example: string, says: string, action: (scene: Scene) => Fields): Example => ({
  field: 'messages',
  example,
  says,
  value: scene => ({
    messaging_product: 'whatsapp',
    metadata: scene.metadata,
    user_actions: [{ timestamp: String(scene.now), ...action(scene) }],
  }),
});

const ACTIONS = [
  clicked('link click', 'a link of a marketing message was opened', () => ({
    action_type: 'marketing_messages_link_click',
    marketing_messages_link_click_data: {
      click_component: 'CTA',
      click_id: 'clk-1',
      tracking_token: 'trk-1',
      client_user_agent: 'WhatsApp/2.26',
    },
  })),
  clicked('landing page view', 'and its page was seen', () => ({
    action_type: 'landing_page_view',
    landing_page_view_data: { click_id: 'clk-1', tracking_token: 'trk-1' },
  })),
];

export const NOTICE_EXAMPLES: readonly Example[] = [
  ...SYSTEM,
  ...ACTIONS,
  {
    field: 'messages',
    example: 'errors',
    says: 'errors alone',
    value: ({ metadata }) => ({
      messaging_product: 'whatsapp',
      metadata,
      errors: [failure(130429, 'Rate limit hit', 'An example of the sandbox')],
    }),
  },
];
