/** Every kind of message that people write, and what the platform's pages and real payloads disagree about. */
import type { Fields } from '../fields.ts';
import { inboundDigest } from '../inbound-files.ts';
import { type Example, failure, type Scene, type Written } from './example.ts';

type Rest = Omit<Written, 'type' | 'text' | 'wire'>;

const written = (
  example: string,
  says: string,
  type: string,
  text: string,
  wire: Fields | ((scene: Scene) => Fields),
  rest: Rest = {},
): Example => ({
  field: 'messages',
  example,
  says,
  written: scene => ({ type, text, wire: { type, ...(typeof wire === 'function' ? wire(scene) : wire) }, ...rest }),
});

/** Something that can be fetched by its id afterwards, as what is sent from the phone can. */
const media = (example: string, says: string, kind: string, mime_type: string, more: Fields = {}): Example => ({
  field: 'messages',
  example,
  says,
  written: ({ world }) => {
    const id = String(Math.floor((1 + world.random()) * 1e14));
    const url = `https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=${id}`;
    const { without_url: bare, ...fields } = more;
    const wire = { id, mime_type, sha256: inboundDigest(kind), ...(bare === true ? {} : { url }), ...fields };
    const { caption, filename } = more as { caption?: string; filename?: string };
    return {
      type: kind,
      text: caption ?? '',
      document: { kind, id, mime_type, ...(filename === undefined ? {} : { filename }) },
      wire: { type: kind, [kind]: wire },
    };
  },
});
/** what it answers to */
const about = ({ ours, sent }: Scene): Fields => ({ context: { from: ours, id: sent } });
const reply =
  (kind: string, inner: Fields) =>
  (scene: Scene): Fields => ({
    ...about(scene),
    interactive: { type: kind, [kind]: inner },
  });
const AD = {
  source_url: 'https://fb.me/3cr4Wqqkv',
  source_id: '120226305854810726',
  source_type: 'ad',
  headline: 'Autumn Concert',
  body: 'Tickets from 20 euros',
  media_type: 'image',
  image_url: 'https://scontent.xx.fbcdn.net/v/t45.1',
  thumbnail_url: 'https://scontent.xx.fbcdn.net/v/t45.2',
  ctwa_clid:
    'Aff-n8ZTODiE79d22KtAwQKj9e_mIEOOj27vDVwFjN80dp4_0NiNhEgpGo0AHemvuSoifXaytfTzcchptiErTKCqTrJ5nW1h7IHYeYymGb5K5J5iTROpBhWAGaIAeUzHL50',
  welcome_message: { text: 'Hi! How can we help?' },
};
const SILENT: Rest = { silent: true };

const WORDS = [
  written('text', 'a text', 'text', 'Is there parking?', { text: { body: 'Is there parking?' } }),
  written('text reply', 'an answer to a message', 'text', 'Yes, that one', scene => ({
    ...about(scene),
    text: { body: 'Yes, that one' },
  })),
  written('text forwarded', 'forwarded', 'text', 'Look', { context: { forwarded: true }, text: { body: 'Look' } }),
  written('text forwarded often', 'forwarded many times', 'text', 'Look!', {
    context: { frequently_forwarded: true },
    text: { body: 'Look!' },
  }),
  written('text about a product', 'asked from a catalogue', 'text', 'Still there?', ({ ours, sent }) => ({
    context: {
      from: ours,
      id: sent,
      referred_product: { catalog_id: '194836987003835', product_retailer_id: 'di9ozbzfi4' },
    },
    text: { body: 'Still there?' },
  })),
  written('text from an ad', 'by an advertisement', 'text', 'I saw your ad', {
    referral: AD,
    text: { body: 'I saw your ad' },
  }),
  written('text from a status ad', 'by one in a status: without ctwa_clid', 'text', 'And this one', {
    referral: { source_url: AD.source_url, source_id: AD.source_id, source_type: 'post', headline: AD.headline },
    text: { body: 'And this one' },
  }),
  written(
    'text with errors',
    'a message and errors in one value',
    'text',
    'Hello',
    { text: { body: 'Hello' } },
    {
      value: { errors: [failure(131000, 'Something went wrong', 'An example of the sandbox')] },
    },
  ),
  written(
    'text without contacts',
    'nobody’s name',
    'text',
    'Hello?',
    { text: { body: 'Hello?' } },
    { withoutContacts: true },
  ),
];

const FILES = [
  media('image', 'a picture', 'image', 'image/jpeg', { caption: 'The hall' }),
  media('image without url', 'as before November 2025', 'image', 'image/jpeg', { without_url: true }),
  media('video', 'a film', 'video', 'video/mp4'),
  media('voice', 'a voice note', 'audio', 'audio/ogg; codecs=opus', { voice: true }),
  media('audio', 'a file of music', 'audio', 'audio/mpeg', { voice: false }),
  media('document', 'a document', 'document', 'application/pdf', { filename: 'invoice.pdf', caption: 'My invoice' }),
  media('sticker', 'a sticker', 'sticker', 'image/webp', { animated: false }),
  media('sticker animated', 'one that moves', 'sticker', 'image/webp', { animated: true }),
];

