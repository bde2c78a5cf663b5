/**
 * What the provider reports later. Receipts come late, twice and in any order, also before the answer to the send
 * itself; so a row is computed from all that is known of it, and the order in which that came leaves no trace.
 */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import { costDelta } from '../rates/cost-delta.ts';
import { counted, stateDelta } from '../stats/state-delta.ts';

// The provider's ids back to ours, for receipts that lost our correlation.
export const refFind = statement({
  name: 'provider_ref_find',
  owner: 'messages',
  params: { provider: c.text, provider_ids: c.list(c.text) },
  row: { provider_id: c.text, message_id: c.uuid, attempt: c.int },
  sql: `select i.provider_id, r.message_id, r.attempt::integer from (${batch({ provider_id: 'provider_ids text' })}) i
    cross join lateral (select message_id, attempt from provider_ref
      where tenant_id = :tenant and provider = :provider and provider_id = i.provider_id limit 1) r`,
});

// What follows a failure that a receipt told: whose it was and what it was sent by.
export const failedRead = statement({
  name: 'message_failed_read',
  owner: 'messages',
  params: { ids: c.list(c.uuid) },
  row: {
    id: c.uuid,
    sender_id: c.maybe(c.uuid),
    template_id: c.maybe(c.uuid),
    retries: c.int,
    expires_at: c.maybe(c.instant),
  },
  sql: `select m.id, m.sender_id, m.template_id, m.retries::integer, m.expires_at from (${batch({ id: 'ids uuid' }, 'id')}) i
    cross join lateral (select id, sender_id, template_id, retries, expires_at from message where tenant_id = :tenant and id = i.id limit 1) m`,
});

// A definite no that came by receipt and is worth another try waits again, in the transaction that applied the receipt:
// its rows are locked, and nobody has seen it failed. What is told of the old attempt later is no news of the next.
export const failedRetry = statement({
  name: 'message_failed_retry',
  owner: 'messages',
  touches: ['stats'],
  params: {
    ids: c.list(c.uuid),
    attempts: c.list(c.int),
    dues: c.list(c.instant),
    retries: c.list(c.int),
    codes: c.list(c.maybe(c.text)),
    details: c.list(c.maybe(c.text)),
    now: c.instant,
  },
  row: { id: c.uuid },
  sql: `with input as materialized (${batch(
    {
      id: 'ids uuid',
      attempt: 'attempts smallint',
      due_at: 'dues timestamptz',
      retries: 'retries smallint',
      code: 'codes text',
      detail: 'details text',
    },
    'id',
  )}),
    -- A state beside the key would invite the index of that state, so it is judged only here.
    old as materialized (
      select i.*, m.state as was, m.attempt as last_attempt, m.erased from input i cross join lateral (
        select state, attempt, erased from message where tenant_id = :tenant and id = i.id for no key update) m),
    failed as materialized (select * from old where was = 'failed' and attempt = last_attempt and not erased),
    again as (
      update message m set state = 'queued', due_at = f.due_at, retries = m.retries + f.retries, reason = null, error_code = f.code,
        failed_at = null, closed_attempt = m.attempt, sent_at = null, accepted_at = null, provider_id = null,
        -- It did not arrive after all; and what it would have cost is no price of the next attempt.
        resolution = case when m.resolution is not null then 'not_sent' end,
        price_at = null, price_category = null, price_type = null, price_market = null, price_micros = null
      from failed f where ${byKey('m', { tenant_id: 'f.tenant_id', id: 'f.id' })}
      returning m.id, m.created_at, m.purpose, m.provider),
    tried as (
      update message_attempt a set outcome = 'rejected', error_code = f.code, error_detail = f.detail, ended_at = :now
      from failed f where ${byKey('a', { tenant_id: 'f.tenant_id', message_id: 'f.id', attempt: 'f.attempt' })}),
    counted as (${stateDelta('again', "'failed'", "'queued'")})
    select id from again`,
});

