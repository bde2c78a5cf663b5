/** What a person was sent lately, for the caps. Asked only where a cap is set. */
import { batch } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Of these people and purposes, when each message of the last span left or is due to leave. The states say whether what
// still waits counts: at admission it does, since it will leave; at the gate it is judged itself.
export const recentRead = statement({
  name: 'message_recent',
  owner: 'messages',
  params: { contacts: c.list(c.uuid), purposes: c.list(c.text), states: c.list(c.text), since: c.instant },
  row: { contact_id: c.uuid, purpose: c.text, at: c.instant },
  // By the contact alone, and filtered then: a person has tens of messages, a tenant millions.
  sql: `select i.id as contact_id, m.purpose, coalesce(m.accepted_at, m.due_at) as at from (${batch({ id: 'contacts uuid' })}) i
    cross join lateral (select purpose, state, accepted_at, due_at from message
      where contact_id = i.id and tenant_id is not distinct from :tenant offset 0) m
    where m.purpose = any(:purposes::text[]) and m.state = any(:states::text[]) and coalesce(m.accepted_at, m.due_at) > :since`,
});