const THINGS = [
  written('location', 'a place', 'location', 'Piața Unirii', {
    location: {
      latitude: 44.4268,
      longitude: 26.1025,
      name: 'Piața Unirii',
      address: 'București',
      url: 'https://example.com/place',
    },
  }),
  written('location bare', 'where they are', 'location', '44.4268, 26.1025', {
    location: { latitude: 44.4268, longitude: 26.1025 },
  }),
  written('contacts', 'a card', 'contacts', 'Dan Pop', {
    contacts: [
      {
        name: { formatted_name: 'Dan Pop', first_name: 'Dan' },
        phones: [{ phone: '+40712345699', wa_id: '40712345699', type: 'CELL' }],
        origin: 'other',
        vcard: 'BEGIN:VCARD\nEND:VCARD',
      },
    ],
  }),
  written('contacts requested', 'their own card, which we have asked for', 'contacts', 'Ana', ({ waId, phone }) => ({
    contacts: [
      { name: { formatted_name: phone.name }, phones: [{ phone: `+${waId}`, wa_id: waId }], origin: 'contact_request' },
    ],
  })),
  written('order', 'a basket', 'order', '2 × di9ozbzfi4', {
    order: {
      catalog_id: '194836987003835',
      text: 'For Friday',
      product_items: [{ product_retailer_id: 'di9ozbzfi4', quantity: 2, item_price: 30, currency: 'EUR' }],
    },
  }),
];

const TAPS = [
  written('button', 'a template’s quick reply', 'button', 'Yes', scene => ({
    ...about(scene),
    button: { payload: 'yes', text: 'Yes' },
  })),
  written('button without context', 'and nothing says of which message', 'button', 'Yes', {
    button: { payload: 'Yes', text: 'Yes' },
  }),
  written(
    'button reply',
    'a button of a message',
    'interactive',
    'Tickets',
    reply('button_reply', { id: 'tickets', title: 'Tickets' }),
  ),
  written(
    'list reply',
    'a row of a list',
    'interactive',
    'Friday',
    reply('list_reply', { id: 'fri', title: 'Friday', description: '20:00' }),
  ),
  written(
    'flow reply',
    'a form that was filled in',
    'interactive',
    'Sent',
    reply('nfm_reply', { name: 'flow', body: 'Sent', response_json: '{"flow_token":"t-1","seats":"2"}' }),
  ),
  written(
    'address reply',
    'an address',
    'interactive',
    'Address',
    reply('nfm_reply', { name: 'address_message', body: 'Address', response_json: '{"saved_address_id":"a1"}' }),
  ),
  written(
    'call permission',
    'whether they may be called',
    'interactive',
    'Accepted',
    reply('call_permission_reply', {
      response: 'accept',
      expiration_timestamp: '1795338000',
      response_source: 'user_action',
    }),
  ),
  written('interactive empty', 'an answer without its answer, and errors', 'interactive', '', about, {
    value: { errors: [failure(131051, 'Unsupported message type', 'An example of the sandbox')] },
  }),
];

const QUIET = [
  written(
    'reaction',
    'a heart',
    'reaction',
    '❤️',
    ({ sent }) => ({ reaction: { message_id: sent, emoji: '❤️' } }),
    SILENT,
  ),
  written(
    'reaction removed',
    'taken back: no emoji',
    'reaction',
    '',
    ({ sent }) => ({ reaction: { message_id: sent } }),
    SILENT,
  ),
  written(
    'reaction removed formerly',
    'taken back: an empty one',
    'reaction',
    '',
    ({ sent }) => ({ reaction: { message_id: sent, emoji: '' } }),
    SILENT,
  ),
  written(
    'unsupported',
    'something that has no type',
    'unsupported',
    '',
    {
      errors: [failure(131051, 'Message type unknown', 'Message type is currently not supported.')],
      unsupported: { type: 'poll' },
    },
    SILENT,
  ),
  written(
    'unsupported unavailable',
    'something that could not be read',
    'unsupported',
    '',
    { errors: [failure(131060, 'This message is unavailable', 'An example of the sandbox')] },
    SILENT,
  ),
  written(
    'edit',
    'another text than before',
    'edit',
    'Is there parking nearby?',
    ({ sent }) => ({
      edit: { original_message_id: sent, message: { type: 'text', text: { body: 'Is there parking nearby?' } } },
    }),
    SILENT,
  ),
  written('revoke', 'taken back', 'revoke', '', ({ sent }) => ({ revoke: { original_message_id: sent } }), SILENT),
  written('media placeholder', 'a file of the history', 'media_placeholder', '', {}, SILENT),
  written('request welcome', 'they opened the chat; removed in March 2026', 'request_welcome', '', {}, SILENT),
];

export const INBOUND_EXAMPLES: readonly Example[] = [...WORDS, ...FILES, ...THINGS, ...TAPS, ...QUIET];
