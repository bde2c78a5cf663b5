/** Of a lost send that is looked up at its provider: what else could be what was found, and whose it is from then on. */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { StoredContent } from './command.ts';

// What the same sender has on its way to the same person, or sent and never knew what became of it: the provider may have it
// already. Also what was given up, sent again, or judged by a person: its first copy may be the one that is found.
export const lookUpRivals = statement({
  name: 'message_look_up_rivals',
  owner: 'messages',
  params: { id: c.uuid },
  row: { content: c.document<StoredContent>() },
  sql: `select b.content from (select contact_id, sender_id from message where tenant_id = :tenant and id = :id limit 1) m
    cross join lateral (select id from message r where r.contact_id = m.contact_id and r.tenant_id is not distinct from :tenant
      and r.sender_id = m.sender_id and r.id <> :id
      and (r.state = 'sending' or (r.resolution is not null and (r.provider_id is null or r.resends > 0))) offset 0) r
    cross join lateral (select content from message_content where tenant_id = :tenant and message_id = r.id limit 1) b`,
});

// Before it is settled, and while it is still unknown: an id that another message was given in this very moment is not
// taken from it, and one that is refused there is nobody else's either. Of an erased person nothing is written.
export const lookUpTake = statement({
  name: 'message_look_up_take',
  owner: 'messages',
  params: { id: c.uuid, attempt: c.int, provider: c.text, provider_id: c.text },
  row: { id: c.uuid },
  sql: `with mine as materialized (
      select id, attempt from message where tenant_id = :tenant and id = :id and attempt = :attempt and state = 'unknown' and not erased
      for no key update),
    taken as (
      insert into provider_ref (tenant_id, provider, provider_id, message_id, attempt)
      select :tenant, :provider, :provider_id, id, attempt from mine on conflict do nothing returning message_id),
    -- By a round that ended between this and the settlement.
    before as (
      select r.message_id from provider_ref r where r.tenant_id = :tenant and r.provider = :provider and r.provider_id = :provider_id
      and r.message_id = :id)
    select id from mine where exists (select from taken) or exists (select from before)`,
});
