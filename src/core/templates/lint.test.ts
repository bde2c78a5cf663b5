/** Accepted and refused examples, each with the rule, its grade and what the provider itself calls it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LintSource } from './complaint.ts';
import { lint } from './lint.ts';
import { completeSource } from './service.ts';

const source = (changes: Partial<LintSource>): LintSource => ({
  name: 'a',
  language: 'en',
  purpose: 'order_confirm',
  header: null,
  body: 'Hi {first_name}, everything about your order is well.',
  footer: null,
  samples: {},
  ...changes,
});

/** `error rule code`, one for each line. */
const found = (changes: Partial<LintSource>): string[] =>
  lint(source(changes)).map(({ level, rule, code }) => [level, rule, code].filter(Boolean).join(' '));

const body = (text: string): Partial<LintSource> => ({ body: text });
const buttons = (...list: NonNullable<LintSource['buttons']>): Partial<LintSource> => ({ buttons: list });
const quick = (text: string) => ({ type: 'quick_reply', text }) as const;
const url = (address: string, text = 'Open') => ({ type: 'url', text, url: address }) as const;
const phone = { type: 'phone_number', text: 'Call', phone_number: '+40712345678' } as const;
const otp = { type: 'otp', otp_type: 'copy_code' } as const;

const ACCEPTED: readonly [what: string, changes: Partial<LintSource>][] = [
  ['a variable among words', {}],
  ['a fallback', body('Hi {first_name|friend}, everything about your order is well.')],
  ['doubled braces', body('Hi {{first_name}}, everything about your order is well.')],
  ['1,024 characters', body('x'.repeat(1_024))],
  [
    'a fallback does not count',
    body(`${'x'.repeat(1_000)} {first_name|${'y'.repeat(100)}} a b c.`.replace(/x{20}/, '')),
  ],
  ['a header with its variable inside', { header: 'Order {order_id} is here' }],
  ['60 characters of header and footer', { header: 'h'.repeat(60), footer: 'f'.repeat(60) }],
  ['marks in the body', body('*Hi* _there_, ~all~ is `well` here.')],
  ['ten emoji', body(`All is well ${'🎭'.repeat(10)} here.`)],
  ['an address with its variable at the end', buttons(url('https://t.example/o/{order_id}'))],
  ['a fixed address with a query', buttons(url('https://t.example/?a=1&b=2'))],
  ['quick replies before the others', buttons(quick('Yes'), quick('No'), url('https://t.example/'), phone)],
  [
    'a code that each message brings',
    { purpose: 'promo', ...buttons({ type: 'copy_code', code: '{code_of_week|X}' }) },
  ],
  ['a header with a sample', { media: { format: 'image', sample: 'https://t.example/a.png' } }],
  ['a place', { media: { format: 'location', latitude: '44.4', longitude: '26.1' } }],
  ['a language of a region', { language: 'pt_BR' }],
  [
    'words that sell, in a promotion',
    { purpose: 'promo', ...body('Only today a special discount of half the price.') },
  ],
  [
    'a code in its category',
    { purpose: 'otp', authentication: {}, ...body('*{code}* is your verification code.'), buttons: [otp] },
  ],
];

for (const [what, changes] of ACCEPTED)
  test(`nothing is said of ${what}`, () => {
    assert.deepEqual(found(changes), []);
  });

const CODE = { authentication: {}, body: '*{code}* is your verification code.' };

