import { batch } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Makes people who are not known yet. Of two that race for one phone the identity's key decides; the loser's contact
// row stays without an identity and is removed here, so that nobody ever points at it.
export const contactEnsure = statement({
  name: 'contact_ensure',
  owner: 'contacts',
  params: {
    kind: c.text,
    ids: c.list(c.uuid),
    values: c.list(c.text),
    first_names: c.list(c.maybe(c.text)),
    last_names: c.list(c.maybe(c.text)),
    locales: c.list(c.maybe(c.text)),
    zones: c.list(c.maybe(c.text)),
    countries: c.list(c.maybe(c.text)),
    now: c.instant,
  },
  row: {},
  sql: `with input as materialized (${batch({
    id: 'ids uuid',
    value: 'values text',
    first_name: 'first_names text',
    last_name: 'last_names text',
    locale: 'locales text',
    zone: 'zones text',
    country: 'countries text',
  })}),
    named as (
      insert into contact_identity (tenant_id, kind, value, contact_id, created_at)
      select :tenant, :kind::text, value, id, :now from input order by value
      on conflict do nothing returning contact_id)
    insert into contact (tenant_id, id, first_name, last_name, locale, zone, country, created_at)
    select :tenant, i.id, first_name, last_name, locale, zone, country, :now
    from input i where exists (select from named n where n.contact_id = i.id)`,
});

export const contactFind = statement({
  name: 'contact_find',
  owner: 'contacts',
  params: { kind: c.text, values: c.list(c.text) },
  row: { value: c.text, contact_id: c.uuid },
  sql: `select i.value, c.contact_id from (${batch({ value: 'values text' })}) i
    cross join lateral (select contact_id from contact_identity where tenant_id = :tenant and kind = :kind and value = i.value limit 1) c`,
});

// The platform's own spelling of a person we wrote to, where it is not the number we used (Mexico's 1, Brazil's ninth
// digit): without it their STOP would come from a stranger.
export const contactLearn = statement({
  name: 'contact_learn',
  owner: 'contacts',
  touches: ['messages'],
  params: { messages: c.list(c.uuid), values: c.list(c.text), now: c.instant },
  row: {},
  sql: `insert into contact_identity (tenant_id, kind, value, contact_id, created_at)
    select i.tenant_id, 'wa', i.value, m.contact_id, :now from (${batch({ message: 'messages uuid', value: 'values text' }, 'value')}) i
    cross join lateral (select contact_id from message where tenant_id = :tenant and id = i.message limit 1) m
    where m.contact_id is not null on conflict do nothing`,
});

// The number by which somebody is written to, for an answer to a message that came in another spelling.
export const contactPhones = statement({
  name: 'contact_phones',
  owner: 'contacts',
  params: { ids: c.list(c.uuid) },
  row: { contact_id: c.uuid, phone: c.text },
  // By the contact alone: with tenant and kind beside it, their prefix of the primary key looks cheaper on a fresh table.
  sql: `select i.id as contact_id, p.value as phone from (${batch({ id: 'ids uuid' })}) i
    cross join lateral (select kind, value from contact_identity
      where contact_id = i.id and tenant_id is not distinct from :tenant offset 0) p
    where p.kind = 'phone'`,
});

// The gate's half of the lock: as long as it is held, nobody's consent changes.
export const contactLockShared = statement({
  name: 'contact_lock_shared',
  owner: 'contacts',
  params: { ids: c.list(c.uuid) },
  row: { id: c.uuid },
  sql: `select c.id from (${batch({ id: 'ids uuid' }, 'id')}) i
    cross join lateral (select id from contact where tenant_id = :tenant and id = i.id for share) c`,
});

// The ledger's half: whoever changes a person's consent holds this first.
export const contactLock = statement({
  name: 'contact_lock',
  owner: 'contacts',
  params: { ids: c.list(c.uuid) },
  row: { id: c.uuid },
  sql: `select c.id from (${batch({ id: 'ids uuid' }, 'id')}) i
    cross join lateral (select id from contact where tenant_id = :tenant and id = i.id for update) c`,
});
