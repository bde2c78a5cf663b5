/**
 * A provider that refuses because "the person stopped marketing from you" tells what its webhook may have told us and we
 * missed: the same block, from the same person, in the same ledger.
 */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import { messagePerson } from '../messages/person-statements.ts';
import { recordConsent } from './service.ts';

export interface Refused {
  messageId: string;
  attempt: number;
  code: string;
  at: Instant;
}

export async function recordPlatformStops(
  core: Pick<Core, 'clock' | 'keys'>,
  tx: Tx,
  tenant: string,
  refused: readonly Refused[],
): Promise<void> {
  if (refused.length === 0) return;
  const people = await tx.run(messagePerson, { ids: refused.map(one => one.messageId) });
  // By contact, so that two workers with the same people take their locks in one order.
  const known = people.flatMap(({ id, contact_id }) => (contact_id === null ? [] : [{ id, contact_id }]));
  for (const { id, contact_id } of known.toSorted((a, b) => (a.contact_id < b.contact_id ? -1 : 1))) {
    const { attempt, code, at } = refused.find(one => one.messageId === id)!;
    await recordConsent(core, tx, tenant, {
      contactId: contact_id,
      action: 'stop',
      purposes: ['marketing'],
      channels: ['whatsapp'],
      saidBy: 'platform',
      actor: 'provider',
      source: `provider error ${code}`,
      at,
      // The attempt is the event's name: an answer that is settled twice is one entry.
      evidence: { inbound: `refused ${id}.${attempt}` },
    });
  }
}
