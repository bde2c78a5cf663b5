/**
 * What is done with messages that nobody is working on: leases and attempts that ran out, ends, resends, a person's
 * word. Each moves a message only out of the state in which it was judged: a receipt that was faster wins.
 */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import { stateDelta } from '../stats/state-delta.ts';
import type { StoredContent } from './command.ts';
import { endOrDoubt } from './dispatch-statements.ts';

/**
 * The batch's messages that are in one of these states, locked. Apart from the update, and behind a fence (`offset 0`):
 * a state beside the key would invite the partial index of that state, which holds all the others too.
 * The order makes all of them be locked before the first is looked up again; and no limit stands over the lock. With
 * either the other way a batch that waited for a neighbour lost rows of another month, or PostgreSQL 18.4 crashed: its
 * recheck after the wait and its run-time pruning of partitions get into each other's way.
 */
const lockedInState = (states: string): string => `
      select tenant_id, id, was from (
        select i.tenant_id, m.id, m.state as was from (${batch({ id: 'ids uuid' }, 'id')}) i cross join lateral (
          select id, state from message where tenant_id = :tenant and id = i.id for no key update) m
        offset 0) known
      where was in (${states}) order by id`;

// A lease that ran out: its worker died before anything was on the wire, so the message simply waits again.
export const leaseRescue = statement({
  name: 'message_lease_rescue',
  owner: 'messages',
  params: {},
  row: { id: c.uuid },
  sql: `update message set state = 'queued', lease_owner = null, slot_at = null, deadline_at = null
    where tenant_id = :tenant and state = 'leased' and deadline_at < clock_timestamp() returning id`,
});

// What waits in a lane that nothing leaves (its sender is blocked, its provider away) still expires.
export const queueExpire = statement({
  name: 'message_queue_expire',
  owner: 'messages',
  touches: ['stats'],
  params: { now: c.instant, limit: c.int },
  row: { id: c.uuid },
  sql: `with over as materialized (
      select tenant_id, id from message
      where tenant_id = :tenant and state = 'queued' and expires_at <= :now order by expires_at limit :limit for update skip locked),
    expired as (
      update message m set ${endOrDoubt("'expired'")}, reason = 'expired' from over o
      where ${byKey('m', { tenant_id: 'o.tenant_id', id: 'o.id' })}
      returning m.tenant_id, m.id, m.state, m.created_at, m.purpose, m.provider),
    released as materialized (
      select d.tenant_id, d.id, d.purpose || ':' || b.reference || ':' || b.recipient as key from expired d
      cross join lateral (select reference, recipient from message_content where tenant_id = d.tenant_id and message_id = d.id limit 1) b
      where d.state <> 'unknown'),
    freed as (
      delete from business_key k using released r
      where ${byKey('k', { tenant_id: 'r.tenant_id', key: 'r.key' })} and k.message_id = r.id),
    counted as (${stateDelta('expired', "'queued'", 'state')})
    select id from expired`,
});

// An attempt past its deadline: the bytes may have left, so it is never queued again from here.
export const sendingRescue = statement({
  name: 'message_sending_rescue',
  owner: 'messages',
  touches: ['stats'],
  params: { now: c.instant },
  row: { id: c.uuid },
  sql: `with lost as (
      update message set state = 'unknown', unknown_at = clock_timestamp(), resolution = 'open', reason = 'uncertain', deadline_at = null
      where tenant_id = :tenant and state = 'sending' and deadline_at < clock_timestamp()
      returning tenant_id, id, attempt, created_at, purpose, provider),
    tried as (
      update message_attempt a set outcome = 'uncertain', error_code = 'no_answer',
        error_detail = 'the worker ended before an answer came', ended_at = :now
      from lost where ${byKey('a', { tenant_id: 'lost.tenant_id', message_id: 'lost.id', attempt: 'lost.attempt' })} and a.outcome = 'sending'),
    counted as (${stateDelta('lost', "'queued'", "'unknown'")})
    select id from lost`,
});

