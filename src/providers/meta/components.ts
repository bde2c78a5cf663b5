/** A template in our words to the platform's components and back. Pure. */
import type { HeaderMedia, ProviderTemplate, TemplateButton, TemplateDraft } from '#core/provider.ts';
import { type Json, object, objects, string } from './values.ts';

/** As long as the core's longest names: what is longer is text to both. */
const VARIABLE = /\{([a-z][a-z0-9_]{0,63})\}/g;
const namesIn = (text: string): string[] => [...new Set([...text.matchAll(VARIABLE)].map(match => match[1]!))];
/** `v2` and `h1` are the second of a body and the first of a header that count theirs. */
const numberOf = (name: string): number => Number(name.slice(1));

export const formatOf = ({ positional }: { positional?: boolean }): 'NAMED' | 'POSITIONAL' =>
  positional ? 'POSITIONAL' : 'NAMED';

/** `handle`: of the uploaded sample, for a header with a file. */
export function toComponents(draft: TemplateDraft, handle?: string): unknown[] {
  const { header, media, body, footer, buttons = [], authentication } = draft;
  const minutes = authentication?.code_expiration_minutes;
  return [
    ...(header === null ? [] : [{ type: 'HEADER', format: 'TEXT', ...toText(draft, header, 'header') }]),
    ...(media ? [toMediaHeader(media, handle)] : []),
    authentication
      ? { type: 'BODY', ...(authentication.add_security_recommendation ? { add_security_recommendation: true } : {}) }
      : { type: 'BODY', ...toText(draft, body, 'body') },
    ...(authentication
      ? minutes === undefined
        ? []
        : [{ type: 'FOOTER', code_expiration_minutes: minutes }]
      : footer === null
        ? []
        : [{ type: 'FOOTER', text: footer }]),
    ...(buttons.length > 0
      ? [{ type: 'BUTTONS', buttons: buttons.map(button => toButton(button, draft.samples)) }]
      : []),
  ];
}

/** A text with its samples, in the form that the template was made in: it can never be changed afterwards. */
function toText({ positional, samples }: TemplateDraft, text: string, where: 'header' | 'body'): object {
  const names = namesIn(text);
  const sample = (name: string) => samples[name] ?? name.replaceAll('_', ' ');
  if (names.length === 0) return { text };
  if (!positional) {
    const params = names.map(name => ({ param_name: name, example: sample(name) }));
    return { text: text.replace(VARIABLE, '{{$1}}'), example: { [`${where}_text_named_params`]: params } };
  }
  const values = names.sort((a, b) => numberOf(a) - numberOf(b)).map(sample);
  // A list of lists for the body and a list for the header: that is how it is.
  const example = where === 'body' ? { body_text: [values] } : { header_text: values };
  return { text: text.replace(VARIABLE, (_, name: string) => `{{${numberOf(name)}}}`), example };
}

const toMediaHeader = ({ format }: HeaderMedia, handle: string | undefined): object => ({
  type: 'HEADER',
  format: format.toUpperCase(),
  ...(format === 'location' ? {} : { example: { header_handle: handle === undefined ? [] : [handle] } }),
});

/** What is ours alone (payloads, values, links) is not handed in: it goes with each message. */
function toButton(button: TemplateButton, samples: TemplateDraft['samples']): object {
  const type = button.type.toUpperCase();
  switch (button.type) {
    case 'url': {
      const [name] = namesIn(button.url);
      if (name === undefined) return { type, text: button.text, url: button.url };
      // The example is the end alone, like the value that a message brings.
      const beginning = button.url.slice(0, button.url.indexOf('{'));
      const example = (button.example ?? samples[name] ?? name).replace(beginning, '');
      // Counted also where the texts name theirs: an address has one variable and no names.
      return { type, text: button.text, url: `${beginning}{{1}}`, example: [example] };
    }
    case 'copy_code': {
      const [name] = namesIn(button.code);
      return { type, example: button.example ?? (name === undefined ? button.code : (samples[name] ?? 'SAVE10')) };
    }
    case 'otp':
      // Without words: the platform refuses any of our own on this button.
      return {
        type,
        otp_type: button.otp_type.toUpperCase(),
        ...(button.apps ? { supported_apps: button.apps } : {}),
        ...(button.zero_tap_terms_accepted ? { zero_tap_terms_accepted: true } : {}),
      };
    case 'flow':
      return {
        type,
        text: button.text,
        flow_id: button.flow_id,
        ...(button.screen ? { flow_action: 'navigate', navigate_screen: button.screen } : {}),
      };
    case 'phone_number':
      return { type, text: button.text, phone_number: button.phone_number };
    case 'request_contact_info':
      return { type };
    default:
      return { type, text: button.text };
  }
}

/** The other direction, for lists and for what colleagues made by hand. */
export type ReadTemplate = Pick<ProviderTemplate, 'parts' | 'authentication' | 'samples'> & { unknown: string[] };

