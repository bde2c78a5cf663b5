/**
 * Contacts and their identities: made, found, locked. A person is looked up by an identity's whole key or by the
 * contact's id, and never by a name. What changes about who is who stands in change-statements.ts.
 */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Makes people who are not known yet. Of two that race for one identity its key decides; the loser's contact row stays
// without an identity and is never made. Somebody who was erased is recognised by the keyed hash and comes back
// suppressed.
export const contactEnsure = statement({
  name: 'contact_ensure',
  owner: 'contacts',
  params: {
    ids: c.list(c.uuid),
    kinds: c.list(c.text),
    values: c.list(c.text),
    digests: c.list(c.bytes),
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
    kind: 'kinds text',
    value: 'values text',
    digest: 'digests bytea',
    first_name: 'first_names text',
    last_name: 'last_names text',
    locale: 'locales text',
    zone: 'zones text',
    country: 'countries text',
  })}),
    named as (
      insert into contact_identity (tenant_id, kind, value, contact_id, digest, created_at)
      select :tenant, kind, value, id, digest, :now from input order by kind, value
      on conflict do nothing returning contact_id)
    insert into contact (tenant_id, id, first_name, last_name, locale, zone, country, suppressed_at, created_at)
    select :tenant, i.id, first_name, last_name, locale, zone, country, s.since, :now from input i
    left join lateral (select since from suppression where tenant_id = :tenant and kind = i.kind and digest = i.digest limit 1) s on true
    where exists (select from named n where n.contact_id = i.id)`,
});

// Whose identities these are, of any kind.
export const contactFind = statement({
  name: 'contact_find',
  owner: 'contacts',
  params: { kinds: c.list(c.text), values: c.list(c.text) },
  row: { kind: c.text, value: c.text, contact_id: c.uuid },
  sql: `select i.kind, i.value, c.contact_id from (${batch({ kind: 'kinds text', value: 'values text' })}) i
    cross join lateral (select contact_id from contact_identity where tenant_id = :tenant and kind = i.kind and value = i.value limit 1) c`,
});

// The platform holds marketing back from these people. The latest end counts, in whatever order they are told.
export const contactHold = statement({
  name: 'contact_hold_marketing',
  owner: 'contacts',
  params: { contacts: c.list(c.uuid), untils: c.list(c.instant) },
  row: {},
  sql: `with input as materialized (${batch({ id: 'contacts uuid', until: 'untils timestamptz' }, 'id')})
    update contact ct set marketing_held_until = greatest(ct.marketing_held_until, i.until)
    from input i where ${byKey('ct', { tenant_id: 'i.tenant_id', id: 'i.id' })}`,
});

/** Whoever is learnt to have been erased under another identity is suppressed under this one too. */
const SUPPRESS_LEARNT = `suppressed as (
      update contact c set suppressed_at = greatest(c.suppressed_at, s.since)
      from added a cross join lateral (select since from suppression where tenant_id = :tenant and kind = a.kind and digest = a.digest limit 1) s
      where ${byKey('c', { tenant_id: 'a.tenant_id', id: 'a.contact_id' })})`;

// Further identities of people who are known. One that is somebody else's stays theirs. Of somebody who is being erased
// it waits for the end of that and adds nothing: `for key share` is the one lock that only `for update` conflicts with.
export const identityAdd = statement({
  name: 'contact_identity_add',
  owner: 'contacts',
  params: {
    contacts: c.list(c.uuid),
    kinds: c.list(c.text),
    values: c.list(c.text),
    digests: c.list(c.bytes),
    now: c.instant,
  },
  row: { kind: c.text, value: c.text },
  sql: `with living as materialized (
      select i.* from (${batch({ contact_id: 'contacts uuid', kind: 'kinds text', value: 'values text', digest: 'digests bytea' }, 'contact_id')}) i
      cross join lateral (select from contact where tenant_id = :tenant and id = i.contact_id and erased_at is null for key share) c),
    added as (
      insert into contact_identity (tenant_id, kind, value, contact_id, digest, created_at)
      select :tenant, kind, value, contact_id, digest, :now from living order by kind, value
      on conflict do nothing returning tenant_id, kind, value, contact_id, digest),
    ${SUPPRESS_LEARNT}
    select kind, value from added`,
});

// How one person is known.
export const identityList = statement({
  name: 'contact_identity_list',
  owner: 'contacts',
  params: { contact: c.uuid },
  row: { kind: c.text, value: c.text, digest: c.bytes, created_at: c.instant },
  sql: `select kind, value, digest, created_at from contact_identity
    where contact_id = :contact and tenant_id is not distinct from :tenant order by kind, value`,
});

// What the platform calls a person we wrote to: its own spelling of their number where it is not ours (Mexico's 1,
// Brazil's ninth digit), and their scoped id. Without them a STOP would come from a stranger.
export const contactLearn = statement({
  name: 'contact_learn',
  owner: 'contacts',
  touches: ['messages'],
  params: {
    messages: c.list(c.uuid),
    kinds: c.list(c.text),
    values: c.list(c.text),
    digests: c.list(c.bytes),
    now: c.instant,
  },
  row: { kind: c.text, value: c.text },
  // A late answer teaches nothing about somebody who was erased, or is in this moment: that is waited for.
  sql: `with named as materialized (
      select i.*, m.contact_id from (${batch({ message: 'messages uuid', kind: 'kinds text', value: 'values text', digest: 'digests bytea' })}) i
      cross join lateral (select contact_id from message where tenant_id = :tenant and id = i.message limit 1) m
      order by m.contact_id),
    living as materialized (
      select n.* from named n
      cross join lateral (select from contact where tenant_id = :tenant and id = n.contact_id and erased_at is null for key share) c),
    added as (
      insert into contact_identity (tenant_id, kind, value, contact_id, digest, created_at)
      select tenant_id, kind, value, contact_id, digest, :now from living order by kind, value
      on conflict do nothing returning tenant_id, kind, value, contact_id, digest),
    ${SUPPRESS_LEARNT}
    select kind, value from added`,
});

// How somebody is written to: by the number, else by the scoped id. For an answer to a message that came in another way.
export const contactAddresses = statement({
  name: 'contact_addresses',
  owner: 'contacts',
  params: { ids: c.list(c.uuid) },
  row: { contact_id: c.uuid, kind: c.text, value: c.text },
  // By the contact alone: with tenant and kind beside it, their prefix of the primary key looks cheaper on a fresh table.
  sql: `select i.id as contact_id, p.kind, p.value from (${batch({ id: 'ids uuid' })}) i
    cross join lateral (select kind, value from contact_identity
      where contact_id = i.id and tenant_id is not distinct from :tenant offset 0) p
    where p.kind in ('phone', 'bsuid')`,
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
  row: { id: c.uuid, merged_into: c.maybe(c.uuid), erased_at: c.maybe(c.instant), suppressed_at: c.maybe(c.instant) },
  sql: `select c.id, c.merged_into, c.erased_at, c.suppressed_at from (${batch({ id: 'ids uuid' }, 'id')}) i
    cross join lateral (select id, merged_into, erased_at, suppressed_at from contact where tenant_id = :tenant and id = i.id for update) c`,
});

const contactRow = {
  id: c.uuid,
  first_name: c.maybe(c.text),
  last_name: c.maybe(c.text),
  locale: c.maybe(c.text),
  zone: c.maybe(c.text),
  country: c.maybe(c.text),
  merged_into: c.maybe(c.uuid),
  erased_at: c.maybe(c.instant),
  suppressed_at: c.maybe(c.instant),
  created_at: c.instant,
};
const CONTACT = 'id, first_name, last_name, locale, zone, country, merged_into, erased_at, suppressed_at, created_at';

// What a caller knows of people and their record does not, yet: nothing that stands there is replaced.
export const contactFill = statement({
  name: 'contact_fill',
  owner: 'contacts',
  params: { ids: c.list(c.uuid), locales: c.list(c.maybe(c.text)), zones: c.list(c.maybe(c.text)) },
  row: {},
  sql: `update contact c set locale = coalesce(c.locale, i.locale), zone = coalesce(c.zone, i.zone)
    from (${batch({ id: 'ids uuid', locale: 'locales text', zone: 'zones text' }, 'id')}) i
    where ${byKey('c', { tenant_id: 'i.tenant_id', id: 'i.id' })} and c.erased_at is null`,
});

// One person's record.
export const contactRead = statement({
  name: 'contact_read',
  owner: 'contacts',
  params: { id: c.uuid },
  row: contactRow,
  sql: `select ${CONTACT} from contact where tenant_id = :tenant and id = :id`,
});

// A page of people by key; those that turned out to be somebody else are found under that one.
export const contactList = statement({
  name: 'contact_list',
  owner: 'contacts',
  params: { before: c.uuid, limit: c.int },
  row: contactRow,
  sql: `select ${CONTACT} from contact
    where tenant_id = :tenant and id < :before and merged_into is null and erased_at is null order by id desc limit :limit`,
});
