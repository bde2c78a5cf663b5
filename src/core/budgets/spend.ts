/**
 * What a tenant may still spend, as the rules see it, and the putting aside of what they let through. Judging takes no lock;
 * the balance's row, the last that anybody takes, is locked when everything else of a batch is written, and if what was
 * judged does not fit any more the batch is judged again with the figures of then. Only tenants with a limit pay for it.
 */
import type { Tx } from '#db/db.ts';
import { DAY_MS, type Instant } from '#lib/clock.ts';
import type { Decision, Spend } from '../policy/decision.ts';
import { type Replies, readAllowance } from '../rates/forecast.ts';
import type { Settings } from '../tenants/settings-directory.ts';
import { appliesTo, type Budget, leftIn, periodOf, toBudgets } from './budget.ts';
import {
  balanceBook,
  balanceLock,
  balanceOpen,
  balanceRead,
  budgetUse,
  budgetUses,
  type Counted,
  freeRepliesHeld,
  reservationHold,
} from './statements.ts';

export interface SpendLimits {
  zone: string;
  currency: string | null;
  prepaid: boolean;
  budgets: Settings['stored']['budgets'];
}

/** Undefined where nothing is limited: then nothing is read, locked or written. */
export function limitsOf({ stored, prices }: Settings): SpendLimits | undefined {
  const { prepaid = false, budgets } = stored;
  if (!prepaid && Object.keys(budgets ?? {}).length === 0) return undefined;
  return { zone: prices.zone, currency: prices.currency, prepaid, budgets };
}

/** One message's money: how much, for which purpose, in the period of which moment. */
export interface Need {
  id: string;
  purpose: string;
  micros: number;
  at: Instant;
  /** Thought to be one of the month's free replies: there are only so many of them. */
  freeReply: boolean;
}

/**
 * Of what the rules let through. Also of what is thought to be free, or whose price nobody knows: the receipt may say
 * otherwise, and is then met by a reservation of nothing.
 */
export const needOf = (
  id: string,
  purpose: string,
  { estimate, budgetAt, dueAt }: Decision,
  freeReply: boolean,
): Need => ({
  id,
  purpose,
  micros: estimate?.amount_micros ?? 0,
  at: budgetAt ?? dueAt,
  freeReply,
});

/** The figures of one moment, counted on as a batch goes along. */
export class Purse {
  readonly #limits: SpendLimits;
  readonly #budgets: Budget[];
  /** Undefined where messages are not prepaid: then it stops nobody. */
  #balance: number | undefined;
  /** Those that nobody who is under way counts on; undefined where no reply is asked for. */
  #freeReplies: number | undefined;

  constructor(
    limits: SpendLimits,
    used: Parameters<typeof toBudgets>[1],
    balance: number,
    freeReplies: number | undefined,
  ) {
    this.#limits = limits;
    this.#budgets = toBudgets(limits.budgets ?? {}, used);
    this.#balance = limits.prepaid ? balance : undefined;
    this.#freeReplies = freeReplies;
  }

