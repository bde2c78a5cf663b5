/**
 * Erasure. What identifies a person goes: identities, names, contents, what they wrote, evidence, business keys, provider
 * ids. What stays names nobody: the ledger's chain over digests, counters, and keyed hashes by which the person is
 * recognised and left alone when somebody imports their number again. Raw webhooks follow with their day (30 days).
 */
import type { Tx } from '#db/db.ts';
import { Fault } from '#lib/fault.ts';
import { requestErase } from '../consents/double-opt-in-statements.ts';
import { evidenceErase } from '../consents/ledger-statements.ts';
import { append } from '../consents/service.ts';
import { consentClear } from '../consents/statements.ts';
import type { Core } from '../context.ts';
import { doubtErase } from '../inbox/doubt-statements.ts';
import { inboundErase } from '../inbox/statements.ts';
import { messageErase, messageWaitingOf } from '../messages/erase-statements.ts';
import { messageCancel } from '../messages/resolve-statements.ts';
import { otpErase } from '../otp/statements.ts';
import { windowClear } from '../windows/statements.ts';
import { contactFamily } from './change-statements.ts';
import { changeErase, contactErase, identityErase, identityPastErase, suppressionAdd } from './erase-statements.ts';
import { contactLock, contactRead } from './statements.ts';

/** A closed list: a free text would say again what has just been erased. */
export const ERASE_REASONS = ['asked_by_person', 'retention', 'other'] as const;
export type EraseReason = (typeof ERASE_REASONS)[number];

export interface Erasure {
  contactId: string;
  cancelled: number;
  messages: number;
}

export async function eraseContact(
  core: Pick<Core, 'clock' | 'keys' | 'erasers'>,
  tx: Tx,
  tenant: string,
  { id, reason, actor }: { id: string; reason: EraseReason; actor: string },
): Promise<Erasure> {
  const head = await headOf(tx, id);
  const contacts = await lockFamily(tx, head);
  const [was] = await tx.run(contactRead, { id: head });
  if (was!.erased_at !== null) return { contactId: head, cancelled: 0, messages: 0 };
  const now = core.clock.now();
  // The hashes are made of the identities: before these go.
  await tx.run(suppressionAdd, { contact: head, reason, now });
  const { cancelled, messages } = await emptyRecords(core, tx, contacts);
  for (const contactId of contacts) {
    await tx.run(consentClear, { contact: contactId });
    await tx.run(windowClear, { contact: contactId });
    // One for each of the records that turned out to be this person: verification asks for it where evidence is gone.
    await append(core, tx, tenant, {
      contactId,
      action: 'erase',
      purposes: [],
      channels: [],
      saidBy: 'business',
      actor,
      source: reason,
      at: now,
      evidence: {},
    });
  }
  await tx.run(evidenceErase, { contacts });
  await tx.run(contactErase, { contacts, now });
  return { contactId: head, cancelled, messages };
}

/** Takes out of these records, which the caller has locked, whatever was said, sent or known by. Doing it again takes nothing more. */
export async function emptyRecords(
  core: Pick<Core, 'erasers'>,
  tx: Tx,
  contacts: string[],
): Promise<{ cancelled: number; messages: number }> {
  const waiting = await tx.run(messageWaitingOf, { contacts });
  for (const message of waiting) await tx.run(messageCancel, { id: message.id });
  const [{ erased } = { erased: 0 }] = await tx.run(messageErase, { contacts });
  await tx.run(inboundErase, { contacts });
  await tx.run(doubtErase, { contacts });
  await tx.run(requestErase, { contacts });
  await tx.run(otpErase, { contacts });
  await tx.run(changeErase, { contacts });
  const identities = await tx.run(identityErase, { contacts });
  const phones = identities.filter(one => one.kind === 'phone').map(one => one.value);
  for (const erase of core.erasers) await erase(tx, { contacts, phones });
  await tx.run(identityPastErase, { contacts });
  return { cancelled: waiting.length, messages: erased };
}

/**
 * All records that turned out to be this person, locked. The gate holds these locks while it marks a message: what has not
 * been marked by now is found by the erasure. A merge that held one of them may have added another while we waited, so the
 * family is read again until nobody new is in it.
 */
async function lockFamily(tx: Tx, head: string): Promise<string[]> {
  let locked: string[] = [];
  for (;;) {
    const family = (await tx.run(contactFamily, { id: head })).map(row => row.id);
    if (locked.length > 0 && family.every(id => locked.includes(id))) return family;
    const rows = await tx.run(contactLock, { ids: family });
    if (rows.some(row => row.id === head && row.merged_into !== null))
      throw new Fault('conflict', 'the contact was merged into another one in this moment: ask again');
    locked = family;
  }
}

/** Who a contact turned out to be. */
export async function headOf(tx: Tx, id: string): Promise<string> {
  let [row] = await tx.run(contactRead, { id });
  if (!row) throw new Fault('not_found', 'there is no such contact');
  while (row.merged_into !== null) [row] = (await tx.run(contactRead, { id: row.merged_into })) as [typeof row];
  return row.id;
}
