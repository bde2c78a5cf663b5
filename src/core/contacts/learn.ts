/** What providers call the people whom we wrote to: learnt from answers and receipts, message by message. */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import { messagePerson } from '../messages/person-statements.ts';
import { findContacts, type Identity, keyOf, listsOf } from './contact.ts';
import { joinIfSame } from './merge.ts';
import { contactLearn } from './statements.ts';

export interface Learnt extends Identity {
  /** The message of ours whose answer or receipt showed it. */
  message: string;
}

/**
 * Answers those that were known already. An id that is another contact's shows who that other one is: somebody who hides
 * their number may have written STOP before the receipt of our message told us whose id that was.
 */
export async function learnFromMessages(
  core: Pick<Core, 'clock' | 'keys' | 'log'>,
  tx: Tx,
  tenant: string,
  learnt: readonly Learnt[],
  now: Instant,
): Promise<Learnt[]> {
  if (learnt.length === 0) return [];
  const owners = await findContacts(tx, learnt);
  const news = learnt.filter(one => !owners.has(keyOf(one)));
  if (news.length > 0) {
    // By the message and not by a contact that was read before: a merge may have moved it to another one since.
    await tx.run(contactLearn, {
      messages: news.map(one => one.message),
      ...listsOf(news),
      digests: await core.keys.digests(tx, tenant, news),
      now,
    });
  }
  const known = learnt.filter(one => owners.has(keyOf(one)));
  if (known.length === 0) return [];
  const people = new Map(
    (await tx.run(messagePerson, { ids: known.map(one => one.message) })).map(row => [row.id, row.contact_id]),
  );
  // Who was merged in this batch already: asked for once more, the merge would be refused and the batch would fail.
  const joined = new Set<string>();
  for (const one of known) {
    const [into, from] = [people.get(one.message), owners.get(keyOf(one))!];
    if (into == null || into === from || joined.has(from)) continue;
    if (await joinIfSame(core, tx, tenant, into, from)) joined.add(from);
  }
  return known;
}
