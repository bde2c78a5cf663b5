import { alone } from '#db/db.ts';
import { invalidField } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { LocaleText, OneOf, Strict, Text, Type } from '#lib/schema.ts';
import { answerWith } from '../idempotency.ts';
import { PURPOSE_NAMES } from '../messages/purposes.ts';
import { FIRST_ID, PageQuery, page, readCursor } from '../paging.ts';
import { route } from '../route.ts';
import { type Saved, saveTemplate, submitTemplate, type TemplateRow, type TemplateSource } from './service.ts';
import { templateList } from './statements.ts';
import { lint, TEMPLATE_STATUSES } from './template.ts';

const viewTemplate = (row: TemplateRow) => ({
  id: publicId('template', row.id),
  name: row.name,
  language: row.language,
  category: row.purpose,
  meta_category: row.meta_category,
  status: row.status,
  status_reason: row.status_reason,
  quality: row.quality,
  header: row.header,
  body: row.body,
  footer: row.footer,
});

const nullable = Type.Union([Type.String(), Type.Null()]);
const TemplateAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  language: Type.String(),
  category: OneOf(PURPOSE_NAMES),
  meta_category: Type.String(),
  status: OneOf(TEMPLATE_STATUSES),
  status_reason: nullable,
  quality: nullable,
  header: nullable,
  body: Type.String(),
  footer: nullable,
});
const LintAnswer = Type.Array(
  Type.Object({ level: OneOf(['error', 'warning']), rule: Type.String(), message: Type.String() }),
);

const example = {
  id: 'tpl_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
  name: 'order_confirm',
  language: 'en',
  category: 'order_confirm',
  meta_category: 'UTILITY',
  status: 'pending',
  status_reason: null,
  quality: null,
  header: null,
  body: 'Hi {first_name}, your order {order_id} is confirmed.',
  footer: null,
};

const saved = (description: string) => ({
  description,
  schema: Type.Intersect([TemplateAnswer, Type.Object({ lint: LintAnswer })]),
  example: { ...example, lint: [] },
});

const answerOf = ({ created, lint: lines }: Saved, row: TemplateRow) => ({
  status: created ? 201 : 200,
  body: { ...viewTemplate(row), lint: lines },
});

export const templateRoutes = [
  route({
    method: 'POST',
    path: '/api/wa/templates',
    scope: 'templates:write',
    tag: 'Templates',
    summary: 'Create or change a template',
    description:
      'A template is known by its name and language. Variables stand in braces: `{first_name}`. With `submit: true` the provider is asked at once and the answer carries its status; a lint error then answers 422, since the provider would refuse it.',
    body: Strict({
      name: Type.String({ pattern: '^[a-z0-9_]{1,512}$', description: 'Lower-case letters, digits and underscores' }),
      category: OneOf(PURPOSE_NAMES, 'The purpose; the provider’s category follows from it'),
      language: LocaleText,
      body: Text(1_024),
      header: Type.Optional(Text(60)),
      footer: Type.Optional(Text(60)),
      samples: Type.Optional(
        Type.Record(
          Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
          Type.String({ minLength: 1, maxLength: 200, format: 'storable' }),
          { additionalProperties: false, maxProperties: 50 },
        ),
      ),
      submit: Type.Optional(Type.Boolean()),
    }),
    example: {
      name: 'order_confirm',
      category: 'order_confirm',
      language: 'en',
      body: 'Hi {first_name}, your order {order_id} is confirmed.',
      submit: true,
    },
    answers: { 201: saved('Created'), 200: saved('Changed') },
    handle: async (core, { tenant, body, claim }) => {
      const source: TemplateSource = {
        name: body.name,
        language: body.language,
        purpose: body.category,
        header: body.header ?? null,
        body: body.body,
        footer: body.footer ?? null,
        samples: body.samples ?? {},
      };
      const wrong = body.submit ? lint(source.name, source).find(line => line.level === 'error') : undefined;
      if (wrong) throw invalidField('body', wrong.message);
      const now = core.clock.now();
      if (!body.submit)
        return core.db.tx(tenant, async tx => {
          const saved = await saveTemplate(tx, source, now);
          return answerWith(tx, claim, answerOf(saved, saved.row));
        });
      // No transaction, since the provider is asked in between. A crash there is mended by the same call said again.
      const saved = await saveTemplate(alone(core.db, tenant), source, now);
      return answerOf(saved, await submitTemplate(core, tenant, source, saved.row));
    },
  }),
  route({
    method: 'GET',
    path: '/api/wa/templates/{tenantId}',
    scope: 'templates:read',
    tag: 'Templates',
    summary: 'List templates',
    description: 'With their standing at the provider and, where it reports one, their quality.',
    params: Strict({ tenantId: Type.String() }),
    query: Strict({ ...PageQuery }),
    answers: {
      200: {
        description: 'A page',
        schema: Type.Object({ data: Type.Array(TemplateAnswer), next_cursor: nullable }),
        example: { data: [example], next_cursor: null },
      },
    },
    handle: async (core, { tenant, query }) => {
      const limit = query.limit ?? 50;
      const after = query.cursor === undefined ? FIRST_ID : readCursor(query.cursor);
      return {
        status: 200,
        body: page(await core.db.run(tenant, templateList, { after, limit }), limit, viewTemplate),
      };
    },
  }),
];
