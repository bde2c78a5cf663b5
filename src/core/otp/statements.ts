import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// A person's codes of the last day, under their lock: what the limits count and which one is live.
export const otpRecent = statement({
  name: 'otp_recent',
  owner: 'otp',
  params: { contact: c.uuid, since: c.instant },
  row: {
    id: c.uuid,
    address: c.bytes,
    digest: c.bytes,
    created_at: c.instant,
    expires_at: c.instant,
    last_sent_at: c.instant,
    sends: c.int,
    attempts_left: c.int,
    verified_at: c.maybe(c.instant),
    replaced_at: c.maybe(c.instant),
  },
  sql: `select id, address, digest, created_at, expires_at, last_sent_at, sends::integer, attempts_left::integer, verified_at, replaced_at from otp_code
    where contact_id = :contact and tenant_id is not distinct from :tenant and created_at > :since`,
});

// Whoever asks for a code to one of these numbers waits for the others that do: until the commit, and in a statement of
// its own, so that what is counted after it stands in a newer snapshot.
export const otpNeighboursLock = statement({
  name: 'otp_neighbours_lock',
  owner: 'otp',
  params: { neighbourhood: c.text },
  row: {},
  sql: `select from pg_advisory_xact_lock(hashtextextended('otp ' || :tenant::uuid || ' ' || :neighbourhood::text, 0))`,
});

// The codes of somebody who turned out to be another contact: what was sent may be entered, and the limits go on.
export const otpAdopt = statement({
  name: 'otp_adopt',
  owner: 'otp',
  params: { old_contact: c.uuid, new_contact: c.uuid },
  row: { id: c.uuid },
  sql: 'update otp_code set contact_id = :new_contact where contact_id = :old_contact and tenant_id is not distinct from :tenant returning id',
});

// How many neighbours of a number were sent a code lately and never entered it, counted up to the limit.
export const otpNeighbours = statement({
  name: 'otp_neighbours',
  owner: 'otp',
  params: { neighbourhood: c.text, since: c.instant, limit: c.int },
  row: { people: c.int },
  sql: `select count(distinct contact_id)::integer as people from (
      select contact_id from otp_code where neighbourhood = :neighbourhood and tenant_id is not distinct from :tenant
        and created_at > :since and verified_at is null limit :limit) asked`,
});

// A code as its keyed digest, and sealed for as long as it may have to be sent again. The one before it is over.
export const otpCreate = statement({
  name: 'otp_create',
  owner: 'otp',
  params: {
    id: c.uuid,
    contact: c.uuid,
    address: c.bytes,
    neighbourhood: c.text,
    digest: c.bytes,
    sealed: c.bytes,
    expires_at: c.instant,
    attempts: c.int,
    now: c.instant,
  },
  row: {},
  sql: `with replaced as (
      update otp_code set replaced_at = :now, sealed = null
      where contact_id = :contact and tenant_id is not distinct from :tenant and address = :address and replaced_at is null and id <> :id)
    insert into otp_code (tenant_id, id, contact_id, address, neighbourhood, digest, sealed, created_at, expires_at, last_sent_at, sends, attempts_left)
    values (:tenant, :id, :contact, :address, :neighbourhood, :digest, :sealed, :now, :expires_at, :now, 1, :attempts)`,
});

// The same code is sent once more.
export const otpAgain = statement({
  name: 'otp_again',
  owner: 'otp',
  params: { id: c.uuid, now: c.instant },
  row: { sends: c.int, expires_at: c.instant },
  sql: `update otp_code set sends = sends + 1, last_sent_at = :now where tenant_id = :tenant and id = :id
    returning sends::integer, expires_at`,
});

// A guess is counted whether it was right or not; right, the code is over.
export const otpTry = statement({
  name: 'otp_try',
  owner: 'otp',
  params: { id: c.uuid, right: c.bool, now: c.instant },
  row: { attempts_left: c.int },
  sql: `update otp_code set attempts_left = attempts_left - 1, verified_at = case when :right then :now::timestamptz end,
      sealed = case when :right or attempts_left <= 1 then null else sealed end
    where tenant_id = :tenant and id = :id and verified_at is null and attempts_left > 0 returning attempts_left::integer`,
});

// For the gate: the codes that may still be sent, sealed.
export const otpSealed = statement({
  name: 'otp_sealed',
  owner: 'otp',
  params: { ids: c.list(c.uuid), now: c.instant },
  row: { id: c.uuid, sealed: c.maybe(c.bytes) },
  sql: `select id, sealed from otp_code
    where tenant_id = :tenant and id = any(:ids::uuid[]) and sealed is not null and verified_at is null and expires_at > :now`,
});

// What can't be entered any more is not kept sealed either, and after a day not even as a digest.
export const otpExpire = statement({
  name: 'otp_expire',
  owner: 'otp',
  params: { now: c.instant, forgotten: c.instant },
  row: { id: c.uuid },
  sql: `with emptied as (
      update otp_code set sealed = null where tenant_id = :tenant and sealed is not null and expires_at <= :now and created_at > :forgotten)
    delete from otp_code where tenant_id = :tenant and created_at <= :forgotten returning id`,
});

// Nobody's codes are left of somebody who is erased.
export const otpErase = statement({
  name: 'otp_erase',
  owner: 'otp',
  params: { contacts: c.list(c.uuid) },
  row: {},
  sql: 'delete from otp_code where contact_id = any(:contacts::uuid[]) and tenant_id is not distinct from :tenant',
});
