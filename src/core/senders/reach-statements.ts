/** Whom a sender wrote to first in the last 24 hours: the platform's portfolio limit counts different people. */
import { batch } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// How much of the limit is used, counted up to it, and when the first of them leaves the span.
export const reachRead = statement({
  name: 'sender_reach_read',
  owner: 'senders',
  params: { sender: c.uuid, now: c.instant, limit: c.int },
  row: { used: c.int, oldest_at: c.maybe(c.instant) },
  sql: `select count(*)::integer as used, min(at) as oldest_at from (
      select at from sender_reach where sender_id::text = :sender::uuid::text and tenant_id is not distinct from :tenant
        and at > :now::timestamptz - interval '24 hours'
      order by at limit :limit) reached`,
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

// Marked with the message, in its transaction. Somebody who is reached again within the span keeps the first time: the
// platform's day begins with it.
export const reachMark = statement({
  name: 'sender_reach_mark',
  owner: 'senders',
  params: { sender: c.uuid, contacts: c.list(c.uuid), now: c.instant },
  row: {},
  sql: `insert into sender_reach as r (tenant_id, sender_id, contact_id, at)
    select :tenant, :sender, id, :now from (${batch({ id: 'contacts uuid' }, 'id')}) i
    on conflict (tenant_id, sender_id, contact_id) do update set at = excluded.at
    where r.at <= excluded.at - interval '24 hours'`,
});

// What counts no more.
export const reachExpire = statement({
  name: 'sender_reach_expire',
  owner: 'senders',
  params: { now: c.instant },
  row: { contact_id: c.uuid },
  sql: `delete from sender_reach where tenant_id = :tenant and at < :now::timestamptz - interval '2 days' returning contact_id`,
});
