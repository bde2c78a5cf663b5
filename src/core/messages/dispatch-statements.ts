/** The way to the wire: lease, gate, settle. Each is set-based; each says what it guarantees. */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import { FACT_SELECT, factColumns, factJoins } from '../policy/facts.ts';
import { counted, stateDelta } from '../stats/state-delta.ts';
import type { StoredContent } from './command.ts';

/**
 * An end before the wire, for the `set` of an update. A message that was sent a second time, or waits to be, may have
 * reached the person the first time, whatever became of the second: it ends as what it is, unknown and closed, keeps its
 * business key, and a late receipt finds it.
 */
export const endOrDoubt = (target: string): string => {
  const doubt = `m.resends > 0 and ${target} in ('refused', 'expired', 'cancelled')`;
  return `state = case when ${doubt} then 'unknown' else ${target} end,
        resolution = case when ${doubt} then 'closed' else m.resolution end,
        unknown_at = case when ${doubt} then clock_timestamp() else m.unknown_at end`;
};

// Reserves up to :limit due messages of a lane, the urgent ones first, each with its own slot on the wire. The lane's row
// serialises the workers, so ten of them keep one number's limit; its clock is the machine's. A person who had their
// share (one message in six seconds, 45 in advance: 44 waits are 264 seconds) waits without holding up the others. The
// slot is told as a wait from now: the worker's clock may be another machine's. Nothing is on the wire yet, so this may
// commit without waiting for the disk.
export const messageLease = statement({
  name: 'message_lease',
  owner: 'messages',
  touches: ['senders', 'tenants'],
  params: {
    sender: c.uuid,
    owner: c.uuid,
    // Business time, for what is due. Slots, leases and pauses are judged by the database's own clock.
    now: c.instant,
    limit: c.int,
    // The least urgent that is taken. With 1 a full lane looks for urgent ones only, which have places of their own.
    max_priority: c.int,
    // How far ahead slots are reserved: what an urgent message may find taken before it.
    lookahead_ms: c.int,
    lease_ms: c.int,
  },
  row: { id: c.uuid, contact_id: c.maybe(c.uuid), priority: c.int, wait_ms: c.int, step_us: c.bigint },
  sql: `with lane as materialized (
      -- A twenty-fifth wider than the number's limit: a slot may be used a little late (pump.ts), and no second may hold more.
      select l.next_slot_at, clock_timestamp() as at, greatest(interval '1.04 seconds' / s.throughput_per_second,
        interval '1 minute' / (t.settings #>> '{rate_limits,per_minute}')::integer,
        interval '1 hour' / (t.settings #>> '{rate_limits,per_hour}')::integer) as step
      from lane l join sender s on s.tenant_id = l.tenant_id and s.id = l.sender_id join tenant t on t.tenant_id = l.tenant_id
      where l.tenant_id = :tenant and l.sender_id = :sender and l.paused_until <= clock_timestamp() and s.status = 'active' and t.held_since is null
      for update of l),
    pace as materialized (
      select at, step, greatest(next_slot_at, at) as base, least(:limit::bigint, greatest(0, 1 + floor(
        extract(epoch from at + :lookahead_ms::integer * interval '1 millisecond' - greatest(next_slot_at, at)) / extract(epoch from step)))::bigint) as room
      from lane),
    due as materialized (
      select tenant_id, id, contact_id, priority from message
      where tenant_id = :tenant and sender_id = :sender and state = 'queued' and priority <= :max_priority and due_at <= :now
      order by priority, due_at, id limit coalesce((select room from pace), 0) for update skip locked),
    paced as materialized (
      select d.tenant_id, d.id, d.contact_id, d.priority, pace.at, p.next_slot_at is not null as is_paired,
        greatest(coalesce(p.next_slot_at, pace.at), pace.at) + (row_number() over (partition by d.contact_id order by d.priority, d.id) - 1) * interval '6 seconds' as pair_at
      from due d cross join pace left join lateral (select next_slot_at from pair_rate
        where tenant_id = :tenant and sender_id = :sender and contact_id = d.contact_id limit 1) p on true),
    held as (
      update message m set due_at = :now::timestamptz + (h.pair_at - h.at) - interval '264 seconds'
      from paced h where ${byKey('m', { tenant_id: 'h.tenant_id', id: 'h.id' })} and h.pair_at > h.at + interval '264 seconds'),
    going as materialized (
      select g.*, row_number() over (order by g.priority, g.id) as place from paced g where g.pair_at <= g.at + interval '264 seconds'),
    -- Under the lane's lock nobody else writes them, so nobody has to be asked whether a row has come meanwhile.
    taken as materialized (
      select tenant_id, contact_id, is_paired, max(pair_at) + interval '6 seconds' as next_at from going where contact_id is not null group by 1, 2, 3),
    paired as (
      insert into pair_rate (tenant_id, sender_id, contact_id, next_slot_at)
      select tenant_id, :sender, contact_id, next_at from taken where not is_paired),
    paired_again as (
      update pair_rate r set next_slot_at = greatest(r.next_slot_at, t.next_at) from (select *, :sender::uuid as sender_id from taken where is_paired offset 0) t
      where ${byKey('r', { tenant_id: 't.tenant_id', sender_id: 't.sender_id', contact_id: 't.contact_id' })}),
    stepped as (
      update lane l set next_slot_at = pace.base + (select count(*) from going) * pace.step
      from pace where l.tenant_id = :tenant and l.sender_id = :sender)
    update message m set state = 'leased', lease_owner = :owner, slot_at = pace.base + (g.place - 1) * pace.step,
      deadline_at = pace.at + :lease_ms::integer * interval '1 millisecond'
    from going g cross join pace where ${byKey('m', { tenant_id: 'g.tenant_id', id: 'g.id' })}
    returning m.id, m.contact_id, m.priority::integer,
      ceil(extract(epoch from m.slot_at - pace.at) * 1000)::integer as wait_ms, (extract(epoch from pace.step) * 1000000)::bigint as step_us`,
});

