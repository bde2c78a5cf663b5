/**
 * Counters by the hour in which a message was created. A change of state writes a delta beside itself and touches no
 * counter: a counter that all of them update would be the hottest lock in the house.
 */
import { byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Folded hours and the deltas not yet folded: current to the last commit, and the cost does not grow with history.
export const statRead = statement({
  name: 'stat_read',
  owner: 'stats',
  params: { from: c.instant, to: c.instant },
  row: { purpose: c.text, provider: c.text, state: c.text, count: c.bigint },
  sql: `select purpose, provider, state, sum(count)::bigint as count from (
      select purpose, provider, state, count from stat_hour where tenant_id = :tenant and hour >= :from and hour < :to
      union all
      select purpose, provider, state, count from stat_delta where tenant_id = :tenant and hour >= :from and hour < :to) s
    group by purpose, provider, state having sum(count) <> 0`,
});

// The money of the same hours, by its currency.
export const statCost = statement({
  name: 'stat_cost',
  owner: 'stats',
  params: { from: c.instant, to: c.instant },
  row: { currency: c.text, priced: c.bigint, estimate_micros: c.bigint, actual_micros: c.bigint },
  sql: `select currency, sum(priced)::bigint as priced, sum(estimate_micros)::bigint as estimate_micros, sum(actual_micros)::bigint as actual_micros from (
      select currency, priced, estimate_micros, actual_micros from stat_hour where tenant_id = :tenant and hour >= :from and hour < :to and currency <> ''
      union all
      select currency, priced, estimate_micros, actual_micros from stat_delta where tenant_id = :tenant and hour >= :from and hour < :to and currency <> '') s
    group by currency`,
});

// Deltas become hours in one statement: a reader sees each of them in exactly one of the two places.
export const statFold = statement({
  name: 'stat_fold',
  owner: 'stats',
  params: { limit: c.int },
  row: { folded: c.bigint },
  sql: `with taken as (
      delete from stat_delta d using (
        select tenant_id, id from stat_delta where tenant_id = :tenant order by id limit :limit for update skip locked) old
      where ${byKey('d', { tenant_id: 'old.tenant_id', id: 'old.id' })}
      returning d.hour, d.purpose, d.provider, d.state, d.count, d.currency, d.priced, d.estimate_micros, d.actual_micros),
    folded as (
      insert into stat_hour as h (tenant_id, hour, purpose, provider, state, currency, count, priced, estimate_micros, actual_micros)
      select :tenant, hour, purpose, provider, state, currency, sum(count), sum(priced), sum(estimate_micros), sum(actual_micros) from taken
      group by hour, purpose, provider, state, currency order by hour, purpose, provider, state, currency
      on conflict (tenant_id, hour, purpose, provider, state, currency) do update set count = h.count + excluded.count, priced = h.priced + excluded.priced,
        estimate_micros = h.estimate_micros + excluded.estimate_micros, actual_micros = h.actual_micros + excluded.actual_micros)
    select count(*) as folded from taken`,
});
