/** Texts that may be an opt-out, and a person's decision about each. */

import type { Values } from '#db/column.ts';
import { iso, isoOrNull } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { Nullable, OneOf, Strict, Type } from '#lib/schema.ts';
import { CHANNELS, CONSENT_PURPOSES } from '../consents/consent.ts';
import { recordConsent } from '../consents/service.ts';
import { answerWith } from '../idempotency.ts';
import { FIRST_ID, PageQuery, page, readCursor, readId } from '../paging.ts';
import { route } from '../route.ts';
import { doubtDecide, doubtList, doubtRest } from './doubt-statements.ts';

const DECISIONS = ['opt_out', 'keep'] as const;

const DoubtAnswer = Type.Object({
  id: Type.String(),
  contact_id: Type.String(),
  text: Type.String(),
  said_at: Type.String(),
  decision: Nullable(OneOf(DECISIONS)),
  decided_by: Nullable(Type.String()),
  decided_at: Nullable(Type.String()),
});

const view = (row: Values<typeof doubtList.row>) => ({
  id: publicId('doubt', row.id),
  contact_id: publicId('contact', row.contact_id),
  text: row.text,
  said_at: iso(row.said_at),
  decision: row.decision,
  decided_by: row.decided_by,
  decided_at: isoOrNull(row.decided_at),
});

const example = {
  id: 'dbt_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
  contact_id: 'ctc_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
  text: 'Could you please stop sending me so many offers?',
  said_at: '2026-11-21T08:00:00.000Z',
  decision: null,
  decided_by: null,
  decided_at: null,
};

export const doubtRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/consents/possible-opt-outs',
    scope: 'consents:read',
    tag: 'Consent',
    summary: 'List texts that may be an opt-out',
    description:
      'Longer texts with a word such as STOP in them. Marketing to the person waits until somebody has decided; everything else goes on.',
    query: Strict({ decided: Type.Optional(Type.Boolean()), ...PageQuery }),
    answers: {
      200: {
        description: 'A page, the oldest first',
        schema: Type.Object({ data: Type.Array(DoubtAnswer), next_cursor: Nullable(Type.String()) }),
        example: { data: [example], next_cursor: null },
      },
    },
    handle: async (core, { tenant, query }) => {
      const limit = query.limit ?? 50;
      const after = query.cursor === undefined ? FIRST_ID : readCursor(query.cursor);
      const rows = await core.db.run(tenant, doubtList, { decided: query.decided ?? false, after, limit });
      return { status: 200, body: page(rows, limit, view) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/consents/possible-opt-outs/{id}',
    scope: 'consents:write',
    tag: 'Consent',
    summary: 'Decide about a possible opt-out',
    description: '`opt_out` withdraws every purpose on every channel, as a STOP does; `keep` lets marketing go on.',
    params: Strict({ id: Type.String() }),
    body: Strict({ as: OneOf(DECISIONS) }),
    example: { as: 'opt_out' },
    answers: { 200: { description: 'Decided', schema: DoubtAnswer, example: { ...example, decision: 'opt_out' } } },
    handle: async (core, { tenant, params, body, claim, actor }) =>
      core.db.tx(tenant, async tx => {
        const id = readId('doubt', params.id);
        const now = core.clock.now();
        const [row] = id ? await tx.run(doubtDecide, { id, decision: body.as, by: actor, now }) : [];
        if (!row) throw new Fault('not_found', 'there is no such text, or somebody has decided about it already');
        const out = body.as === 'opt_out';
        const answer = await answerWith(tx, claim, { status: 200, body: view(row) });
        const [rest] = await tx.run(doubtRest, { contact: row.contact_id });
        // Another text of theirs still waits to be read: until then nothing goes on.
        if (!out && rest!.open > 0) return answer;
        await recordConsent(core, tx, tenant, {
          contactId: row.contact_id,
          action: out ? 'withdraw' : 'unpause',
          purposes: out ? CONSENT_PURPOSES : ['marketing'],
          channels: CHANNELS,
          // Their own words, read by somebody: an opt-out stands like a STOP, and no later claim lifts it.
          saidBy: out ? 'person' : 'business',
          actor,
          source: out ? 'opt-out in a longer text' : 'possible opt-out was none',
          at: out ? row.said_at : rest!.latest!,
          evidence: { doubt: row.id, text: row.text },
        });
        return answer;
      }),
  }),
];