// Unknown messages with what silence is judged by: since when they are unknown, and whether the sender's receipts still
// come (none is missing for over a minute for what was accepted in the last hour).
export const unknownOpen = statement({
  name: 'message_unknown_open',
  owner: 'messages',
  params: { limit: c.int, now: c.instant },
  row: {
    id: c.uuid,
    purpose: c.text,
    resends: c.int,
    sender_id: c.maybe(c.uuid),
    silent_ms: c.bigint,
    expires_at: c.maybe(c.instant),
    receipts_missing: c.bool,
    // When its key was first on the wire: what a provider that folds by keys counts from.
    first_at: c.maybe(c.instant),
  },
  sql: `select m.id, m.purpose, m.resends::integer, m.sender_id, m.expires_at,
      floor(extract(epoch from clock_timestamp() - m.unknown_at) * 1000)::bigint as silent_ms,
      (select true from message r where r.tenant_id = :tenant and r.sender_id = m.sender_id and r.state = 'accepted'
        and r.accepted_at between :now::timestamptz - interval '1 hour' and :now::timestamptz - interval '1 minute'
        order by r.accepted_at limit 1) is true as receipts_missing,
      (select a.started_at from message_attempt a where a.tenant_id = :tenant and a.message_id = m.id and a.attempt = k.first limit 1) as first_at
    -- Apart, and not beside the key: a sum may fail, so row-level security would have it judged after the look-up.
    from message m cross join lateral (select (m.closed_attempt + 1)::smallint as first offset 0) k where m.tenant_id = :tenant and m.state = 'unknown' and m.resolution = 'open'
    order by m.unknown_at limit :limit`,
});

// What was asked of the provider with the last attempt of these, to find it again. Of an erased person nothing is asked.
export const unknownAsked = statement({
  name: 'message_unknown_asked',
  owner: 'messages',
  params: { ids: c.list(c.uuid) },
  row: {
    id: c.uuid,
    attempt: c.int,
    template_id: c.maybe(c.uuid),
    retries: c.int,
    expires_at: c.maybe(c.instant),
    to_address: c.text,
    content: c.document<StoredContent>(),
    started_at: c.instant,
  },
  sql: `select m.id, m.attempt::integer, m.template_id, m.retries::integer, m.expires_at, coalesce(b.deliver_to, b.recipient) as to_address,
      b.content, a.started_at
    from (${batch({ id: 'ids uuid' }, 'id')}) i
    cross join lateral (select id, attempt, template_id, retries, expires_at, state, erased from message where tenant_id = :tenant and id = i.id limit 1) m
    cross join lateral (select recipient, deliver_to, content from message_content where tenant_id = :tenant and message_id = i.id limit 1) b
    cross join lateral (select started_at from message_attempt where tenant_id = :tenant and message_id = i.id and attempt = m.attempt limit 1) a
    where m.state = 'unknown' and not m.erased`,
});

// The resend of an unknown message: back to the queue, the next attempt is another one. Only from `unknown`, so that a
// receipt or a person who was faster wins, and only if nobody has resent it since it was judged (`resends`; -1: a person's word).
export const unknownResend = statement({
  name: 'message_unknown_resend',
  owner: 'messages',
  touches: ['stats'],
  params: { ids: c.list(c.uuid), resends: c.int, now: c.instant },
  row: { id: c.uuid },
  sql: `with old as materialized (${lockedInState("'unknown'")}),
    again as (
      update message m set state = 'queued', resolution = 'resent', resends = resends + 1, due_at = :now, reason = null,
        -- Against a person's word the gate would let it expire in this moment. By itself nothing outlives its end.
        expires_at = case when :resends < 0 and not m.expiry_fixed
          then greatest(m.expires_at, :now::timestamptz + interval '10 minutes') else m.expires_at end
      from old where ${byKey('m', { tenant_id: 'old.tenant_id', id: 'old.id' })} and (:resends < 0 or m.resends = :resends)
      returning m.id, m.created_at, m.purpose, m.provider),
    counted as (${stateDelta('again', "'unknown'", "'queued'")})
    select id from again`,
});

