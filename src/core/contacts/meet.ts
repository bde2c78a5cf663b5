/** The way to a person for whoever stores something about them, which an erasure has to find again. */
import type { Tx } from '#db/db.ts';
import type { Core } from '../context.ts';
import { ensureContacts, findContacts, keyOf, type NewContact } from './contact.ts';
import { contactLock } from './statements.ts';

/**
 * The contact behind an identity, made where there was none, and held until the transaction ends: an erasure comes before
 * it, and then this is somebody new, or after it, and finds what was stored.
 */
export async function meetPerson(
  core: Pick<Core, 'clock' | 'keys'>,
  tx: Tx,
  tenant: string,
  person: NewContact,
): Promise<string> {
  const key = keyOf(person.identity);
  for (;;) {
    const met = (await ensureContacts(core, tx, tenant, [person], core.clock.now())).get(key);
    if (met === undefined) continue; // erased between two looks
    await tx.run(contactLock, { ids: [met] });
    // Looked at anew under the lock: an erasure or a merge in between leads the identity elsewhere.
    if ((await findContacts(tx, [person.identity])).get(key) === met) return met;
  }
}
