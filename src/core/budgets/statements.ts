/** Money in SQL: the one row that everybody locks last, its ledger, budgets, and what is put aside for messages. */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

const balance = { currency: c.text, free_micros: c.bigint, reserved_micros: c.bigint, seq: c.bigint };

// The lock's row. A tenant with budgets alone has one too, with nothing in it; as long as nothing is in it, it takes another
// currency.
export const balanceOpen = statement({
  name: 'balance_open',
  owner: 'budgets',
  params: { currency: c.text },
  row: {},
  sql: `insert into balance (tenant_id, currency, free_micros, reserved_micros, seq) values (:tenant, :currency, 0, 0, 0)
    on conflict (tenant_id) do update set currency = excluded.currency where balance.free_micros = 0 and balance.reserved_micros = 0`,
});

// Held until the commit. In a statement of its own, so that what is read after it stands in a newer snapshot.
export const balanceLock = statement({
  name: 'balance_lock',
  owner: 'budgets',
  params: {},
  row: balance,
  sql: 'select currency, free_micros, reserved_micros, seq from balance where tenant_id = :tenant for update',
});

// Without the lock: for judging, which asks again before it writes, and for whoever looks.
export const balanceRead = statement({
  name: 'balance_read',
  owner: 'budgets',
  params: {},
  row: balance,
  sql: 'select currency, free_micros, reserved_micros, seq from balance where tenant_id = :tenant',
});

// Under the lock. Each entry carries the sum behind it, computed from the row that is locked; the row gets the last one.
// Answers that row: the writer compares it with its own sum.
export const balanceBook = statement({
  name: 'balance_book',
  owner: 'budgets',
  params: {
    kinds: c.list(c.text),
    amounts: c.list(c.bigint),
    messages: c.list(c.maybe(c.uuid)),
    references: c.list(c.maybe(c.text)),
    reserved: c.bigint,
    actor: c.maybe(c.text),
    now: c.instant,
  },
  row: balance,
  sql: `with old as materialized (select free_micros, seq, currency from balance where tenant_id = :tenant),
    input as materialized (
      select i.*, sum(i.amount) over (order by i.place) as running
      from unnest(:kinds::text[], :amounts::bigint[], :messages::uuid[], :references::text[]) with ordinality as i(kind, amount, message_id, reference, place)),
    written as (
      insert into balance_entry (tenant_id, seq, kind, amount_micros, free_micros, currency, message_id, reference, actor, at)
      select :tenant, old.seq + i.place, i.kind, i.amount, old.free_micros + i.running, old.currency, i.message_id, i.reference, :actor, :now
      from input i cross join old)
    update balance b set free_micros = b.free_micros + coalesce((select sum(amount) from input), 0)::bigint,
      reserved_micros = b.reserved_micros + :reserved, seq = b.seq + (select count(*) from input)
    where b.tenant_id = :tenant returning b.currency, b.free_micros, b.reserved_micros, b.seq`,
});

// A page of the ledger, the newest first.
export const entryList = statement({
  name: 'balance_entry_list',
  owner: 'budgets',
  params: { below: c.bigint, limit: c.int },
  row: {
    seq: c.bigint,
    kind: c.text,
    amount_micros: c.bigint,
    free_micros: c.bigint,
    currency: c.text,
    message_id: c.maybe(c.uuid),
    reference: c.maybe(c.text),
    at: c.instant,
  },
  sql: `select seq, kind, amount_micros, free_micros, currency, message_id, reference, at from balance_entry
    where tenant_id = :tenant and seq < :below order by seq desc limit :limit`,
});

// A credit under its caller's name.
export const creditFind = statement({
  name: 'balance_credit_find',
  owner: 'budgets',
  params: { reference: c.text },
  row: { amount_micros: c.bigint, currency: c.text },
  sql: 'select amount_micros, currency from balance_entry where tenant_id = :tenant and reference = :reference',
});

// The next entries of a ledger that nobody has proven yet, each with what the one before says: `wrong` are those whose sum is
// not the one before plus their amount, and the last whose sum is not the row's.
export const balanceProve = statement({
  name: 'balance_prove',
  owner: 'budgets',
  params: { limit: c.int },
  row: { seq: c.bigint, wrong: c.bool },
  sql: `select e.seq, (e.free_micros <> e.amount_micros + coalesce(e.before, 0) or coalesce(e.prior, 0) <> e.seq - 1
      or (e.seq = b.seq and e.free_micros <> b.free_micros)) as wrong
    from balance b cross join lateral (
      select seq, amount_micros, free_micros, lag(free_micros) over (order by seq) as before, lag(seq) over (order by seq) as prior from (
        select seq, amount_micros, free_micros from balance_entry where tenant_id = :tenant and seq >= b.checked_seq and seq <= b.seq order by seq limit :limit) s) e
    where b.tenant_id = :tenant and e.seq > b.checked_seq order by e.seq`,
});

// How far the ledger is proven.
export const balanceProven = statement({
  name: 'balance_proven',
  owner: 'budgets',
  params: { seq: c.bigint },
  row: {},
  sql: 'update balance set checked_seq = :seq where tenant_id = :tenant',
});

// Of the periods from one on, by their names: what is over needs nobody.
export const budgetUses = statement({
  name: 'budget_use_read',
  owner: 'budgets',
  params: { from_period: c.text },
  row: { budget: c.text, period: c.text, used_micros: c.bigint },
  sql: 'select budget, period, used_micros from budget_use where tenant_id = :tenant and period >= :from_period',
});

