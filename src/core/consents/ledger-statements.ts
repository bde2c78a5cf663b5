/**
 * The ledger in SQL: appended to and read. Whatever a statement says, the program's own role may delete no entry and no
 * text, and of an entry change the evidence alone, for an erasure; only the head moves.
 */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// The head is locked last of all (one order of locks) and holds the chain together.
export const headLock = statement({
  name: 'consent_head_lock',
  owner: 'consents',
  params: {},
  row: { seq: c.bigint, hash: c.bytes },
  sql: 'select seq, hash from consent_head where tenant_id = :tenant for update',
});

// The head without a lock, for anchors and verification.
export const headRead = statement({
  name: 'consent_head_read',
  owner: 'consents',
  params: {},
  row: { seq: c.bigint, hash: c.bytes },
  sql: 'select seq, hash from consent_head where tenant_id = :tenant',
});

// The first word of a tenant finds no head to lock, and of two first words one makes it.
export const headCreate = statement({
  name: 'consent_head_create',
  owner: 'consents',
  params: { hash: c.bytes },
  row: {},
  sql: 'insert into consent_head (tenant_id, seq, hash) values (:tenant, 0, :hash) on conflict do nothing',
});

const entry = {
  seq: c.bigint,
  contact: c.uuid,
  subjects: c.list(c.text),
  action: c.text,
  purposes: c.list(c.text),
  channels: c.list(c.text),
  said_by: c.text,
  actor: c.text,
  source: c.text,
  text_digest: c.maybe(c.bytes),
  text_version: c.maybe(c.text),
  locale: c.maybe(c.text),
  controller: c.text,
  claimed_at: c.instant,
  recorded_at: c.instant,
  evidence: c.json<Record<string, unknown>>(),
  evidence_digest: c.bytes,
  prev_hash: c.bytes,
  hash: c.bytes,
};
const COLUMNS = `subjects, action, purposes, channels, said_by, actor, source, text_digest, text_version, locale, controller,
        claimed_at, recorded_at, evidence, evidence_digest, prev_hash, hash`;

// The entry and the head's step in one statement: neither exists without the other.
export const entryAppend = statement({
  name: 'consent_event_append',
  owner: 'consents',
  params: entry,
  row: {},
  sql: `with entry as (
      insert into consent_event (tenant_id, seq, contact_id, ${COLUMNS})
      values (:tenant, :seq, :contact, :subjects, :action, :purposes, :channels, :said_by, :actor, :source, :text_digest, :text_version,
        :locale, :controller, :claimed_at, :recorded_at, :evidence, :evidence_digest, :prev_hash, :hash)
      returning seq, hash)
    update consent_head h set seq = entry.seq, hash = entry.hash from entry where h.tenant_id = :tenant`,
});

// A text that was shown is kept once, for ever, whoever it is shown to next.
export const textKeep = statement({
  name: 'consent_text_keep',
  owner: 'consents',
  params: { digest: c.bytes, body: c.text, now: c.instant },
  row: {},
  sql: `insert into consent_text (tenant_id, digest, body, first_shown_at) values (:tenant, :digest, :body, :now)
    on conflict do nothing`,
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

const { contact: _, ...rest } = entry;
const stored = { ...rest, contact_id: c.uuid, text: c.maybe(c.text) };
/** The columns of the insert, read back: verification sees all that was stamped. A text that is gone comes as null. */
const WITH_TEXT = `select e.seq, e.contact_id, ${COLUMNS.replaceAll(/\b([a-z_]+)\b/g, 'e.$1')}, t.body as text
    from consent_event e left join lateral (select body from consent_text where tenant_id = :tenant and digest = e.text_digest limit 1) t on true`;

// The ledger in its order, a slice at a time: verification reads all of it and must not hold all of it.
export const entrySlice = statement({
  name: 'consent_event_slice',
  owner: 'consents',
  params: { after: c.bigint, limit: c.int },
  row: stored,
  sql: `${WITH_TEXT} where e.tenant_id = :tenant and e.seq > :after order by e.seq limit :limit`,
});

// Everything that is recorded about one person, under every contact that they turned out to be.
export const entriesOf = statement({
  name: 'consent_event_list',
  owner: 'consents',
  params: { contacts: c.list(c.uuid) },
  row: stored,
  sql: `${WITH_TEXT} where e.tenant_id = :tenant and e.contact_id = any(:contacts::uuid[]) order by e.seq`,
});

// The one thing that is ever taken out of an entry. The chain holds its digest, and the entry `erase` explains the gap.
export const evidenceErase = statement({
  name: 'consent_event_evidence_erase',
  owner: 'consents',
  params: { contacts: c.list(c.uuid) },
  row: {},
  sql: `update consent_event set evidence = '{"erased": true}'
    where tenant_id = :tenant and contact_id = any(:contacts::uuid[]) and action <> 'erase'`,
});
