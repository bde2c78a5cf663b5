/** A template as callers see it, and as documented. */
import { isoOrNull } from '#lib/clock.ts';
import { publicId } from '#lib/id.ts';
import { Nullable, OneOf, Type } from '#lib/schema.ts';
import { PURPOSE_NAMES } from '../messages/purposes.ts';
import type { LintLine } from './complaint.ts';
import { everyVariable } from './render.ts';
import type { TemplateRow } from './service.ts';
import { TEMPLATE_STATUSES } from './template.ts';

export const viewTemplate = (row: TemplateRow) => ({
  id: publicId('template', row.id),
  name: row.name,
  language: row.language,
  category: row.purpose,
  meta_category: row.meta_category,
  category_change: row.next_category === null ? null : { to: row.next_category, at: isoOrNull(row.next_category_at) },
  status: row.status,
  status_reason: row.status_reason,
  quality: row.quality,
  // As it was written: a text stays a text for callers that know nothing else.
  header: row.media ?? row.header,
  body: row.body,
  footer: row.footer,
  buttons: row.buttons,
  authentication: row.authentication,
  // Everything that a message has to bring, wherever it stands; a caller need not read the braces.
  variables: [...new Set(everyVariable(row).map(({ name }) => name))],
  samples: row.samples,
  changed_by_provider_at: isoOrNull(row.followed_at),
});

/** Parts of a template are described where they are written (shapes.ts); here only what they are. */
const nullable = Nullable(Type.String());

export const TemplateAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  language: Type.String(),
  category: OneOf(PURPOSE_NAMES),
  meta_category: Type.String({ description: 'The provider’s category, which new messages are charged by' }),
  category_change: Nullable(
    Type.Object({ to: Type.String(), at: nullable }, { description: 'A change that the provider has announced' }),
  ),
  status: OneOf(TEMPLATE_STATUSES),
  status_reason: nullable,
  quality: nullable,
  header: Type.Union([Type.String(), Type.Object({ format: Type.String() }), Type.Null()]),
  body: Type.String(),
  footer: nullable,
  buttons: Type.Array(Type.Object({ type: Type.String() })),
  authentication: Nullable(Type.Object({})),
  variables: Type.Array(Type.String()),
  samples: Type.Record(Type.String(), Type.String()),
  changed_by_provider_at: Nullable(
    Type.String({ description: 'When the provider made another text of it than was handed in; ours follows' }),
  ),
});

export const LintAnswer = Type.Array(
  Type.Object({
    level: OneOf(['error', 'warning']),
    rule: Type.String(),
    message: Type.String(),
    field: Type.String(),
    code: Type.Optional(Type.String({ description: 'The provider’s own number or word for it' })),
  }),
);

/** As the sandbox would answer it, a moment before its review. */
export const exampleTemplate = {
  id: 'tpl_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
  name: 'order_confirm',
  language: 'en',
  category: 'order_confirm',
  meta_category: 'UTILITY',
  category_change: null,
  status: 'pending',
  status_reason: null,
  quality: null,
  header: null,
  body: 'Hi {first_name|there}, your order {order_id} is confirmed.',
  footer: null,
  buttons: [{ type: 'url', text: 'Open ticket', url: 'https://tickets.example/{order_id}' }],
  authentication: null,
  variables: ['first_name', 'order_id'],
  samples: {},
  changed_by_provider_at: null,
};

/** The most frequent of all refusals. */
export const exampleLint: LintLine[] = [
  {
    level: 'error',
    rule: 'edge_variable',
    message: 'the body may not begin or end with a variable: put words there',
    field: 'body',
    code: '2388299',
  },
];
