/** Templates as callers write them, and what we make of it. */
import { invalidField } from '#lib/fault.ts';
import { LocaleText, Nullable, OneOf, type Static, Strict, Text, Type } from '#lib/schema.ts';
import { PURPOSE_NAMES } from '../messages/purposes.ts';
import { type HeaderMedia, OTP_TYPES, type TemplateButton } from './parts.ts';

/** As a number or as text, since the platform itself writes both. */
const Degrees = Type.Union([Type.Number({ minimum: -180, maximum: 180 }), Text(100)]);

/** Wider than what the platform takes: what is too long is a line of the lint, with its reason. */
const HeaderObject = Strict(
  {
    format: OneOf(['text', 'image', 'video', 'document', 'location']),
    text: Type.Optional(Text(400)),
    sample: Type.Optional(
      Type.String({
        pattern: '^(https?://|data:)',
        maxLength: 240_000,
        format: 'storable',
        description: 'What the reviewers are shown: an https address, or the file as data:image/png;base64,…',
      }),
    ),
    link: Type.Optional(Text(2_000, 'Where the file is; may hold variables, such as {download_url}')),
    filename: Type.Optional(Text(240)),
    latitude: Type.Optional(Degrees),
    longitude: Type.Optional(Degrees),
    name: Type.Optional(Text(200)),
    address: Type.Optional(Text(400)),
  },
  'A file or a place; a text may also stand as it is',
);
const Header = Type.Union([Text(400), HeaderObject]);

const BUTTON_TYPES = [
  'quick_reply',
  'url',
  'phone_number',
  'copy_code',
  'otp',
  'request_contact_info',
  'flow',
  'catalog',
] as const;

/** Flat, and not one shape a type: a complaint then names the field and not eight shapes that do not fit. */
export const ButtonShape = Strict({
  type: OneOf(BUTTON_TYPES),
  text: Type.Optional(Text(200)),
  payload: Type.Optional(Text(256, 'Comes back when the person taps; may hold variables')),
  url: Type.Optional(Text(3_000, 'Takes one variable, at its end')),
  example: Type.Optional(Type.Union([Text(2_000), Type.Array(Text(2_000), { minItems: 1, maxItems: 1 })])),
  phone_number: Type.Optional(Text(40)),
  code: Type.Optional(Text(200, 'What is copied: a text, or one variable such as {discount_code}')),
  otp_type: Type.Optional(OneOf(OTP_TYPES)),
  apps: Type.Optional(
    Type.Array(Strict({ package_name: Text(224), signature_hash: Text(64) }), { minItems: 1, maxItems: 5 }),
  ),
  zero_tap_terms_accepted: Type.Optional(Type.Boolean()),
  flow_id: Type.Optional(Text(64)),
  screen: Type.Optional(Text(100)),
});

const Buttons = Type.Array(ButtonShape, { maxItems: 20 });
/** Their names are those of variables, and of nothing that an object has by itself. */
const Samples = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
  Type.String({ minLength: 1, maxLength: 200, format: 'storable' }),
  { additionalProperties: false, maxProperties: 50, description: 'What the reviewers see in place of each variable' },
);
const AuthenticationShape = Strict(
  {
    add_security_recommendation: Type.Optional(Type.Boolean()),
    code_expiration_minutes: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
  },
  'For the category otp, whose text WhatsApp writes',
);

const name = Type.String({
  pattern: '^[a-z0-9_]{1,512}$',
  description: 'Lower-case letters, digits and underscores',
});
const category = OneOf(PURPOSE_NAMES, 'The purpose; the provider’s category follows from it');

export const TemplateBody = Strict({
  name,
  category,
  language: LocaleText,
  body: Type.Optional(Text(4_096, 'Variables stand in braces: {first_name}, or {first_name|friend} with a fallback')),
  header: Type.Optional(Header),
  footer: Type.Optional(Text(400)),
  buttons: Type.Optional(Buttons),
  authentication: Type.Optional(AuthenticationShape),
  samples: Type.Optional(Samples),
  submit: Type.Optional(Type.Boolean()),
});

