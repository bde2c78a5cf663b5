/**
 * Messages over HTTP: read, cancel, resolve, requeue. Nothing here sends or judges; what a person decides is handed to
 * resolve.ts, and what waits again passes the gate like everything else.
 */
import { alone, type Tx } from '#db/db.ts';
import { Fault, invalidField } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { OneOf, Strict, Type } from '#lib/schema.ts';
import { localDay } from '#lib/zone.ts';
import { EXAMPLE_ID, exampleDecision, exampleMessage, MessageAnswer } from '../answers.ts';
import { limitsOf } from '../budgets/spend.ts';
import { findContacts, identityOf, keyOf } from '../contacts/contact.ts';
import type { Core } from '../context.ts';
import { answerWith } from '../idempotency.ts';
import { FIRST_ID, idBound, LAST_ID, PageQuery, page, readCursor, readId } from '../paging.ts';
import { askedPhone } from '../people.ts';
import { repliesOf } from '../rates/forecast.ts';
import { route } from '../route.ts';
import { PURPOSE_NAMES } from './purposes.ts';
import { attemptList, messageList, messageRead } from './read-statements.ts';
import { requeue, resolveByPerson } from './resolve.ts';
import { messageCancel } from './resolve-statements.ts';
import { DEAD_LETTERS, STATE_NAMES } from './states.ts';
import { viewDetail, viewMessage } from './view.ts';

/** Held against the key before a handler runs (http/mount.ts); no handler reads it. */
const TenantParams = Strict({
  tenantId: Type.String({ description: 'The tenant’s id or slug; must be the key’s own' }),
});
const MessageParams = Strict({ tenantId: Type.String(), id: Type.String() });
const IdParams = Strict({ id: Type.String() });

const listAnswer = {
  200: {
    description: 'A page, the newest first',
    schema: Type.Object({ data: Type.Array(MessageAnswer), next_cursor: Type.Union([Type.String(), Type.Null()]) }),
    example: { data: [exampleMessage], next_cursor: null },
  },
};

/** What can't be an id is answered like an id that is not there: neither tells anything about other tenants. */
const idOf = (text: string): string => {
  const id = readId('message', text);
  if (id === undefined) throw new Fault('not_found', 'there is no such message');
  return id;
};

async function readOne(tx: Tx, text: string) {
  const id = idOf(text);
  const [[row], attempts] = await Promise.all([tx.run(messageRead, { id }), tx.run(attemptList, { id })]);
  if (!row) throw new Fault('not_found', 'there is no such message');
  return viewDetail(row, attempts);
}

const detailExample = {
  ...exampleMessage,
  origin: 'POST /api/wa/send/confirm',
  charged_as: { category: 'utility', type: 'regular', market: 'Romania' },
  rendered: { header: null, body: 'Bună, Ana! Comanda 1001 este confirmată.', footer: null },
  decision: exampleDecision,
  events: [{ event: 'created', at: '2026-11-21T08:00:00.000Z', detail: null }],
};
const detailAnswer = {
  200: {
    description: 'The message, its decision and everything that happened to it',
    schema: Type.Unknown(),
    example: detailExample,
  },
};

