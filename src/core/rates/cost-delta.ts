/**
 * What has arrived and what it costs, as a delta: written by whoever makes a message arrive or gives it a price, in the
 * same statement. `source` offers the message `o` (its `sender_id`) and `change`: with +1 or -1, whether it is there, and
 * when, where and as what it is charged. What is counted in and out again leaves no row.
 */
export const costDelta = (source: string): string => `
      insert into cost_delta (tenant_id, day, sender_id, market, category, currency, messages, charged, micros)
      select :tenant, (change.at at time zone :zone)::date, coalesce(o.sender_id, '00000000-0000-0000-0000-000000000000'), change.market, change.category,
        case when change.micros is null then '' else change.currency end, sum(change.sign), sum(change.sign * (coalesce(change.micros, 0) > 0)::integer),
        coalesce(sum(change.sign * change.micros), 0)
      from ${source}
      where change.there and change.at is not null
      group by 2, 3, 4, 5, 6 having sum(change.sign) <> 0 or coalesce(sum(change.sign * change.micros), 0) <> 0`;
