/**
 * What the rules may know about a person with a sender, as columns: the same select list serves admission (by phone)
 * and the gate (by message), so both judge the same facts.
 */

import type { Values } from '#db/column.ts';
import * as c from '#db/column.ts';
import type { Standing } from '../consents/consent.ts';
import type { Facts, KnownConsent } from './decision.ts';

/**
 * `t_…` of the transactional consent, `m_…` of marketing. All may be null: a stranger has neither standing nor window.
 */
export const factColumns = {
  zone: c.maybe(c.text),
  country: c.maybe(c.text),
  erased_at: c.maybe(c.instant),
  suppressed_at: c.maybe(c.instant),
  marketing_held_until: c.maybe(c.instant),
  t_status: c.maybe(c.text),
  t_since: c.maybe(c.instant),
  t_source: c.maybe(c.text),
  t_stopped_at: c.maybe(c.instant),
  m_status: c.maybe(c.text),
  m_since: c.maybe(c.instant),
  m_source: c.maybe(c.text),
  m_verified: c.maybe(c.bool),
  m_stopped_at: c.maybe(c.instant),
  m_platform_stopped_at: c.maybe(c.instant),
  m_paused_at: c.maybe(c.instant),
  window_expires_at: c.maybe(c.instant),
  free_until: c.maybe(c.instant),
  last_inbound_at: c.maybe(c.instant),
  sender_id: c.maybe(c.uuid),
  sender_provider: c.maybe(c.text),
  sender_status: c.maybe(c.text),
};

export const FACT_SELECT = `ct.zone, ct.country, ct.erased_at, ct.suppressed_at, ct.marketing_held_until, t.status as t_status, t.since as t_since, t.source as t_source, t.stopped_at as t_stopped_at,
      m.status as m_status, m.since as m_since, m.source as m_source, m.verified as m_verified, m.stopped_at as m_stopped_at,
      m.platform_stopped_at as m_platform_stopped_at, m.paused_at as m_paused_at,
      w.expires_at as window_expires_at, w.free_until, w.last_inbound_at, s.id as sender_id, s.provider as sender_provider, s.status as sender_status`;

/**
 * Joins for a row source that offers `contact_id`, `channel` and a sender `s`. Lateral and limited: each is a look-up by
 * its whole key, and the planner can't turn it into anything else.
 */
export const factJoins = (source: string): string => {
  const consent = (alias: string, purpose: string) => `
    left join lateral (select status, since, source, verified, stopped_at, platform_stopped_at, paused_at from consent
      where tenant_id = :tenant and contact_id = ${source}.contact_id and purpose = '${purpose}' and channel = ${source}.channel limit 1) ${alias} on true`;
  return `
    left join lateral (select locale, first_name, last_name, zone, country, erased_at, suppressed_at, marketing_held_until from contact
      where tenant_id = :tenant and id = ${source}.contact_id limit 1) ct on true${consent('t', 'transactional')}${consent('m', 'marketing')}
    left join lateral (select expires_at, free_until, last_inbound_at from contact_window
      where tenant_id = :tenant and sender_id = s.id and contact_id = ${source}.contact_id limit 1) w on true`;
};

export type FactRow = Values<typeof factColumns>;

/** What is known beside the person's own row. */
export type Beside = Pick<Facts, 'recent' | 'reach' | 'settings' | 'cost' | 'spend'>;

export function toFacts(row: FactRow, beside: Beside): Facts {
  return {
    ...beside,
    person: {
      zone: row.zone ?? undefined,
      country: row.country ?? undefined,
      erased: row.erased_at !== null,
      suppressedAt: row.suppressed_at ?? undefined,
      marketingHeldUntil: row.marketing_held_until ?? undefined,
    },
    consent: {
      // Proof, the platform's stop and the pause are about marketing: no rule asks for them here.
      transactional: toStanding(row.t_status, row.t_since, row.t_source, false, row.t_stopped_at, null, null),
      marketing: toStanding(
        row.m_status,
        row.m_since,
        row.m_source,
        row.m_verified ?? false,
        row.m_stopped_at,
        row.m_platform_stopped_at,
        row.m_paused_at,
      ),
    },
    window:
      // Zero stands where nobody wrote yet, and something is free to them all the same.
      row.window_expires_at === null || row.last_inbound_at === null || row.last_inbound_at === 0
        ? undefined
        : { expiresAt: row.window_expires_at, lastInboundAt: row.last_inbound_at },
    sender:
      row.sender_id === null
        ? undefined
        : { id: row.sender_id, provider: row.sender_provider!, status: row.sender_status! },
  };
}

function toStanding(
  status: string | null,
  since: number | null,
  source: string | null,
  verified: boolean,
  stoppedAt: number | null,
  platformStoppedAt: number | null,
  pausedAt: number | null,
): KnownConsent | undefined {
  if (status === null) return undefined;
  return {
    status: status as Standing['status'],
    since: since!,
    source: source!,
    verified,
    stoppedAt,
    platformStoppedAt,
    pausedAt,
  };
}