export const messageRoutes = [
  route({
    method: 'GET',
    path: '/api/wa/messages/{tenantId}',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'List messages',
    description: 'The newest first. Refused messages are rows like all others: `reason` says why nothing was sent.',
    params: TenantParams,
    query: Strict({
      status: Type.Optional(OneOf(STATE_NAMES)),
      type: Type.Optional(OneOf(PURPOSE_NAMES)),
      phone: Type.Optional(Type.String({ maxLength: 40 })),
      from: Type.Optional(Type.String({ maxLength: 40 })),
      to: Type.Optional(Type.String({ maxLength: 40 })),
      ...PageQuery,
    }),
    answers: listAnswer,
    handle: async (core, { tenant, query }) => {
      const limit = query.limit ?? 50;
      const contact = query.phone === undefined ? null : await contactOf(core, tenant, query.phone);
      // Nobody is known by it, so nothing was ever meant for it: an empty page, and no error.
      if (contact === undefined) return { status: 200, body: { data: [], next_cursor: null } };
      // Callers name business time, ids hold the machine's: in a turned sandbox the two lie apart.
      const offset = core.clock.offsetMs();
      const rows = await core.db.run(tenant, messageList, {
        before: query.cursor === undefined ? idBound(query.to, 'to', LAST_ID, offset) : readCursor(query.cursor),
        after: idBound(query.from, 'from', FIRST_ID, offset),
        states: query.status === undefined ? null : [query.status],
        purpose: query.type ?? null,
        contact,
        limit,
      });
      return { status: 200, body: page(rows, limit, viewMessage) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/wa/messages/{tenantId}/{id}',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'Read one message',
    description: 'With the decision that was taken, its trace, and every event since.',
    params: MessageParams,
    answers: detailAnswer,
    handle: async (core, { tenant, params }) => ({
      status: 200,
      body: await readOne(alone(core.db, tenant), params.id),
    }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/messages/{id}',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'Read one message by its id',
    description: 'The same as under `/api/wa/messages`, without the tenant in the path.',
    params: IdParams,
    answers: detailAnswer,
    handle: async (core, { tenant, params }) => ({
      status: 200,
      body: await readOne(alone(core.db, tenant), params.id),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/messages/{id}/cancel',
    scope: 'messages:send',
    tag: 'Messages',
    summary: 'Cancel a message that has not left',
    description:
      'Queued and leased messages can be taken back; their business key is free again. Afterwards it is too late: 409.',
    params: IdParams,
    answers: {
      200: {
        description: 'Cancelled',
        schema: Type.Object({ message_id: Type.String(), status: Type.String() }),
        example: { message_id: EXAMPLE_ID, status: 'cancelled' },
      },
    },
    handle: (core, { tenant, params, claim }) =>
      core.db.tx(tenant, async tx => {
        const id = idOf(params.id);
        const [cancelled] = await tx.run(messageCancel, { id });
        if (!cancelled) {
          const message = await readOne(tx, params.id);
          throw new Fault('conflict', `the message is ${message.status}: only queued messages can be cancelled`);
        }
        const body = { message_id: publicId('message', id), status: cancelled.state };
        return answerWith(tx, claim, { status: 200, body });
      }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/messages/{id}/resolve',
    scope: 'messages:send',
    tag: 'Messages',
    summary: 'Say what became of an unknown message',
    description:
      'For messages whose bytes left and whose answer never came. `sent` and `not_sent` record what you know; `resend` sends it once more, which may be a second copy on the phone.',
    params: IdParams,
    body: Strict({ as: OneOf(['sent', 'not_sent', 'resend']) }),
    example: { as: 'resend' },
    answers: detailAnswer,
    handle: async (core, { tenant, params, body, claim }) => {
      const answer = await core.db.tx(tenant, async tx => {
        await readOne(tx, params.id);
        await resolveByPerson(tx, idOf(params.id), body.as, core.clock.now());
        return answerWith(tx, claim, { status: 200, body: await readOne(tx, params.id) });
      });
      // After the commit: a worker that was woken sooner would find nothing and go back to sleep.
      core.wake('messages');
      return answer;
    },
  }),
  route({
    method: 'GET',
    path: '/api/wa/dead-letters/{tenantId}',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'List dead letters',
    description:
      'Messages that failed for good (`failed`) or used up their retries (`dead`), each with its error. Both wait for a person.',
    params: TenantParams,
    query: Strict({ status: Type.Optional(OneOf(DEAD_LETTERS)), ...PageQuery }),
    answers: listAnswer,
    handle: async (core, { tenant, query }) => {
      const limit = query.limit ?? 50;
      const rows = await core.db.run(tenant, messageList, {
        before: query.cursor === undefined ? LAST_ID : readCursor(query.cursor),
        after: FIRST_ID,
        states: query.status === undefined ? DEAD_LETTERS : [query.status],
        purpose: null,
        contact: null,
        limit,
      });
      return { status: 200, body: page(rows, limit, viewMessage) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/wa/dead-letters/{tenantId}/{id}/requeue',
    scope: 'messages:send',
    tag: 'Messages',
    summary: 'Send a dead letter again',
    description:
      'Back into the queue, with fresh retries; every rule is asked again at the gate. What the budget or the balance no longer pays for answers 409.',
    params: MessageParams,
    answers: {
      202: {
        description: 'Queued',
        schema: Type.Object({ requeued: Type.Integer(), message_ids: Type.Array(Type.String()) }),
        example: { requeued: 1, message_ids: [EXAMPLE_ID] },
      },
    },
    handle: async (core, { tenant, params, claim }) => {
      const { limits, replies } = await spendingOf(core, tenant);
      const answer = await core.db.tx(tenant, async tx => {
        // The state is asked only when nothing moved: asked first it could be another one by then.
        const { moved, unpaid } = await requeue(tx, [idOf(params.id)], limits, replies, core.clock.now());
        if (moved.length > 0) return answerWith(tx, claim, requeued(moved));
        if (unpaid.length > 0)
          throw new Fault('conflict', 'what is left of the budget or the balance does not pay for the message');
        const { status } = await readOne(tx, params.id);
        throw new Fault('conflict', `the message is ${status}: only failed and dead messages can be requeued`);
      });
      core.wake('messages');
      return answer;
    },
  }),
  route({
    method: 'POST',
    path: '/api/wa/dead-letters/{tenantId}/requeue',
    scope: 'messages:send',
    tag: 'Messages',
    summary: 'Send many dead letters again',
    description:
      'Up to 1,000 by their ids. What is no dead letter, or what the budget or the balance no longer pays for, is left alone and missing from the answer.',
    params: TenantParams,
    body: Strict({ ids: Type.Array(Type.String(), { minItems: 1, maxItems: 1_000 }) }),
    example: { ids: [EXAMPLE_ID] },
    answers: {
      202: {
        description: 'Queued',
        schema: Type.Object({ requeued: Type.Integer(), message_ids: Type.Array(Type.String()) }),
        example: { requeued: 1, message_ids: [EXAMPLE_ID] },
      },
    },
    handle: async (core, { tenant, body, claim }) => {
      const ids = body.ids.map((text, index) => {
        const id = readId('message', text);
        if (id === undefined) throw invalidField(`ids[${index}]`, 'this is not the id of a message');
        return id;
      });
      const { limits, replies } = await spendingOf(core, tenant);
      const answer = await core.db.tx(tenant, async tx => {
        // In one transaction, also of a thousand: nobody is told of half of them.
        const { moved } = await requeue(tx, [...new Set(ids)], limits, replies, core.clock.now());
        return answerWith(tx, claim, requeued(moved));
      });
      core.wake('messages');
      return answer;
    },
  }),
];

/** What a message that goes again has to be paid from. */
async function spendingOf(core: Core, tenant: string) {
  const settings = await core.settings.of(core.db, tenant);
  const limits = limitsOf(settings);
  const day = localDay(core.clock.now(), settings.prices.zone);
  return { limits, replies: limits && (await repliesOf(core, tenant, day)) };
}

const requeued = (ids: readonly string[]) => ({
  status: 202,
  body: { requeued: ids.length, message_ids: ids.map(id => publicId('message', id)) },
});

async function contactOf(core: Core, tenant: string, text: string): Promise<string | undefined> {
  const identity = identityOf(await askedPhone(core, tenant, text, 'phone'));
  return (await findContacts(alone(core.db, tenant), [identity])).get(keyOf(identity));
}
