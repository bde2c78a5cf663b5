/**
 * The one place where a template and values become what a person will read: asked by the sending of a message, by its
 * dry run and by the preview, so that they can't disagree. Beside it, what each part of the message is told on the wire.
 */
import { LONGEST_CODE } from './authentication.ts';
import { isolateIn } from './direction.ts';
import type {
  ButtonValue,
  FileHeader,
  HeaderMedia,
  MessageMedia,
  PlaceHeader,
  TemplateButton,
  TemplateText,
} from './parts.ts';
import { fill, replaceVariables, type Variable, variablePlaces, variablesIn, variablesOf } from './text.ts';
import { addressEnd, isBlank, isWebAddress } from './values.ts';

/** `text` as on the button; what a tap does stands beside it. */
export interface RenderedButton {
  type: TemplateButton['type'];
  text: string;
  url?: string;
  phone_number?: string;
  code?: string;
  payload?: string;
}

export interface RenderedText {
  header: string | null;
  body: string;
  footer: string | null;
  media?: MessageMedia;
  buttons?: RenderedButton[];
}

export interface NamedValue {
  name: string;
  value: string;
}

export interface Rendering {
  rendered: RenderedText;
  /** In the order in which the platform counts them. */
  header: NamedValue[];
  body: NamedValue[];
  media: MessageMedia | undefined;
  buttons: ButtonValue[];
  /** What nobody gave a value for; each with its reason where it is another one. */
  missing: string[];
}

/** Filled, too: the platform counts again when a message is sent. */
const LONGEST_BODY = 1_024;

/** What the platform would refuse of the filled text, by its own code: known before anybody has paid for the refusal. */
export const problemsOf = ({ body }: RenderedText): { code: string; part: string; message: string }[] =>
  body.length > LONGEST_BODY
    ? [
        {
          code: '132005',
          part: 'body',
          message: `filled, the body has ${body.length} characters; ${LONGEST_BODY} are sent`,
        },
      ]
    : [];

/** Of a template that the provider counts by number; ours are then called `v1`, `v2`. */
type Positional = { positional?: boolean };

export function render(template: TemplateText & Positional, given: ReadonlyMap<string, string>): Rendering {
  const missing = new Set<string>();
  const values = resolve(template, given);
  const need = (name: string, why = '') => missing.add(name + why);
  // A code is copied from where it stands: nothing invisible may come along.
  const standing = (text: string) => (template.authentication ? values : isolateIn(text, values));
  const told = (text: string): NamedValue[] => {
    const shown = standing(text);
    return inOrder(variablesOf(text), template.positional).map(name => {
      if (!values.has(name)) need(name);
      return { name, value: shown.get(name) ?? '' };
    });
  };
  const header = told(template.header ?? '');
  const body = template.authentication ? codeOf(values, need) : told(template.body);
  const media = template.media ? fillMedia(template.media, values, need) : undefined;
  const buttons = (template.buttons ?? []).map(button => fillButton(button, values, need));
  return {
    rendered: {
      header: template.header === null ? null : fill(template.header, standing(template.header)),
      body: fill(template.body, standing(template.body)),
      footer: template.footer,
      ...(media ? { media } : {}),
      ...(buttons.length > 0 ? { buttons: buttons.map(({ shown }) => shown) } : {}),
    },
    header,
    body,
    media,
    buttons: buttons.flatMap(({ told }, index) => (told ? [{ index, ...told }] : [])),
    missing: [...missing],
  };
}

/** Named ones may come in any order and keep that of the text. */
const inOrder = (names: string[], positional = false): string[] =>
  positional ? names.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))) : names;

/** Every variable with the value that it gets: what was given, else its fallback, wherever in the template that stands. */
function resolve(template: TemplateText, given: ReadonlyMap<string, string>): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, fallback } of everyVariable(template)) {
    const value = given.get(name);
    if (!isBlank(value)) values.set(name, value!);
    else if (!isBlank(fallback) && !values.has(name)) values.set(name, fallback!);
  }
  return values;
}

/** Every place of every variable, wherever in the template it stands. */
export function everyVariable(template: TemplateText): Variable[] {
  const { header, media, body, buttons } = template;
  const texts = [header, body, ...Object.values(media ?? {}), ...(buttons ?? []).flatMap(textsOf)];
  const code = template.authentication ? '{code}' : null;
  return [...texts, code].flatMap(text => variablePlaces(text));
}

