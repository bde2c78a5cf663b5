/** What arrived and what it costs by the provider's days, its bill beside it, and who is to be asked about again. */
import { byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Deltas become days in one statement: a reader sees each of them in exactly one of the two places.
export const costFold = statement({
  name: 'cost_fold',
  owner: 'rates',
  params: { limit: c.int },
  row: { folded: c.bigint },
  sql: `with taken as (
      delete from cost_delta d using (
        select tenant_id, id from cost_delta where tenant_id = :tenant order by id limit :limit for update skip locked) old
      where ${byKey('d', { tenant_id: 'old.tenant_id', id: 'old.id' })}
      returning d.day, d.sender_id, d.market, d.category, d.currency, d.messages, d.charged, d.micros),
    folded as (
      insert into cost_day as h (tenant_id, day, sender_id, market, category, currency, messages, charged, micros)
      select :tenant, day, sender_id, market, category, currency, sum(messages), sum(charged), sum(micros) from taken
      group by 2, 3, 4, 5, 6 order by 2, 3, 4, 5, 6
      on conflict (tenant_id, day, sender_id, market, category, currency) do update
        set messages = h.messages + excluded.messages, charged = h.charged + excluded.charged, micros = h.micros + excluded.micros)
    select count(*) as folded from taken`,
});

// What arrived between two days, both of them included: folded or not, current to the last commit.
export const costRead = statement({
  name: 'cost_read',
  owner: 'rates',
  params: { from: c.date, to: c.date },
  row: {
    day: c.date,
    market: c.text,
    category: c.text,
    currency: c.text,
    messages: c.bigint,
    charged: c.bigint,
    micros: c.bigint,
  },
  sql: `select day, market, category, currency, sum(messages)::bigint as messages, sum(charged)::bigint as charged, sum(micros)::bigint as micros from (
      select day, market, category, currency, messages, charged, micros from cost_day where tenant_id = :tenant and day between :from::date and :to::date
      union all
      select day, market, category, currency, messages, charged, micros from cost_delta where tenant_id = :tenant and day between :from::date and :to::date) s
    group by day, market, category, currency having sum(messages) <> 0 order by day, market, category, currency`,
});

// Replies of one number that arrived in a month: what a forecast takes its allowance from.
export const serviceUsed = statement({
  name: 'cost_service_used',
  owner: 'rates',
  params: { sender: c.uuid, from: c.date, to: c.date },
  row: { messages: c.bigint },
  sql: `select coalesce(sum(messages), 0)::bigint as messages from (
      select messages from cost_day where tenant_id = :tenant and day between :from::date and :to::date and sender_id = :sender and category = 'service'
      union all
      select messages from cost_delta where tenant_id = :tenant and day between :from::date and :to::date and sender_id = :sender and category = 'service') s`,
});

// What the provider billed, once for each day, country and category: said again with another figure it is a correction.
export const billSave = statement({
  name: 'bill_save',
  owner: 'rates',
  params: {
    days: c.list(c.date),
    countries: c.list(c.text),
    categories: c.list(c.text),
    messages: c.list(c.bigint),
    micros: c.list(c.bigint),
    currency: c.text,
    source: c.text,
    now: c.instant,
  },
  row: {},
  sql: `insert into bill_line (tenant_id, day, country, category, currency, messages, micros, source, imported_at)
    select :tenant, i.day, i.country, i.category, :currency, i.messages, i.micros, :source, :now
    from unnest(:days::date[], :countries::text[], :categories::text[], :messages::bigint[], :micros::bigint[]) as i(day, country, category, messages, micros)
    order by 2, 3, 4
    on conflict (tenant_id, day, country, category, currency) do update
      set messages = excluded.messages, micros = excluded.micros, source = excluded.source, imported_at = excluded.imported_at`,
});

// The bill between two days, both of them included.
export const billRead = statement({
  name: 'bill_read',
  owner: 'rates',
  params: { from: c.date, to: c.date },
  row: { day: c.date, country: c.text, category: c.text, currency: c.text, messages: c.bigint, micros: c.bigint },
  sql: `select day, country, category, currency, messages, micros from bill_line
    where tenant_id = :tenant and day between :from::date and :to::date order by day, country, category, currency`,
});

// From the first message on, also when a round is under way: what it has passed may have a price by now.
export const recheckRequest = statement({
  name: 'price_recheck_request',
  owner: 'rates',
  params: { first: c.uuid },
  row: {},
  sql: `insert into price_recheck (tenant_id, after, requested_at) values (:tenant, :first, clock_timestamp())
    on conflict (tenant_id) do update set after = excluded.after, requested_at = excluded.requested_at`,
});

// Held until the commit: two workers do not ask about the same messages.
export const recheckTake = statement({
  name: 'price_recheck_take',
  owner: 'rates',
  params: {},
  row: { after: c.uuid },
  sql: 'select after from price_recheck where tenant_id = :tenant for update skip locked',
});

// How far the round has come.
export const recheckAdvance = statement({
  name: 'price_recheck_advance',
  owner: 'rates',
  params: { after: c.uuid },
  row: {},
  sql: 'update price_recheck set after = :after where tenant_id = :tenant',
});

// Every message has been asked about.
export const recheckEnd = statement({
  name: 'price_recheck_end',
  owner: 'rates',
  params: {},
  row: {},
  sql: 'delete from price_recheck where tenant_id = :tenant',
});
