/** Any message, sent or explained. */
import { iso, parseInstant } from '#lib/clock.ts';
import { InstantText, Strict, Type } from '#lib/schema.ts';
import { DecisionAnswer, exampleDecision } from '../answers.ts';
import { route } from '../route.ts';
import { answerSend, sendAnswers } from './answer-send.ts';
import { explain } from './explain.ts';
import { commandOf, SendBody } from './send-body.ts';
import { viewDecision } from './view.ts';

const example = {
  to: { phone: '+40712345678' },
  purpose: 'order_confirm' as const,
  template: { name: 'order_confirm', variables: { first_name: 'Ana', order_id: '1001' } },
};

export const sendRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/messages',
    scope: 'messages:send',
    sheds: true,
    tag: 'Messages',
    summary: 'Send a message of any kind',
    description:
      'A template for any purpose, or free text inside an open window. With a `reference` the same message is sent once, however often it is asked for. With `dry_run: true` nothing is stored and the text is shown.',
    body: Strict({ ...SendBody, dry_run: Type.Optional(Type.Boolean()) }),
    example,
    answers: sendAnswers,
    handle: async (core, { tenant, body, claim }) => {
      const { dry_run: dryRun = false, ...asked } = body;
      const command = await commandOf(core, tenant, asked, 'POST /api/v1/messages');
      return answerSend(core, tenant, { ...command, dryRun }, claim);
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/explain',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'What would happen to this message',
    description:
      'The decision with its trace, for now or for the instant `at`: every rule, what it found, and what would change it. Nothing is stored. For a moment in the past consent and windows are those of then; what has no history is named in `assumed`.',
    body: Strict({ ...SendBody, at: Type.Optional(InstantText) }),
    example: { ...example, at: '2026-11-28T03:00:00+02:00' },
    answers: {
      200: {
        description: 'The decision, and the text as it would be shown',
        schema: Type.Object({
          decision: DecisionAnswer,
          rendered: Type.Unknown(),
          as_of: Type.String(),
          assumed: Type.Array(Type.String()),
        }),
        example: {
          decision: exampleDecision,
          rendered: { header: null, body: 'Hi Ana, your order 1001 is confirmed.', footer: null },
          as_of: '2026-11-28T01:00:00.000Z',
          assumed: [],
        },
      },
    },
    handle: async (core, { tenant, body }) => {
      const { at, ...asked } = body;
      const command = await commandOf(core, tenant, asked, 'POST /api/v1/explain');
      const [told] = await explain(core, tenant, [command], at === undefined ? undefined : parseInstant(at));
      const { decision, rendered, asOf, assumed } = told!;
      return { status: 200, body: { decision: viewDecision(decision), rendered, as_of: iso(asOf), assumed } };
    },
  }),
];
