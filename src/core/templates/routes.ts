import { LocaleText, Nullable, OneOf, type Static, Strict, Type, Variables } from '#lib/schema.ts';
import { PURPOSE_NAMES } from '../messages/purposes.ts';
import { PageQuery } from '../paging.ts';
import { route } from '../route.ts';
import { approveTemplate, deleteTemplate, unpauseTemplate } from './at-provider.ts';
import { changeTemplate, createTemplate, handIn, lintTemplate, listTemplates, readTemplate } from './handlers.ts';
import { previewTemplate } from './preview.ts';
import { TemplateBody, TemplatePatch } from './shapes.ts';
import { syncTemplates } from './sync.ts';
import { CATEGORIES, TEMPLATE_STATUSES } from './template.ts';
import { exampleLint, exampleTemplate, LintAnswer, TemplateAnswer, viewTemplate } from './view.ts';

const tag = 'Templates';
const nullable = Nullable(Type.String());
const IdParams = Strict({ id: Type.String() });

/** Answers come in three kinds: the template, the template with its lint, a page of them. */
const one = (description: string) => ({ description, schema: TemplateAnswer, example: exampleTemplate });
const linted = (description: string) => ({
  description,
  schema: Type.Intersect([TemplateAnswer, Type.Object({ lint: LintAnswer })]),
  example: { ...exampleTemplate, lint: [] },
});
const listed = {
  200: {
    description: 'A page',
    schema: Type.Object({ data: Type.Array(TemplateAnswer), next_cursor: nullable }),
    example: { data: [exampleTemplate], next_cursor: null },
  },
};

/** Older callers know the first two addresses, newer ones those under /api/v1; both see the same filters. */
const ListQueryShape = Strict({
  status: Type.Optional(OneOf(TEMPLATE_STATUSES)),
  category: Type.Optional(OneOf([...PURPOSE_NAMES, ...CATEGORIES], 'A purpose, or the provider’s category')),
  name: Type.Optional(Type.String({ pattern: '^[a-z0-9_]{1,512}$' })),
  language: Type.Optional(LocaleText),
  ...PageQuery,
});

const example: Static<typeof TemplateBody> = {
  name: 'order_confirm',
  category: 'order_confirm',
  language: 'en',
  body: 'Hi {first_name|there}, your order {order_id} is confirmed.',
  buttons: [{ type: 'url', text: 'Open ticket', url: 'https://tickets.example/{order_id}' }],
  submit: true,
};

/** Said wherever a text is taken. */
const TEXTS =
  'Variables stand in braces: `{first_name}`, or `{first_name|friend}` with what is shown when nobody gives a value. The category otp takes no text: WhatsApp writes it.';

// The same thing stands under several addresses, since callers were written against each. Whoever adds one adds a path
// and nothing else: there is one handler.
const create = (path: string) =>
  route({
    method: 'POST',
    path,
    scope: 'templates:write',
    tag,
    summary: 'Create or change a template',
    description: `A template is known by its name and language. ${TEXTS} With \`submit: true\` the provider is asked at once and the answer carries its status; a lint error then answers 422, since the provider would refuse it.`,
    body: TemplateBody,
    example,
    answers: { 201: linted('Created'), 200: linted('Changed') },
    handle: createTemplate,
  });

const list = (path: string) =>
  route({
    method: 'GET',
    path,
    scope: 'templates:read',
    tag,
    summary: 'List templates',
    description: 'With their standing at the provider and, where it reports one, their quality.',
    query: ListQueryShape,
    ...(path.includes('{tenantId}') ? { params: Strict({ tenantId: Type.String() }) } : {}),
    answers: listed,
    handle: (core, { tenant, query }) => listTemplates(core, tenant, query),
  });

const submit = (path: string) =>
  route({
    method: 'POST',
    path,
    scope: 'templates:write',
    tag,
    summary: 'Hand a template in',
    description:
      'Waits for the provider’s answer: mostly `pending`, and its webhook decides later. What it has already in this form is not handed in again. A lint error answers 422.',
    params: IdParams,
    answers: { 200: linted('Handed in') },
    handle: (core, { tenant, params }) => handIn(core, tenant, params.id),
  });

/**
 * Lint and sync stand before `{id}`, for readers: the router finds the fixed path first in any order. Approving by hand is
 * among the older addresses alone; under /api/v1 nothing pretends to be Meta.
 */