const REFUSED: readonly [what: string, changes: Partial<LintSource>, ...lines: string[]][] = [
  ['a name with capitals', { name: 'Order' }, 'error name 100'],
  ['a name of 513 characters', { name: 'a'.repeat(513) }, 'error name 100'],
  ['a language that WhatsApp spells otherwise', { language: 'ro_RO' }, 'error language 100'],
  ['no text', body(' '), 'error body_missing 2388072'],
  ['1,025 characters', body('x'.repeat(1_025)), 'error body_length 2388040'],
  ['an emoji is more than one character', body(`${'x'.repeat(1_023)}🎭`), 'error body_length 2388040'],
  ['a variable at the beginning', body('{first_name}, everything is well.'), 'error edge_variable 2388299'],
  ['a variable at the end', body('Everything is well, dear {first_name}'), 'error edge_variable 2388299'],
  [
    'a full stop after the last variable',
    body('Everything is well, dear {first_name}.'),
    'warning edge_variable 2388299',
  ],
  [
    'variables side by side',
    body('Hi {first_name} {last_name}, all of it is quite well.'),
    'error adjacent_variables 2388072',
  ],
  [
    'more variables than words',
    body('Ok {first_name}, {order_id}, {total}, {venue} ok ok.'),
    'error too_many_variables 2388293',
  ],
  [
    'few words for two variables',
    body('Hi {first_name}, your {order_id} is here.'),
    'warning too_many_variables 2388293',
  ],
  ['a brace that stays open', body('All is {well\nhere.'), 'error unbalanced 2388072'],
  ['a number in place of a name', body('Hi {{1}}, everything is well.'), 'error unnamed_variable 2388072'],
  ['doubled braces without a name', body('Hi {{First Name}}, everything is well.'), 'error odd_braces 2388072'],
  ['braces without a name', body('Hi {First Name}, everything is well.'), 'warning odd_braces'],
  ['an empty fallback', body('Hi {first_name|}, everything about it is well.'), 'warning empty_fallback'],
  ['eleven emoji', body(`All is well ${'🎭'.repeat(11)} here.`), 'warning body_emoji'],
  ['three line breaks', body('All is well.\n\n\nBye.'), 'warning body_spacing 2388072'],
  ['two variables in a header', { header: 'A {order_id} b {total} c' }, 'error header_variables 2388047'],
  ['61 characters of header', { header: 'h'.repeat(61) }, 'error header_length 2388040'],
  ['marks in a header', { header: '*Bold*' }, 'error header_format 2388047'],
  ['an emoji in a header', { header: 'Hi 🎭' }, 'error header_format 2388047'],
  ['a line break in a header', { header: 'a\nb' }, 'error header_format 2388047'],
  ['a header that ends with its variable', { header: 'Order {order_id}' }, 'warning edge_variable'],
  ['a picture without a sample', { media: { format: 'image' } }, 'error media_sample 2388043'],
  ['a variable in a footer', { footer: 'by {first_name}' }, 'error footer_variable 2388073'],
  ['61 characters of footer', { footer: 'f'.repeat(61) }, 'error footer_length 2388040'],
  ['an emoji in a footer', { footer: 'bye 👋' }, 'error footer_format 2388073'],
  ['three addresses', buttons(...['a', 'b', 'c'].map(x => url(`https://t.example/${x}`, x))), 'error button_count'],
  ['two numbers', buttons(phone, { ...phone, text: 'Ring' }), 'error button_count'],
  [
    'eleven buttons',
    buttons(...Array.from({ length: 11 }, (_, n) => quick(`${n}`))),
    'error button_count',
    'error button_count',
  ],
  ['quick replies apart', buttons(quick('Yes'), phone, quick('No')), 'error button_order'],
  ['twice the same words', buttons(quick('Yes'), quick('Yes')), 'warning button_text'],
  ['26 characters on a button', buttons(quick('x'.repeat(26))), 'error button_length 2388040'],
  ['a variable on a button', buttons(quick('Hi {first_name}')), 'error button_format'],
  ['an emoji on a button', buttons(quick('Yes 👍')), 'error button_format'],
  ['a variable inside an address', buttons(url('https://t.example/{order_id}/x')), 'error url_variable'],
  ['two variables in an address', buttons(url('https://t.example/{order_id}{total}')), 'error url_variable'],
  ['a variable host', buttons(url('https://{venue}')), 'error url_format'],
  ['an address that is none', buttons(url('tickets.example')), 'error url_format'],
  ['a script for an address', buttons(url('javascript:alert(1)')), 'error url_format'],
  ['a shortened address', buttons(url('https://bit.ly/x')), 'warning url_shortener'],
  ['2,001 characters of address', buttons(url(`https://t.example/${'x'.repeat(1_983)}`)), 'error url_length 2388040'],
  ['a national number', buttons({ ...phone, phone_number: '0712345678' }), 'error button_phone 2388040'],
  ['a code of 21 characters', buttons({ type: 'copy_code', code: 'x'.repeat(21) }), 'error code_length 2388040'],
  ['a code of 16 characters', buttons({ type: 'copy_code', code: 'x'.repeat(16) }), 'warning code_length 2388040'],
  ['half of a code', buttons({ type: 'copy_code', code: 'X-{order_id}' }), 'error code_variable'],
  ['a button for codes elsewhere', buttons(otp), 'error otp_button INCORRECT_CATEGORY'],
  [
    'one tap without its app',
    { purpose: 'otp', ...CODE, buttons: [{ type: 'otp', otp_type: 'one_tap' }] },
    'error otp_apps',
  ],
  [
    'zero taps without a word about its terms',
    {
      purpose: 'otp',
      ...CODE,
      buttons: [{ type: 'otp', otp_type: 'zero_tap', apps: [{ package_name: 'a.b', signature_hash: 'K8a/AINcGX7' }] }],
    },
    'error otp_terms',
  ],
  [
    'a code that lasts two hours',
    { purpose: 'otp', ...CODE, authentication: { code_expiration_minutes: 120 }, buttons: [otp] },
    'error otp_expiry 100',
  ],
  ['a code without its button', { purpose: 'otp', ...CODE, buttons: [] }, 'error otp_button'],
  [
    'a variable that nobody fills',
    { ...body('Hi {first_name}, use {discount_code} for the next order.'), samples: { discount_code: 'X' } },
    'warning variable_not_offered',
  ],
  [
    'a variable that reviewers can’t picture',
    { purpose: 'receipt', ...body('You paid at {store_name} with your card today.') },
    'warning sample_missing 2388043',
  ],
  [
    'two fallbacks of one variable',
    body('Hi {first_name|friend}, dear {first_name|guest}, all about your order is well here.'),
    'warning fallback_differs',
  ],
  [
    'a code in another category',
    body('Hi {first_name}, your verification code is {order_id} for the next minutes.'),
    'error incorrect_category INCORRECT_CATEGORY',
  ],
  ['talk of codes', body('We never ask for your security code.'), 'warning incorrect_category INCORRECT_CATEGORY'],
  [
    'words that sell, in a confirmation',
    body('Thank you! Now get a special offer: 20% off, only today.'),
    'warning category_risk TAG_CONTENT_MISMATCH',
  ],
  [
    'words that sell, in Romanian with and without accents',
    { language: 'ro', ...body('Vă mulțumim! Profitați de reduceri și de ofertă.') },
    'warning category_risk TAG_CONTENT_MISMATCH',
  ],
  [
    'a code in Romanian',
    { language: 'ro', ...body('Bună {first_name}, codul de verificare este {order_id}, valabil azi.') },
    'error incorrect_category INCORRECT_CATEGORY',
  ],
];

for (const [what, changes, ...lines] of REFUSED)
  test(`said of ${what}: ${lines.join(', ')}`, () => {
    assert.deepEqual(found(changes), lines);
  });

test('a warning about variables names what is offered', () => {
  const [line] = lint(source({ ...body('Hi {first_name}, use {x} for the next order.'), samples: { x: '1' } }));
  assert.match(line!.message, /\{x\}.*first_name.*download_url/);
});

test('an authentication template gets the platform’s text and its button, whatever was written', () => {
  const complete = completeSource(
    source({
      purpose: 'otp',
      language: 'ro',
      body: 'mine',
      authentication: { add_security_recommendation: true, code_expiration_minutes: 5 },
    }),
  );
  assert.match(complete.body, /^\*\{code\}\* este codul/);
  assert.equal(complete.footer, 'Acest cod expiră în 5 minute.');
  assert.deepEqual(complete.buttons, [otp]);
  assert.deepEqual(lint(complete), []);
});
