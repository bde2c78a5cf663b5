import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { ProviderEvent } from '../provider.ts';

const delivered = {
  day: c.date,
  ids: c.list(c.uuid),
  senders: c.list(c.uuid),
  lanes: c.list(c.text),
  seqs: c.list(c.uuid),
  ats: c.list(c.instant),
  queries: c.list(c.text),
  offsets: c.list(c.int),
  lengths: c.list(c.int),
  bodies: c.bytes,
};
// By id: two batches that bring the same deliveries wait for each other and never in a circle.
const DELIVERED = batch(
  {
    id: 'ids uuid',
    sender_id: 'senders uuid',
    lane: 'lanes text',
    seq: 'seqs uuid',
    at: 'ats timestamptz',
    query: 'queries text',
    start: 'offsets integer',
    length: 'lengths integer',
  },
  'id',
);
const STORED = `insert into inbox (tenant_id, day, id, sender_id, received_at, query, body)
      select tenant_id, :day::date, id, sender_id, at, query, substr(:bodies::bytea, start + 1, length) from input`;
const WAITING = `insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes)
    select i.tenant_id, i.lane, i.seq, :day::date, i.id, i.length from input i`;

// The raw bytes and the note that they wait, in one commit, before anybody gets a 200. The bodies travel as one binary
// value and are cut here: as an array they would be written out in hexadecimal, twice their size, and read back (a quarter
// of the cost of taking a receipt). A delivery that is there already fails its batch, which is stored by the statement
// below then: to ask for each whether it is there is a third of the cost of storing it, and of thousands one is.
export const inboxStore = statement({
  name: 'inbox_store',
  owner: 'inbox',
  params: delivered,
  row: {},
  sql: `with input as materialized (${DELIVERED}), stored as (${STORED}) ${WAITING}`,
});

// The same, where the platform has repeated itself: a delivery meets its own digest and adds nothing. `distinct`: the
// repetition may stand in the same batch as what it repeats.
export const inboxStoreNew = statement({
  name: 'inbox_store_new',
  owner: 'inbox',
  params: delivered,
  row: { seq: c.uuid },
  sql: `with input as materialized (select distinct on (id) * from (${DELIVERED}) i),
    stored as (${STORED} on conflict do nothing returning id)
    ${WAITING} join stored s on s.id = i.id returning seq`,
});

// The oldest of a lane that nobody else works on, as many as fit into the bytes that may be held, and one at least. Their
// rows are deleted by the same transaction that applied them.
export const inboxClaim = statement({
  name: 'inbox_claim',
  owner: 'inbox',
  params: { lane: c.text, limit: c.int, most_bytes: c.int },
  row: { seq: c.uuid, day: c.date, inbox_id: c.uuid, attempts: c.int, bytes: c.int },
  sql: `with waiting as materialized (
      select seq, day, inbox_id, attempts, bytes from inbox_pending
      where tenant_id = :tenant and lane = :lane and not_before <= clock_timestamp()
      order by seq limit :limit for update skip locked),
    fitting as materialized (
      select seq, day, inbox_id, attempts, bytes, sum(bytes) over (order by seq) - bytes as before from waiting)
    select seq, day, inbox_id, attempts::integer, bytes from fitting
    where before = 0 or before + bytes <= :most_bytes
    order by seq`,
});

// Their bytes, for whoever has not just stored them.
export const inboxRead = statement({
  name: 'inbox_read',
  owner: 'inbox',
  params: { days: c.list(c.date), ids: c.list(c.uuid) },
  row: { id: c.uuid, sender_id: c.uuid, received_at: c.instant, query: c.text, body: c.bytes },
  sql: `select b.id, b.sender_id, b.received_at, b.query, b.body from (${batch({ day: 'days date', id: 'ids uuid' })}) i
    cross join lateral (select id, sender_id, received_at, query, body from inbox where tenant_id = :tenant and day = i.day and id = i.id limit 1) b`,
});

// Applied: nothing waits any more. The raw bytes stay where they are.
export const inboxDone = statement({
  name: 'inbox_done',
  owner: 'inbox',
  params: { lane: c.text, seqs: c.list(c.uuid) },
  row: {},
  sql: `delete from inbox_pending p using (${batch({ lane: '= lane text', seq: 'seqs uuid' })}) i
    where ${byKey('p', { tenant_id: 'i.tenant_id', lane: 'i.lane', seq: 'i.seq' })}`,
});

// What could not be applied waits longer each time, and after the last time for a person.
export const inboxPostpone = statement({
  name: 'inbox_postpone',
  owner: 'inbox',
  params: { lane: c.text, seq: c.uuid, to_lane: c.text, wait_ms: c.int, error: c.text },
  row: { seq: c.uuid },
  sql: `update inbox_pending set attempts = attempts + 1, error = :error, lane = :to_lane,
      not_before = clock_timestamp() + :wait_ms::integer * interval '1 millisecond'
    where tenant_id = :tenant and lane = :lane and seq = :seq returning seq`,
});

