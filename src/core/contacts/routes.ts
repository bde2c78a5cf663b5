/** People over HTTP: who they are, how they are known, what changed about that, and the way back. */
import type { Values } from '#db/column.ts';
import { alone, type Tx } from '#db/db.ts';
import { DAY_MS, iso, isoOrNull } from '#lib/clock.ts';
import { Fault, invalidField } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { Nullable, OneOf, Strict, Text, Type } from '#lib/schema.ts';
import { readStanding } from '../consents/service.ts';
import { ConsentAnswer, viewConsents } from '../consents/view.ts';
import { answerWith } from '../idempotency.ts';
import { INBOX_DAYS } from '../inbox/receive.ts';
import { LAST_ID, PageQuery, page, readCursor, readId } from '../paging.ts';
import { askedPhone } from '../people.ts';
import { route } from '../route.ts';
import { changeList } from './change-statements.ts';
import { findContacts, IDENTITY_KINDS, identityOf, keyOf, parseScopedId } from './contact.ts';
import { ERASE_REASONS, eraseContact } from './erase.ts';
import { mergeContacts, undoMerge } from './merge.ts';
import { contactList, contactRead, identityList } from './statements.ts';

const maybe = Nullable(Type.String());
/** Without a phone: a person may have none, or hide it. How somebody is known stands in the detail, with its kind. */
const ContactAnswer = Type.Object({
  id: Type.String(),
  first_name: maybe,
  last_name: maybe,
  locale: maybe,
  timezone: maybe,
  country: maybe,
  merged_into: maybe,
  erased_at: maybe,
  created_at: Type.String(),
});
const DetailAnswer = Type.Intersect([
  ContactAnswer,
  Type.Object({
    identities: Type.Array(Type.Object({ kind: OneOf(IDENTITY_KINDS), value: Type.String(), since: Type.String() })),
    consents: Type.Array(
      Type.Intersect([Type.Object({ purpose: Type.String(), channel: Type.String() }), ConsentAnswer]),
    ),
    changes: Type.Array(
      Type.Object({
        id: Type.String(),
        change: OneOf(['merge', 'number']),
        other: maybe,
        reason: Type.String(),
        by: Type.String(),
        at: Type.String(),
        undone_at: maybe,
      }),
    ),
  }),
]);

const view = (row: Values<typeof contactRead.row>) => ({
  id: publicId('contact', row.id),
  first_name: row.first_name,
  last_name: row.last_name,
  locale: row.locale,
  timezone: row.zone,
  country: row.country,
  merged_into: row.merged_into === null ? null : publicId('contact', row.merged_into),
  erased_at: isoOrNull(row.erased_at),
  created_at: iso(row.created_at),
});

/** On the handle that it is given: inside a transaction it shows what that one has just changed. */
async function detail(tx: Tx, id: string) {
  const [row] = await tx.run(contactRead, { id });
  if (!row) throw new Fault('not_found', 'there is no such contact');
  const [identities, standing, changes] = await Promise.all([
    tx.run(identityList, { contact: id }),
    readStanding(tx, id),
    tx.run(changeList, { contact: id }),
  ]);
  return {
    ...view(row),
    identities: identities.map(one => ({ kind: one.kind, value: one.value, since: iso(one.created_at) })),
    consents: viewConsents(standing),
    changes: changes.map(one => ({
      id: publicId('change', one.id),
      change: one.change,
      other: one.other_id === null ? null : publicId('contact', one.other_id),
      reason: one.reason,
      by: one.actor,
      at: iso(one.at),
      undone_at: isoOrNull(one.undone_at),
    })),
  };
}

const EXAMPLE = 'ctc_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b';
const example = {
  id: EXAMPLE,
  first_name: 'Ana',
  last_name: null,
  locale: 'ro',
  timezone: null,
  country: 'RO',
  merged_into: null,
  erased_at: null,
  created_at: '2026-11-21T08:00:00.000Z',
};
const detailAnswer = {
  200: {
    description: 'The contact, its identities, its consent and what changed about who it is',
    schema: DetailAnswer,
    example: {
      ...example,
      identities: [{ kind: 'phone', value: '+40712345678', since: '2026-11-21T08:00:00.000Z' }],
      consents: [],
      changes: [],
    },
  },
};

const IdParams = Strict({ id: Type.String() });
/** In a path, what can't be an id is one that isn't there; in a body the field is named. */
const idOf = (text: string, path = 'id'): string => {
  const id = readId('contact', text);
  if (id !== undefined) return id;
  if (path === 'id') throw new Fault('not_found', 'there is no such contact');
  throw invalidField(path, 'this is not the id of a contact');
};

const ErasedAnswer = Type.Object({
  contact_id: Type.String(),
  erased_at: Type.String(),
  cancelled: Type.Integer({ description: 'Messages that had not left' }),
  messages: Type.Integer({ description: 'Messages whose address and words are gone' }),
  raw_webhooks_until: Type.String({
    description: 'Raw webhooks that may name the person are dropped by then, but for days that hold a dead letter',
  }),
});