// Under the balance's lock. Less for what is given back.
export const budgetUse = statement({
  name: 'budget_use_add',
  owner: 'budgets',
  params: { budgets: c.list(c.text), periods: c.list(c.text), micros: c.list(c.bigint) },
  row: {},
  sql: `insert into budget_use as u (tenant_id, budget, period, used_micros)
    select :tenant, i.budget, i.period, sum(i.micros) from unnest(:budgets::text[], :periods::text[], :micros::bigint[]) as i(budget, period, micros)
    group by i.budget, i.period order by i.budget, i.period
    on conflict (tenant_id, budget, period) do update set used_micros = u.used_micros + excluded.used_micros`,
});

/** Under which names a reservation is counted. */
export interface Counted {
  budget: string;
  period: string;
}

// Put aside. Whoever is watched after an earlier end is held again.
export const reservationHold = statement({
  name: 'reservation_hold',
  owner: 'budgets',
  params: {
    ids: c.list(c.uuid),
    micros: c.list(c.bigint),
    free_replies: c.list(c.bool),
    counted: c.list(c.json<readonly Counted[]>()),
    currency: c.text,
    prepaid: c.bool,
    now: c.instant,
  },
  row: {},
  sql: `insert into reservation (tenant_id, message_id, state, micros, free_reply, currency, prepaid, counted, since)
    select :tenant, i.id, 'held', i.micros, i.free_reply, :currency, :prepaid, i.counted, :now
    from unnest(:ids::uuid[], :micros::bigint[], :free_replies::boolean[], :counted::jsonb[]) as i(id, micros, free_reply, counted)
    on conflict (tenant_id, message_id) do update set state = 'held', micros = excluded.micros, free_reply = excluded.free_reply, currency = excluded.currency,
      prepaid = excluded.prepaid, counted = excluded.counted, since = excluded.since`,
});

// Replies under way that count on the month's free ones: never more than there are.
export const freeRepliesHeld = statement({
  name: 'reservation_free_replies',
  owner: 'budgets',
  params: {},
  row: { count: c.int },
  sql: `select count(*)::integer as count from reservation where tenant_id = :tenant and free_reply and state = 'held'`,
});

// Which of these have money put aside.
export const reservationFind = statement({
  name: 'reservation_find',
  owner: 'budgets',
  params: { ids: c.list(c.uuid) },
  row: { id: c.uuid },
  sql: `select r.message_id as id from (${batch({ id: 'ids uuid' }, 'id')}) i cross join lateral (
      select message_id from reservation where tenant_id = :tenant and message_id = i.id and state = 'held' limit 1) r`,
});

const fate = {
  id: c.uuid,
  state: c.text,
  micros: c.bigint,
  currency: c.text,
  prepaid: c.bool,
  counted: c.json<readonly Counted[]>(),
  since: c.instant,
  message_state: c.text,
  resolution: c.maybe(c.text),
  actual_micros: c.maybe(c.bigint),
  actual_currency: c.maybe(c.text),
  accepted_at: c.maybe(c.instant),
  arrived_at: c.maybe(c.instant),
};
const fateColumns = `r.message_id as id, r.state, r.micros, r.currency, r.prepaid, r.counted, r.since, m.state as message_state, m.resolution,
      m.actual_micros, m.currency as actual_currency, m.accepted_at, coalesce(m.delivered_at, m.read_at) as arrived_at`;
const fateMessage = `cross join lateral (
      select state, resolution, actual_micros, currency, accepted_at, delivered_at, read_at from message where tenant_id = :tenant and id = r.message_id limit 1) m`;

// A slice of what is put aside, with what has become of its messages.
export const reservationSlice = statement({
  name: 'reservation_slice',
  owner: 'budgets',
  touches: ['messages'],
  params: { after: c.uuid, limit: c.int },
  row: fate,
  sql: `select ${fateColumns} from (select * from reservation where tenant_id = :tenant and message_id > :after order by message_id limit :limit) r ${fateMessage}
    order by r.message_id`,
});

// The same of these, once more, under the balance's lock: what was requeued meanwhile keeps its money.
export const reservationFates = statement({
  name: 'reservation_fates',
  owner: 'budgets',
  touches: ['messages'],
  params: { ids: c.list(c.uuid) },
  row: fate,
  sql: `select ${fateColumns} from (${batch({ id: 'ids uuid' }, 'id')}) i cross join lateral (
      select * from reservation where tenant_id = :tenant and message_id = i.id limit 1) r ${fateMessage} order by r.message_id`,
});

// Given back, and still looked at.
export const reservationWatch = statement({
  name: 'reservation_watch',
  owner: 'budgets',
  params: { ids: c.list(c.uuid), now: c.instant },
  row: {},
  sql: `update reservation r set state = 'watched', since = :now from (${batch({ id: 'ids uuid' }, 'id')}) i
    where ${byKey('r', { tenant_id: 'i.tenant_id', message_id: 'i.id' })} and r.state = 'held'`,
});

// Settled, or over for good.
export const reservationEnd = statement({
  name: 'reservation_end',
  owner: 'budgets',
  params: { ids: c.list(c.uuid) },
  row: {},
  sql: `delete from reservation r using (${batch({ id: 'ids uuid' }, 'id')}) i
    where ${byKey('r', { tenant_id: 'i.tenant_id', message_id: 'i.id' })}`,
});