// A fold: each facet keeps its earliest instant, the state is computed from the facets, so any order and any number of
// repeats give the same row. A failure is kept only for the attempt that is the last one and was not given up, also where
// silence had sent its message back to the queue; the receipts of an arrival outrank it, whichever came first. Of what
// receipts say about the price the earliest holds, by the provider's time; it is owed once the message has arrived, and
// counted in that commit.
export const receiptApply = statement({
  name: 'receipt_apply',
  owner: 'messages',
  touches: ['stats', 'rates'],
  params: {
    ids: c.list(c.uuid),
    // Of the correlation, or of the reference by which a receipt without one was found.
    attempts: c.list(c.int),
    provider_ids: c.list(c.text),
    sents: c.list(c.maybe(c.instant)),
    delivereds: c.list(c.maybe(c.instant)),
    reads: c.list(c.maybe(c.instant)),
    faileds: c.list(c.maybe(c.instant)),
    codes: c.list(c.maybe(c.text)),
    price_ats: c.list(c.maybe(c.instant)),
    price_categories: c.list(c.maybe(c.text)),
    price_types: c.list(c.maybe(c.text)),
    price_markets: c.list(c.maybe(c.text)),
    price_micros: c.list(c.maybe(c.bigint)),
    provider: c.text,
    // The account's: of its amounts, and of the calendar by which it is charged.
    currency: c.maybe(c.text),
    zone: c.text,
    now: c.instant,
  },
  row: { id: c.uuid, state: c.text, was: c.text },
  sql: `with input as materialized (${batch(
    {
      id: 'ids uuid',
      attempt: 'attempts smallint',
      provider_id: 'provider_ids text',
      sent_at: 'sents timestamptz',
      delivered_at: 'delivereds timestamptz',
      read_at: 'reads timestamptz',
      failed_at: 'faileds timestamptz',
      code: 'codes text',
      price_at: 'price_ats timestamptz',
      price_category: 'price_categories text',
      price_type: 'price_types text',
      price_market: 'price_markets text',
      price_micros: 'price_micros bigint',
    },
    'id',
  )}),
    -- Locked before anything is folded onto it: of two receipts at once each would miss what the other brings. What was
    -- never on the wire has no receipts, whatever a correlation says.
    -- With the input's columns, so that nothing below joins the two: where an attempt was looked up first and this lock
    -- then waited for a neighbour, PostgreSQL 18.4 crashed in its run-time pruning of partitions.
    old as materialized (
      select i.tenant_id, i.id, i.attempt, i.provider_id, i.sent_at, i.delivered_at, i.read_at, i.failed_at, i.code, m.state as was, m.erased, m.attempt as last_attempt,
        m.provider_id as was_provider_id, m.closed_attempt, m.created_at, m.purpose, m.provider, m.sender_id, m.delivered_at is not null or m.read_at is not null as was_there,
        m.price_at as was_at, m.price_category as was_category, m.price_market as was_market, m.price_micros as was_micros, m.currency as was_currency,
        m.actual_micros as was_actual, p.* from input i cross join lateral (
        select id, state, erased, attempt, provider_id, closed_attempt, created_at, purpose, provider, sender_id, delivered_at, read_at, price_at, price_category, price_type,
          price_market, price_micros, actual_micros, currency from message where tenant_id = :tenant and id = i.id for no key update) m
      -- The earlier of what is stored and what comes; of the same word the one whose price is known. A message has one
      -- currency for ever: a price in another one is none.
      cross join lateral (
        select v.price_at, v.price_category, v.price_type, v.price_market, v.price_micros from (
          select 0 as place, m.price_at, m.price_category, m.price_type, m.price_market, m.price_micros
          union all
          -- What an attempt that was given up would have cost is no news, unless it arrived.
          select 1, i.price_at, i.price_category, i.price_type, i.price_market, case when coalesce(m.currency, :currency) = :currency then i.price_micros end
          where i.attempt > m.closed_attempt or coalesce(i.delivered_at, i.read_at) is not null) v
        order by v.price_at nulls last, v.price_category collate "C", v.price_type collate "C", v.price_micros is null, v.place limit 1) p
      where m.state not in ('refused', 'cancelled', 'expired')
        -- Unless it arrived: an attempt was made, failed by the provider's first word, and the message ended meanwhile.
        or (coalesce(i.delivered_at, i.read_at) is not null and i.attempt between 1 and m.attempt)),
    -- Only where the answer was lost is the id news, whatever silence or a person has made of the message since; for all
    -- others it came with the answer. Of an erased person it is written nowhere: it holds their number.
    ref as (
      insert into provider_ref (tenant_id, provider, provider_id, message_id, attempt)
      select :tenant, :provider, provider_id, id, attempt from old
      where was_provider_id is distinct from provider_id and not erased on conflict do nothing),
    -- Also of a message that waits to be sent again. Of one whose answer was stored there is nothing to learn, and its
    -- three receipts should not have to look.
    tried as (
      update message_attempt a set outcome = case when i.failed_at is null then 'accepted' else 'rejected' end,
        provider_id = case when not i.erased then i.provider_id end, error_code = i.code, ended_at = :now
      from old i
      where (i.was not in ('accepted', 'sent', 'delivered', 'read') or i.attempt < i.last_attempt) and a.outcome in ('sending', 'uncertain')
        and ${byKey('a', { tenant_id: 'i.tenant_id', message_id: 'i.id', attempt: 'i.attempt' })}),
    folded as (
      update message m set
        sent_at = least(m.sent_at, f.left_at), delivered_at = least(m.delivered_at, i.delivered_at), read_at = least(m.read_at, i.read_at),
        failed_at = case when f.fails then least(m.failed_at, i.failed_at) else m.failed_at end,
        error_code = case when f.fails then coalesce(i.code, m.error_code) when i.was = 'unknown' then null else m.error_code end,
        reason = case when i.was in ('unknown', 'queued', 'leased') then null else m.reason end,
        accepted_at = coalesce(m.accepted_at, :now), provider_id = case when not i.erased then coalesce(m.provider_id, i.provider_id) end,
        resolution = case when i.was = 'unknown' then 'sent' else m.resolution end,
        state = case
          when m.read_at is not null or i.read_at is not null then 'read'
          when m.delivered_at is not null or i.delivered_at is not null then 'delivered'
          when i.was = 'failed' or f.fails then 'failed'
          when m.sent_at is not null or f.left_at is not null then 'sent'
          else m.state end,
        price_at = i.price_at, price_category = i.price_category, price_type = i.price_type, price_market = i.price_market, price_micros = i.price_micros,
        currency = coalesce(m.currency, case when i.price_micros is not null then :currency end),
        actual_micros = case when i.was_there or i.delivered_at is not null or i.read_at is not null then i.price_micros end,
        lease_owner = null, slot_at = null, deadline_at = null
      from old i
      cross join lateral (select i.failed_at is not null and i.attempt = i.last_attempt and i.attempt > i.closed_attempt
        and i.was in ('queued', 'leased', 'sending', 'unknown', 'accepted', 'sent', 'delivered', 'read', 'failed') as fails,
          case when i.attempt > i.closed_attempt then i.sent_at end as left_at) f
      where ${byKey('m', { tenant_id: 'i.tenant_id', id: 'i.id' })} and (f.left_at is not null or i.delivered_at is not null or i.read_at is not null or f.fails)
      returning m.id, m.state, m.currency, m.actual_micros as actual, m.delivered_at is not null or m.read_at is not null as there),
    moved as materialized (
      select o.*, s.state as now, s.currency as now_currency, s.actual, s.there from folded s join old o on o.id = s.id),
    counted as (${stateDelta('moved', counted('was'), 'now')}),
    priced as (
      insert into stat_delta (tenant_id, hour, purpose, provider, state, currency, count, priced, actual_micros)
      select :tenant, date_trunc('hour', created_at, 'UTC'), purpose, coalesce(provider, ''), 'delivered', coalesce(now_currency, ''), 0,
        sum((actual is not null)::integer - (was_actual is not null)::integer), sum(coalesce(actual, 0) - coalesce(was_actual, 0))
      from moved where actual is distinct from was_actual
      group by 2, 3, 4, 6 having sum((actual is not null)::integer - (was_actual is not null)::integer) <> 0 or sum(coalesce(actual, 0) - coalesce(was_actual, 0)) <> 0),
    costed as (${costDelta(
      'moved',
      {
        there: 'was_there',
        at: 'was_at',
        market: 'was_market',
        category: 'was_category',
        currency: 'was_currency',
        micros: 'was_micros',
      },
      {
        there: 'there',
        at: 'price_at',
        market: 'price_market',
        category: 'price_category',
        currency: 'now_currency',
        micros: 'price_micros',
      },
    )})
    select id, now as state, was from moved`,
});
