/**
 * Standings: what a person's words fold to, a row for each purpose and channel. The gate reads these and never the
 * ledger. Each row has its words beside it, so that one more can be folded on without reading the ledger either.
 */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { Words } from './consent.ts';

// Read under the contact's lock, so that what is folded onto it is not lost to a neighbour.
export const consentRead = statement({
  name: 'consent_read',
  owner: 'consents',
  params: { contact: c.uuid },
  row: { purpose: c.text, channel: c.text, words: c.json<Words>() },
  sql: 'select purpose, channel, words from consent where tenant_id = :tenant and contact_id = :contact',
});

// Written under the contact's lock; the words stand beside what they fold to, so that it can be derived anew.
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
    stops: c.list(c.maybe(c.instant)),
    platform_stops: c.list(c.maybe(c.instant)),
    pauses: c.list(c.maybe(c.instant)),
    words: c.list(c.json<Words>()),
  },
  row: {},
  sql: `insert into consent (tenant_id, contact_id, purpose, channel, status, since, source, verified, stopped_at, platform_stopped_at, paused_at, words)
    select :tenant, :contact, i.* from unnest(:purposes::text[], :channels::text[], :statuses::text[], :sinces::timestamptz[],
      :sources::text[], :verifieds::boolean[], :stops::timestamptz[], :platform_stops::timestamptz[], :pauses::timestamptz[], :words::jsonb[]) i
    on conflict (tenant_id, contact_id, purpose, channel) do update set status = excluded.status, since = excluded.since,
      source = excluded.source, verified = excluded.verified, stopped_at = excluded.stopped_at,
      platform_stopped_at = excluded.platform_stopped_at, paused_at = excluded.paused_at, words = excluded.words`,
});

// Before a standing is folded anew from the ledger, after a merge or a split.
export const consentClear = statement({
  name: 'consent_clear',
  owner: 'consents',
  params: { contact: c.uuid },
  row: {},
  sql: 'delete from consent where tenant_id = :tenant and contact_id = :contact',
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
