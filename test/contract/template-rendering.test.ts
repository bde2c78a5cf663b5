/**
 * What a preview shows is what a phone shows. Templates of all kinds with values of all kinds go the whole way: our parts,
 * the adapter's components and parameters, the platform's own filling, which shares no line with ours.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { EmulatorWorld, MessageContent } from '#core/emulation.ts';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import type { LintSource } from '../../src/core/templates/complaint.ts';
import { draftText } from '../../src/core/templates/draft.ts';
import { lint } from '../../src/core/templates/lint.ts';
import type { TemplateButton } from '../../src/core/templates/parts.ts';
import { type Rendering, render } from '../../src/core/templates/render.ts';
import { completeSource } from '../../src/core/templates/service.ts';
import { plainText } from '../../src/core/templates/text.ts';
import { variableText } from '../../src/core/templates/values.ts';
import { formatOf, fromComponents, toComponents } from '../../src/providers/meta/components.ts';
import { fillTemplate } from '../../src/providers/meta/emulator/template-fill.ts';
import { readComponents } from '../../src/providers/meta/emulator/template-rules.ts';
import { metaEmulator } from '../../src/providers/meta/emulator.ts';
import { toBody } from '../../src/providers/meta/send.ts';

let emulator: Emulator;
let world: EmulatorWorld;
before(async () => {
  emulator = await startEmulator({ parts: [metaEmulator], accounts: [] });
  world = emulator.world;
});
after(() => emulator.close());

const NAMES = ['first_name', 'order_id', 'total', 'x'] as const;
const variable = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('', '|friend', '| a *b* c', '|ș'))
  .map(([name, fallback]) => `{${name}${fallback}}`);
const words = fc.constantFrom(
  'Hello',
  'your *order*',
  '_all_ is',
  'בית',
  'număr',
  '🎭 ok',
  '~no~',
  '`mono`',
  'https://t.example/a_b',
);
const sentence = fc
  .array(fc.tuple(words, words, words, variable), { maxLength: 4 })
  .map(parts => `${parts.map(part => part.join(' ')).join(', ')} and that is all of it`.trim());
const value = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
  fc.constantFrom(
    'Ana',
    '{order_id}',
    '{{1}}',
    '*bold*',
    '\u202eabc',
    'דנה',
    'a\u2069b',
    '$& $1',
    '\n\n',
    '   ',
    '\u200b',
    '<b>',
    '%41',
  ),
);
const values = fc.record(Object.fromEntries(NAMES.map(name => [name, fc.option(value, { nil: undefined })])));

const button = fc.oneof(
  fc.constantFrom<TemplateButton>(
    { type: 'url', text: 'Open', url: 'https://t.example/o/{order_id}' },
    { type: 'url', text: 'Look', url: 'https://t.example/' },
    { type: 'phone_number', text: 'Call', phone_number: '+40712345678' },
    { type: 'copy_code', code: '{x|SAVE10}' },
    { type: 'request_contact_info' },
    { type: 'flow', text: 'Rate', flow_id: '1' },
  ),
);
const replies = fc.constantFrom<TemplateButton[]>(
  [],
  [
    { type: 'quick_reply', text: 'Yes', payload: 'y:{order_id}' },
    { type: 'quick_reply', text: 'No' },
  ],
);
const template = fc.record({
  header: fc.option(fc.constantFrom('Hello there', 'Order {order_id} is here', 'For {first_name|you}, now')),
  body: sentence,
  footer: fc.option(fc.constant('Write STOP to get no more')),
  buttons: fc
    .tuple(replies, fc.uniqueArray(button, { maxLength: 4, selector: each => each.type }))
    .map(([quick, others]) => [...quick, ...others]),
});

const sourceOf = (changes: Partial<LintSource>): LintSource =>
  completeSource({
    name: 'a',
    language: 'en',
    purpose: 'receipt',
    header: null,
    body: '',
    footer: null,
    samples: {},
    ...changes,
  });

/** Handed in as the adapter does it, kept as the platform keeps it. */
function keep(source: LintSource & { positional?: boolean }) {
  const draft = draftText(source);
  const context = { world, category: draft.category, named: formatOf(draft) === 'NAMED' };
  const components = readComponents(JSON.parse(JSON.stringify(toComponents(draft))), context);
  assert.ok(Array.isArray(components), JSON.stringify([source, components]));
  return {
    id: '1',
    businessAccountId: '2',
    name: source.name,
    language: source.language,
    category: draft.category,
    parameterFormat: formatOf(draft),
    components,
    status: 'APPROVED',
    rejectedReason: 'NONE',
    quality: 'UNKNOWN',
    createdAt: 0,
    pauses: 0,
  };
}