export const contactRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/contacts',
    scope: 'contacts:read',
    tag: 'Contacts',
    summary: 'List contacts, or find one',
    description: 'The newest first. With `phone` or `scoped_id` the one person who is known by it.',
    query: Strict({
      phone: Type.Optional(Type.String({ maxLength: 40 })),
      scoped_id: Type.Optional(Type.String({ maxLength: 140, description: 'WhatsApp’s business-scoped user id' })),
      ...PageQuery,
    }),
    answers: {
      200: {
        description: 'A page',
        schema: Type.Object({ data: Type.Array(ContactAnswer), next_cursor: maybe }),
        example: { data: [example], next_cursor: null },
      },
    },
    handle: async (core, { tenant, query }) => {
      const tx = alone(core.db, tenant);
      const limit = query.limit ?? 50;
      if (query.phone === undefined && query.scoped_id === undefined) {
        const before = query.cursor === undefined ? LAST_ID : readCursor(query.cursor);
        return { status: 200, body: page(await tx.run(contactList, { before, limit }), limit, view) };
      }
      if (query.scoped_id !== undefined && !parseScopedId(query.scoped_id))
        throw invalidField('scoped_id', 'this is no scoped id, such as RO.13491208655302741918');
      const address = query.scoped_id ?? (await askedPhone(core, tenant, query.phone!, 'phone'));
      const identity = identityOf(address);
      const id = (await findContacts(tx, [identity])).get(keyOf(identity));
      const rows = id === undefined ? [] : await tx.run(contactRead, { id });
      return { status: 200, body: { data: rows.map(view), next_cursor: null } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/contacts/{id}',
    scope: 'contacts:read',
    tag: 'Contacts',
    summary: 'Read one contact',
    description:
      'How the person is known, what they agreed to, and every merge and change of number with its reason. A contact that turned out to be another one says which.',
    params: IdParams,
    answers: detailAnswer,
    handle: async (core, { tenant, params }) => ({
      status: 200,
      body: await detail(alone(core.db, tenant), idOf(params.id)),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/contacts/{id}/merge',
    scope: 'contacts:write',
    tag: 'Contacts',
    summary: 'Merge another contact into this one',
    description:
      'They are one person: identities, open messages and consent become this contact’s. A stop that either of them wrote holds for both. The merge can be undone.',
    params: IdParams,
    body: Strict({ contact_id: Type.String(), reason: Text(200, 'Why they are one person; shown to people') }),
    example: { contact_id: EXAMPLE, reason: 'the same person at the till' },
    answers: detailAnswer,
    handle: async (core, { tenant, params, body, claim, actor }) =>
      core.db.tx(tenant, async tx => {
        const into = idOf(params.id);
        const from = idOf(body.contact_id, 'contact_id');
        // Before the merge, whose refusals are about people that exist.
        for (const id of [into, from]) {
          const [row] = await tx.run(contactRead, { id });
          if (!row) throw new Fault('not_found', 'there is no such contact');
        }
        await mergeContacts(core, tx, tenant, { into, from, reason: body.reason, actor });
        return answerWith(tx, claim, { status: 200, body: await detail(tx, into) });
      }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/contacts/{id}/changes/{change_id}/undo',
    scope: 'contacts:write',
    tag: 'Contacts',
    summary: 'Take a merge back',
    description:
      'The identities that had moved are the other contact’s again, and each has the consent of its own words.',
    params: Strict({ id: Type.String(), change_id: Type.String() }),
    answers: detailAnswer,
    handle: async (core, { tenant, params, claim, actor }) =>
      core.db.tx(tenant, async tx => {
        const id = idOf(params.id);
        const change = readId('change', params.change_id);
        // Through its own contact only: a change's id alone opens nothing.
        const known = change && (await tx.run(changeList, { contact: id })).some(one => one.id === change);
        if (!change || !known) throw new Fault('not_found', 'there is no such change of that contact');
        await undoMerge(core, tx, tenant, change, actor);
        return answerWith(tx, claim, { status: 200, body: await detail(tx, id) });
      }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/contacts/{id}/erase',
    scope: 'contacts:erase',
    tag: 'Contacts',
    summary: 'Erase a person',
    description:
      'Identities, names, what was written in either direction and the evidence of consent are gone; waiting messages are cancelled. What stays names nobody: counters, the chain of the consent ledger, and keyed hashes by which the person is recognised and left alone when their number is imported again. It can’t be undone.',
    params: IdParams,
    body: Strict({ reason: OneOf(ERASE_REASONS) }),
    example: { reason: 'asked_by_person' },
    answers: {
      200: {
        description: 'Erased, now or before',
        schema: ErasedAnswer,
        example: {
          contact_id: EXAMPLE,
          erased_at: '2026-11-21T08:00:00.000Z',
          cancelled: 1,
          messages: 12,
          raw_webhooks_until: '2026-12-22T00:00:00.000Z',
        },
      },
    },
    handle: (core, { tenant, params, body, claim, actor }) =>
      core.db.tx(tenant, async tx => {
        const erased = await eraseContact(core, tx, tenant, { id: idOf(params.id), reason: body.reason, actor });
        const [row] = await tx.run(contactRead, { id: erased.contactId });
        const erasedAt = row!.erased_at!;
        return answerWith(tx, claim, {
          status: 200,
          body: {
            contact_id: publicId('contact', erased.contactId),
            erased_at: iso(erasedAt),
            cancelled: erased.cancelled,
            messages: erased.messages,
            raw_webhooks_until: iso(erasedAt + (INBOX_DAYS + 1) * DAY_MS),
          },
        });
      }),
  }),
];
