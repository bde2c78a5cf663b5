/**
 * What each type of content has to be, as far as the vendor's pages say it: checked when it is made, and once more, by
 * WhatsApp's rules, when it is submitted. Types that nobody here asks for need a body and are looked at no further.
 */
import { type Fields, listOf } from './fields.ts';

const BUTTONS = ['URL', 'PHONE_NUMBER', 'COPY_CODE', 'VOICE_CALL'];
const ACTIONS: Record<string, readonly string[]> = {
  'twilio/quick-reply': ['QUICK_REPLY'],
  'twilio/call-to-action': [...BUTTONS, 'VOICE_CALL_REQUEST', 'REQUEST_CONTACT_INFO'],
  'twilio/card': [...BUTTONS, 'QUICK_REPLY'],
  'whatsapp/card': [...BUTTONS, 'QUICK_REPLY'],
  'whatsapp/authentication': ['COPY_CODE'],
};
/** what a button does, by its type */
const NEEDED: Record<string, string> = { URL: 'url', PHONE_NUMBER: 'phone', COPY_CODE: 'code' };

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** the sentence of what is wrong, or undefined */
export function wrongShape(type: string, shape: Fields): string | undefined {
  if (type === 'whatsapp/authentication') return wrongAuthentication(shape);
  const media = shape['media'];
  if (media !== undefined && !(Array.isArray(media) && media.length === 1 && isText(media[0])))
    return 'media is a list of one address';
  const speaks = type === 'twilio/card' ? 'title' : 'body';
  if (!isText(shape[speaks]) && !(type === 'twilio/media' && media !== undefined)) return `${speaks} is required`;
  if (type === 'twilio/media' && media === undefined) return 'media is required';
  if (type === 'whatsapp/card') {
    if (media !== undefined && shape['header_text'] !== undefined) return 'header_text and media exclude each other';
    const more = ['header_text', 'footer', 'media', 'actions'].some(name => shape[name] !== undefined);
    if (!more) return 'a card has a body and at least one more field';
  }
  return wrongActions(type, shape['actions']);
}

function wrongActions(type: string, given: unknown): string | undefined {
  const known = ACTIONS[type];
  if (given === undefined)
    return type === 'twilio/quick-reply' || type === 'twilio/call-to-action' ? 'actions is required' : undefined;
  if (!known) return undefined;
  const actions = listOf(given);
  if (actions.length < 1 || actions.length > 10) return 'actions: 1 to 10';
  for (const action of actions) {
    const kind = String(action['type'] ?? (type === 'twilio/quick-reply' ? 'QUICK_REPLY' : ''));
    if (!known.includes(kind)) return `actions: there is no ${kind || 'nameless type'} here`;
    if (!isText(action['title']) && kind !== 'REQUEST_CONTACT_INFO') return 'actions: title is required';
    const needed = NEEDED[kind];
    if (needed !== undefined && !isText(action[needed])) return `actions: ${needed} is required for ${kind}`;
  }
  return undefined;
}

function wrongAuthentication({ actions, code_expiration_minutes: minutes }: Fields): string | undefined {
  const [action, ...more] = listOf(actions);
  if (action?.['type'] !== 'COPY_CODE' || more.length > 0) return 'actions: one of the type COPY_CODE';
  const words = action['copy_code_text'];
  if (!isText(words) || words.length > 25) return 'actions: copy_code_text has 1 to 25 characters';
  if (minutes === undefined) return undefined;
  return Number.isInteger(Number(minutes)) && Number(minutes) >= 1 && Number(minutes) <= 90
    ? undefined
    : 'code_expiration_minutes: 1 to 90';
}

/** WhatsApp’s: what an address is called by has to be seen by the reviewers */
export function wrongForWhatsApp(types: Readonly<Record<string, Fields>>, category: string): string | undefined {
  const codes = 'whatsapp/authentication' in types;
  if (codes !== (category === 'AUTHENTICATION'))
    return 'one-time codes and the category AUTHENTICATION belong together';
  for (const shape of Object.values(types)) {
    const media = Array.isArray(shape['media']) ? shape['media'] : [];
    const addresses = [...media, ...listOf(shape['actions']).flatMap(action => action['url'] ?? [])];
    if (
      addresses.some(
        address => !/^https?:\/\/[^/{}\s]+/.test(String(address)) || /^[^/]*\/\/[^/]*\{/.test(String(address)),
      )
    )
      return 'an address is fixed up to its domain name';
  }
  return undefined;
}
