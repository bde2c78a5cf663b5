/** What an erasure leaves of a person: keyed hashes to recognise them by, and a record that says when. */
import { batch } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Every identity that the person has now, as its keyed hash and nothing else. Of one who was erased before, came back and
// is erased again the last date holds, and all that was erased together with one of these belongs to this record: it is
// lifted together.
export const suppressionAdd = statement({
  name: 'suppression_add',
  owner: 'contacts',
  params: { contact: c.uuid, reason: c.text, now: c.instant },
  row: {},
  sql: `with theirs as materialized (
      select kind, digest from contact_identity where contact_id = :contact and tenant_id is not distinct from :tenant),
    earlier as materialized (
      select s.contact_id from theirs t join suppression s on s.tenant_id = :tenant and s.kind = t.kind and s.digest = t.digest),
    moved as (
      update suppression s set since = greatest(s.since, :now), contact_id = :contact, reason = :reason
      where s.contact_id in (select contact_id from earlier) and s.tenant_id is not distinct from :tenant
        and not exists (select from theirs t where t.kind = s.kind and t.digest = s.digest))
    insert into suppression as s (tenant_id, kind, digest, contact_id, since, reason)
    select :tenant, kind, digest, :contact, :now, :reason from theirs
    on conflict (tenant_id, kind, digest) do update
      set since = greatest(s.since, excluded.since), contact_id = excluded.contact_id, reason = excluded.reason`,
});

// Those among these identities that were erased, and when. What such a person said before that moment is gone, and a
// webhook that is told again must not bring it back.
export const suppressionFind = statement({
  name: 'suppression_find',
  owner: 'contacts',
  params: { kinds: c.list(c.text), digests: c.list(c.bytes) },
  row: { kind: c.text, digest: c.bytes, since: c.instant },
  sql: `select s.kind, s.digest, s.since from (${batch({ kind: 'kinds text', digest: 'digests bytea' })}) i
    cross join lateral (select kind, digest, since from suppression where tenant_id = :tenant and kind = i.kind and digest = i.digest limit 1) s`,
});

// The person agreed anew, by an act of their own: with the identities that they have now goes all that was erased
// together with one of them, or the next one to be learnt would suppress them again.
export const suppressionLift = statement({
  name: 'suppression_lift',
  owner: 'contacts',
  params: { contact: c.uuid },
  row: {},
  sql: `with named as (
      select s.contact_id from contact_identity i
      join suppression s on s.tenant_id = :tenant and s.kind = i.kind and s.digest = i.digest
      where i.contact_id = :contact and i.tenant_id is not distinct from :tenant),
    lifted as (
      delete from suppression s using named n where s.contact_id = n.contact_id and s.tenant_id is not distinct from :tenant)
    update contact set suppressed_at = null where tenant_id = :tenant and id = :contact`,
});

// Somebody who turned out to be a suppressed person is suppressed as well, and held back from as they were.
export const restraintPass = statement({
  name: 'contact_restraint_pass',
  owner: 'contacts',
  params: { source: c.uuid, target: c.uuid },
  row: {},
  sql: `update contact t set suppressed_at = greatest(t.suppressed_at, s.suppressed_at),
      marketing_held_until = greatest(t.marketing_held_until, s.marketing_held_until) from contact s
    where t.tenant_id = :tenant and t.id = :target and s.tenant_id = :tenant and s.id = :source
      and coalesce(s.suppressed_at, s.marketing_held_until) is not null`,
});

// Two that were one are two again: each is suppressed as far as an identity of its own was erased.
export const suppressionRecount = statement({
  name: 'contact_suppression_recount',
  owner: 'contacts',
  params: { contact: c.uuid },
  row: {},
  sql: `update contact set suppressed_at = (
      select max(s.since) from contact_identity i join suppression s on s.tenant_id = :tenant and s.kind = i.kind and s.digest = i.digest
      where i.contact_id = :contact and i.tenant_id is not distinct from :tenant)
    where tenant_id = :tenant and id = :contact and erased_at is null`,
});

// The identities are gone; the hashes stand in `suppression`. What they were is told once more, for the verticals' own records.
export const identityErase = statement({
  name: 'contact_identity_erase',
  owner: 'contacts',
  params: { contacts: c.list(c.uuid) },
  row: { kind: c.text, value: c.text },
  sql: 'delete from contact_identity where contact_id = any(:contacts::uuid[]) and tenant_id is not distinct from :tenant returning kind, value',
});

// Nor how they were known before.
export const identityPastErase = statement({
  name: 'contact_identity_past_erase',
  owner: 'contacts',
  params: { contacts: c.list(c.uuid) },
  row: {},
  sql: 'delete from contact_identity_past where contact_id = any(:contacts::uuid[]) and tenant_id is not distinct from :tenant',
});

// The record stays, empty: messages, counters and the ledger point at it.
export const contactErase = statement({
  name: 'contact_erase',
  owner: 'contacts',
  params: { contacts: c.list(c.uuid), now: c.instant },
  row: { id: c.uuid },
  sql: `update contact set first_name = null, last_name = null, locale = null, zone = null, country = null,
      erased_at = coalesce(erased_at, :now), suppressed_at = coalesce(suppressed_at, :now)
    where tenant_id = :tenant and id = any(:contacts::uuid[]) returning id`,
});

// Who was erased lately, by id: for the round that empties once more what was written in that moment.
export const erasedSlice = statement({
  name: 'contact_erased_slice',
  owner: 'contacts',
  params: { since: c.instant, after: c.uuid, limit: c.int },
  row: { id: c.uuid },
  sql: `select id from contact where tenant_id = :tenant and erased_at >= :since and id > :after order by id limit :limit`,
});

// That something changed stays; which numbers they were does not, nor why in somebody's free words. The platform's event carries a number inside its id.
// A merge that was taken back stands with the other contact and still names this one.
export const changeErase = statement({
  name: 'contact_change_erase',
  owner: 'contacts',
  params: { contacts: c.list(c.uuid) },
  row: {},
  sql: `update contact_change set identities = '[]', reason = 'erased', event = case when event is null then null else 'erased ' || id end
    where tenant_id = :tenant and id in (
      select id from contact_change where tenant_id = :tenant and contact_id = any(:contacts::uuid[])
      union all select id from contact_change where tenant_id = :tenant and other_id = any(:contacts::uuid[]) and change = 'merge')`,
});
