/** The portfolio limit as the rules and the gate use it. */
import type { Tx } from '#db/db.ts';
import { DAY_MS, type Instant, MINUTE_MS } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import type { Reach } from '../policy/decision.ts';
import { reachExpire, reachKnown, reachMark, reachPromise, reachRead } from './reach-statements.ts';

/** The span is counted in steps. A step counts until the last of it is a day old: ten minutes too long, and never short. */
export const STEP_MS = 10 * MINUTE_MS;
const stepOf = (now: Instant): Instant => now - (now % STEP_MS);
const leavesAt = (step: Instant): Instant => step + STEP_MS + DAY_MS;

export interface Step {
  at: Instant;
  people: number;
  promised: number;
}

/** Pure: how much of a limit is used, and for whom a place comes free when. */
export class Span {
  readonly limit: number;
  used: number;
  readonly #steps: Step[];
  readonly #told = new Map<Instant, number>();

  constructor(limit: number, steps: readonly Step[]) {
    this.limit = limit;
    this.#steps = steps.map(step => ({ ...step }));
    this.used = this.#steps.reduce((sum, step) => sum + step.people, 0);
  }

  /** One more, whose place comes free a day from now. */
  add(now: Instant): void {
    const at = stepOf(now);
    const last = this.#steps.at(-1);
    if (last && last.at >= at) last.people += 1;
    else this.#steps.push({ at, people: 1, promised: 0 });
    this.used += 1;
  }

  /**
   * The step whose place the next one who waits will get: one whose people are not all promised away, or the last. All
   * that wait would otherwise come back for the first place, every time.
   */
  #next(): Step | undefined {
    return this.#steps.find(step => step.promised < step.people) ?? this.#steps.at(-1);
  }

  freesAt(now: Instant): Instant {
    const next = this.#next();
    return next ? leavesAt(next.at) : now;
  }

  promise(): void {
    const next = this.#next();
    if (!next) return;
    next.promised += 1;
    this.#told.set(next.at, (this.#told.get(next.at) ?? 0) + 1);
  }

  get told(): ReadonlyMap<Instant, number> {
    return this.#told;
  }
}

export interface Reached {
  of(contact: string | null): Reach | undefined;
  /** One more that has just been let through. */
  add(contact: string): void;
  /** One that was told to wait for the place that `of` showed. */
  wait(): void;
  /** Writes down who was let through and who was told to wait. */
  mark(tx: Tx): Promise<void>;
}

const NOBODY: Reached = { of: () => undefined, add: () => {}, wait: () => {}, mark: async () => {} };

export async function readReach(
  tx: Pick<Tx, 'run'>,
  sender: { id: string; portfolioLimit: number | null } | undefined,
  contacts: readonly (string | null)[],
  now: Instant,
): Promise<Reached> {
  if (!sender || sender.portfolioLimit === null) return NOBODY;
  const { id, portfolioLimit: limit } = sender;
  const people = [...new Set(contacts.flatMap(contact => contact ?? []))];
  const [steps, known] = await Promise.all([
    tx.run(reachRead, { sender: id, since: now - DAY_MS - STEP_MS }),
    tx.run(reachKnown, { sender: id, contacts: people, now }),
  ]);
  const already = new Set<string | null>(known.map(one => one.contact_id));
  const first = new Set<string>();
  const span = new Span(limit, steps);
  return {
    of: contact => ({ limit, used: span.used, already: already.has(contact), freesAt: span.freesAt(now) }),
    add: contact => {
      if (already.has(contact)) return;
      already.add(contact);
      first.add(contact);
      span.add(now);
    },
    wait: () => span.promise(),
    mark: async tx => {
      if (first.size > 0) await tx.run(reachMark, { sender: id, contacts: [...first], step: stepOf(now), now });
      const told = [...span.told];
      if (told.length > 0)
        await tx.run(reachPromise, {
          sender: id,
          steps: told.map(([at]) => at),
          counts: told.map(([, count]) => count),
        });
    },
  };
}

/** What left the span counts no more, and who it was is nobody's business any more. */
export const expireReach = async ({ db, clock }: Pick<Core, 'db' | 'clock'>, tenant: string): Promise<number> =>
  (await db.run(tenant, reachExpire, { now: clock.now() })).length;
