/** Rate cards that a tenant imported, and what its prices are judged by. */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

const rate = {
  market: c.text,
  currency: c.text,
  category: c.text,
  effective_from: c.date,
  tier_from: c.bigint,
  micros: c.bigint,
  source: c.text,
  imported_at: c.instant,
};
const columns = 'market, currency, category, effective_from, tier_from, micros, source, imported_at';

// The account's currency and calendar with the rows of its own cards for these markets: all that a price needs to know,
// in one question. At least one row, without a rate where there is no card.
export const rateContext = statement({
  name: 'rate_context',
  owner: 'rates',
  touches: ['tenants'],
  params: { markets: c.list(c.text) },
  row: {
    zone: c.text,
    billing_currency: c.maybe(c.text),
    market: c.maybe(c.text),
    currency: c.maybe(c.text),
    category: c.maybe(c.text),
    effective_from: c.maybe(c.date),
    tier_from: c.maybe(c.bigint),
    micros: c.maybe(c.bigint),
    source: c.maybe(c.text),
    imported_at: c.maybe(c.instant),
  },
  sql: `select t.zone, t.settings ->> 'currency' as billing_currency, r.market, r.currency, r.category, r.effective_from, r.tier_from, r.micros, r.source, r.imported_at
    from tenant t left join lateral (
      select ${columns} from rate_card where tenant_id = :tenant and currency = t.settings ->> 'currency' and market = any(:markets::text[])) r on true
    where t.tenant_id = :tenant`,
});

// The whole of a tenant's cards: a few hundred rows for each currency and quarter.
export const rateList = statement({
  name: 'rate_list',
  owner: 'rates',
  params: { currency: c.maybe(c.text) },
  row: rate,
  sql: `select ${columns} from rate_card where tenant_id = :tenant and (:currency::text is null or currency = :currency)
    order by currency, market, category, effective_from, tier_from`,
});

// A card as a whole. Said again it changes nothing and says so; a row with another figure is a correction.
export const rateImport = statement({
  name: 'rate_import',
  owner: 'rates',
  params: {
    currencies: c.list(c.text),
    markets: c.list(c.text),
    categories: c.list(c.text),
    tiers: c.list(c.bigint),
    micros: c.list(c.bigint),
    effective_from: c.date,
    source: c.text,
    now: c.instant,
  },
  row: { added: c.bigint, changed: c.bigint },
  sql: `with input as materialized (
      select i.* from unnest(:currencies::text[], :markets::text[], :categories::text[], :tiers::bigint[], :micros::bigint[])
        as i(currency, market, category, tier_from, micros)),
    known as materialized (
      select i.*, r.micros as was from input i left join rate_card r on r.tenant_id = :tenant and r.currency = i.currency and r.market = i.market
        and r.category = i.category and r.effective_from = :effective_from::date and r.tier_from = i.tier_from),
    written as (
      insert into rate_card (tenant_id, currency, market, category, effective_from, tier_from, micros, source, imported_at)
      select :tenant, currency, market, category, :effective_from::date, tier_from, micros, :source, :now from known
      where was is distinct from micros order by currency, market, category, tier_from
      on conflict (tenant_id, currency, market, category, effective_from, tier_from) do update
        set micros = excluded.micros, source = excluded.source, imported_at = excluded.imported_at)
    select count(*) filter (where was is null) as added, count(*) filter (where was <> micros) as changed from known`,
});
