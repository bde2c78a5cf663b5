/**
 * Figures over HTTP. Those of messages are read from counters and never from the messages: the answer costs the same
 * however many there have been.
 */
import { parseInstant } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { MaybeMoney, Nullable, Strict, Type } from '#lib/schema.ts';
import { route } from '../route.ts';
import { readStats } from './stats.ts';

const Counts = Type.Record(Type.String(), Type.Integer());
/** An example, and the whole list of what is counted: each state has a place of its own, or is part of another's. */
const counts = {
  queued: 0,
  sent: 2,
  delivered: 2,
  read: 1,
  refused: 1,
  unknown: 0,
  failed: 0,
  dead: 0,
  cancelled: 0,
  expired: 0,
};

/** Whole hours are counted; the last instants that both clocks and PostgreSQL can write bound an open end. */
const EARLIEST = 0;
const LATEST = Date.UTC(9998, 0, 1);

/** Without an offset an instant is nobody's: "the 21st" ends at another moment in every zone. */
function bound(text: string | undefined, path: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  const instant = parseInstant(text);
  if (instant === undefined) throw invalidField(path, 'give an instant with its offset, such as 2026-11-21T08:00:00Z');
  return instant;
}

export const statRoutes = [
  route({
    method: 'GET',
    path: '/api/wa/stats/{tenantId}',
    scope: 'messages:read',
    tag: 'Statistics',
    summary: 'Figures of messages, consent and templates',
    description:
      'Counted by the hour in which a message was created, current to the last commit. `sent` includes `delivered`, which includes `read`; `queued` is everything not yet sent. `from` and `to` are taken by their hour. `cost` is in the billing currency of the account, of the messages that were created then: `actual` is what those that arrived cost by what the provider’s receipts charged them as, `unpriced` how many of them have no known price.',
    params: Strict({ tenantId: Type.String() }),
    query: Strict({
      from: Type.Optional(Type.String({ maxLength: 40 })),
      to: Type.Optional(Type.String({ maxLength: 40 })),
    }),
    answers: {
      200: {
        description: 'The figures',
        schema: Type.Object({
          messages: Counts,
          rates: Type.Object({ delivery: Type.Number(), read: Type.Number(), failure: Type.Number() }),
          cost: Type.Object({
            estimated: MaybeMoney,
            actual: MaybeMoney,
            currency: Nullable(Type.String()),
            per_message: MaybeMoney,
            unpriced: Type.Integer(),
          }),
          consent: Type.Object({
            opted_in: Type.Integer(),
            opted_out: Type.Integer(),
            opt_in_rate: Type.Number(),
            opt_out_rate: Type.Number(),
          }),
          templates: Type.Object({
            approved: Type.Integer(),
            pending: Type.Integer(),
            rejected: Type.Integer(),
            approval_rate: Type.Number(),
          }),
          by_type: Type.Record(Type.String(), Counts),
          by_provider: Type.Record(Type.String(), Counts),
        }),
        example: {
          messages: counts,
          rates: { delivery: 1, read: 0.5, failure: 0 },
          cost: {
            estimated: { amount_micros: 47_800, currency: 'EUR' },
            actual: { amount_micros: 47_800, currency: 'EUR' },
            currency: 'EUR',
            per_message: { amount_micros: 23_900, currency: 'EUR' },
            unpriced: 0,
          },
          consent: { opted_in: 2, opted_out: 0, opt_in_rate: 1, opt_out_rate: 0 },
          templates: { approved: 2, pending: 0, rejected: 0, approval_rate: 1 },
          by_type: { order_confirm: counts },
          by_provider: { meta: counts },
        },
      },
    },
    handle: async (core, { tenant, query }) => {
      const from = bound(query.from, 'from', EARLIEST);
      const to = bound(query.to, 'to', LATEST);
      if (to < from) throw invalidField('to', 'this is before `from`');
      return { status: 200, body: await readStats(core, tenant, from, to) };
    },
  }),
];
