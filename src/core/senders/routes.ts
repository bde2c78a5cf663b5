/** Senders over HTTP: what they are and how fast they may go. Credentials go in by the environment and never come out. */
import type { Values } from '#db/column.ts';
import { alone, type Tx } from '#db/db.ts';
import { Fault } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { Nullable, OneOf, Strict, Type } from '#lib/schema.ts';
import { answerWith } from '../idempotency.ts';
import { readId } from '../paging.ts';
import { route } from '../route.ts';
import { senderChange, senderList } from './statements.ts';

const SenderAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  provider: Type.String(),
  channel: Type.String(),
  address: Nullable(Type.String()),
  default: Type.Boolean(),
  status: OneOf(['active', 'disabled']),
  status_reason: Nullable(Type.String()),
  throughput_per_second: Type.Integer(),
  portfolio_limit: Nullable(Type.Integer()),
});

const view = (row: Values<typeof senderList.row>) => ({
  id: publicId('sender', row.id),
  name: row.name,
  provider: row.provider,
  channel: row.channel,
  address: row.address,
  default: row.is_default,
  status: row.status,
  status_reason: row.status_reason,
  throughput_per_second: row.throughput_per_second,
  portfolio_limit: row.portfolio_limit,
});

const example = {
  id: 'snd_019ab3f05c1e7d0f8a2b4c6d8e0f1a2c',
  name: 'Default',
  provider: 'meta',
  channel: 'whatsapp',
  address: '+40312345678',
  default: true,
  status: 'active' as const,
  status_reason: null,
  throughput_per_second: 80,
  portfolio_limit: 2_000,
};

/** A tenant has a handful, so this list has no pages. */
const list = (tx: Tx) => tx.run(senderList, {});

export const senderRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/senders',
    scope: 'settings:read',
    tag: 'Settings',
    summary: 'List the senders',
    description: 'With the pace and the limit of each, and why one is disabled. Credentials are never shown.',
    answers: {
      200: {
        description: 'All of them',
        schema: Type.Object({ data: Type.Array(SenderAnswer), next_cursor: Type.Null() }),
        example: { data: [example], next_cursor: null },
      },
    },
    handle: async (core, { tenant }) => ({
      status: 200,
      body: { data: (await list(alone(core.db, tenant))).map(view), next_cursor: null },
    }),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/senders/{id}',
    scope: 'settings:write',
    tag: 'Settings',
    summary: 'Set a sender’s pace and limit, or enable it again',
    description:
      'A sender that its provider blocked holds its queue; after you have mended what the provider complains of, `status: "active"` lets it go on. A ban holds it until the provider lifts it, or you do; what you switched off stays off until you switch it on. `portfolio_limit` is how many different people it may write to first in 24 hours; `null` holds nothing back.',
    params: Strict({ id: Type.String() }),
    body: Strict({
      throughput_per_second: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      portfolio_limit: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 1_000_000_000 }))),
      status: Type.Optional(OneOf(['active', 'disabled'])),
    }),
    example: { throughput_per_second: 80, portfolio_limit: 2_000 },
    answers: { 200: { description: 'The sender as it is now', schema: SenderAnswer, example } },
    handle: async (core, { tenant, params, body, claim }) => {
      const id = readId('sender', params.id);
      const changed = await core.db.tx(tenant, async tx => {
        const known = id === undefined ? undefined : (await list(tx)).find(sender => sender.id === id);
        if (!known) throw new Fault('not_found', 'there is no such sender');
        await tx.run(senderChange, {
          id: known.id,
          throughput: body.throughput_per_second ?? null,
          limited: body.portfolio_limit !== undefined,
          portfolio_limit: body.portfolio_limit ?? null,
          status: body.status ?? null,
          now: core.clock.now(),
        });
        const row = (await list(tx)).find(sender => sender.id === id)!;
        return answerWith(tx, claim, { status: 200, body: view(row) });
      });
      core.senders.forget();
      core.wake('messages');
      return changed;
    },
  }),
];
