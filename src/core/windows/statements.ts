import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

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
