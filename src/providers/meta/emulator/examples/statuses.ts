/** What statuses may look like, of the latest message to the person. The phone and the ledger know nothing of them. */
import type { Fields } from '../fields.ts';
import type { Example, Scene } from './example.ts';

const PRICING = { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' };
const PARENT = 'RO.ENT.1000000000000000009';

type Made = { status: Fields; contacts?: 'none' };

const told = (example: string, says: string, make: (scene: Scene) => Made): Example => ({
  field: 'messages',
  example: `status ${example}`,
  says,
  value: scene => {
    const { status, contacts } = make(scene);
    const { metadata, phone, waId, userId, sent, now } = scene;
    const who =
      contacts === 'none' ? {} : { contacts: [{ profile: { name: phone.name }, wa_id: waId, user_id: userId }] };
    return {
      messaging_product: 'whatsapp',
      metadata,
      ...who,
      statuses: [{ id: sent, timestamp: String(now), ...status }],
    };
  },
});
const to = ({ waId, userId }: Scene): Fields => ({ recipient_id: waId, recipient_user_id: userId });
const FAILED = (code: number, title: string): Fields => ({
  status: 'failed',
  errors: [
    {
      code,
      title,
      message: title,
      error_data: { details: 'An example of the sandbox' },
      href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
    },
  ],
});

export const STATUS_EXAMPLES: readonly Example[] = [
  told('sent without pricing', 'as in Meta’s own example of v24', scene => ({
    status: { status: 'sent', ...to(scene) },
  })),
  told('sent with a conversation', 'as versions before v24, and entry windows, have it', scene => ({
    status: {
      status: 'sent',
      ...to(scene),
      pricing: { ...PRICING, type: 'free_entry_point', billable: false },
      conversation: {
        id: 'b3e6b2a1c5d84f7e9a0b1c2d3e4f5a6b',
        expiration_timestamp: String(scene.now + 86_400),
        origin: { type: 'referral_conversion' },
      },
    },
  })),
  told('delivered exempt', 'a business that pays nothing', scene => ({
    status: { status: 'delivered', ...to(scene), pricing: { ...PRICING, subtype: 'paid_exempt' } },
  })),
  told('delivered to a hidden number', 'recipient_id is missing', ({ userId }) => ({
    status: { status: 'delivered', recipient_user_id: userId, recipient_parent_user_id: PARENT, pricing: PRICING },
  })),
  told('delivered to a group', 'one of its people', scene => ({
    status: {
      status: 'delivered',
      ...to(scene),
      recipient_type: 'group',
      recipient_participant_id: scene.waId,
      pricing: { ...PRICING, type: 'free_group_customer_service', category: 'group_service', billable: false },
    },
  })),
  told('delivered of direct send', 'with the template that Meta chose', scene => ({
    status: { status: 'delivered', ...to(scene), template_id: '2001234567890123', pricing: PRICING },
  })),
  told('read first', 'without a delivered before it', scene => ({ status: { status: 'read', ...to(scene) } })),
  told('played', 'a voice note, for the first time', scene => ({ status: { status: 'played', ...to(scene) } })),
  told('of an unknown message', 'nobody has sent it', scene => ({
    status: { id: `wamid.unknown.${Math.floor(scene.world.random() * 1e9)}`, status: 'delivered', ...to(scene) },
  })),
  told('of a new name', 'which no page has', scene => ({ status: { status: 'pondered', ...to(scene) } })),
  told('warning', 'an error that is none', scene => ({
    status: { status: 'delivered', ...to(scene), errors: [{ code: 131060, title: 'Warning' }] },
  })),
  told('failed', 'after it was sent; nobody’s name and no scoped id', ({ waId }) => ({
    contacts: 'none',
    status: { recipient_id: waId, ...FAILED(131026, 'Message undeliverable') },
  })),
];