// What a worker leased and will not send after all, on shutdown. Only its own, only what is still leased.
export const messageReturn = statement({
  name: 'message_return',
  owner: 'messages',
  params: { ids: c.list(c.uuid), owner: c.uuid },
  row: {},
  sql: `update message m set state = 'queued', lease_owner = null, slot_at = null, deadline_at = null
    from (${batch({ id: 'ids uuid' }, 'id')}) i
    where ${byKey('m', { tenant_id: 'i.tenant_id', id: 'i.id' })} and m.lease_owner = :owner`,
});

// The gate's second look, in a snapshot that is newer than the contacts' locks. Only what this worker still holds.
export const gateFacts = statement({
  name: 'message_gate_facts',
  owner: 'messages',
  touches: ['contacts', 'consents', 'windows', 'senders', 'templates'],
  params: { ids: c.list(c.uuid), owner: c.uuid },
  row: {
    id: c.uuid,
    purpose: c.text,
    channel: c.text,
    retries: c.int,
    closed_attempt: c.int,
    due_at: c.instant,
    expires_at: c.maybe(c.instant),
    recipient: c.text,
    content: c.document<StoredContent>(),
    origin: c.maybe(c.text),
    contact_id: c.maybe(c.uuid),
    template_id: c.maybe(c.uuid),
    estimate_micros: c.maybe(c.bigint),
    currency: c.maybe(c.text),
    template_name: c.maybe(c.text),
    template_language: c.maybe(c.text),
    template_purpose: c.maybe(c.text),
    template_status: c.maybe(c.text),
    template_category: c.maybe(c.text),
    ...factColumns,
  },
  sql: `select x.id, x.purpose, x.channel, x.retries::integer, x.closed_attempt::integer, x.due_at, x.expires_at, coalesce(b.deliver_to, b.recipient) as recipient, b.content, b.origin, x.contact_id, x.template_id, x.estimate_micros, x.currency,
      tp.name as template_name, tp.language as template_language, tp.purpose as template_purpose, tp.status as template_status, tp.meta_category as template_category, ${FACT_SELECT}
    from (${batch({ id: 'ids uuid' })}) i
    cross join lateral (select * from message where tenant_id = :tenant and id = i.id limit 1) x
    cross join lateral (select recipient, deliver_to, content, origin from message_content where tenant_id = :tenant and message_id = i.id limit 1) b
    left join lateral (select name, language, purpose, status, meta_category from template where tenant_id = :tenant and id = x.template_id limit 1) tp on true
    left join lateral (select id, provider, status from sender where tenant_id = :tenant and id = x.sender_id limit 1) s on true ${factJoins('x')}
    where x.state = 'leased' and x.lease_owner = :owner`,
});