/** Where a button may hold variables. Words on buttons never do: the platform refuses them. */
const textsOf = (button: TemplateButton): (string | undefined)[] => {
  if (button.type === 'url') return [button.url];
  if (button.type === 'copy_code') return [button.code];
  return button.type === 'quick_reply' ? [button.payload] : [];
};

type Need = (name: string, why?: string) => void;

/** The platform repeats it on the button and takes no more characters than fit there. */
function codeOf(values: ReadonlyMap<string, string>, need: Need): NamedValue[] {
  const value = values.get('code');
  if (value === undefined) need('code');
  else if (value.length > LONGEST_CODE) need('code', ` (it has more than ${LONGEST_CODE} characters)`);
  return [{ name: 'code', value: value ?? '' }];
}

function fillMedia(media: HeaderMedia, values: ReadonlyMap<string, string>, need: Need): MessageMedia | undefined {
  const part = (text: string) => {
    for (const { name } of variablesIn(text)) if (!values.has(name)) need(name);
    return fill(text, values);
  };
  return media.format === 'location' ? fillPlace(media, part, need) : fillFile(media, part, need);
}

function fillFile(media: FileHeader, part: (text: string) => string, need: Need): MessageMedia | undefined {
  const link = part(media.link ?? '');
  if (!isWebAddress(link)) {
    need(`the ${media.format} of the header`, link === '' ? '' : ' (no address)');
    return undefined;
  }
  return { format: media.format, link, ...(media.filename === undefined ? {} : { filename: part(media.filename) }) };
}

/** The platform wants all four, and as text. */
function fillPlace(media: PlaceHeader, part: (text: string) => string, need: Need): MessageMedia | undefined {
  const [latitude, longitude] = [part(media.latitude ?? ''), part(media.longitude ?? '')];
  const isNumber = (text: string, most: number) => text.trim() !== '' && Math.abs(Number(text)) <= most;
  if (!isNumber(latitude, 90) || !isNumber(longitude, 180)) {
    need('the place of the header');
    return undefined;
  }
  return { format: 'location', latitude, longitude, name: part(media.name ?? ''), address: part(media.address ?? '') };
}

/** The larger of the two figures on Meta's pages: the lint warns from the smaller one on. */
const LONGEST_COUPON = 20;

interface FilledButton {
  shown: RenderedButton;
  told?: Omit<ButtonValue, 'index'>;
}

/** What stands on the button, and what the platform is told of it: nothing, where it is always the same. */
function fillButton(button: TemplateButton, values: ReadonlyMap<string, string>, need: Need): FilledButton {
  const take = (name: string): string => {
    if (!values.has(name)) need(name);
    return values.get(name) ?? '';
  };
  const { type } = button;
  switch (type) {
    case 'quick_reply': {
      // Without a payload its words come back: the platform's own default, and told all the same, so that a provider
      // which counts what it is told counts every one.
      if (button.payload === undefined)
        return { shown: { type, text: button.text }, told: { type, value: button.text } };
      const payload = replaceVariables(button.payload, ({ name }) => take(name));
      return { shown: { type, text: button.text, payload }, told: { type, value: payload } };
    }
    case 'url': {
      const [beginning, name] = splitAddress(button.url);
      if (name === undefined) return { shown: { type, text: button.text, url: button.url } };
      const value = addressEnd(take(name), beginning);
      return { shown: { type, text: button.text, url: beginning + value }, told: { type, value } };
    }
    case 'phone_number':
      return { shown: { type, text: button.text, phone_number: button.phone_number } };
    case 'copy_code': {
      const code = replaceVariables(button.code, ({ name }) => take(name));
      if (code.length > LONGEST_COUPON) need('the code to copy', ` (it has more than ${LONGEST_COUPON} characters)`);
      return { shown: { type, text: 'Copy offer code', code }, told: { type, value: code } };
    }
    case 'otp': {
      const code = take('code');
      return { shown: { type, text: 'Copy code', code }, told: { type, value: code } };
    }
    case 'request_contact_info':
      return { shown: { type, text: 'Share contact info' } };
    case 'flow':
      return { shown: { type, text: button.text }, told: { type } };
    case 'catalog':
      return { shown: { type, text: button.text } };
  }
}

/** An address and the variable at its end, which is the only place where one may stand. */
export function splitAddress(url: string): [beginning: string, variable: string | undefined] {
  const [found] = variablesIn(url);
  if (!found) return [url, undefined];
  return [url.slice(0, url.indexOf('{')), found.name];
}
