/**
 * A template as a content of Twilio's: the narrowest of its types that says the whole of it. What none of them can say is
 * refused with a sentence, for a button that is left out in silence is missed by people and not by us.
 */
import type { TemplateButton, TemplateDraft } from '#core/provider.ts';
import { canonicalJson, sha256 } from '#lib/hmac.ts';
import type { Json } from './api.ts';
import { AUTHENTICATION_VARIABLE, numbersOf, splitLink } from './variables.ts';

export type Translation = { kind: 'content'; content: Json } | { kind: 'refused'; code: string; detail: string };

const VARIABLE = /\{\{?\s*([a-z][a-z0-9_]*)\s*(?:\|[^{}]*)?\}?\}/g;

/** Thrown and caught in this file: what is found deep inside a template ends its translation. */
class Untranslatable extends Error {}
const cannot = (detail: string): never => {
  throw new Untranslatable(detail);
};

export function toContent(draft: TemplateDraft): Translation {
  try {
    return { kind: 'content', content: draft.category === 'AUTHENTICATION' ? ofCode(draft) : ofText(draft) };
  } catch (error) {
    if (error instanceof Untranslatable) return { kind: 'refused', code: 'no_translation', detail: error.message };
    throw error;
  }
}

export const languageOf = ({ language }: TemplateDraft): string => language.replace('-', '_');

/**
 * The name says which text it is: a repeated submission finds what the first one made, whatever became of its answer, and a
 * changed text gets another name, since a name that was once handed in can't be handed in again. Samples are no text.
 */
const named = (draft: TemplateDraft, variables: Record<string, string>, types: Json): Json => {
  const language = languageOf(draft);
  const digest = sha256(canonicalJson({ language, category: draft.category, types }))
    .toString('hex')
    .slice(0, 8);
  return { friendly_name: `${draft.name.slice(0, 503)}_${digest}`, language, variables, types };
};

export const nameOf = (content: Json): string => String(content['friendly_name']);

/** WhatsApp writes its text; the one variable is the code, in the text and on the button. */
function ofCode(draft: TemplateDraft): Json {
  const { add_security_recommendation: advise = false, code_expiration_minutes: minutes } = draft.authentication ?? {};
  const [button] = draft.buttons ?? [];
  if (button?.type === 'otp' && button.otp_type !== 'copy_code')
    cannot(
      'Twilio’s content for one-time codes has a button that copies the code, and none that fills it in by itself',
    );
  const types = {
    'whatsapp/authentication': {
      // Always said: left out it is true.
      add_security_recommendation: advise,
      ...(minutes === undefined ? {} : { code_expiration_minutes: minutes }),
      actions: [{ type: 'COPY_CODE', copy_code_text: 'Copy code' }],
    },
  };
  return named(draft, { [AUTHENTICATION_VARIABLE]: '123456' }, types);
}

/** What a part says, and the samples of the variables that it brought. */
type Variables = Record<string, string>;

function ofText(draft: TemplateDraft): Json {
  const { header, body, footer, samples, buttons = [] } = draft;
  const names = [...`${header ?? ''} ${body}`.matchAll(VARIABLE)].map(match => match[1]!);
  const numbers = numbersOf(names);
  const numbered = (text: string) => text.replace(VARIABLE, (_, name: string) => `{{${numbers.get(name)}}}`);
  const variables: Variables = Object.fromEntries(
    [...numbers].map(([name, number]) => [number, samples[name] ?? name.replaceAll('_', ' ')]),
  );
  // In the order of variables.ts: those of the text, the file, the buttons.
  const media = draft.media ? [toMedia(draft.media, variables)] : undefined;
  const actions = buttons.map(button => toAction(button, variables, samples));
  const shape = {
    body: numbered(body),
    ...(header === null ? {} : { header_text: numbered(header) }),
    ...(footer === null ? {} : { footer }),
    ...(media ? { media } : {}),
    ...(actions.length > 0 ? { actions } : {}),
  };
  return named(draft, variables, { [typeOf(draft)]: shape });
}

/** `twilio/card` has a title in the body's stead, so with more than one kind of part it is WhatsApp's own. */
function typeOf({ header, footer, media, buttons = [] }: TemplateDraft): string {
  const bare = header === null && footer === null;
  if (buttons.length === 0 && bare) return media ? 'twilio/media' : 'twilio/text';
  const quick = buttons.filter(button => button.type === 'quick_reply').length;
  if (bare && !media && quick === buttons.length) return 'twilio/quick-reply';
  if (bare && !media && quick === 0) return 'twilio/call-to-action';
  if (buttons.some(button => button.type === 'request_contact_info'))
    cannot('Twilio asks for somebody’s contact only beside a body and other links: no header, footer or quick replies');
  return 'whatsapp/card';
}

/** Up to the domain name an address has to be fixed; the rest of it each message brings. */
function toMedia(media: NonNullable<TemplateDraft['media']>, variables: Variables): string {
  if (media.format === 'location') return cannot('Twilio’s contents have no place in their header');
  if (media.filename !== undefined)
    cannot('Twilio takes no file name: people see the end of the file’s address. Leave `filename` out');
  const [origin] = splitLink(media.link ?? '') ?? [];
  if (origin === undefined)
    return cannot('the address of the file has to begin with https:// and a host that is always the same');
  const sample = splitLink(media.sample ?? media.link ?? '');
  if (sample?.[0] !== origin || /[{}]/.test(sample[1]))
    return cannot(`the sample of the file has to be an address below ${origin}, from which WhatsApp fetches it`);
  return origin + add(variables, sample[1]);
}

/** Adds a variable and gives its place. */
function add(variables: Variables, sample: string): string {
  const number = String(Object.keys(variables).length + 1);
  variables[number] = sample;
  return `{{${number}}}`;
}

function toAction(button: TemplateButton, variables: Variables, samples: TemplateDraft['samples']): Json {
  switch (button.type) {
    case 'quick_reply':
      // Told with each message, so that what comes back may change without an approval.
      return { type: 'QUICK_REPLY', title: button.text, id: add(variables, button.text) };
    case 'url': {
      const [found] = button.url.matchAll(VARIABLE);
      if (!found) return { type: 'URL', title: button.text, url: button.url };
      const beginning = button.url.slice(0, found.index);
      const { example } = button;
      const end = example?.startsWith(beginning) ? example.slice(beginning.length) : samples[found[1]!];
      return { type: 'URL', title: button.text, url: beginning + add(variables, end ?? 'x') };
    }
    case 'phone_number':
      return { type: 'PHONE_NUMBER', title: button.text, phone: button.phone_number };
    case 'copy_code':
      return { type: 'COPY_CODE', title: 'Copy offer code', code: add(variables, button.example ?? 'SAVE10') };
    case 'request_contact_info':
      return { type: 'REQUEST_CONTACT_INFO' };
    case 'otp':
      return cannot('a button for one-time codes needs the category otp');
    case 'flow':
    case 'catalog':
      return cannot(`Twilio’s contents have no button of the kind ${button.type} beside a text`);
  }
}
