/** Fields about people and conversations beside `messages`: preferences, history, echoes, calls, groups, routing. */
import type { Fields } from '../fields.ts';
import type { Example, Scene } from './example.ts';

const of = (field: string, example: string, says: string, value: (scene: Scene) => Fields): Example => ({
  field,
  example,
  says,
  value: scene => ({ messaging_product: 'whatsapp', metadata: scene.metadata, ...value(scene) }),
});
const guess = (one: Example): Example => ({ ...one, guessed: true });

const person = ({ phone, waId, userId }: Scene): Fields => ({
  contacts: [{ profile: { name: phone.name }, wa_id: waId, user_id: userId }],
});
const SWITCH: Readonly<Record<string, boolean>> = { stop: true, resume: false };
const preference = (example: string, says: string, rest: Fields, hidden = false): Example => ({
  ...of('user_preferences', example, says, scene => ({
    ...person(scene),
    user_preferences: [
      {
        ...(hidden ? {} : { wa_id: scene.waId }),
        user_id: scene.userId,
        detail: 'An example of the sandbox',
        category: 'marketing_messages',
        // An integer here, unlike every timestamp of a message.
        timestamp: scene.now,
        ...rest,
      },
    ],
  })),
  ...(rest['category'] === undefined && String(rest['value']) in SWITCH
    ? { stops: SWITCH[String(rest['value'])] === true }
    : {}),
});
const message = ({ waId, now, world }: Scene): Fields => ({
  from: waId,
  id: `wamid.example.${Math.floor(world.random() * 1e9)}`,
  timestamp: String(now),
  type: 'text',
  text: { body: 'An example of the sandbox' },
});
const echo = (scene: Scene): Fields => ({ message_echoes: [{ ...message(scene), from: scene.ours, to: scene.waId }] });
const group = (field: string, rest: Fields): Example =>
  of(field, String(rest['type'] ?? 'status'), 'a group', ({ now }) => ({
    groups: [
      { timestamp: String(now), group_id: 'Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD', ...rest },
    ],
  }));

export const CONVERSATION_EXAMPLES: readonly Example[] = [
  preference('stop', 'no marketing any more', { value: 'stop' }),
  preference('resume', 'marketing again', { value: 'resume' }),
  preference('signup', 'signed up inside the app', { value: 'signup', signup_id: '1234567890' }),
  preference('stop hidden', 'by somebody who hides the number', { value: 'stop' }, true),
  preference('resume hidden', 'and again', { value: 'resume' }, true),
  preference('other category', 'of something that is no marketing', { value: 'stop', category: 'service_messages' }),
  of('history', 'chunk', 'what the business app had before', scene => ({
    history: [
      {
        metadata: { phase: 0, chunk_order: 1, progress: 55 },
        threads: [{ id: scene.waId, messages: [{ ...message(scene), history_context: { status: 'READ' } }] }],
      },
    ],
  })),
  of('history', 'declined', 'and will not be shared', () => ({
    history: [
      {
        errors: [
          {
            code: 2593109,
            title: 'History sync is turned off by the business',
            message: 'History sync is turned off by the business',
          },
        ],
      },
    ],
  })),
  of('smb_message_echoes', 'text', 'sent with the business app', echo),
  of('message_echoes', 'text', 'sent by another partner', echo),
  of('smb_app_state_sync', 'add', 'a contact of the business app', ({ waId, now }) => ({
    state_sync: [
      {
        type: 'contact',
        contact: { full_name: 'Ana Pop', first_name: 'Ana', phone_number: waId },
        action: 'add',
        metadata: { timestamp: String(now) },
      },
    ],
  })),
  of('smb_app_state_sync', 'remove', 'and gone', ({ waId, now }) => ({
    state_sync: [
      { type: 'contact', contact: { phone_number: waId }, action: 'remove', metadata: { timestamp: String(now) } },
    ],
  })),
  guess(
    of('standby', 'messages', 'what another partner answers: no message to us', scene => ({
      ...person(scene),
      messages: [message(scene)],
    })),
  ),
  guess(
    of('messaging_handovers', 'taken', 'somebody else owns the conversation', scene => ({
      ...person(scene),
      messaging_handovers: [
        { type: 'thread_control_taken', timestamp: String(scene.now), previous_owner: 'app', new_owner: 'partner' },
      ],
    })),
  ),
  guess(
    of('calls', 'connect', 'the person calls', ({ waId, ours, now }) => ({
      calls: [
        {
          id: 'wacid.example',
          from: waId,
          to: ours,
          event: 'connect',
          timestamp: String(now),
          direction: 'USER_INITIATED',
          session: { sdp_type: 'offer', sdp: 'v=0' },
        },
      ],
    })),
  ),
  guess(
    of('calls', 'terminate', 'and hangs up', ({ waId, ours, now }) => ({
      calls: [
        {
          id: 'wacid.example',
          from: waId,
          to: ours,
          event: 'terminate',
          timestamp: String(now),
          direction: 'USER_INITIATED',
          status: 'COMPLETED',
          duration: 12,
        },
      ],
    })),
  ),
  guess(group('group_lifecycle_update', { type: 'group_create', subject: 'Choir' })),
  guess(
    group('group_participants_update', {
      type: 'group_participants_add',
      added_participants: [{ wa_id: '40712345698' }],
    }),
  ),
  guess(
    group('group_settings_update', {
      type: 'group_settings_update',
      group_subject: { text: 'Choir', update_successful: true },
    }),
  ),
  guess(group('group_status_update', { type: 'group_suspend' })),
  guess(
    of('automatic_events', 'lead', 'Meta takes a chat for a lead', ({ now }) => ({
      automatic_events: [{ id: 'wamid.example', event_name: 'LeadSubmitted', timestamp: now, ctwa_clid: 'clid' }],
    })),
  ),
  guess(
    of('tracking_events', 'event', 'a measured step', ({ now }) => ({
      tracking_events: [{ event_name: 'view', timestamp: now, tracking_data: { click_id: 'clk-1' } }],
    })),
  ),
  guess({
    field: 'flows',
    example: 'status',
    says: 'a form was published',
    value: () => ({
      event: 'FLOW_STATUS_CHANGE',
      message: 'Flow Webhook 1',
      flow_id: '6627390910605886',
      old_status: 'DRAFT',
      new_status: 'PUBLISHED',
    }),
  }),
  guess({
    field: 'flows',
    example: 'endpoint',
    says: 'its endpoint fails',
    value: () => ({
      event: 'ENDPOINT_ERROR_RATE',
      message: 'Flow Webhook 2',
      flow_id: '6627390910605886',
      error_rate: 14.28,
      threshold: 10,
      alert_state: 'ACTIVATED',
    }),
  }),
];