const MEDIA = ['IMAGE', 'VIDEO', 'DOCUMENT'];

/** What we have no words for is named in `unknown`: such a template can be seen and not sent. */
export function fromComponents(components: unknown, positional: boolean, category: string): ReadTemplate {
  const parts = objects(components);
  const find = (type: string) => parts.find(part => string(part['type'])?.toUpperCase() === type);
  const [header, body, footer] = [find('HEADER'), find('BODY'), find('FOOTER')];
  const format = string(header?.['format'])?.toUpperCase() ?? 'TEXT';
  const isCode = category === 'AUTHENTICATION';
  const read = objects(find('BUTTONS')?.['buttons']).map((button, index) => fromButton(button, index, isCode));
  const unknown = [
    ...parts.map(part => string(part['type'])?.toUpperCase() ?? '?').filter(type => !KNOWN.includes(type)),
    ...(header && format !== 'TEXT' && format !== 'LOCATION' && !MEDIA.includes(format) ? [`HEADER ${format}`] : []),
    ...read.flatMap(button => (typeof button === 'string' ? [button] : [])),
  ];
  // Missing, it is no number, and no number is above zero.
  const minutes = Number(footer?.['code_expiration_minutes']);
  return {
    parts: {
      header: header && format === 'TEXT' ? named(string(header['text']) ?? '', 'h') : null,
      media: format === 'TEXT' ? null : ({ format: format.toLowerCase() } as HeaderMedia),
      body: named(string(body?.['text']) ?? '', 'v'),
      footer: string(footer?.['text']) ?? null,
      buttons: read.filter(button => typeof button !== 'string'),
    },
    authentication: isCode
      ? {
          ...(body?.['add_security_recommendation'] === true ? { add_security_recommendation: true } : {}),
          ...(minutes > 0 ? { code_expiration_minutes: minutes } : {}),
        }
      : null,
    samples: { ...samplesIn(header, 'header', positional), ...samplesIn(body, 'body', positional) },
    unknown,
  };
}

/** Carousels, timed offers and products have parts that we could neither fill nor show. */
const KNOWN = ['HEADER', 'BODY', 'FOOTER', 'BUTTONS'];

/** `{{first_name}}` is ours with single braces; `{{2}}` gets a letter, since a name begins with one. */
export const named = (text: string, letter: 'v' | 'h'): string =>
  text.replace(/\{\{\s*([a-z][a-z0-9_]{0,63}|\d+)\s*\}\}/g, (_, name: string) =>
    /^\d/.test(name) ? `{${letter}${Number(name)}}` : `{${name}}`,
  );

/** What the reviewers were shown, so that an edit can show it again. */
function samplesIn(component: Json | undefined, where: 'header' | 'body', positional: boolean): Record<string, string> {
  const example = object(component?.['example']);
  if (!positional)
    return Object.fromEntries(
      objects(example?.[`${where}_text_named_params`]).flatMap(each => {
        const [name, value] = [string(each['param_name']), string(each['example'])];
        return name && value ? [[name, value]] : [];
      }),
    );
  const given = example?.[`${where}_text`];
  const list = Array.isArray(given) ? (Array.isArray(given[0]) ? (given[0] as unknown[]) : given) : [];
  const letter = where === 'body' ? 'v' : 'h';
  return Object.fromEntries(
    list.flatMap((value, index) => (string(value) ? [[`${letter}${index + 1}`, string(value)!]] : [])),
  );
}

/** Or its name, where we have no words for it. */
export function fromButton(source: Json, index: number, isCode = false): TemplateButton | string {
  const type = string(source['type'])?.toUpperCase() ?? '?';
  const text = string(source['text']) ?? '';
  // Listed, a button for codes is one with an address of WhatsApp's own.
  if (isCode || type === 'OTP') {
    const kind =
      string(source['otp_type']) ?? /otp_type=([A-Z_]+)/.exec(string(source['url']) ?? '')?.[1] ?? 'COPY_CODE';
    return { type: 'otp', otp_type: kind.toLowerCase() as 'copy_code' };
  }
  switch (type) {
    case 'QUICK_REPLY':
      return { type: 'quick_reply', text };
    case 'URL':
      return {
        type: 'url',
        text,
        url: (string(source['url']) ?? '').replace(/\{\{[^{}]*\}\}$/, `{button_${index + 1}}`),
      };
    case 'PHONE_NUMBER':
      return {
        type: 'phone_number',
        text,
        phone_number: `+${(string(source['phone_number']) ?? '').replace(/\D/g, '')}`,
      };
    case 'COPY_CODE':
      return { type: 'copy_code', code: '{coupon_code}' };
    case 'REQUEST_CONTACT_INFO':
      return { type: 'request_contact_info' };
    case 'FLOW':
      return { type: 'flow', text, flow_id: string(source['flow_id']) ?? '' };
    case 'CATALOG':
      return { type: 'catalog', text };
    default:
      return `button ${type}`;
  }
}
