/**
 * Messages that change their state, as deltas of the counters: written in the statement that changes them. `rows` is a
 * CTE with `created_at`, `purpose` and `provider`; what is on the way to the wire counts as queued, whatever step it is at.
 *
 * Both sides are selects over the rows and not a `values` list beside each row: PostgreSQL compiles the expressions of such
 * a list anew for every row it meets, which was a third of folding a receipt.
 */
export const stateDelta = (rows: string, was: string, now: string): string => `
      insert into stat_delta (tenant_id, hour, purpose, provider, state, count)
      select :tenant, date_trunc('hour', change.created_at, 'UTC'), change.purpose, coalesce(change.provider, ''), change.state, sum(change.count)
      from (select created_at, purpose, provider, ${was} as state, -1 as count from ${rows}
        union all select created_at, purpose, provider, ${now}, 1 from ${rows}) change
      group by 2, 3, 4, 5 having sum(change.count) <> 0`;

/** As it is counted: leased and sending are steps of the way, and not shown. */
export const counted = (state: string): string =>
  `case when ${state} in ('leased', 'sending') then 'queued' else ${state} end`;
