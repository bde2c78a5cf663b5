/**
 * Budgets of money: so much in a day or a month of the account's own calendar, for all messages or for some purposes.
 * Pure. A soft one makes wait for the next period, a hard one refuses.
 */
import { daysBetween, type Instant } from '#lib/clock.ts';
import { atWallClock, localDay } from '#lib/zone.ts';

export const PERIODS = ['day', 'month'] as const;
export type Period = (typeof PERIODS)[number];

/** As it is set. */
export interface BudgetSetting {
  per: Period;
  amount_micros: number;
  hard?: boolean;
  purposes?: string[];
}

/** With what is used up, by the name of each period. What is reserved for later counts in its own. */
export interface Budget {
  name: string;
  per: Period;
  most: number;
  hard: boolean;
  purposes: readonly string[] | null;
  used: Readonly<Record<string, number>>;
}

/** The day or the month that an instant lies in: the period's name. */
export function periodOf(per: Period, at: Instant, zone: string): string {
  const day = localDay(at, zone);
  return per === 'day' ? day : day.slice(0, 7);
}

/** When the next one begins, by the clock on the account's wall. */
export function nextPeriodAt(per: Period, at: Instant, zone: string): Instant {
  const today = localDay(at, zone);
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  const next = month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01`;
  return atWallClock(at, zone, per === 'day' ? 1 : daysBetween(today, next), 0)[0]!;
}

export const appliesTo = (budget: Pick<Budget, 'purposes'>, purpose: string): boolean =>
  budget.purposes === null || budget.purposes.includes(purpose);

export const leftIn = (budget: Budget, period: string): number => budget.most - (budget.used[period] ?? 0);

export const toBudgets = (
  settings: Readonly<Record<string, BudgetSetting>>,
  used: readonly { budget: string; period: string; used_micros: number }[],
): Budget[] =>
  Object.entries(settings).map(([name, setting]) => ({
    name,
    per: setting.per,
    most: setting.amount_micros,
    hard: setting.hard ?? false,
    purposes: setting.purposes ?? null,
    used: Object.fromEntries(used.filter(row => row.budget === name).map(row => [row.period, row.used_micros])),
  }));