  facts(): Spend {
    return {
      budgets: this.#budgets,
      ...(this.#balance === undefined ? {} : { balance: this.#balance }),
    };
  }

  get freeReplies(): number | undefined {
    return this.#freeReplies;
  }

  /** Under which names it is counted. */
  countedIn({ purpose, at }: Need): Counted[] {
    return this.#budgets
      .filter(budget => appliesTo(budget, purpose))
      .map(budget => ({ budget: budget.name, period: periodOf(budget.per, at, this.#limits.zone) }));
  }

  /** By the same figures as the rules, and asked of what they let through: only somebody else's spending makes it say no. */
  fits(need: Need): boolean {
    if (need.freeReply && this.#freeReplies !== undefined && this.#freeReplies <= 0) return false;
    // A budget may be overdrawn, by receipts that cost more than was thought: what costs nothing may go all the same.
    if (need.micros === 0) return true;
    const room = this.#budgets
      .filter(budget => appliesTo(budget, need.purpose))
      .every(budget => leftIn(budget, periodOf(budget.per, need.at, this.#limits.zone)) >= need.micros);
    return room && (this.#balance === undefined || this.#balance >= need.micros);
  }

  /** The next of the batch finds that much less. */
  take(need: Need): void {
    for (const [index, budget] of this.#budgets.entries()) {
      if (!appliesTo(budget, need.purpose)) continue;
      const period = periodOf(budget.per, need.at, this.#limits.zone);
      this.#budgets[index] = {
        ...budget,
        used: { ...budget.used, [period]: (budget.used[period] ?? 0) + need.micros },
      };
    }
    if (this.#balance !== undefined) this.#balance -= need.micros;
    if (need.freeReply && this.#freeReplies !== undefined) this.#freeReplies -= 1;
  }
}

/** Two months back: a message that waits may be counted in the period in which it was let through. */
const usesFrom = (limits: SpendLimits, now: Instant): string => periodOf('month', now - 62 * DAY_MS, limits.zone);

/** For judging: may be old by the time of the writing. */
export async function readPurse(
  tx: Tx,
  limits: SpendLimits | undefined,
  now: Instant,
  replies?: Replies,
): Promise<Purse | undefined> {
  if (!limits) return undefined;
  const [[balance], used, freeReplies] = await Promise.all([
    tx.run(balanceRead, {}),
    tx.run(budgetUses, { from_period: usesFrom(limits, now) }),
    replies && readFreeReplies(tx, replies),
  ]);
  return new Purse(limits, used, freeIn(balance, limits), freeReplies);
}

async function readFreeReplies(tx: Tx, replies: Replies): Promise<number> {
  const [allowance, [underWay]] = await Promise.all([readAllowance(tx, replies), tx.run(freeRepliesHeld, {})]);
  return allowance.left - underWay!.count;
}

/** The same under the lock, which is held until the commit: last in the order of locks. */
export async function lockPurse(tx: Tx, limits: SpendLimits, now: Instant, replies?: Replies): Promise<Purse> {
  let [balance] = await tx.run(balanceLock, {});
  if (limits.currency !== null && balance?.currency !== limits.currency) {
    await tx.run(balanceOpen, { currency: limits.currency });
    [balance] = await tx.run(balanceLock, {});
  }
  // After the lock, in a snapshot of its own: whoever held it before has committed.
  const used = await tx.run(budgetUses, { from_period: usesFrom(limits, now) });
  const freeReplies = replies && (await readFreeReplies(tx, replies));
  return new Purse(limits, used, freeIn(balance, limits), freeReplies);
}

/** Money of another currency pays for nothing. */
const freeIn = (balance: { currency: string; free_micros: number } | undefined, { currency }: SpendLimits): number =>
  balance && balance.currency === currency ? balance.free_micros : 0;

/** Puts aside what fits has been asked for already, under the lock. */
export async function hold(
  tx: Tx,
  limits: SpendLimits,
  purse: Purse,
  needs: readonly Need[],
  now: Instant,
): Promise<void> {
  const { currency } = limits;
  // Without a currency nothing has a price, and nothing can be counted.
  if (needs.length === 0 || currency === null) return;
  const counted = needs.map(need => purse.countedIn(need));
  const uses = needs.flatMap((need, index) => counted[index]!.map(one => ({ ...one, micros: need.micros })));
  if (uses.length > 0)
    await tx.run(budgetUse, {
      budgets: uses.map(use => use.budget),
      periods: uses.map(use => use.period),
      micros: uses.map(use => use.micros),
    });
  await tx.run(reservationHold, {
    ids: needs.map(need => need.id),
    micros: needs.map(need => need.micros),
    free_replies: needs.map(need => need.freeReply),
    counted,
    currency,
    prepaid: limits.prepaid,
    now,
  });
  // failpoint: in_money
  const paid = needs.filter(need => limits.prepaid && need.micros > 0);
  if (paid.length === 0) return;
  const total = paid.reduce((sum, need) => sum + need.micros, 0);
  await book(
    tx,
    paid.map(need => ({ kind: 'reserve', amount: -need.micros, message: need.id })),
    { reserved: total, now },
  );
}

export interface Entry {
  kind: 'credit' | 'reserve' | 'release' | 'settle';
  amount: number;
  message?: string;
  reference?: string;
}

/** Under the lock. The ledger and the row are written by one statement, and the row has to say what our own sum says. */
export async function book(
  tx: Tx,
  entries: readonly Entry[],
  { reserved, actor, now }: { reserved: number; actor?: string; now: Instant },
): Promise<number> {
  // Read again and not handed down: the sum must be right by what the database says at this moment.
  const [before] = await tx.run(balanceRead, {});
  const [after] = await tx.run(balanceBook, {
    kinds: entries.map(entry => entry.kind),
    amounts: entries.map(entry => entry.amount),
    messages: entries.map(entry => entry.message ?? null),
    references: entries.map(entry => entry.reference ?? null),
    reserved,
    actor: actor ?? null,
    now,
  });
  const sum = entries.reduce((total, entry) => total + entry.amount, before!.free_micros);
  if (after?.free_micros !== sum || after.seq !== before!.seq + entries.length)
    throw new Error(`the balance does not add up: ${after?.free_micros} and not ${sum}`);
  return after.free_micros;
}