// The mark before the bytes: the attempt exists and is fenced by its number before anything can be on the wire.
export const messageMarkSending = statement({
  name: 'message_mark_sending',
  owner: 'messages',
  // The deadline is the machine's time. `now` is business time, for the record of the attempt.
  params: { ids: c.list(c.uuid), owner: c.uuid, now: c.instant, deadline_ms: c.int },
  row: { id: c.uuid, attempt: c.int },
  sql: `with marked as (
      update message m set state = 'sending', attempt = attempt + 1, unknown_at = null, lease_owner = null, due_at = greatest(due_at, :now),
        deadline_at = clock_timestamp() + :deadline_ms::integer * interval '1 millisecond'
      from (${batch({ id: 'ids uuid' }, 'id')}) i
      where ${byKey('m', { tenant_id: 'i.tenant_id', id: 'i.id' })} and m.lease_owner = :owner
      returning m.id, m.attempt),
    tried as (
      insert into message_attempt (tenant_id, message_id, attempt, started_at) select :tenant, id, attempt, :now from marked)
    select id, attempt::integer from marked`,
});

// What the gate stopped: held for later, refused, or expired. The last two give their business key back.
export const messageDivert = statement({
  name: 'message_divert',
  owner: 'messages',
  touches: ['stats'],
  params: {
    ids: c.list(c.uuid),
    states: c.list(c.text),
    reasons: c.list(c.maybe(c.text)),
    dues: c.list(c.instant),
    decisions: c.list(c.document<unknown>()),
  },
  row: { id: c.uuid },
  sql: `with input as materialized (${batch({ id: 'ids uuid', state: 'states text', reason: 'reasons text', due_at: 'dues timestamptz', decision: 'decisions json' }, 'id')}),
    diverted as (
      update message m set ${endOrDoubt('i.state')}, reason = i.reason, due_at = i.due_at, lease_owner = null, slot_at = null, deadline_at = null
      from input i where ${byKey('m', { tenant_id: 'i.tenant_id', id: 'i.id' })} and m.state in ('queued', 'leased')
      returning m.tenant_id, m.id, m.state, m.created_at, m.purpose, m.provider, i.decision),
    told as (
      update message_content b set decision = d.decision from diverted d
      where ${byKey('b', { tenant_id: 'd.tenant_id', message_id: 'd.id' })}),
    released as materialized (
      select d.tenant_id, d.id, d.purpose || ':' || b.reference || ':' || b.recipient as key from diverted d
      cross join lateral (select reference, recipient from message_content where tenant_id = d.tenant_id and message_id = d.id limit 1) b
      where d.state in ('refused', 'expired', 'cancelled')),
    freed as (
      delete from business_key k using released r
      where ${byKey('k', { tenant_id: 'r.tenant_id', key: 'r.key' })} and k.message_id = r.id),
    counted as (${stateDelta('diverted', "'queued'", 'state')})
    select id from diverted`,
});