/** Name and language are not in it: they are what a template is known by. */
export const TemplatePatch = Strict({
  category: Type.Optional(category),
  body: Type.Optional(Text(4_096)),
  header: Type.Optional(Nullable(Header)),
  footer: Type.Optional(Nullable(Text(400))),
  buttons: Type.Optional(Nullable(Buttons)),
  authentication: Type.Optional(AuthenticationShape),
  samples: Type.Optional(Samples),
  submit: Type.Optional(Type.Boolean()),
});

/** Either a text or a file, never both. */
export function readHeader(given: Static<typeof Header> | null | undefined): {
  header: string | null;
  media: HeaderMedia | null;
} {
  if (given === null || given === undefined) return { header: null, media: null };
  if (typeof given === 'string') return { header: given, media: null };
  const { format, text, sample, link, filename, latitude, longitude, name, address } = given;
  // Named, and not dropped: a misplaced field is mostly a misunderstanding about the format.
  const only = (fields: readonly string[]) => {
    const other = Object.keys(given).find(field => field !== 'format' && !fields.includes(field));
    if (other) throw invalidField(`header.${other}`, `a header of the format ${format} has no ${other}`);
  };
  if (format === 'text') {
    only(['text']);
    if (text === undefined) throw invalidField('header.text', 'a header of the format text needs one');
    return { header: text, media: null };
  }
  if (format === 'location') {
    only(['latitude', 'longitude', 'name', 'address']);
    const degrees = (value: number | string | undefined) => (value === undefined ? undefined : String(value));
    return {
      header: null,
      media: { format, latitude: degrees(latitude), longitude: degrees(longitude), name, address },
    };
  }
  only(['sample', 'link', 'filename']);
  return { header: null, media: { format, sample, link, filename } };
}

type GivenButton = Static<typeof ButtonShape>;

/** By type: what a button must have, and what else it may have. */
const FIELDS: Readonly<Record<GivenButton['type'], { needs: readonly string[]; takes: readonly string[] }>> = {
  quick_reply: { needs: ['text'], takes: ['payload'] },
  url: { needs: ['text', 'url'], takes: ['example'] },
  phone_number: { needs: ['text', 'phone_number'], takes: [] },
  copy_code: { needs: ['code'], takes: ['example'] },
  otp: { needs: [], takes: ['otp_type', 'apps', 'zero_tap_terms_accepted'] },
  request_contact_info: { needs: [], takes: [] },
  flow: { needs: ['text', 'flow_id'], takes: ['screen'] },
  catalog: { needs: ['text'], takes: [] },
};

export const readButtons = (given: readonly GivenButton[] | null | undefined): TemplateButton[] =>
  (given ?? []).map((button, index) => readButton(button, `buttons[${index}]`));

function readButton(given: GivenButton, path: string): TemplateButton {
  const { needs, takes } = FIELDS[given.type];
  const lacking = needs.find(field => given[field as keyof GivenButton] === undefined);
  if (lacking) throw invalidField(`${path}.${lacking}`, `a button of the type ${given.type} needs this`);
  const odd = Object.keys(given).find(field => field !== 'type' && !needs.includes(field) && !takes.includes(field));
  // Words on buttons whose words are the platform's own: many callers write them, and nobody is harmed.
  if (odd && odd !== 'text') throw invalidField(`${path}.${odd}`, `a button of the type ${given.type} has no ${odd}`);
  // The platform's own example is a list of one.
  const { text: _text, example, ...rest } = given;
  const words = needs.includes('text') ? { text: given.text } : {};
  const shown = example === undefined ? {} : { example: Array.isArray(example) ? example[0] : example };
  const kind = given.type === 'otp' ? { otp_type: given.otp_type ?? 'copy_code' } : {};
  return { ...rest, ...words, ...shown, ...kind } as TemplateButton;
}
