/** A database at work: one tenant with many rows in every state, made by a few statements and not one by one. */
import type pg from 'pg';
import { newId } from '#lib/id.ts';

export interface Busy {
  tenant: string;
  sender: string;
  /** Who holds the leases. */
  worker: string;
  now: number;
  /** Up to fifty ids of messages in that state; strangers' ids where there are none. */
  ids(state: string): string[];
  keys: string[];
  phones: string[];
  contacts: string[];
  providerIds: string[];
  /** Of the inbox: what waits. */
  seqs: string[];
}

/** As many as a statement is asked for in one go; what it looks at is judged against this. */
export const BATCH = 50;
const unknownIds = (): string[] => Array.from({ length: BATCH }, newId);

/** A tenant with nothing: statements of an empty queue must go by the same ways as those of a full one. */
export const nobody = (): Busy => {
  const strangers = unknownIds();
  return {
    tenant: newId(),
    sender: newId(),
    worker: newId(),
    now: Date.now(),
    ids: () => strangers,
    keys: strangers,
    phones: strangers,
    contacts: strangers,
    providerIds: strangers,
    seqs: strangers,
  };
};

/** Nothing is analyzed behind the test's back. */
export async function stopAutovacuum(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  );
  for (const { name } of rows) await owner.query(`alter table ${name} set (autovacuum_enabled = false)`);
}

