/**
 * The only statements that cross tenants: who a key or a webhook path belongs to, and where there is work. They run
 * as `tidings_worker`, which may read ids, states and due times, and nothing about people.
 */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Before a key is checked nobody knows its tenant.
export const keyFind = statement({
  name: 'key_find',
  owner: 'worker',
  scope: 'worker',
  touches: ['tenants'],
  params: { handle: c.text },
  row: {
    tenant_id: c.uuid,
    slug: c.text,
    hash: c.bytes,
    scopes: c.list(c.text),
    expires_at: c.maybe(c.instant),
    revoked_at: c.maybe(c.instant),
  },
  sql: `select k.tenant_id, t.slug, k.hash, k.scopes, k.expires_at, k.revoked_at
    from api_key k join tenant t on t.tenant_id = k.tenant_id where k.handle = :handle`,
});

// Operators and configuration know a tenant by its slug; the id, under which all else is asked, is found here.
export const tenantFind = statement({
  name: 'tenant_find',
  owner: 'worker',
  scope: 'worker',
  touches: ['tenants'],
  params: { slug: c.text },
  row: { tenant_id: c.uuid },
  sql: 'select tenant_id from tenant where slug = :slug',
});

// For rounds that every tenant gets: to ask which of them need one would cost as much as the round.
export const tenantListAll = statement({
  name: 'tenant_list_all',
  owner: 'worker',
  scope: 'worker',
  touches: ['tenants'],
  params: {},
  row: { tenant_id: c.uuid, slug: c.text, name: c.text },
  sql: 'select tenant_id, slug, name from tenant order by slug',
});

// A webhook's path names its sender; the secret that judges its signature is read afterwards, under the tenant.
export const senderFind = statement({
  name: 'sender_find',
  owner: 'worker',
  scope: 'worker',
  touches: ['senders'],
  params: { key: c.text },
  row: { tenant_id: c.uuid, id: c.uuid, provider: c.text },
  sql: 'select tenant_id, id, provider from sender where key = :key',
});

// Lanes with something due whose sender and tenant may send: a walk along each lane's queue to its first due message.
export const laneDiscover = statement({
  name: 'lane_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['messages', 'senders', 'tenants'],
  params: { now: c.instant },
  row: { tenant_id: c.uuid, sender_id: c.uuid },
  sql: `select l.tenant_id, l.sender_id from lane l
    join sender s on s.tenant_id = l.tenant_id and s.id = l.sender_id and s.status = 'active'
    join tenant t on t.tenant_id = l.tenant_id and t.held_since is null cross join lateral (
      select from message m
      where m.tenant_id = l.tenant_id and m.sender_id = l.sender_id and m.state = 'queued' and m.due_at <= :now
      order by m.priority, m.due_at limit 1) due
    where l.paused_until <= clock_timestamp()`,
});

// Tenants whose messages were left behind: leases run out, attempts past their deadline, unknown ones to decide.
export const rescueDiscover = statement({
  name: 'rescue_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['messages', 'tenants'],
  params: { now: c.instant },
  row: { tenant_id: c.uuid },
  sql: `select t.tenant_id from tenant t
    where (select min(m.expires_at) from message m where m.tenant_id = t.tenant_id and m.state = 'queued') <= :now
      or (select min(m.deadline_at) from message m where m.tenant_id = t.tenant_id and m.state = 'leased') < clock_timestamp()
      or (select min(m.deadline_at) from message m where m.tenant_id = t.tenant_id and m.state = 'sending') < clock_timestamp()
      or (select m.unknown_at from message m where m.tenant_id = t.tenant_id and m.state = 'unknown' and m.resolution = 'open' order by m.unknown_at limit 1) is not null`,
});

// Tenants with something to apply now. A walk over the tenants with one look each: a count would read the backlog.
export const inboxDiscover = statement({
  name: 'inbox_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['inbox', 'tenants'],
  params: { lane: c.text },
  row: { tenant_id: c.uuid },
  sql: `select t.tenant_id from tenant t where exists (
      select from inbox_pending p where p.tenant_id = t.tenant_id and p.lane = :lane and p.not_before <= clock_timestamp())`,
});

// Tenants with receipts that nobody knew when they came; whether their message is known by now is asked under the tenant.
export const parkedDiscover = statement({
  name: 'parked_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['inbox', 'tenants'],
  params: {},
  row: { tenant_id: c.uuid },
  sql: `select t.tenant_id from tenant t cross join lateral (
      select from parked_event p where p.tenant_id = t.tenant_id order by p.id limit 1) parked`,
});

// Tenants with a sender of these providers, which never tell what became of a template; what to ask is found under the tenant.
export const templateCheckDiscover = statement({
  name: 'template_check_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['senders'],
  params: { providers: c.list(c.text) },
  row: { tenant_id: c.uuid },
  sql: `select distinct tenant_id from sender where provider = any(:providers::text[]) and status = 'active'`,
});

// Tenants with a sale whose receipt is still wanted, and nobody is asking for it now.
export const saleReceiptDiscover = statement({
  name: 'sale_receipt_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['pos', 'tenants'],
  params: {},
  row: { tenant_id: c.uuid },
  sql: `select t.tenant_id from tenant t cross join lateral (
      select from pos_sale s where s.tenant_id = t.tenant_id and s.receipt = 'wanted' and s.receipt_not_before <= clock_timestamp()
      order by s.receipt_not_before limit 1) wanted`,
});

// Tenants whose counters have changed since they were last folded.
export const deltaDiscover = statement({
  name: 'delta_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['stats', 'tenants'],
  params: {},
  row: { tenant_id: c.uuid },
  sql: `select t.tenant_id from tenant t cross join lateral (
      select from stat_delta d where d.tenant_id = t.tenant_id order by d.id limit 1) delta`,
});

