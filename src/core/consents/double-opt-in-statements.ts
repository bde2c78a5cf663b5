/** Questions that wait for a YES. Several may wait for one person; each grants what it showed and nothing else. */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// The same question that waits already: asked again it is the same message.
export const requestSame = statement({
  name: 'opt_in_request_same',
  owner: 'consents',
  params: { contact: c.uuid, purposes: c.list(c.text), channels: c.list(c.text), text: c.text, now: c.instant },
  row: { id: c.uuid, expires_at: c.instant },
  sql: `select id, expires_at from opt_in_request
    where contact_id = :contact and tenant_id is not distinct from :tenant and purposes = :purposes and channels = :channels and text = :text
      and answered_at is null and dropped_at is null and expires_at > :now order by asked_at desc limit 1`,
});

// Under the contact's lock, so that of two that ask the same at once one asks.
export const requestOpen = statement({
  name: 'opt_in_request_open',
  owner: 'consents',
  params: {
    id: c.uuid,
    contact: c.uuid,
    purposes: c.list(c.text),
    channels: c.list(c.text),
    source: c.text,
    text: c.text,
    text_version: c.maybe(c.text),
    locale: c.maybe(c.text),
    asked_at: c.instant,
    expires_at: c.instant,
  },
  row: {},
  sql: `insert into opt_in_request (tenant_id, id, contact_id, purposes, channels, source, text, text_version, locale, asked_at, expires_at)
    values (:tenant, :id, :contact, :purposes, :channels, :source, :text, :text_version, :locale, :asked_at, :expires_at)`,
});

// Which message asks it: until one does, nobody was asked.
export const requestSent = statement({
  name: 'opt_in_request_sent',
  owner: 'consents',
  params: { id: c.uuid, message: c.uuid },
  row: {},
  sql: 'update opt_in_request set message_id = :message where tenant_id = :tenant and id = :id',
});

// A question that was never asked, or whose message came to nothing.
export const requestVoid = statement({
  name: 'opt_in_request_void',
  owner: 'consents',
  params: { id: c.uuid },
  row: {},
  sql: 'delete from opt_in_request where tenant_id = :tenant and id = :id and answered_at is null',
});

// The question that a YES of this moment answers: the newest whose message left. One that was held, refused or failed
// was shown to nobody; one that a STOP came after is over.
export const requestFind = statement({
  name: 'opt_in_request_find',
  owner: 'consents',
  touches: ['messages'],
  params: { contacts: c.list(c.uuid), at: c.instant },
  row: {
    id: c.uuid,
    purposes: c.list(c.text),
    channels: c.list(c.text),
    text: c.text,
    text_version: c.maybe(c.text),
    locale: c.maybe(c.text),
  },
  sql: `select r.id, r.purposes, r.channels, r.text, r.text_version, r.locale from opt_in_request r
    cross join lateral (select state from message where tenant_id = :tenant and id = r.message_id limit 1) m
    where r.contact_id = any(:contacts::uuid[]) and r.tenant_id is not distinct from :tenant and r.answered_at is null
      and r.asked_at <= :at and r.expires_at >= :at and (r.dropped_at is null or r.dropped_at > :at)
      and m.state in ('sending', 'accepted', 'sent', 'delivered', 'read', 'unknown')
    order by r.asked_at desc limit 1`,
});

// Answered once.
export const requestAnswer = statement({
  name: 'opt_in_request_answer',
  owner: 'consents',
  params: { id: c.uuid, at: c.instant },
  row: {},
  sql: 'update opt_in_request set answered_at = :at where tenant_id = :tenant and id = :id and answered_at is null',
});

// A no of that moment ends the questions before it. Those that were answered after it are told: had the no arrived in
// its order, their YES would have found nothing.
export const requestDrop = statement({
  name: 'opt_in_request_drop',
  owner: 'consents',
  params: { contacts: c.list(c.uuid), at: c.instant },
  row: { id: c.uuid, answered_at: c.maybe(c.instant), purposes: c.list(c.text), channels: c.list(c.text) },
  sql: `update opt_in_request set dropped_at = least(coalesce(dropped_at, :at), :at)
    where contact_id = any(:contacts::uuid[]) and tenant_id is not distinct from :tenant and asked_at <= :at
      and (answered_at is null or answered_at > :at) returning id, answered_at, purposes, channels`,
});

// Nobody's questions are left of somebody who is erased.
export const requestErase = statement({
  name: 'opt_in_request_erase',
  owner: 'consents',
  params: { contacts: c.list(c.uuid) },
  row: {},
  sql: 'delete from opt_in_request where contact_id = any(:contacts::uuid[]) and tenant_id is not distinct from :tenant',
});
