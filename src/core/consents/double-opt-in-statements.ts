/** Questions that wait for a YES. */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// One open question for a person: the newer one takes the place of the older, whose YES would grant what was asked then.
export const requestOpen = statement({
  name: 'opt_in_request_open',
  owner: 'consents',
  params: {
    id: c.uuid,
    contact: c.uuid,
    purposes: c.list(c.text),
    channels: c.list(c.text),
    source: c.text,
    text: c.text,
    text_version: c.maybe(c.text),
    locale: c.maybe(c.text),
    asked_at: c.instant,
    expires_at: c.instant,
  },
  row: { id: c.uuid },
  sql: `insert into opt_in_request as r (tenant_id, id, contact_id, purposes, channels, source, text, text_version, locale, asked_at, expires_at)
    values (:tenant, :id, :contact, :purposes, :channels, :source, :text, :text_version, :locale, :asked_at, :expires_at)
    on conflict (tenant_id, contact_id) where answered_at is null do update set id = excluded.id, purposes = excluded.purposes,
      channels = excluded.channels, source = excluded.source, text = excluded.text, text_version = excluded.text_version,
      locale = excluded.locale, asked_at = excluded.asked_at, expires_at = excluded.expires_at
    where r.expires_at <= excluded.asked_at or (r.purposes, r.channels, r.text) is distinct from (excluded.purposes, excluded.channels, excluded.text)
    returning id`,
});

// The question that a YES of this moment answers.
export const requestFind = statement({
  name: 'opt_in_request_find',
  owner: 'consents',
  params: { contact: c.uuid, at: c.instant },
  row: {
    id: c.uuid,
    purposes: c.list(c.text),
    channels: c.list(c.text),
    text: c.text,
    text_version: c.maybe(c.text),
    locale: c.maybe(c.text),
    expires_at: c.instant,
  },
  sql: `select id, purposes, channels, text, text_version, locale, expires_at from opt_in_request
    where tenant_id = :tenant and contact_id = :contact and answered_at is null and asked_at <= :at and expires_at >= :at`,
});

// Answered once: a YES that is told again finds nothing open.
export const requestAnswer = statement({
  name: 'opt_in_request_answer',
  owner: 'consents',
  params: { id: c.uuid, at: c.instant },
  row: {},
  sql: 'update opt_in_request set answered_at = :at where tenant_id = :tenant and id = :id and answered_at is null',
});

// A no, and an erasure, leave no question open.
export const requestDrop = statement({
  name: 'opt_in_request_drop',
  owner: 'consents',
  params: { contacts: c.list(c.uuid) },
  row: {},
  sql: 'delete from opt_in_request where tenant_id = :tenant and contact_id = any(:contacts::uuid[])',
});