export const templateRoutes = [
  create('/api/wa/templates'),
  list('/api/wa/templates/{tenantId}'),
  create('/api/v1/templates'),
  list('/api/v1/templates'),
  route({
    method: 'POST',
    path: '/api/v1/templates/lint',
    scope: 'templates:read',
    tag,
    summary: 'Look a template over without storing it',
    description: `What the provider would refuse (\`error\`) and what may cost something (\`warning\`), each with its rule and the provider’s own number where it has one. ${TEXTS}`,
    body: TemplateBody,
    example: { ...example, body: 'Your order is {order_id}' },
    answers: {
      200: {
        description: 'Looked over',
        schema: Type.Object({ submittable: Type.Boolean(), meta_category: Type.String(), lint: LintAnswer }),
        example: { submittable: false, meta_category: 'UTILITY', lint: exampleLint },
      },
    },
    handle: lintTemplate,
  }),
  route({
    method: 'POST',
    path: '/api/v1/templates/sync',
    scope: 'templates:write',
    tag,
    summary: 'Compare with the provider’s list',
    description:
      'Reads all templates of the provider. Standing, category and text follow what it shows; what somebody made there is imported; what it no longer has is listed under `missing` and not deleted; what has parts that can’t be sent from here (carousels) under `unsupported`.',
    answers: {
      200: {
        description: 'What was found',
        schema: Type.Object({
          read: Type.Integer(),
          unchanged: Type.Integer(),
          updated: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), language: Type.String() })),
          imported: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), language: Type.String() })),
          missing: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), language: Type.String() })),
          unsupported: Type.Array(
            Type.Object({ name: Type.String(), language: Type.String(), parts: Type.Array(Type.String()) }),
          ),
        }),
        example: {
          read: 3,
          unchanged: 2,
          updated: [{ id: exampleTemplate.id, name: 'order_confirm', language: 'en' }],
          imported: [],
          missing: [],
          unsupported: [],
        },
      },
    },
    handle: (core, { tenant }) => syncTemplates(core, tenant),
  }),
  route({
    method: 'GET',
    path: '/api/v1/templates/{id}',
    scope: 'templates:read',
    tag,
    summary: 'Read one template',
    description: 'With its text, its standing, and an announced change of its category.',
    params: IdParams,
    answers: { 200: one('The template') },
    handle: async (core, { tenant, params }) => ({
      status: 200,
      body: viewTemplate(await readTemplate(core, tenant, params.id)),
    }),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/templates/{id}',
    scope: 'templates:write',
    tag,
    summary: 'Change parts of a template',
    description:
      'What is left out stays; `null` takes a header, a footer or the buttons away. A changed text is a draft until it is handed in again; fallbacks, payloads and links may change at any time. The category of an approved template stays: 409.',
    params: IdParams,
    body: TemplatePatch,
    example: { footer: 'Write STOP to get no more messages', submit: true },
    answers: { 200: linted('Changed') },
    handle: changeTemplate,
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/templates/{id}',
    scope: 'templates:write',
    tag,
    summary: 'Delete a template, here and at the provider',
    description:
      'Refused with 409 while messages wait for it. WhatsApp then keeps the name of an approved template for 30 days: `name_blocked_until`. Messages that were sent keep what they say.',
    params: IdParams,
    answers: {
      200: {
        description: 'Deleted',
        schema: Type.Object({
          id: Type.String(),
          name: Type.String(),
          language: Type.String(),
          deleted: Type.Boolean(),
          at_provider: Type.Boolean(),
          name_blocked_until: nullable,
          note: nullable,
        }),
        example: {
          id: exampleTemplate.id,
          name: 'order_confirm',
          language: 'en',
          deleted: true,
          at_provider: true,
          name_blocked_until: '2026-12-21T08:00:00.000Z',
          note: 'WhatsApp keeps the name of an approved template for 30 days',
        },
      },
    },
    handle: (core, { tenant, params }) => deleteTemplate(core, tenant, params.id),
  }),
  submit('/api/v1/templates/{id}/submit'),
  route({
    method: 'POST',
    path: '/api/v1/templates/{id}/unpause',
    scope: 'templates:write',
    tag,
    summary: 'Lift a pause',
    description:
      'For templates that WhatsApp paused while it watched how they were received: those stay paused until somebody says so. What waits for the template goes on within a minute.',
    params: IdParams,
    answers: { 200: one('Approved again') },
    handle: (core, { tenant, params }) => unpauseTemplate(core, tenant, params.id),
  }),
  route({
    method: 'POST',
    path: '/api/v1/templates/{id}/preview',
    scope: 'templates:read',
    tag,
    summary: 'Fill a template and look at it',
    description:
      'The text as it would be sent, and as a phone shows it: the body in runs of bold, italic, struck and monospaced words. With `locale` the language is chosen as for a message.',
    params: IdParams,
    body: Strict({ variables: Type.Optional(Variables), locale: Type.Optional(LocaleText) }),
    example: { variables: { first_name: 'Ana', order_id: 'A-1001' } },
    answers: {
      200: {
        description: 'Filled',
        schema: Type.Object({
          name: Type.String(),
          language: Type.String(),
          status: OneOf(TEMPLATE_STATUSES),
          rendered: Type.Object({}),
          missing: Type.Array(Type.String()),
          problems: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
          phone: Type.Object({}),
        }),
        example: {
          name: 'order_confirm',
          language: 'en',
          status: 'approved',
          rendered: { header: null, body: 'Hi Ana, your order *A-1001* is confirmed.', footer: null },
          missing: [],
          problems: [],
          phone: {
            header: null,
            body: [{ text: 'Hi Ana, your order ' }, { text: 'A-1001', bold: true }, { text: ' is confirmed.' }],
            footer: null,
            buttons: [],
            see_all_options: false,
          },
        },
      },
    },
    handle: async (core, { tenant, params, body }) => ({
      status: 200,
      body: await previewTemplate(core, tenant, params.id, body),
    }),
  }),
  list('/api/v1/whatsapp/templates'),
  create('/api/v1/whatsapp/templates'),
  submit('/api/v1/whatsapp/templates/{id}/submit'),
  route({
    method: 'POST',
    path: '/api/v1/whatsapp/templates/{id}/approve',
    scope: 'templates:write',
    tag,
    summary: 'Approve a template, in the sandbox',
    description: 'Only WhatsApp approves templates: outside of the sandbox this answers 409 `approval_is_metas`.',
    params: IdParams,
    answers: { 200: one('Approved') },
    handle: (core, { tenant, params }) => approveTemplate(core, tenant, params.id),
  }),
];
