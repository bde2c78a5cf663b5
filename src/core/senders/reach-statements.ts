/** Whom a sender wrote to first in the last 24 hours: the platform's portfolio limit counts different people. */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// The span in steps, the oldest first: a day of ten minutes each at most, however many people it was.
export const reachRead = statement({
  name: 'sender_reach_read',
  owner: 'senders',
  params: { sender: c.uuid, since: c.instant },
  row: { at: c.instant, people: c.int, promised: c.int },
  sql: `select at, people, promised from sender_reach_step
    where tenant_id = :tenant and sender_id = :sender and at > :since order by at`,
});

// Those of these people who were reached within the span: they count once.
export const reachKnown = statement({
  name: 'sender_reach_known',
  owner: 'senders',
  params: { sender: c.uuid, contacts: c.list(c.uuid), now: c.instant },
  row: { contact_id: c.uuid },
  sql: `select i.id as contact_id from (${batch({ id: 'contacts uuid' })}) i
    cross join lateral (select at from sender_reach where tenant_id = :tenant and sender_id = :sender and contact_id = i.id limit 1) r
    where r.at > :now::timestamptz - interval '24 hours'`,
});

// Marked with the message, in its transaction, and counted in its step. Somebody who is reached again within the span
// keeps the first time: the platform's day begins with it.
export const reachMark = statement({
  name: 'sender_reach_mark',
  owner: 'senders',
  params: { sender: c.uuid, contacts: c.list(c.uuid), step: c.instant, now: c.instant },
  row: {},
  sql: `with marked as (
      insert into sender_reach as r (tenant_id, sender_id, contact_id, at)
      select :tenant, :sender, id, :now from (${batch({ id: 'contacts uuid' }, 'id')}) i
      on conflict (tenant_id, sender_id, contact_id) do update set at = excluded.at
      where r.at <= excluded.at - interval '24 hours' returning r.contact_id)
    insert into sender_reach_step as s (tenant_id, sender_id, at, people)
    select :tenant, :sender, :step, count(*) from marked having count(*) > 0
    on conflict (tenant_id, sender_id, at) do update set people = s.people + excluded.people`,
});

// So many more were told to come back when this step leaves the span: the next are told a later one.
export const reachPromise = statement({
  name: 'sender_reach_promise',
  owner: 'senders',
  params: { sender: c.uuid, steps: c.list(c.instant), counts: c.list(c.int) },
  row: {},
  sql: `update sender_reach_step s set promised = s.promised + i.count
    from (${batch({ sender_id: '= sender uuid', step: 'steps timestamptz', count: 'counts integer' })}) i
    where ${byKey('s', { tenant_id: 'i.tenant_id', sender_id: 'i.sender_id', at: 'i.step' })}`,
});

// What counts no more.
export const reachExpire = statement({
  name: 'sender_reach_expire',
  owner: 'senders',
  params: { now: c.instant },
  row: { sender_id: c.uuid },
  sql: `with past as (
      delete from sender_reach_step where tenant_id = :tenant and at < :now::timestamptz - interval '2 days')
    delete from sender_reach where tenant_id::text = :tenant::uuid::text and tenant_id = :tenant
      and at < :now::timestamptz - interval '2 days' returning sender_id`,
});