// One statement settles a batch of answers. Fenced by the attempt and not by the state: a late answer to the attempt
// that is still the last one settles an unknown message, a late answer to an older attempt changes only that attempt.
// A receipt that overtook the answer is never put back.
export const messageSettle = statement({
  name: 'message_settle',
  owner: 'messages',
  touches: ['stats'],
  params: {
    ids: c.list(c.uuid),
    attempts: c.list(c.int),
    outcomes: c.list(c.text),
    states: c.list(c.text),
    provider_ids: c.list(c.maybe(c.text)),
    providers: c.list(c.text),
    codes: c.list(c.maybe(c.text)),
    details: c.list(c.maybe(c.text)),
    dues: c.list(c.maybe(c.instant)),
    retries: c.list(c.int),
    now: c.instant,
  },
  row: { id: c.uuid, state: c.text },
  sql: `with input as materialized (${batch(
    {
      id: 'ids uuid',
      attempt: 'attempts smallint',
      outcome: 'outcomes text',
      state: 'states text',
      provider_id: 'provider_ids text',
      provider: 'providers text',
      code: 'codes text',
      detail: 'details text',
      due_at: 'dues timestamptz',
      retries: 'retries smallint',
    },
    'id',
  )}),
    -- With the input's columns, so that nothing below reads the two side by side (receipt-statements.ts says why).
    old as materialized (
      select i.*, m.state as was, m.erased, m.created_at, m.purpose, m.carrier, i.attempt <= m.closed_attempt as closed from input i cross join lateral (
        select state, erased, created_at, purpose, provider as carrier, closed_attempt from message where tenant_id = :tenant and id = i.id for no key update) m),
    -- Of a person who was erased while their message was on the wire the provider's id and words are not kept.
    ref as (
      insert into provider_ref (tenant_id, provider, provider_id, message_id, attempt)
      select :tenant, provider, provider_id, id, attempt from old where provider_id is not null and not erased on conflict do nothing),
    tried as (
      update message_attempt a set outcome = i.outcome, provider_id = case when not i.erased then i.provider_id end, error_code = i.code,
        error_detail = case when not i.erased then i.detail end, ended_at = :now
      -- Of an attempt that a receipt has closed since, the answer is no news: the message waits, or is out again.
      from old i where not i.closed and ${byKey('a', { tenant_id: 'i.tenant_id', message_id: 'i.id', attempt: 'i.attempt' })}),
    settled as (
      update message m set
        -- Accepted after all, while its resend still waits: then it does not wait any more.
        state = case when i.was in ('sending', 'unknown') or (i.was in ('queued', 'leased') and i.state = 'accepted') then i.state else m.state end,
        provider_id = case when not i.erased then coalesce(i.provider_id, m.provider_id) end,
        accepted_at = case when i.provider_id is not null then coalesce(m.accepted_at, :now) else m.accepted_at end,
        -- A failure that was reported before the answer came keeps its reason: the answer only says that it was taken.
        error_code = case when i.was = 'failed' then m.error_code when i.outcome = 'accepted' then null else i.code end,
        reason = case when i.state in ('queued', 'accepted') then null else i.outcome end,
        failed_at = case when i.state in ('failed', 'dead') then :now else m.failed_at end,
        due_at = coalesce(i.due_at, m.due_at),
        retries = m.retries + i.retries,
        unknown_at = case when i.state = 'unknown' then coalesce(m.unknown_at, clock_timestamp()) else m.unknown_at end,
        resolution = case when i.state = 'unknown' then 'open' when i.was in ('unknown', 'queued', 'leased') and i.state = 'accepted' then case when i.was = 'unknown' or m.resolution = 'resent' then 'sent' else m.resolution end
          when i.was = 'unknown' then 'not_sent' else m.resolution end,
        lease_owner = null, slot_at = null, deadline_at = null
      from old i
      where ${byKey('m', { tenant_id: 'i.tenant_id', id: 'i.id' })} and m.attempt = i.attempt and not i.closed
        and (i.was = 'sending' or (i.was = 'unknown' and i.state <> 'unknown') or i.provider_id is not null)
      returning m.id, m.state),
    moved as materialized (
      select o.created_at, o.purpose, o.carrier as provider, o.was, s.state from settled s join old o on o.id = s.id),
    counted as (${stateDelta('moved', counted('was'), counted('state'))})
    select id, state from settled`,
});
