/**
 * What becomes of money that was put aside: taken by what arrived, given back by what ended. A worker walks over the
 * reservations a slice at a time, so that no message pays for it on its way; under the balance's lock each is looked at once
 * more and booked exactly once, since its row changes in the same commit.
 */
import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import { DAY_MS, type Instant } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import { FIRST_ID } from '../paging.ts';
import { book, type Entry } from './spend.ts';
import {
  balanceLock,
  balanceProve,
  balanceProven,
  budgetUse,
  reservationEnd,
  reservationFates,
  reservationSlice,
  reservationWatch,
} from './statements.ts';

type Row = Values<typeof reservationSlice.row>;

export type Fate =
  | { kind: 'keep' }
  /** It arrived: the reservation becomes this amount, and is over. */
  | { kind: 'settle'; micros: number }
  /** It ended without arriving: its money is free again, but a late receipt would still be charged. */
  | { kind: 'release' }
  /** Nobody expects anything of it any more. */
  | { kind: 'forget'; release: boolean };

/** No provider repeats a webhook for longer. */
const LATE_MS = 8 * DAY_MS;
/** What was taken and has not arrived is dropped by the platform after thirty days. */
const UNDELIVERED_MS = 31 * DAY_MS;

/** Ends before the wire: nothing of them can arrive. */
const NEVER_LEFT = ['refused', 'cancelled', 'expired'];
/** Ends after it: a receipt may prove them wrong. */
const LEFT_AND_ENDED = ['failed', 'dead'];

export function fateOf(row: Row, now: Instant): Fate {
  const held = row.state === 'held';
  if (row.arrived_at !== null) {
    if (row.actual_micros !== null && row.actual_currency === row.currency)
      return { kind: 'settle', micros: row.actual_micros };
    // Neither a price nor a card that has it: what was expected is what it cost.
    return now - row.arrived_at > LATE_MS ? { kind: 'settle', micros: row.micros } : { kind: 'keep' };
  }
  if (NEVER_LEFT.includes(row.message_state)) return { kind: 'forget', release: held };
  const doubtful = row.message_state === 'unknown' && row.resolution === 'closed';
  if (held && (doubtful || LEFT_AND_ENDED.includes(row.message_state))) return { kind: 'release' };
  const taken = ['accepted', 'sent'].includes(row.message_state) ? row.accepted_at : null;
  if (held && taken !== null && now - taken > UNDELIVERED_MS) return { kind: 'forget', release: true };
  return !held && now - row.since > LATE_MS ? { kind: 'forget', release: false } : { kind: 'keep' };
}

/** A look-up each: some ten milliseconds, and a hundred thousand reservations are gone round in a few seconds. */
const SLICE = 2_000;

/** One slice after that message; answers how many changed, and where the next one begins. */
export async function settleReservations(
  core: Pick<Core, 'db' | 'clock'>,
  tenant: string,
  after: string,
): Promise<{ done: number; next: string }> {
  const now = core.clock.now();
  // Without the lock: of thousands under way a few have changed, and the look at all of them must hold up no send.
  const slice = await core.db.run(tenant, reservationSlice, { after, limit: SLICE });
  const next = slice.length === SLICE ? slice.at(-1)!.id : FIRST_ID;
  const ids = slice.filter(row => fateOf(row, now).kind !== 'keep').map(row => row.id);
  if (ids.length === 0) return { done: 0, next };
  const done = await core.db.tx(tenant, async tx => {
    const [balance] = await tx.run(balanceLock, {});
    const rows = await tx.run(reservationFates, { ids });
    return settleRows(tx, rows, balance?.free_micros ?? 0, now);
  });
  return { done, next };
}

async function settleRows(tx: Tx, rows: readonly Row[], free: number, now: Instant): Promise<number> {
  const plan = planOf(rows, free, now);
  if (plan.uses.length > 0)
    await tx.run(budgetUse, {
      budgets: plan.uses.map(use => use.budget),
      periods: plan.uses.map(use => use.period),
      micros: plan.uses.map(use => use.micros),
    });
  if (plan.watched.length > 0) await tx.run(reservationWatch, { ids: plan.watched, now });
  if (plan.ended.length > 0) await tx.run(reservationEnd, { ids: plan.ended });
  if (plan.entries.length > 0) await book(tx, plan.entries, { reserved: -plan.unreserved, now });
  return plan.watched.length + plan.ended.length;
}

interface Plan {
  uses: { budget: string; period: string; micros: number }[];
  watched: string[];
  ended: string[];
  entries: Entry[];
  /** What of the reserved money is reserved no more. */
  unreserved: number;
}

/** Pure. What gives money back comes first, so that what costs more than was put aside finds as much as possible. */
export function planOf(rows: readonly Row[], freeNow: number, now: Instant): Plan {
  const plan: Plan = { uses: [], watched: [], ended: [], entries: [], unreserved: 0 };
  let free = freeNow;
  const fates = rows.map(row => ({ row, fate: fateOf(row, now) }));
  for (const { row, fate } of fates.toSorted((a, b) => backOf(b) - backOf(a))) {
    if (fate.kind === 'keep') continue;
    const back = backOf({ row, fate });
    // What is not there can't be taken: it stays reserved as it is until there is money, and nothing goes below nothing.
    if (row.prepaid && back < 0 && free + back < 0) continue;
    const held = row.state === 'held' ? row.micros : 0;
    if (back !== 0) plan.uses.push(...row.counted.map(counted => ({ ...counted, micros: -back })));
    (fate.kind === 'release' ? plan.watched : plan.ended).push(row.id);
    if (!row.prepaid || (back === 0 && held === 0)) continue;
    free += back;
    plan.entries.push({ kind: fate.kind === 'settle' ? 'settle' : 'release', amount: back, message: row.id });
    plan.unreserved += held;
  }
  return plan;
}

/** How much is free afterwards that was not before; below zero where more is owed than was put aside. */
function backOf({ row, fate }: { row: Row; fate: Fate }): number {
  const held = row.state === 'held' ? row.micros : 0;
  if (fate.kind === 'settle') return held - fate.micros;
  return fate.kind === 'release' || (fate.kind === 'forget' && fate.release) ? held : 0;
}

/** Behind a fast sender it catches up within seconds, and a proof holds no lock. */
const PROOF_SLICE = 5_000;

/** Every entry is the one before plus its amount, and the last is what the row says: proven once for each entry. */
export async function proveLedger(
  core: Pick<Core, 'db'>,
  tenant: string,
): Promise<{ proven: number; wrong: number | undefined }> {
  const rows = await core.db.run(tenant, balanceProve, { limit: PROOF_SLICE });
  const wrong = rows.find(row => row.wrong)?.seq;
  if (wrong !== undefined) return { proven: 0, wrong };
  if (rows.length > 0) await core.db.run(tenant, balanceProven, { seq: rows.at(-1)!.seq });
  return { proven: rows.length, wrong };
}
