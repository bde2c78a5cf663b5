import { batch } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import { HOUR_MS } from '#lib/clock.ts';

/** For so long after their last message a person may be answered in free text. */
export const WINDOW_MS = 24 * HOUR_MS;

/** Kinds that open no window: nothing that a person said to the business. */
export const NO_WINDOW = ['reaction', 'system', 'unsupported', 'request_welcome', 'edit', 'revoke'] as const;

// Nothing that they wrote is left.
export const windowClear = statement({
  name: 'window_clear',
  owner: 'windows',
  params: { contact: c.uuid },
  row: {},
  sql: 'delete from contact_window where tenant_id = :tenant and contact_id = :contact',
});

/** Of a window that nobody has opened yet, and is there for what is free alone. */
const NEVER = 'to_timestamp(0)';

// Closed, before they are found anew: of two contacts that are taken apart, each keeps what it wrote itself.
export const windowReset = statement({
  name: 'window_reset',
  owner: 'windows',
  params: { contact: c.uuid },
  row: {},
  sql: `update contact_window set last_inbound_at = ${NEVER}, expires_at = ${NEVER} where tenant_id = :tenant and contact_id = :contact`,
});

// What is free to somebody is free to who they turned out to be.
export const windowPass = statement({
  name: 'window_pass',
  owner: 'windows',
  params: { source: c.uuid, target: c.uuid },
  row: {},
  sql: `insert into contact_window as w (tenant_id, sender_id, contact_id, last_inbound_at, expires_at, free_until)
    select tenant_id, sender_id, :target, ${NEVER}, ${NEVER}, free_until from contact_window
    where tenant_id = :tenant and contact_id = :source and free_until is not null
    on conflict (tenant_id, sender_id, contact_id) do update set free_until = greatest(w.free_until, excluded.free_until)`,
});

// The windows of somebody who turned out to be several contacts, or fewer: what all of them wrote in the last day.
export const windowRefold = statement({
  name: 'window_refold',
  owner: 'windows',
  touches: ['inbox'],
  params: { contact: c.uuid, contacts: c.list(c.uuid), without: c.list(c.text), now: c.instant },
  row: {},
  sql: `with wrote as (
      select sender_id, max(sent_at) as at from inbound_message
      where tenant_id = :tenant and contact_id = any(:contacts::uuid[]) and sent_at > :now::timestamptz - interval '24 hours'
        and kind <> all (:without::text[])
      group by sender_id)
    insert into contact_window (tenant_id, sender_id, contact_id, last_inbound_at, expires_at)
    select :tenant, sender_id, :contact, at, at + interval '24 hours' from wrote
    on conflict (tenant_id, sender_id, contact_id) do update set last_inbound_at = excluded.last_inbound_at, expires_at = excluded.expires_at`,
});

// Opened and extended by what people write; never shortened by an older message that arrives late.
export const windowOpen = statement({
  name: 'window_open',
  owner: 'windows',
  params: {
    sender: c.uuid,
    contacts: c.list(c.uuid),
    ats: c.list(c.instant),
    frees: c.list(c.maybe(c.instant)),
    open_ms: c.bigint,
  },
  row: {},
  sql: `insert into contact_window as w (tenant_id, sender_id, contact_id, last_inbound_at, expires_at, free_until)
    select :tenant, :sender, contact_id, max(at), max(at) + :open_ms::bigint * interval '1 millisecond', max(free)
    from unnest(:contacts::uuid[], :ats::timestamptz[], :frees::timestamptz[]) as i(contact_id, at, free) group by contact_id order by contact_id
    on conflict (tenant_id, sender_id, contact_id) do update set
      last_inbound_at = greatest(w.last_inbound_at, excluded.last_inbound_at), expires_at = greatest(w.expires_at, excluded.expires_at),
      free_until = greatest(w.free_until, excluded.free_until)`,
});

// Whoever came by an ad and was answered writes and is written to for free, until the moment that a receipt names; also
// where their own word comes after that receipt.
export const windowFree = statement({
  name: 'window_free',
  owner: 'windows',
  touches: ['messages'],
  params: { messages: c.list(c.uuid), untils: c.list(c.instant) },
  row: { contact_id: c.uuid },
  sql: `insert into contact_window as w (tenant_id, sender_id, contact_id, last_inbound_at, expires_at, free_until)
    select :tenant, m.sender_id, m.contact_id, ${NEVER}, ${NEVER}, max(i.until) from (${batch({ id: 'messages uuid', until: 'untils timestamptz' }, 'id')}) i
    cross join lateral (select sender_id, contact_id from message where tenant_id = :tenant and id = i.id limit 1) m
    where m.sender_id is not null and m.contact_id is not null group by 2, 3 order by 3
    on conflict (tenant_id, sender_id, contact_id) do update set free_until = greatest(w.free_until, excluded.free_until)
    returning contact_id`,
});
