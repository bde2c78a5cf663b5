/**
 * Senders and their lanes. A sender is a number with its account; its lane is the pace that all workers share, in a row
 * of its own, since that one is rewritten by every lease.
 */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

const row = {
  id: c.uuid,
  key: c.text,
  provider: c.text,
  channel: c.text,
  account: c.json<Record<string, string>>(),
  secret: c.bytes,
  status: c.text,
  portfolio_limit: c.maybe(c.int),
};

// Whatever its standing: a blocked sender's webhooks and answers still have to be judged with its secrets.
export const senderRead = statement({
  name: 'sender_read',
  owner: 'senders',
  params: { id: c.uuid },
  row,
  sql: 'select id, key, provider, channel, account, secret, status, portfolio_limit from sender where tenant_id = :tenant and id = :id',
});

// One at the most: a partial unique index keeps a tenant from having two default senders for a channel.
export const senderReadDefault = statement({
  name: 'sender_read_default',
  owner: 'senders',
  params: { channel: c.text },
  row,
  sql: `select id, key, provider, channel, account, secret, status, portfolio_limit from sender
    where tenant_id = :tenant and channel = :channel and is_default`,
});

// The environment's sender is written again at every start, with its lane. What somebody has set by hand since holds:
// the pace, and that it is switched off; so does a ban. What the provider had refused is tried again.
export const senderSave = statement({
  name: 'sender_save',
  owner: 'senders',
  params: {
    id: c.uuid,
    key: c.text,
    provider: c.text,
    channel: c.text,
    name: c.text,
    address: c.maybe(c.text),
    account: c.json<Record<string, string>>(),
    secret: c.bytes,
    throughput: c.int,
    now: c.instant,
    refusals_from: c.instant,
  },
  row: {},
  sql: `with saved as (
      insert into sender (tenant_id, id, key, provider, channel, name, address, account, secret, is_default, throughput_per_second, created_at, refusals_from)
      values (:tenant, :id, :key, :provider, :channel, :name, :address, :account, :secret, true, :throughput, :now, :refusals_from)
      on conflict (tenant_id, id) do update set provider = excluded.provider, name = excluded.name, address = excluded.address,
        account = excluded.account, secret = excluded.secret, throughput_per_second = case when sender.tuned then sender.throughput_per_second else excluded.throughput_per_second end,
        refusals_from = excluded.refusals_from, refused_at = null, refusal = null
      returning id)
    insert into lane (tenant_id, sender_id) select :tenant, id from saved on conflict do nothing`,
});

// A blocked sender sends nothing until a person acts; its messages wait in the queue. What the provider said before
// somebody enabled it is over, however late it arrives; of what it said since, the latest is kept.
export const senderDisable = statement({
  name: 'sender_disable',
  owner: 'senders',
  params: { id: c.uuid, reason: c.text, at: c.instant },
  row: { id: c.uuid },
  sql: `with refused as (
      update sender s set refused_at = :at, refusal = :reason
      from (select id, status from sender where tenant_id = :tenant and id = :id for update) was
      where s.tenant_id = :tenant and s.id = was.id
        and (s.refused_at is null or (:at, :reason::text) > (s.refused_at, s.refusal))
      returning s.id, was.status as was, s.status)
    select id from refused where was = 'active' and status = 'disabled'`,
});

// One worker at a time leases from a lane; the lease itself runs in a newer snapshot.
export const laneLock = statement({
  name: 'lane_lock',
  owner: 'senders',
  params: { sender: c.uuid },
  row: {},
  sql: 'select from lane where tenant_id = :tenant and sender_id = :sender for update',
});

// Machine time. A longer pause is never shortened by a later, milder answer.
export const lanePause = statement({
  name: 'lane_pause',
  owner: 'senders',
  params: { sender: c.uuid, pause_ms: c.int, reason: c.text },
  row: {},
  sql: `update lane set pause_reason = :reason,
      paused_until = greatest(paused_until, clock_timestamp() + :pause_ms::integer * interval '1 millisecond')
    where tenant_id = :tenant and sender_id = :sender`,
});

// All of a tenant's senders, without their secrets.
export const senderList = statement({
  name: 'sender_list',
  owner: 'senders',
  params: {},
  row: {
    id: c.uuid,
    name: c.text,
    provider: c.text,
    channel: c.text,
    address: c.maybe(c.text),
    is_default: c.bool,
    status: c.text,
    status_reason: c.maybe(c.text),
    throughput_per_second: c.int,
    portfolio_limit: c.maybe(c.int),
  },
  sql: `select id, name, provider, channel, address, is_default, status, status_reason, throughput_per_second, portfolio_limit
    from sender where tenant_id = :tenant order by id`,
});

// A person's word: pace, limit, and whether it may send; what is not named stays, whoever else changes it in this moment.
// Enabled again, what was said against it so far is over, and its lane does not wait out an old pause. The provider's
// clock may be ahead of ours.
export const senderChange = statement({
  name: 'sender_change',
  owner: 'senders',
  params: {
    id: c.uuid,
    throughput: c.maybe(c.int),
    limited: c.bool,
    portfolio_limit: c.maybe(c.int),
    status: c.maybe(c.text),
    now: c.instant,
  },
  row: {},
  sql: `with changed as (
      update sender s set throughput_per_second = coalesce(:throughput, s.throughput_per_second), tuned = s.tuned or :throughput is not null,
        portfolio_limit = case when :limited then :portfolio_limit else s.portfolio_limit end,
        portfolio_limit_at = case when :limited then greatest(:now, s.portfolio_limit_at + interval '1 millisecond') else s.portfolio_limit_at end,
        switched_off = case :status when 'disabled' then true when 'active' then false else s.switched_off end,
        lifted_at = case when :status = 'active' then greatest(s.lifted_at, :now, s.banned_at + interval '1 millisecond',
          case when s.refused_at > :now then s.refused_at + interval '1 millisecond' end) else s.lifted_at end,
        refused_at = case when :status = 'active' then null else s.refused_at end,
        refusal = case when :status = 'active' then null else s.refusal end
      from (select id, status from sender where tenant_id = :tenant and id = :id for update) was
      where s.tenant_id = :tenant and s.id = was.id returning s.id, was.status as was, s.status)
    update lane l set paused_until = '-infinity', pause_reason = null from changed c
    where l.tenant_id = :tenant and l.sender_id = c.id and c.was = 'disabled' and c.status = 'active'`,
});
