/** What an erased person's messages keep: that they were, when and why; not to whom and what they said. */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// What has not left of these people's mail.
export const messageWaitingOf = statement({
  name: 'message_waiting_of',
  owner: 'messages',
  params: { contacts: c.list(c.uuid) },
  row: { id: c.uuid },
  sql: `select id from message where contact_id = any(:contacts::uuid[]) and tenant_id is not distinct from :tenant
    and state in ('queued', 'leased') order by id`,
});

// The address stands in the content, in the business key, and inside the provider's ids of a message (base64). Counters
// and costs stay, since they name nobody. A receipt or an answer that comes late still finds its message by our own
// correlation, and the mark keeps it from writing the provider's id back.
export const messageErase = statement({
  name: 'message_erase',
  owner: 'messages',
  params: { contacts: c.list(c.uuid) },
  row: { erased: c.bigint },
  sql: `with theirs as materialized (
      select id, purpose, provider from message where contact_id = any(:contacts::uuid[]) and tenant_id is not distinct from :tenant),
    named as materialized (
      select t.id, t.purpose || ':' || b.reference || ':' || b.recipient as key from theirs t
      join message_content b on b.tenant_id = :tenant and b.message_id = t.id),
    unkeyed as (delete from business_key k using named n where k.tenant_id = :tenant and k.key = n.key and k.message_id = n.id),
    unreferred as (
      delete from provider_ref r using theirs t join message_attempt a on a.tenant_id = :tenant and a.message_id = t.id
      where r.tenant_id = :tenant and r.provider = t.provider and r.provider_id = a.provider_id),
    emptied as (
      update message_content b set recipient = '', deliver_to = null, content = '{"kind": "erased"}', reference = null
      from theirs t where b.tenant_id = :tenant and b.message_id = t.id),
    tried as (
      update message_attempt a set provider_id = null, error_detail = null from theirs t where a.tenant_id = :tenant and a.message_id = t.id),
    bare as (
      update message m set provider_id = null, erased = true, resolution = case when m.resolution = 'open' then 'closed' else m.resolution end
      from theirs t where m.tenant_id = :tenant and m.id = t.id)
    select count(*) as erased from theirs`,
});
