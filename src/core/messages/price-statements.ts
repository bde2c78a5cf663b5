/** Messages that the provider charges and whose price nobody knew: a rate card that is imported later gives them one. */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import { costDelta } from '../rates/cost-delta.ts';

// The next of them, by their own index: priced ones are not looked at.
export const unpricedSlice = statement({
  name: 'message_unpriced',
  owner: 'messages',
  params: { after: c.uuid, limit: c.int },
  row: {
    id: c.uuid,
    price_at: c.maybe(c.instant),
    price_category: c.maybe(c.text),
    price_type: c.maybe(c.text),
    price_market: c.maybe(c.text),
    currency: c.maybe(c.text),
  },
  sql: `select id, price_at, price_category, price_type, price_market, currency from message
    where tenant_id = :tenant and id > :after and price_at is not null and price_micros is null order by id limit :limit`,
});

const CHARGED = { there: 'there', at: 'price_at', market: 'price_market', category: 'price_category' };

// Only onto what is still without a price: a receipt that brought one meanwhile wins. Counted where the message has arrived.
export const priceFill = statement({
  name: 'message_price_fill',
  owner: 'messages',
  touches: ['stats', 'rates'],
  params: { ids: c.list(c.uuid), micros: c.list(c.bigint), currency: c.text, zone: c.text },
  row: { id: c.uuid },
  sql: `with old as materialized (
      select i.tenant_id, i.id, i.micros, m.price_micros as known, m.created_at, m.purpose, m.provider, m.sender_id, m.price_at, m.price_market, m.price_category,
        m.delivered_at is not null or m.read_at is not null as there
      from (${batch({ id: 'ids uuid', micros: 'micros bigint' }, 'id')}) i cross join lateral (
        select price_micros, created_at, purpose, provider, sender_id, price_at, price_market, price_category, delivered_at, read_at from message
        where tenant_id = :tenant and id = i.id for no key update) m),
    filled as (
      update message m set price_micros = o.micros, actual_micros = case when o.there then o.micros end, currency = :currency
      from old o where ${byKey('m', { tenant_id: 'o.tenant_id', id: 'o.id' })} and o.known is null returning m.id),
    counted as (
      insert into stat_delta (tenant_id, hour, purpose, provider, state, currency, count, priced, actual_micros)
      select :tenant, date_trunc('hour', o.created_at, 'UTC'), o.purpose, coalesce(o.provider, ''), 'delivered', :currency, 0, count(*), sum(o.micros)
      from filled f join old o on o.id = f.id where o.there group by 2, 3, 4),
    charged as materialized (select o.* from filled f join old o on o.id = f.id),
    costed as (${costDelta(
      'charged',
      { ...CHARGED, currency: "''", micros: 'null::bigint' },
      { ...CHARGED, currency: ':currency::text', micros: 'micros' },
    )})
    select id from filled`,
});

// What these dead letters were expected to cost.
export const messageCosts = statement({
  name: 'message_costs',
  owner: 'messages',
  params: { ids: c.list(c.uuid) },
  row: { id: c.uuid, purpose: c.text, estimate_micros: c.maybe(c.bigint) },
  sql: `select m.id, m.purpose, m.estimate_micros from (${batch({ id: 'ids uuid' }, 'id')}) i cross join lateral (
      select id, state, purpose, estimate_micros from message where tenant_id = :tenant and id = i.id limit 1) m
    where m.state in ('failed', 'dead') order by m.id`,
});
