/** The messages that count for a person's caps, by contact and purpose. */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { type CapSettings, capsFor } from '../policy/caps.ts';
import { recentRead } from './recent-statements.ts';

/** On the wire, perhaps on the wire, or beyond: the person has it, or may have it. */
const LEFT = ['sending', 'accepted', 'sent', 'delivered', 'read', 'unknown'];
const WAITING = ['queued', 'leased'];

export interface Recent {
  /** By contact; of somebody who is none yet, by address. */
  of(who: string, purpose: string): readonly Instant[];
  /** One more that has just been let through: the next of this batch counts it. */
  add(who: string, purpose: string, at: Instant): void;
  /** As it was read: for a batch that has to be judged again. */
  again(): Recent;
}

const keyOf = (who: string, purpose: string): string => `${who} ${purpose}`;

export async function readRecent(
  tx: Pick<Tx, 'run'>,
  caps: CapSettings,
  people: readonly { contact: string | null; purpose: string }[],
  now: Instant,
  withWaiting: boolean,
): Promise<Recent> {
  const capped = people.filter(one => capsFor(caps, one.purpose).length > 0);
  const contacts = [...new Set(capped.flatMap(one => one.contact ?? []))];
  const found = new Map<string, Instant[]>();
  if (contacts.length > 0) {
    const purposes = [...new Set(capped.map(one => one.purpose))];
    const longest = Math.max(...purposes.flatMap(purpose => capsFor(caps, purpose).map(cap => cap.perMs)));
    const states = withWaiting ? [...LEFT, ...WAITING] : LEFT;
    for (const row of await tx.run(recentRead, { contacts, purposes, states, since: now - longest })) {
      const key = keyOf(row.contact_id, row.purpose);
      found.set(key, [...(found.get(key) ?? []), row.at]);
    }
  }
  return counting(found);
}

function counting(read: ReadonlyMap<string, Instant[]>): Recent {
  const found = new Map(read);
  return {
    of: (who, purpose) => found.get(keyOf(who, purpose)) ?? [],
    add: (who, purpose, at) => {
      const key = keyOf(who, purpose);
      found.set(key, [...(found.get(key) ?? []), at]);
    },
    again: () => counting(read),
  };
}
