/**
 * Admission in SQL: what is known of a batch, the batch's rows, and who holds a key that was lost. A call is a batch of
 * one, so there is one way in and no second statement that could come to another answer.
 */
import { batch } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import { FACT_SELECT, factColumns, factJoins } from '../policy/facts.ts';
import type { StoredContent } from './command.ts';

// The facts of a whole batch in one statement: one row for each address that was asked for, known or not.
export const admitFacts = statement({
  name: 'message_admit_facts',
  owner: 'messages',
  touches: ['contacts', 'consents', 'windows', 'senders'],
  params: { kinds: c.list(c.text), addresses: c.list(c.text), channel: c.text },
  row: {
    address: c.text,
    contact_id: c.maybe(c.uuid),
    locale: c.maybe(c.text),
    first_name: c.maybe(c.text),
    last_name: c.maybe(c.text),
    ...factColumns,
  },
  sql: `select p.address, p.contact_id, ct.locale, ct.first_name, ct.last_name, ${FACT_SELECT}
    from (select i.address, ci.contact_id, :channel::text as channel from (${batch({ kind: 'kinds text', address: 'addresses text' })}) i
      left join lateral (select contact_id from contact_identity where tenant_id = :tenant and kind = i.kind and value = i.address limit 1) ci on true) p
    left join lateral (select id, provider, status from sender where tenant_id = :tenant and channel = p.channel and is_default limit 1) s on true ${factJoins('p')}`,
});

// A batch of decisions becomes rows: the business key decides between those who ask for the same thing, refused
// messages are rows too, and the counters change in the same commit. Answers the ids that were taken; whoever is
// missing lost its key to an earlier message.
export const admitInsert = statement({
  name: 'message_admit',
  owner: 'messages',
  touches: ['stats'],
  params: {
    ids: c.list(c.uuid),
    contacts: c.list(c.maybe(c.uuid)),
    purposes: c.list(c.text),
    channels: c.list(c.text),
    senders: c.list(c.maybe(c.uuid)),
    providers: c.list(c.maybe(c.text)),
    templates: c.list(c.maybe(c.uuid)),
    priorities: c.list(c.int),
    states: c.list(c.text),
    reasons: c.list(c.maybe(c.text)),
    dues: c.list(c.instant),
    expiries: c.list(c.instant),
    fixeds: c.list(c.bool),
    keys: c.list(c.maybe(c.text)),
    fingerprints: c.list(c.bytes),
    recipients: c.list(c.text),
    contents: c.list(c.document<StoredContent>()),
    references: c.list(c.maybe(c.text)),
    origins: c.list(c.text),
    decisions: c.list(c.document<unknown>()),
    estimates: c.list(c.maybe(c.bigint)),
    currencies: c.list(c.maybe(c.text)),
    now: c.instant,
  },
  row: { id: c.uuid },
  sql: `with input as materialized (${batch({
    id: 'ids uuid',
    contact_id: 'contacts uuid',
    purpose: 'purposes text',
    channel: 'channels text',
    sender_id: 'senders uuid',
    provider: 'providers text',
    template_id: 'templates uuid',
    priority: 'priorities smallint',
    state: 'states text',
    reason: 'reasons text',
    due_at: 'dues timestamptz',
    expires_at: 'expiries timestamptz',
    expiry_fixed: 'fixeds boolean',
    key: 'keys text',
    fingerprint: 'fingerprints bytea',
    recipient: 'recipients text',
    content: 'contents json',
    reference: 'references text',
    origin: 'origins text',
    decision: 'decisions json',
    estimate_micros: 'estimates bigint',
    currency: 'currencies text',
  })}),
    -- In the order of the keys: two batches that ask for the same orders wait for each other and never in a circle.
    keyed as (
      insert into business_key (tenant_id, key, message_id, fingerprint)
      select :tenant, key, id, fingerprint from input where key is not null and state = 'queued' order by key
      on conflict do nothing returning message_id),
    -- A refusal holds no key, since the next try may be allowed; it is a row unless the same thing is under way already.
    chosen as (
      select i.* from input i
      where i.key is null or exists (select from keyed k where k.message_id = i.id)
        or (i.state = 'refused' and not exists (select from business_key b where b.tenant_id = i.tenant_id and b.key = i.key))),
    content as (
      insert into message_content (tenant_id, message_id, recipient, content, reference, origin, decision)
      select :tenant, id, recipient, content, reference, origin, decision from chosen),
    made as (
      insert into message (tenant_id, id, contact_id, purpose, channel, sender_id, provider, template_id, priority, state, reason, due_at, expires_at, expiry_fixed, estimate_micros, currency, created_at)
      select :tenant, id, contact_id, purpose, channel, sender_id, provider, template_id, priority, state, reason, due_at, expires_at, expiry_fixed, estimate_micros, currency, :now from chosen
      returning id, purpose, provider, state, estimate_micros, currency),
    -- A row of its own for every change: one counter that all of them update would be the hottest lock in the house.
    counted as (
      insert into stat_delta (tenant_id, hour, purpose, provider, state, currency, count, estimate_micros)
      select :tenant, date_trunc('hour', :now::timestamptz, 'UTC'), purpose, coalesce(provider, ''), state, '', count(*), 0 from made group by purpose, provider, state
      union all
      select :tenant, date_trunc('hour', :now::timestamptz, 'UTC'), purpose, coalesce(provider, ''), 'delivered', currency, 0, sum(estimate_micros) from made
      where estimate_micros > 0 group by purpose, provider, currency)
    select id from made`,
});

// In a new snapshot: in that of the insert, whoever lost the race sees no row.
export const keyHolders = statement({
  name: 'business_key_holders',
  owner: 'messages',
  params: { keys: c.list(c.text) },
  row: { key: c.text, message_id: c.uuid, fingerprint: c.bytes, state: c.text },
  sql: `select k.key, k.message_id, k.fingerprint, m.state from (${batch({ key: 'keys text' })}) i
    cross join lateral (select key, message_id, fingerprint from business_key where tenant_id = :tenant and key = i.key limit 1) k
    cross join lateral (select state from message where tenant_id = :tenant and id = k.message_id limit 1) m`,
});