/** Sent as the adapter sends it, filled as the platform fills it. */
function fillThere(source: LintSource & { positional?: boolean }, rendering: Rendering): MessageContent {
  const { rendered: _, missing: __, media, ...told } = rendering;
  const { name, language, positional = Boolean(source.authentication) } = source;
  const content = {
    kind: 'template',
    providerTemplateId: null,
    name,
    language,
    positional,
    ...told,
    ...(media ? { media } : {}),
  } as const;
  const body = toBody({ to: '+40712345678', correlation: 'msg_x.1', content }) as {
    template: { components?: Record<string, unknown>[] };
  };
  const filled = fillTemplate(keep(source), body.template.components ?? []);
  assert.ok(!('status' in filled), JSON.stringify(filled));
  return filled;
}

const giveAll = (given: Record<string, string | undefined>) =>
  new Map(Object.entries(given).flatMap(([name, text]) => (text === undefined ? [] : [[name, variableText(text)]])));

/** What a button shows, in either spelling. */
const essence = (each: { url?: string; payload?: string; code?: string; phone_number?: string; type: string }) =>
  each.type === 'quick_reply'
    ? undefined
    : (each.code ?? (each.phone_number ? `tel:${each.phone_number}` : (each.url ?? each.payload)));

test('for every template and every value the phone shows what the preview showed', () => {
  let compared = 0;
  fc.assert(
    fc.property(template, values, (parts, given) => {
      const source = sourceOf(parts);
      const rendering = render(source, giveAll(given));
      const code = rendering.rendered.buttons?.find(each => each.type === 'copy_code')?.code ?? '';
      // What is missing is never sent; what is too long the platform refuses, and the preview says so.
      if (rendering.missing.length > 0 || rendering.rendered.body.length > 1_024 || code.length > 20) return;
      const shown = fillThere(source, rendering);
      assert.equal(shown.text, rendering.rendered.body);
      assert.equal(shown.header ?? null, rendering.rendered.header);
      assert.equal(shown.footer ?? null, rendering.rendered.footer);
      assert.deepEqual((shown.buttons ?? []).map(essence), (rendering.rendered.buttons ?? []).map(essence));
      compared += 1;
    }),
    { numRuns: 1_000 },
  );
  assert.ok(compared > 300, `only ${compared} were compared`);
});

test('so it is for one-time codes, whose text each side writes for itself', () => {
  for (const language of ['en', 'ro'])
    for (const authentication of [{}, { add_security_recommendation: true }, { code_expiration_minutes: 7 }]) {
      const source = sourceOf({ purpose: 'otp', language, authentication });
      const rendering = render(source, new Map([['code', '493021']]));
      const shown = fillThere(source, rendering);
      assert.deepEqual([shown.text, shown.footer ?? null], [rendering.rendered.body, rendering.rendered.footer]);
      assert.equal(shown.buttons?.[0]?.payload, '493021');
    }
});

test('a template read back from the platform says what was handed in', () => {
  fc.assert(
    fc.property(template, parts => {
      const source = sourceOf(parts);
      const kept = keep(source);
      const { parts: read, unknown } = fromComponents(kept.components, false, kept.category);
      assert.deepEqual(unknown, []);
      assert.deepEqual(
        [read.header, read.body, read.footer],
        [source.header === null ? null : plainText(source.header), plainText(source.body), source.footer],
      );
      assert.deepEqual(
        read.buttons.map(each => each.type),
        (source.buttons ?? []).map(each => each.type),
      );
    }),
  );
});

test('what the lint lets through the platform takes, and what the platform refuses the lint has refused', () => {
  const odd = fc.constantFrom(
    '{first_name}',
    '{order_id|x}',
    ' ',
    '\n',
    'word',
    '🎭',
    '*',
    '.',
    '{{total}}',
    'a'.repeat(300),
    '{',
    '}',
  );
  const part = fc.array(odd, { maxLength: 8 }).map(list => list.join(''));
  let refused = 0;
  fc.assert(
    fc.property(part, fc.option(part), fc.option(part), (body, header, footer) => {
      const source = sourceOf({ body, header, footer });
      const wrong = lint(source).filter(line => line.level === 'error');
      const draft = draftText(source);
      const answer = readComponents(JSON.parse(JSON.stringify(toComponents(draft))), {
        world,
        category: draft.category,
        named: true,
      });
      if (!Array.isArray(answer)) {
        refused += 1;
        assert.ok(wrong.length > 0, `the platform says ${JSON.stringify(answer)} of ${JSON.stringify(source)}`);
      }
    }),
    { numRuns: 5_000 },
  );
  assert.ok(refused > 200, `only ${refused} were refused`);
});