/** `n` counts the rows; ids are v7 of now and on, so that they lie in this month's partition. */
const idOf = (kind: string) =>
  `(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7${kind}-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
const source = `(select n, lpad(to_hex($3::bigint + n), 12, '0') as h from generate_series(1, $4::integer) n) s`;
const MESSAGE = idOf('001');
const CONTACT = idOf('002');
/** Mostly what has arrived long since, as in a table that has been used; of every other state enough for a batch. */
const STATE = `case when n % 100 < 20 then 'queued' when n % 100 < 24 then 'leased' when n % 100 < 26 then 'sending'
  when n % 100 < 27 then 'unknown' when n % 100 < 40 then 'accepted' when n % 100 < 42 then 'failed' else 'delivered' end`;
const SENT = 'n % 100 >= 24';
/** A fiftieth of what is queued has waited too long, as have half of the leases and of the sends. */
const EXPIRES = "clock_timestamp() + case when n % 100 < 2 then interval '-1 minute' else interval '1 day' end";
const DEADLINE =
  "case when n % 100 between 20 and 25 then clock_timestamp() + case n % 2 when 0 then interval '-1 minute' else interval '1 minute' end end";
/** Half of what is queued is not due for a long time, as after a campaign that was planned. */
const DUE =
  "case when n % 100 < 10 then clock_timestamp() + interval '1 day' else clock_timestamp() - interval '1 minute' end";

const ROWS: readonly string[] = [
  `insert into contact (tenant_id, id, created_at) select $1, ${CONTACT}, clock_timestamp() from ${source}`,
  `insert into contact_identity (tenant_id, kind, value, contact_id, digest, created_at) select $1, 'phone', '+40' || n, ${CONTACT}, '', clock_timestamp() from ${source}`,
  `insert into consent (tenant_id, contact_id, purpose, channel, status, since, source, verified, words)
    select $1, ${CONTACT}, p, 'whatsapp', 'granted', clock_timestamp(), 'checkout', true, '{}' from ${source} cross join unnest(array['marketing', 'transactional']) p`,
  `insert into contact_window (tenant_id, sender_id, contact_id, last_inbound_at, expires_at)
    select $1, $2, ${CONTACT}, clock_timestamp(), clock_timestamp() from ${source} where n % 2 = 0`,
  `insert into pair_rate (tenant_id, sender_id, contact_id, next_slot_at) select $1, $2, ${CONTACT}, clock_timestamp() from ${source} where n % 2 = 0`,
  `insert into message (tenant_id, id, contact_id, purpose, channel, sender_id, provider, priority, state, due_at, expires_at, attempt,
      deadline_at, lease_owner, unknown_at, resolution, created_at, accepted_at, price_at, price_category, price_type, price_market, price_micros)
    select $1, ${MESSAGE}, ${CONTACT}, 'order_confirm', 'whatsapp', $2, 'meta', n % 3, ${STATE}, ${DUE}, ${EXPIRES}, 1,
      ${DEADLINE}, case when n % 100 between 20 and 23 then $5::uuid end,
      case when n % 100 = 26 then clock_timestamp() end, case when n % 100 = 26 then 'open' end, clock_timestamp(),
      case when n % 100 >= 27 then clock_timestamp() end,
      case when n % 100 >= 42 then clock_timestamp() end, 'utility', 'regular', 'Romania', case when n % 100 < 90 then 23900 end from ${source}`,
  `insert into message_content (tenant_id, message_id, recipient, content, reference, origin, decision)
    select $1, ${MESSAGE}, '+40' || n, '{}', 'order ' || n, 'api', '{}' from ${source}`,
  `insert into message_attempt (tenant_id, message_id, attempt, started_at) select $1, ${MESSAGE}, 1, clock_timestamp() from ${source} where ${SENT}`,
  `insert into business_key (tenant_id, key, message_id, fingerprint) select $1, 'order_confirm:order ' || n || ':+40' || n, ${MESSAGE}, '' from ${source}`,
  `insert into provider_ref (tenant_id, provider, provider_id, message_id, attempt) select $1, 'meta', 'wamid.' || n, ${MESSAGE}, 1 from ${source} where ${SENT}`,
  `insert into inbox (tenant_id, day, id, sender_id, received_at, body) select $1, current_date, ${MESSAGE}, $2, clock_timestamp(), '' from ${source} where n % 2 = 0`,
  `insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes)
    select $1, case when n % 10 = 0 then 'people' else 'receipts' end, ${MESSAGE}, current_date, ${MESSAGE}, 300 from ${source} where n % 2 = 0`,
  `insert into parked_event (tenant_id, id, provider, provider_id, event, parked_at)
    select $1, ${MESSAGE}, 'meta', 'stranger.' || n, '{}', clock_timestamp() from ${source} where n % 4 = 0`,
  `insert into inbound_message (tenant_id, id, sender_id, contact_id, provider, provider_id, kind, payload, sent_at, received_at)
    select $1, ${MESSAGE}, $2, ${CONTACT}, 'meta', 'wamid.in.' || n, 'text', '{}', clock_timestamp(), clock_timestamp() from ${source} where n % 4 = 0`,
  `insert into idempotency_key (tenant_id, key, fingerprint, token, claimed_until, created_at)
    select $1, 'key ' || n, '', ${MESSAGE}, clock_timestamp(), clock_timestamp() from ${source} where n % 4 = 0`,
  `insert into stat_delta (tenant_id, hour, purpose, provider, state, count)
    select $1, date_trunc('hour', clock_timestamp()), 'order_confirm', 'meta', 'queued', 1 from ${source} where n % 4 = 0`,
  `insert into reservation (tenant_id, message_id, state, micros, currency, prepaid, counted, since)
    select $1, ${MESSAGE}, 'held', 1, 'EUR', true, '[]', clock_timestamp() from ${source} where n % 2 = 0`,
  `insert into balance_entry (tenant_id, seq, kind, amount_micros, free_micros, currency, at)
    select $1, n, 'credit', 1, n, 'EUR', clock_timestamp() from ${source}`,
  `insert into cost_delta (tenant_id, day, sender_id, market, category, currency, messages, charged, micros)
    select $1, current_date, $2, 'Romania', 'utility', 'EUR', 1, 1, 23900 from ${source} where n % 4 = 0`,
  `insert into pos_sale (tenant_id, id, transaction_id, store_name, contact_id, phone, items, total_micros, currency, payment_method, sold_at, status, created_at, receipt, receipt_not_before, receipt_tries)
    select $1, ${MESSAGE}, 'sale ' || n, '', ${CONTACT}, '+40' || n, '[]', 0, 'RON', '', clock_timestamp(), 'completed', clock_timestamp(),
      case when n % 100 < 2 then 'wanted' else 'asked' end, clock_timestamp() + case n % 2 when 0 then interval '-1 minute' else interval '1 hour' end, 0 from ${source} where n % 2 = 0 or n % 100 = 1`,
  `insert into consent_event (tenant_id, seq, contact_id, subjects, action, purposes, channels, said_by, actor, source, controller, claimed_at, recorded_at, evidence, evidence_digest, prev_hash, hash)
    select $1, n, ${CONTACT}, '{}', 'grant', '{marketing}', '{whatsapp}', 'person', 'webhook', 'inbound', 'Busy', clock_timestamp(), clock_timestamp(),
      jsonb_build_object('inbound', 'wamid.in.' || n), '', '', '' from ${source} where n % 4 = 0`,
];

/** First, since the others refer to them; one of each, as of a tenant with one number. */
const SMALL_ROWS = [
  "insert into tenant (tenant_id, slug, name, created_at) values ($1, 'busy ' || $1::uuid, 'Busy', clock_timestamp())",
  `insert into sender (tenant_id, id, key, provider, channel, name, account, secret, is_default, throughput_per_second, created_at, refusals_from)
    values ($1, $2, $2::uuid, 'meta', 'whatsapp', 'Default', '{}', '', true, 100000, clock_timestamp(), clock_timestamp())`,
  'insert into lane (tenant_id, sender_id) values ($1, $2)',
  `insert into template (tenant_id, id, name, language, purpose, meta_category, status, body, created_at, updated_at)
    select $1, gen_random_uuid(), 'template ' || n, 'en', 'order_confirm', 'UTILITY', 'approved', '', clock_timestamp(), clock_timestamp() from generate_series(1, 10) n`,
  "insert into balance (tenant_id, currency, free_micros, reserved_micros, seq) values ($1, 'EUR', 1000000, 0, 20000)",
  "insert into consent_head (tenant_id, seq, hash) values ($1, 0, '')",
];

export async function fill(owner: pg.Client, count: number): Promise<Busy> {
  const [tenant, sender, worker] = [newId(), newId(), newId()];
  const now = Date.now();
  const all = { 1: tenant, 2: sender, 3: now, 4: count, 5: worker };
  for (const text of [...SMALL_ROWS, ...ROWS]) {
    // A statement gets the parameters up to the highest that it names; those it skips need a type all the same.
    const highest = Math.max(...[...text.matchAll(/\$(\d)/g)].map(match => Number(match[1])));
    const values = Object.values(all).slice(0, highest);
    const unused = values.map((_, at) => at + 1).filter(at => !text.includes(`$${at}`));
    const typed =
      unused.length > 0 ? `with unused as (select ${unused.map(at => `$${at}::text`).join(', ')}) ${text}` : text;
    await owner.query(typed, values);
  }
  const some = async (sql: string): Promise<string[]> => {
    const { rows } = await owner.query<{ value: string }>(`${sql} order by 1 limit ${BATCH}`, [tenant]);
    return rows.map(row => row.value);
  };
  const { rows: states } = await owner.query<{ state: string }>(
    'select distinct state from message where tenant_id = $1',
    [tenant],
  );
  const byState = new Map<string, string[]>();
  for (const { state } of states)
    byState.set(state, await some(`select id::text as value from message where state = '${state}' and tenant_id = $1`));
  return {
    tenant,
    sender,
    worker,
    // A minute on: what was due when the rows were made is due for whoever asks.
    now: now + 60_000,
    ids: state => byState.get(state) ?? unknownIds(),
    keys: await some('select key as value from business_key where tenant_id = $1'),
    phones: await some('select value from contact_identity where tenant_id = $1'),
    contacts: await some('select id::text as value from contact where tenant_id = $1'),
    providerIds: await some('select provider_id as value from provider_ref where tenant_id = $1'),
    seqs: await some("select seq::text as value from inbox_pending where lane = 'receipts' and tenant_id = $1"),
  };
}
