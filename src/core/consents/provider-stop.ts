/**
 * A provider that refuses because of the person tells what we may have missed: that they turned our marketing off inside
 * the app, or that they wrote STOP. The same word, from the same person, in the same ledger.
 */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import { attemptStart, messagePerson } from '../messages/person-statements.ts';
import { CONSENT_PURPOSES } from './consent.ts';
import { dropQuestions } from './double-opt-in.ts';
import { type ConsentWord, recordConsent } from './service.ts';

export interface Refused {
  messageId: string;
  attempt: number;
  code: string;
  at: Instant;
}

type Said = Pick<ConsentWord, 'action' | 'purposes' | 'saidBy'>;

/** The switch inside the app: of marketing, and nothing but the switch itself turns it back. */
export const recordPlatformStops = (core: Deps, tx: Tx, tenant: string, refused: readonly Refused[]): Promise<void> =>
  record(core, tx, tenant, refused, { action: 'stop', purposes: ['marketing'], saidBy: 'platform' });

/**
 * A STOP that the provider keeps, as if its webhook had come: of everything, and START lifts it. It was in force when the
 * attempt left, and a START that came since then is younger, however late the refusal is told.
 */
export async function recordOwnStops(core: Deps, tx: Tx, tenant: string, refused: readonly Refused[]): Promise<void> {
  if (refused.length === 0) return;
  const keys = { ids: refused.map(one => one.messageId), attempts: refused.map(one => one.attempt) };
  const left = new Map((await tx.run(attemptStart, keys)).map(row => [`${row.id}.${row.attempt}`, row.started_at]));
  const known = refused.map(one => ({
    ...one,
    at: Math.min(one.at, left.get(`${one.messageId}.${one.attempt}`) ?? one.at),
  }));
  await record(core, tx, tenant, known, { action: 'withdraw', purposes: CONSENT_PURPOSES, saidBy: 'person' });
}

type Deps = Pick<Core, 'clock' | 'keys'>;

async function record(core: Deps, tx: Tx, tenant: string, refused: readonly Refused[], said: Said): Promise<void> {
  if (refused.length === 0) return;
  const people = await tx.run(messagePerson, { ids: refused.map(one => one.messageId) });
  const contactOf = new Map(people.map(({ id, contact_id }) => [id, contact_id]));
  const known = refused.flatMap(one => {
    const contact_id = contactOf.get(one.messageId) ?? null;
    return contact_id === null ? [] : [{ ...one, contact_id }];
  });
  // By contact, so that two workers with the same people take their locks in one order. Of one message each attempt that
  // was refused is a word of its own: a START may lie between them.
  known.sort((a, b) => (a.contact_id === b.contact_id ? a.at - b.at : a.contact_id < b.contact_id ? -1 : 1));
  for (const { messageId, attempt, code, at, contact_id } of known) {
    const key = `refused ${messageId}.${attempt}`;
    await recordConsent(core, tx, tenant, {
      ...said,
      contactId: contact_id,
      channels: ['whatsapp'],
      actor: 'provider',
      source: `provider error ${code}`,
      at,
      // The attempt is the event's name: an answer that is settled twice is one entry.
      evidence: { inbound: key },
    });
    // As after a STOP that we hear: a question that is still open asks for nothing any more.
    if (said.saidBy === 'person')
      await dropQuestions(core, tx, tenant, { contactId: contact_id, at, key, saidBy: 'person', actor: 'provider' });
  }
}
