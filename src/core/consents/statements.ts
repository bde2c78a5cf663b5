import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { Layer } from './consent.ts';

// Read under the contact's lock, so that what is folded onto it is not lost to a neighbour.
export const consentRead = statement({
  name: 'consent_read',
  owner: 'consents',
  params: { contact: c.uuid },
  row: { purpose: c.text, channel: c.text, person: c.maybe(c.json<Layer>()), claim: c.maybe(c.json<Layer>()) },
  sql: 'select purpose, channel, person, claim from consent where tenant_id = :tenant and contact_id = :contact',
});

export const consentSave = statement({
  name: 'consent_save',
  owner: 'consents',
  params: {
    contact: c.uuid,
    purposes: c.list(c.text),
    channels: c.list(c.text),
    statuses: c.list(c.text),
    sinces: c.list(c.instant),
    sources: c.list(c.text),
    verifieds: c.list(c.bool),
    persons: c.list(c.maybe(c.json<Layer>())),
    claims: c.list(c.maybe(c.json<Layer>())),
  },
  row: {},
  sql: `insert into consent (tenant_id, contact_id, purpose, channel, status, since, source, verified, person, claim)
    select :tenant, :contact, i.* from unnest(:purposes::text[], :channels::text[], :statuses::text[], :sinces::timestamptz[],
      :sources::text[], :verifieds::boolean[], :persons::jsonb[], :claims::jsonb[]) i
    on conflict (tenant_id, contact_id, purpose, channel) do update set status = excluded.status, since = excluded.since,
      source = excluded.source, verified = excluded.verified, person = excluded.person, claim = excluded.claim`,
});

// The head is locked last of all (one order of locks) and holds the chain together.
export const headLock = statement({
  name: 'consent_head_lock',
  owner: 'consents',
  params: {},
  row: { seq: c.bigint, hash: c.bytes },
  sql: 'select seq, hash from consent_head where tenant_id = :tenant for update',
});

export const headCreate = statement({
  name: 'consent_head_create',
  owner: 'consents',
  params: { hash: c.bytes },
  row: {},
  sql: 'insert into consent_head (tenant_id, seq, hash) values (:tenant, 0, :hash) on conflict do nothing',
});

// The entry and the head's step in one statement: neither exists without the other.
export const entryAppend = statement({
  name: 'consent_event_append',
  owner: 'consents',
  params: {
    seq: c.bigint,
    contact: c.uuid,
    action: c.text,
    purposes: c.list(c.text),
    channels: c.list(c.text),
    said_by: c.text,
    source: c.text,
    text_digest: c.maybe(c.bytes),
    text_version: c.maybe(c.text),
    locale: c.maybe(c.text),
    claimed_at: c.instant,
    recorded_at: c.instant,
    evidence: c.json<Record<string, unknown>>(),
    evidence_digest: c.bytes,
    prev_hash: c.bytes,
    hash: c.bytes,
  },
  row: {},
  sql: `with entry as (
      insert into consent_event (tenant_id, seq, contact_id, action, purposes, channels, said_by, source, text_digest, text_version,
        locale, claimed_at, recorded_at, evidence, evidence_digest, prev_hash, hash)
      values (:tenant, :seq, :contact, :action, :purposes, :channels, :said_by, :source, :text_digest, :text_version,
        :locale, :claimed_at, :recorded_at, :evidence, :evidence_digest, :prev_hash, :hash)
      returning seq, hash)
    update consent_head h set seq = entry.seq, hash = entry.hash from entry where h.tenant_id = :tenant`,
});

// A replayed webhook finds its own entry and adds none.
export const entryFindInbound = statement({
  name: 'consent_event_find_inbound',
  owner: 'consents',
  params: { inbound: c.text },
  row: { seq: c.bigint, hash: c.bytes },
  sql: `select seq, hash from consent_event
    where tenant_id = :tenant and evidence ? 'inbound' and evidence ->> 'inbound' = :inbound`,
});

// Grows with people, not with messages.
export const consentCount = statement({
  name: 'consent_count',
  owner: 'consents',
  params: {},
  row: { opted_in: c.bigint, opted_out: c.bigint },
  sql: `with person as (
      select contact_id, bool_or(status = 'granted') as granted from consent
      where tenant_id = :tenant and status <> 'none' group by contact_id)
    select count(*) filter (where granted) as opted_in, count(*) filter (where not granted) as opted_out from person`,
});
