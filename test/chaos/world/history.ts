/** Messages of earlier days, made by statements and not by sending: what a table holds that has been used for a year. */
import type { Postgres } from './postgres.ts';

const SLICE = 50_000;

/** Delivered long since; `columns` of the oldest schema only, so that every one of them can be filled. */
export async function fillHistory(postgres: Pick<Postgres, 'query'>, count: number): Promise<void> {
  for (let from = 1; from <= count; from += SLICE) {
    const to = Math.min(count, from + SLICE - 1);
    // Ids of this instant and version, so that they lie in this month's partition; what follows them is later.
    const made = `generate_series(${from}, ${to}) n cross join (select tenant_id from tenant limit 1) t cross join lateral (
      select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7001-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id
      from (select lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') as h) now) i`;
    await postgres.query(`with ids as materialized (select t.tenant_id, n, i.id from ${made}),
      messages as (
        insert into message (tenant_id, id, purpose, channel, provider, priority, state, due_at, attempt, created_at, accepted_at,
          sent_at, delivered_at, provider_id)
        select tenant_id, id, 'order_confirm', 'whatsapp', 'history', 3, 'delivered', now(), 1, now(), now(), now(), now(), 'history.' || n from ids),
      contents as (
        insert into message_content (tenant_id, message_id, recipient, content, reference, origin, decision)
        select tenant_id, id, '+40' || (700000000 + n), jsonb_build_object('kind', 'text', 'text', 'Your order ' || n || ' is confirmed.' || repeat(' Thank you.', 20)),
          'H-' || n, 'history', '{"outcome": "send", "trace": []}' from ids)
      insert into message_attempt (tenant_id, message_id, attempt, started_at, outcome, ended_at)
      select tenant_id, id, 1, now(), 'accepted', now() from ids`);
  }
  await postgres.query('analyze message, message_content, message_attempt');
}