// Nothing more will be done by itself: it stays unknown, listed and counted, for a person to see.
export const unknownClose = statement({
  name: 'message_unknown_close',
  owner: 'messages',
  params: { ids: c.list(c.uuid) },
  row: { id: c.uuid },
  sql: `with old as materialized (${lockedInState("'unknown'")})
    update message m set resolution = 'closed'
    from old where ${byKey('m', { tenant_id: 'old.tenant_id', id: 'old.id' })} and m.resolution = 'open' returning m.id`,
});

// A person's word about an unknown message.
export const unknownSettle = statement({
  name: 'message_unknown_settle',
  owner: 'messages',
  touches: ['stats'],
  params: { id: c.uuid, state: c.text, resolution: c.text, now: c.instant },
  row: { id: c.uuid },
  sql: `with settled as (
      update message set state = :state, resolution = :resolution,
        accepted_at = case when :state = 'accepted' then coalesce(accepted_at, :now) else accepted_at end,
        failed_at = case when :state = 'failed' then :now else failed_at end
      where tenant_id = :tenant and id = :id and state = 'unknown' returning id, state, created_at, purpose, provider),
    counted as (${stateDelta('settled', "'unknown'", 'state')})
    select id from settled`,
});

// A person puts failed or dead messages back. Their retries begin anew; their time is their purpose's own from now, unless
// the caller had fixed its end (an event's start): a requeue never gives a message a longer life than a new one would have.
export const messageRequeue = statement({
  name: 'message_requeue',
  owner: 'messages',
  touches: ['stats'],
  params: { ids: c.list(c.uuid), purposes: c.list(c.text), lives_ms: c.list(c.bigint), now: c.instant },
  row: { id: c.uuid },
  sql: `with old as materialized (${lockedInState("'failed', 'dead'")}),
    again as (
      update message m set state = 'queued', due_at = :now, retries = 0, reason = null, error_code = null, failed_at = null,
        closed_attempt = m.attempt, sent_at = null, accepted_at = null, provider_id = null,
        price_at = null, price_category = null, price_type = null, price_market = null, price_micros = null,
        expires_at = case when m.expiry_fixed then m.expires_at
          else :now::timestamptz + (:lives_ms::bigint[])[array_position(:purposes::text[], m.purpose)] * interval '1 millisecond' end
      from old where ${byKey('m', { tenant_id: 'old.tenant_id', id: 'old.id' })} returning m.id, old.was, m.created_at, m.purpose, m.provider),
    counted as (${stateDelta('again', 'was', "'queued'")})
    select id from again`,
});

// Taken back before it left, and its business key with it: the same call decides anew. One that waits to be sent a
// second time keeps its key and ends as unknown.
export const messageCancel = statement({
  name: 'message_cancel',
  owner: 'messages',
  touches: ['stats'],
  params: { id: c.uuid },
  row: { id: c.uuid, state: c.text },
  // Leased ones too: nothing of them was on the wire, and the gate will find them no longer leased.
  sql: `with cancelled as (
      update message m set ${endOrDoubt("'cancelled'")}, lease_owner = null, slot_at = null, deadline_at = null
      where m.tenant_id = :tenant and m.id = :id and m.state in ('queued', 'leased') returning m.tenant_id, m.id, m.state, m.created_at, m.purpose, m.provider),
    released as materialized (
      select d.tenant_id, d.id, d.purpose || ':' || b.reference || ':' || b.recipient as key from cancelled d
      cross join lateral (select reference, recipient from message_content where tenant_id = d.tenant_id and message_id = d.id limit 1) b
      where d.state <> 'unknown'),
    freed as (
      delete from business_key k using released r
      where ${byKey('k', { tenant_id: 'r.tenant_id', key: 'r.key' })} and k.message_id = r.id),
    counted as (${stateDelta('cancelled', "'queued'", 'state')})
    select id, state from cancelled`,
});
