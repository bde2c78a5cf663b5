import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import { HOUR_MS } from '#lib/clock.ts';

/** For so long after their last message a person may be answered in free text. */
export const WINDOW_MS = 24 * HOUR_MS;

/** Kinds that open no window: nothing that a person said to the business. */
export const NO_WINDOW = ['reaction', 'system', 'unsupported', 'request_welcome', 'edit', 'revoke'] as const;

// Before they are found anew: of two contacts that are taken apart, each keeps what it wrote itself.
export const windowClear = statement({
  name: 'window_clear',
  owner: 'windows',
  params: { contact: c.uuid },
  row: {},
  sql: 'delete from contact_window where tenant_id = :tenant and contact_id = :contact',
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
    on conflict (tenant_id, sender_id, contact_id) do nothing`,
});

// Opened and extended by what people write; never shortened by an older message that arrives late.
export const windowOpen = statement({
  name: 'window_open',
  owner: 'windows',
  params: { sender: c.uuid, contacts: c.list(c.uuid), ats: c.list(c.instant), open_ms: c.bigint },
  row: {},
  sql: `insert into contact_window as w (tenant_id, sender_id, contact_id, last_inbound_at, expires_at)
    select :tenant, :sender, contact_id, max(at), max(at) + :open_ms::bigint * interval '1 millisecond'
    from unnest(:contacts::uuid[], :ats::timestamptz[]) as i(contact_id, at) group by contact_id order by contact_id
    on conflict (tenant_id, sender_id, contact_id) do update set
      last_inbound_at = greatest(w.last_inbound_at, excluded.last_inbound_at), expires_at = greatest(w.expires_at, excluded.expires_at)`,
});
