/** Messages whose person turned out to be another contact. */
import { batch } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Whatever may still leave, now or after a requeue, is judged by the consent of the contact that the person is now. What
// has arrived or ended stays with the contact it was for: its story does not change.
export const messageAdopt = statement({
  name: 'message_adopt',
  owner: 'messages',
  params: { old_contact: c.uuid, new_contact: c.uuid },
  row: { id: c.uuid },
  sql: `update message set contact_id = :new_contact
    where contact_id = :old_contact and tenant_id is not distinct from :tenant
      and state not in ('delivered', 'read', 'refused', 'cancelled', 'expired') returning id`,
});

const ADDRESSED = `with theirs as materialized (
      select m.id from message m cross join lateral (
        select coalesce(deliver_to, recipient) as address from message_content where tenant_id = :tenant and message_id = m.id limit 1) b
      where m.contact_id = :old_contact and m.tenant_id is not distinct from :tenant and b.address = any(:recipients::text[])`;

// The way back, for what was addressed to the identities that are given back: also what has arrived.
export const messageGiveBack = statement({
  name: 'message_give_back',
  owner: 'messages',
  params: { old_contact: c.uuid, new_contact: c.uuid, recipients: c.list(c.text) },
  row: { id: c.uuid },
  sql: `${ADDRESSED})
    update message m set contact_id = :new_contact from theirs t
    where m.tenant_id = :tenant and m.id = t.id returning m.id`,
});

// A number that was another contact's is somebody else's now. What may still leave for it is judged by who has it; what
// was on the wire stays with the one it was for, who may be a stranger: its receipts tell that one's scoped id.
export const messageTakeOver = statement({
  name: 'message_take_over',
  owner: 'messages',
  params: { old_contact: c.uuid, new_contact: c.uuid, recipients: c.list(c.text) },
  row: { id: c.uuid },
  sql: `${ADDRESSED} and m.state in ('queued', 'leased', 'sending', 'unknown', 'dead'))
    update message m set contact_id = :new_contact from theirs t
    where m.tenant_id = :tenant and m.id = t.id returning m.id`,
});

// What waits for somebody who has a new number goes there. The address of the request stays beside it: the business key
// is made of it.
export const messageRedirect = statement({
  name: 'message_redirect',
  owner: 'messages',
  params: { contact: c.uuid, old: c.list(c.text), address: c.text },
  row: { id: c.uuid },
  sql: `with waiting as materialized (
      select id from message where contact_id = :contact and tenant_id is not distinct from :tenant
        and state not in ('delivered', 'read', 'refused', 'cancelled', 'expired'))
    update message_content b set deliver_to = :address from waiting w
    where b.tenant_id = :tenant and b.message_id = w.id and coalesce(b.deliver_to, b.recipient) = any(:old::text[])
    returning w.id`,
});

// When these attempts left: what made the provider refuse one was in force by then, however late we hear of it.
export const attemptStart = statement({
  name: 'message_attempt_start',
  owner: 'messages',
  params: { ids: c.list(c.uuid), attempts: c.list(c.int) },
  row: { id: c.uuid, attempt: c.int, started_at: c.instant },
  sql: `select a.message_id as id, a.attempt::integer, a.started_at
    from (${batch({ id: 'ids uuid', attempt: 'attempts integer' }, 'id')}) i
    cross join lateral (select message_id, attempt, started_at from message_attempt
      where tenant_id = :tenant and message_id = i.id and attempt = i.attempt limit 1) a`,
});

// By what the provider knows the text that these were filled from. The template may have another one by now.
export const messageTemplateId = statement({
  name: 'message_template_id',
  owner: 'messages',
  params: { ids: c.list(c.uuid) },
  row: { id: c.uuid, provider_template_id: c.maybe(c.text) },
  sql: `select i.id, b.content ->> 'providerTemplateId' as provider_template_id from (${batch({ id: 'ids uuid' }, 'id')}) i
    cross join lateral (select content from message_content where tenant_id = :tenant and message_id = i.id limit 1) b`,
});

// Whose messages these are; nobody's, where the person was erased: a late receipt says nothing of them any more.
export const messagePerson = statement({
  name: 'message_person',
  owner: 'messages',
  touches: ['contacts'],
  params: { ids: c.list(c.uuid) },
  row: { id: c.uuid, contact_id: c.maybe(c.uuid) },
  sql: `select m.id, living.id as contact_id from (${batch({ id: 'ids uuid' }, 'id')}) i
    cross join lateral (select id, contact_id from message where tenant_id = :tenant and id = i.id limit 1) m
    left join lateral (select id from contact where tenant_id = :tenant and id = m.contact_id and erased_at is null limit 1) living on true`,
});