// Receipts of messages that nobody knows yet: the answer which carries their id is still on its way, or the program
// died before it could store it.
export const eventPark = statement({
  name: 'parked_event_store',
  owner: 'inbox',
  params: {
    ids: c.list(c.uuid),
    provider: c.text,
    provider_ids: c.list(c.text),
    events: c.list(c.json<ProviderEvent>()),
  },
  row: {},
  sql: `insert into parked_event (tenant_id, id, provider, provider_id, event, parked_at)
    select :tenant, i.id, :provider, i.provider_id, i.event, clock_timestamp()
    from unnest(:ids::uuid[], :provider_ids::text[], :events::jsonb[]) as i(id, provider_id, event)`,
});

// A slice of what is parked, from a cursor: a thousand events that nobody will ever know must not be read once a second.
export const parkedSlice = statement({
  name: 'parked_event_slice',
  owner: 'inbox',
  params: { after: c.uuid, limit: c.int },
  row: { id: c.uuid },
  sql: 'select id from parked_event where tenant_id = :tenant and id > :after order by id limit :limit',
});

// Those of a slice whose message has become known since: taken away, to be applied by the same transaction.
export const parkedTake = statement({
  name: 'parked_event_take',
  owner: 'inbox',
  touches: ['messages'],
  params: { ids: c.list(c.uuid) },
  row: { id: c.uuid, provider: c.text, event: c.json<ProviderEvent>() },
  sql: `with known as materialized (
      select i.tenant_id, p.id from (${batch({ id: 'ids uuid' }, 'id')}) i
      cross join lateral (select id, provider, provider_id from parked_event where tenant_id = :tenant and id = i.id for update skip locked) p
      cross join lateral (select from provider_ref where tenant_id = :tenant and provider = p.provider and provider_id = p.provider_id limit 1) r)
    delete from parked_event p using known
    where ${byKey('p', { tenant_id: 'known.tenant_id', id: 'known.id' })}
    returning p.id, p.provider, p.event`,
});

// Receipts whose provider will not repeat anything about them any more, and whose message never became known.
export const parkedDrop = statement({
  name: 'parked_event_drop',
  owner: 'inbox',
  params: { provider: c.text, keep_seconds: c.int, limit: c.int },
  row: { id: c.uuid },
  sql: `delete from parked_event p using (
      select tenant_id, id from parked_event
      where tenant_id = :tenant and provider = :provider and parked_at < clock_timestamp() - :keep_seconds::integer * interval '1 second'
      limit :limit for update skip locked) old
    where ${byKey('p', { tenant_id: 'old.tenant_id', id: 'old.id' })} returning p.id`,
});

// What a person wrote, once, however often its webhook comes. The provider's id decides.
export const inboundStore = statement({
  name: 'inbound_message_store',
  owner: 'inbox',
  params: {
    ids: c.list(c.uuid),
    sender: c.uuid,
    contacts: c.list(c.uuid),
    provider: c.text,
    provider_ids: c.list(c.text),
    kinds: c.list(c.text),
    texts: c.list(c.maybe(c.text)),
    payloads: c.list(c.json<unknown>()),
    ats: c.list(c.instant),
    now: c.instant,
  },
  row: { id: c.uuid },
  sql: `insert into inbound_message (tenant_id, id, sender_id, contact_id, provider, provider_id, kind, text, payload, sent_at, received_at)
    select :tenant, i.id, :sender, i.contact_id, :provider, i.provider_id, i.kind, i.text, i.payload, i.at, :now
    from unnest(:ids::uuid[], :contacts::uuid[], :provider_ids::text[], :kinds::text[], :texts::text[], :payloads::jsonb[], :ats::timestamptz[])
      as i(id, contact_id, provider_id, kind, text, payload, at)
    order by i.provider_id on conflict do nothing returning id`,
});

// That somebody wrote stays; who and what does not. The platform's id of a message holds the number.
export const inboundErase = statement({
  name: 'inbound_message_erase',
  owner: 'inbox',
  params: { contacts: c.list(c.uuid) },
  row: {},
  sql: `update inbound_message set text = null, payload = '{}', provider_id = 'erased ' || id
    where tenant_id = :tenant and contact_id = any(:contacts::uuid[])`,
});

// The latest message of theirs by a moment, to this number, of the kinds that open a window.
export const lastInboundBefore = statement({
  name: 'inbound_message_last_before',
  owner: 'inbox',
  params: { sender: c.uuid, contact: c.uuid, at: c.instant, without: c.list(c.text) },
  row: { at: c.instant },
  sql: `select sent_at as at from inbound_message
    where tenant_id = :tenant and contact_id = :contact and sent_at <= :at and sender_id = :sender and kind <> all(:without::text[])
    order by sent_at desc limit 1`,
});

// Changes of number that were told before the ones that they follow on, and whose turn has come.
export const identityParkedTake = statement({
  name: 'parked_identity_take',
  owner: 'inbox',
  params: { provider: c.text, keys: c.list(c.text) },
  row: { id: c.uuid, event: c.json<ProviderEvent>() },
  sql: `delete from parked_event where tenant_id = :tenant and provider = :provider and provider_id = any(:keys::text[])
    returning id, event`,
});