// Tenants with costs that are not folded yet, or with messages to be asked about again.
export const costDiscover = statement({
  name: 'cost_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['rates', 'tenants'],
  params: {},
  row: { tenant_id: c.uuid },
  sql: `select t.tenant_id from tenant t
    where (select true from cost_delta d where d.tenant_id = t.tenant_id order by d.id limit 1)
      or (select true from price_recheck p where p.tenant_id = t.tenant_id)`,
});

// Tenants with money put aside for messages, or with a ledger that is not proven to its end.
export const spendDiscover = statement({
  name: 'spend_discover',
  owner: 'worker',
  scope: 'worker',
  touches: ['budgets', 'tenants'],
  params: {},
  row: { tenant_id: c.uuid },
  sql: `select t.tenant_id from tenant t
    where (select true from reservation r where r.tenant_id = t.tenant_id order by r.message_id limit 1)
      or (select b.checked_seq < b.seq from balance b where b.tenant_id = t.tenant_id)`,
});

// Tenants that send nothing since a restore, until somebody releases them.
export const tenantListHeld = statement({
  name: 'tenant_list_held',
  owner: 'worker',
  scope: 'worker',
  touches: ['tenants'],
  params: {},
  row: { tenant_id: c.uuid, slug: c.text },
  sql: 'select tenant_id, slug from tenant where held_since is not null order by slug',
});

// Which database this is, as it remembers itself, and the server on which it is found now.
export const epochRead = statement({
  name: 'epoch_read',
  owner: 'worker',
  scope: 'worker',
  touches: ['epoch'],
  params: {},
  row: {
    id: c.uuid,
    beat: c.bigint,
    beaten_at: c.instant,
    system_identifier: c.text,
    timeline: c.int,
    found_identifier: c.text,
    found_timeline: c.int,
  },
  sql: `select id, beat, beaten_at, system_identifier, timeline,
      (select system_identifier::text from pg_control_system()) as found_identifier,
      ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer as found_timeline from epoch`,
});

// One step further, on the server where it is now. `at_least`: past all that anybody has seen before a restore.
export const epochBeat = statement({
  name: 'epoch_beat',
  owner: 'worker',
  scope: 'worker',
  touches: ['epoch'],
  params: { at_least: c.bigint },
  row: { id: c.uuid, beat: c.bigint },
  sql: `update epoch set beat = greatest(beat + 1, :at_least::bigint), beaten_at = clock_timestamp(),
      system_identifier = (select system_identifier::text from pg_control_system()),
      timeline = ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer
    returning id, beat`,
});

// How long the oldest webhook has waited, and how much is due: readiness and metrics.
export const lagRead = statement({
  name: 'lag_read',
  owner: 'worker',
  scope: 'worker',
  touches: ['inbox', 'tenants'],
  params: {},
  row: { tenant_id: c.uuid, oldest_seq: c.maybe(c.uuid), waiting: c.bigint },
  sql: `select t.tenant_id, (array_agg(p.seq order by p.seq))[1] as oldest_seq, count(*) as waiting
    from tenant t cross join (values ('people'), ('receipts')) as l(lane) cross join lateral (
      select seq from inbox_pending p where p.tenant_id = t.tenant_id and p.lane = l.lane order by seq limit 500) p
    group by t.tenant_id`,
});

// The owner's function: the program may not make tables. Called again it changes nothing.
export const makeMessageMonth = statement({
  name: 'make_message_month',
  owner: 'worker',
  scope: 'worker',
  params: { from_id: c.uuid, to_id: c.uuid, suffix: c.text },
  row: {},
  sql: 'select from make_message_month(:from_id, :to_id, :suffix)',
});

// As for the months; made days ahead, so that midnight needs nobody.
export const makeInboxDay = statement({
  name: 'make_inbox_day',
  owner: 'worker',
  scope: 'worker',
  params: { day: c.date },
  row: {},
  sql: 'select from make_inbox_day(:day::date)',
});

// Old days that are still needed: of the dead letters every one, of what waits to be applied the oldest.
export const inboxDaysHeld = statement({
  name: 'inbox_days_held',
  owner: 'worker',
  scope: 'worker',
  touches: ['inbox', 'tenants'],
  params: { before: c.date },
  row: { day: c.date, lane: c.text },
  sql: `select distinct p.day, 'dead' as lane from tenant t cross join lateral (
      select day from inbox_pending where tenant_id = t.tenant_id and lane = 'dead' and day < :before::date) p
    union all
    select p.day, l.lane from tenant t cross join (values ('people'), ('receipts')) as l(lane) cross join lateral (
      select day from inbox_pending where tenant_id = t.tenant_id and lane = l.lane order by seq limit 1) p
    where p.day < :before::date`,
});

// Drops the inbox's partitions before a day, whole, and answers how many.
export const dropInboxDays = statement({
  name: 'drop_inbox_days',
  owner: 'worker',
  scope: 'worker',
  params: { before: c.date, keep: c.list(c.date) },
  row: { days: c.int },
  sql: 'select drop_inbox_days(:before::date, :keep::date[]) as days',
});

// The platform's clock, as far as the sandbox has turned it.
export const clockRead = statement({
  name: 'clock_read',
  owner: 'worker',
  scope: 'worker',
  touches: ['clock'],
  params: {},
  row: { offset_ms: c.bigint },
  sql: 'select offset_ms from platform_clock',
});

// Of the whole platform: senders and emulator live by one clock, so a tenant of its own can't have another.
export const clockTurn = statement({
  name: 'clock_turn',
  owner: 'worker',
  scope: 'worker',
  touches: ['clock'],
  params: { offset_ms: c.bigint },
  row: {},
  sql: 'update platform_clock set offset_ms = :offset_ms',
});
