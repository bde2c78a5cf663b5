/** A content as the person sees it: its parts, its file, its buttons with what a tap does, WhatsApp's own text for codes. */
import type { MessageAttachment, MessageButton, MessageContent } from '#core/emulation.ts';
import { type Fields, listOf } from './fields.ts';

type Shown = Pick<MessageContent, 'text' | 'header' | 'footer' | 'buttons' | 'document'>;

export function showShape(shape: Fields, fill: (text: unknown) => string): Shown {
  const buttons = listOf(shape['actions']).map(action => toButton(action, fill));
  const [address] = Array.isArray(shape['media']) ? shape['media'] : [];
  return {
    text: fill(shape['body'] ?? shape['title'] ?? ''),
    ...(typeof shape['header_text'] === 'string' ? { header: fill(shape['header_text']) } : {}),
    ...(typeof shape['footer'] === 'string' ? { footer: shape['footer'] } : {}),
    ...(address === undefined ? {} : { document: toFile(fill(address)) }),
    ...(buttons.length > 0 ? { buttons } : {}),
  };
}

/** by the end of its address, where people also read its name */
function toFile(link: string): MessageAttachment {
  const filename = link.split(/[?#]/)[0]!.split('/').at(-1)!;
  const ending = filename.split('.').at(-1)!.toLowerCase();
  if (['mp4', '3gp', '3gpp'].includes(ending)) return { kind: 'video', link };
  return ['jpg', 'jpeg', 'png', 'webp'].includes(ending)
    ? { kind: 'image', link }
    : { kind: 'document', link, filename };
}

const CODE_TEXTS: Record<string, { code: string; advice: string; expiry: string }> = {
  en: {
    code: '*{1}* is your verification code.',
    advice: ' For your security, do not share this code.',
    expiry: 'This code expires in {n} minutes.',
  },
  ro: {
    code: '*{1}* este codul tău de verificare.',
    advice: ' Pentru siguranța ta, nu trimite nimănui acest cod.',
    expiry: 'Acest cod expiră în {n} minute.',
  },
};

/** the text is WhatsApp's own, in the language of the content; the advice is there unless it was taken out */
export function showCode(shape: Fields, language: string, code: string): Shown {
  const texts = CODE_TEXTS[language.slice(0, 2)] ?? CODE_TEXTS['en']!;
  const { add_security_recommendation: advise, code_expiration_minutes: minutes, actions } = shape;
  const [button] = listOf(actions);
  return {
    text: texts.code.replace('{1}', () => code) + (advise === false ? '' : texts.advice),
    ...(minutes === undefined ? {} : { footer: texts.expiry.replace('{n}', String(minutes)) }),
    buttons: [{ type: 'copy_code', text: String(button?.['copy_code_text']), payload: code }],
  };
}

function toButton(action: Fields, fill: (text: unknown) => string): MessageButton {
  const text = fill(action['title'] ?? '');
  switch (action['type']) {
    case 'URL':
      return { type: 'url', text, url: fill(action['url']) };
    case 'PHONE_NUMBER':
      return { type: 'phone', text, url: `tel:${action['phone']}` };
    case 'COPY_CODE':
      return { type: 'copy_code', text, payload: fill(action['code']) };
    case 'REQUEST_CONTACT_INFO':
      return { type: 'contact', text: text || 'Share contact info' };
    case 'VOICE_CALL':
    case 'VOICE_CALL_REQUEST':
      return { type: 'other', text };
    default:
      return { type: 'quick_reply', text, payload: fill(action['id'] ?? text) };
  }
}
