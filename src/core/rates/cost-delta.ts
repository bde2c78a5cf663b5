/** Columns of `rows`, or expressions over them: whether the message is there, and when, where and as what it is charged. */
export interface Charge {
  there: string;
  at: string;
  market: string;
  category: string;
  currency: string;
  micros: string;
}

/**
 * What has arrived and what it costs, as a delta: written by whoever makes a message arrive or gives it a price, in the
 * same statement. `rows` is a CTE with the messages' `sender_id`. What is counted out and in again leaves no row.
 */
export const costDelta = (rows: string, was: Charge, now: Charge): string => `
      insert into cost_delta (tenant_id, day, sender_id, market, category, currency, messages, charged, micros)
      select :tenant, (change.at at time zone :zone)::date, coalesce(change.sender_id, '00000000-0000-0000-0000-000000000000'), change.market, change.category,
        case when change.micros is null then '' else change.currency end, sum(change.sign), sum(change.sign * (coalesce(change.micros, 0) > 0)::integer),
        coalesce(sum(change.sign * change.micros), 0)
      from (${charge(rows, -1, was)} union all ${charge(rows, 1, now)}) change
      group by 2, 3, 4, 5, 6 having sum(change.sign) <> 0 or coalesce(sum(change.sign * change.micros), 0) <> 0`;

const charge = (rows: string, sign: number, { there, at, market, category, currency, micros }: Charge): string =>
  `select sender_id, ${sign} as sign, ${at} as at, ${market} as market, ${category} as category, ${currency} as currency, ${micros} as micros
        from ${rows} where ${there} and ${at} is not null`;
