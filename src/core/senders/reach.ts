/** The portfolio limit as the rules and the gate use it. */
import type { Tx } from '#db/db.ts';
import { DAY_MS, type Instant } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import type { Reach } from '../policy/decision.ts';
import { reachExpire, reachKnown, reachRead } from './reach-statements.ts';

export interface Reached {
  of(contact: string | null): Reach | undefined;
  /** One more that has just been let through. */
  add(contact: string | null): void;
}

const NOBODY: Reached = { of: () => undefined, add: () => {} };

export async function readReach(
  tx: Pick<Tx, 'run'>,
  sender: { id: string; portfolioLimit: number | null } | undefined,
  contacts: readonly (string | null)[],
  now: Instant,
): Promise<Reached> {
  if (!sender || sender.portfolioLimit === null) return NOBODY;
  const limit = sender.portfolioLimit;
  const people = [...new Set(contacts.flatMap(contact => contact ?? []))];
  const [[row], known] = await Promise.all([
    tx.run(reachRead, { sender: sender.id, now, limit }),
    tx.run(reachKnown, { sender: sender.id, contacts: people, now }),
  ]);
  const already = new Set<string | null>(known.map(one => one.contact_id));
  let used = row!.used;
  const freesAt = (row!.oldest_at ?? now) + DAY_MS;
  return {
    of: contact => ({ limit, used, already: already.has(contact), freesAt }),
    add: contact => {
      if (already.has(contact)) return;
      already.add(contact);
      used += 1;
    },
  };
}

/** What left the span counts no more, and who it was is nobody's business any more. */
export const expireReach = async ({ db, clock }: Pick<Core, 'db' | 'clock'>, tenant: string): Promise<number> =>
  (await db.run(tenant, reachExpire, { now: clock.now() })).length;
