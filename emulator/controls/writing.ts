/** The person writes: a text, a tap on a button, a picture; and the platform tells the business. */
import { randomInt } from 'node:crypto';
import type {
  EmulatedMessage,
  EmulatedPhone,
  EmulatorAccount,
  MessageButton,
  MessageContent,
} from '#core/emulation.ts';
import type { World } from '../world.ts';
import { type Control, done, invalid, isRecord, readPhone, readString, refuse, write } from './control.ts';

/** What comes back to the business. A link or a number that is tapped opens something on the phone and tells nobody. */
const TAPPABLE = ['quick_reply', 'reply', 'list_row'];
const TEXT_LIMIT = 4096;
/** As phones send them, when the control names none. */
const MIME_TYPES: Record<string, string> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
};

type Problem = { path: string; message: string };

export const writeMessage: Control = ({ world, params, body }) => {
  const number = readPhone(params['phone'] ?? '');
  if (!number) return invalid('phone', 'a phone number such as +40712345678');
  const phone = world.phone(number);
  // Refused and not kept: nobody writes on a phone that is off, and a test should hear that it has asked for that.
  if (!phone.switchedOn) return refuse(409, 'switched_off', 'The phone is switched off: switch it on first.');
  if (phone.blocked) return refuse(409, 'blocked', 'This person has blocked the business: unblock it first.');

  const account = accountFor(world, phone, readString(body['number']));
  if (!account) return invalid('number', `one of ${world.accounts.map(one => one.phoneNumberId).join(', ')}`);
  const content = readContent(phone, body);
  if ('path' in content) return invalid(content.path, content.message);

  return done({ id: write(world, { account, phone: number, content }) }, 201);
};

/** the number asked for, else the one they talked with last, else the first */
export function accountFor(world: World, phone: EmulatedPhone, asked: string | undefined): EmulatorAccount | undefined {
  if (asked !== undefined) {
    const digits = asked.replace(/\D/g, '');
    // By the platform's id, or by the number as people write it.
    return world.accounts.find(
      account => account.phoneNumberId === asked || account.displayPhoneNumber.replace(/\D/g, '') === digits,
    );
  }
  const last = phone.messages.at(-1);
  return (last && world.account(last.number)) ?? world.accounts[0];
}

function readContent(phone: EmulatedPhone, body: Record<string, unknown>): MessageContent | Problem {
  const kinds = ['text', 'button', 'media'].filter(kind => body[kind] !== undefined);
  if (kinds.length !== 1) return { path: 'text', message: 'give exactly one of text, button and media' };
  const content =
    kinds[0] === 'text'
      ? readText(body['text'])
      : kinds[0] === 'button'
        ? readTap(phone, body['button'])
        : readMedia(body['media']);
  // The advertisement that a person came by, as it is; whatever the platform may put into it can be tried.
  if ('path' in content || body['referral'] === undefined) return content;
  if (!isRecord(body['referral'])) return { path: 'referral', message: 'an object, as the platform would send it' };
  return { ...content, memo: { ...content.memo, referral: body['referral'] } };
}

function readText(value: unknown): MessageContent | Problem {
  const text = readString(value);
  if (!text || text.length > TEXT_LIMIT) return { path: 'text', message: `1 to ${TEXT_LIMIT} characters` };
  return { type: 'text', text };
}

/** a label, or `{text?, payload?, message_id?}`; the newest message that has such a button is the one that was tapped */
function readTap(phone: EmulatedPhone, value: unknown): MessageContent | Problem {
  const wanted = isRecord(value) ? value : { text: value };
  const label = readString(wanted['text']);
  const payload = readString(wanted['payload']);
  const messageId = readString(wanted['message_id']);
  if (label === undefined && payload === undefined) return { path: 'button', message: 'the label of the button' };
  const fits = (button: MessageButton) =>
    TAPPABLE.includes(button.type) &&
    (label === undefined || button.text === label) &&
    (payload === undefined || button.payload === payload);
  const found = findTapped(phone, messageId, fits);
  if (!found) {
    return { path: 'button', message: `no message on this phone has the button ${JSON.stringify(label ?? payload)}` };
  }
  const { message, button } = found;
  // By where the button stood: one of a template comes back as another type than one of a message.
  const type = button.type === 'quick_reply' ? 'button' : 'interactive';
  return { type, text: button.text, buttons: [button], replyTo: message.id };
}

function findTapped(
  phone: EmulatedPhone,
  messageId: string | undefined,
  fits: (button: MessageButton) => boolean,
): { message: EmulatedMessage; button: MessageButton } | undefined {
  for (const message of phone.messages.toReversed()) {
    // What never reached the phone can't be tapped on it.
    if (message.direction === 'in' || message.lost || (messageId !== undefined && message.id !== messageId)) continue;
    const button = message.content.buttons?.find(fits);
    if (button) return { message, button };
  }
  return undefined;
}

/** a kind, or `{type, link?, caption?, filename?, mime_type?}` */
function readMedia(value: unknown): MessageContent | Problem {
  const media = isRecord(value) ? value : { type: value };
  const kind = readString(media['type']) ?? 'image';
  const mimeType = MIME_TYPES[kind];
  if (!mimeType) return { path: 'media.type', message: `one of ${Object.keys(MIME_TYPES).join(', ')}` };
  const document: NonNullable<MessageContent['document']> = {
    kind,
    // Nothing stands behind it: who asks the platform for the picture finds none.
    id: String(randomInt(2 ** 47)).padStart(15, '1'),
    mime_type: readString(media['mime_type']) ?? mimeType,
  };
  const link = readString(media['link']);
  const filename = readString(media['filename']);
  if (link !== undefined) document.link = link;
  if (filename !== undefined) document.filename = filename;
  return { type: kind, text: readString(media['caption']) ?? '', document };
}
