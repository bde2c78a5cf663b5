/**
 * One lane's way to the wire in this process. Each pass stores the answers that came, lets through what may leave and
 * leases ahead, the three side by side; while a pass waits for its commits the next one's batch grows by itself.
 */
import type { Core, OpenSender } from '#core/index.ts';
import { isUnavailable } from '#db/errors.ts';
import type { Instant } from '#lib/clock.ts';
import { describeError } from '#lib/fault.ts';
import { messageLease, messageReturn } from '../core/messages/dispatch-statements.ts';
import { retryBudget } from '../core/messages/failure.ts';
import { type Cleared, gate, type Leased } from '../core/messages/gate.ts';
import { attemptSend, type Settlement, settle } from '../core/messages/send.ts';
import { laneLock } from '../core/senders/statements.ts';
import { createPunctuality, inTurn } from './slots.ts';

export interface PumpOptions {
  tenant: string;
  sender: string;
  owner: string;
  /** How much this lane may have on the wire now, and how much the whole process still may. */
  share(): number;
  free(): number;
  /** An answer came: there is something to store, and a place is free. */
  onAnswer(): void;
}

export interface Pump {
  /** Says that the queue holds something for this lane. */
  due(): void;
  /** One pass; answers how much it moved. */
  run(): Promise<number>;
  /** Whether anything is leased, on the wire or waiting to be stored. */
  busy(): boolean;
  /** Until the next leased slot, where a place for it is free; undefined when only news can move the lane. */
  restMs(): number | undefined;
  /** Every answer is in and stored. */
  idle(): Promise<void>;
  /** On the wire, or back with its answer not stored yet. */
  inFlight(): number;
  drain(): Promise<void>;
}

/** A lease outlives the longest wait in this process's memory by far, and a crash holds messages back no longer. */
const LEASE_MS = 30_000;
/** How far ahead slots on the wire are reserved: what an urgent message may find taken before it. */
const LOOKAHEAD_MS = 400;
/** How often a lane that is full of ordinary messages looks for urgent ones. */
const URGENT_LOOK_MS = 50;
const URGENT = 1;
const ANY = 9;

export function createPump(core: Core, options: PumpOptions): Pump {
  const { tenant, sender, owner, share } = options;
  const budget = retryBudget();
  let ready: Leased[] = [];
  const answers: Settlement[] = [];
  /** A look that found nothing is not repeated until discovery says so: a quiet lane costs no query. */
  let maybeDue = true;
  let lookedForUrgentAt = 0;
  let running: Promise<number> | undefined;
  const flights = new Set<Promise<void>>();
  /** As it was when the sender could last be opened: what is on the wire is answered also when the sender is gone. */
  let provider = '';
  let unreachedRounds = 0;
  const slots = createPunctuality();

  /** An answer keeps its place until it is stored: what a crash can leave unknown is bounded by both together. */
  const taken = () => flights.size + answers.length;

  /** The last quarter of the places is for what is urgent: a promo never makes a one-time code wait for an answer. */
  const room = (urgent: boolean): number => {
    const most = urgent ? share() : Math.ceil(share() * 0.75);
    return Math.max(0, Math.min(most - taken(), options.free()));
  };

  async function leaseAhead(): Promise<number> {
    if (!maybeDue) return 0;
    // Without a place their slots would only pass.
    if (slots.isSparse() && room(true) === 0) return 0;
    // Twice the places, refilled by halves: the next batch is at hand when answers come, and each trip brings a batch.
    const want = share() * 2 - ready.length;
    const full = want < share() / 2 || (room(false) === 0 && ready.length > 0);
    if (!full) return lease(want, ANY);
    // With its places and its buffer full of ordinary messages a lane still looks for urgent ones.
    const now = core.clock.machine();
    if (now - lookedForUrgentAt < URGENT_LOOK_MS) return 0;
    lookedForUrgentAt = now;
    return lease(Math.ceil(share() / 4), URGENT);
  }

  async function lease(limit: number, maxPriority: number): Promise<number> {
    const params = {
      sender,
      owner,
      now: core.clock.now(),
      limit,
      max_priority: maxPriority,
      lookahead_ms: LOOKAHEAD_MS,
      lease_ms: LEASE_MS,
    };
    const rows = await core.db.tx(
      tenant,
      async tx => {
        // The lock in a statement of its own, so that the lease reads what the worker before us has written.
        const [, leased] = await Promise.all([tx.run(laneLock, { sender }), tx.last(messageLease, params)]);
        return leased;
      },
      // Undone by a crash it is a message that waits again. Waiting for the disk would cost as much as the gate does.
      { durable: false },
    );
    // failpoint: after_lease
    const now = core.clock.machine();
    if (rows.length === 0 && maxPriority === ANY) maybeDue = false;
    const leased = rows.map(row => ({
      id: row.id,
      contactId: row.contact_id,
      priority: row.priority,
      slotAt: now + row.wait_ms,
    }));
    if (rows[0]) slots.stepMs = rows[0].step_us / 1_000;
    // A lease that ran out here may have been taken again by ourselves: the newer one counts.
    const again = new Set(leased.map(one => one.id));
    ready = inTurn([...ready.filter(one => !again.has(one.id)), ...leased]);
    return rows.length;
  }

  async function giveBackLate(): Promise<void> {
    const { kept, without } = slots.giveUp(ready, core.clock.machine());
    if (without.length === 0) return;
    await core.db.run(tenant, messageReturn, { ids: without.map(one => one.id), owner });
    // Only now: while the database is away they are still held here, and not left to the end of their lease.
    ready = kept;
    slots.gaveUp();
    maybeDue = true;
  }

  /** What may pass the gate now: its slot is near and a place is free. */
  function choose(): Leased[] {
    const near = core.clock.machine() + slots.earlyMs();
    const chosen = new Set<Leased>();
    for (const one of ready) {
      if (one.slotAt <= near && room(one.priority <= URGENT) > chosen.size) chosen.add(one);
    }
    if (chosen.size > 0) ready = ready.filter(one => !chosen.has(one));
    return [...chosen];
  }

  async function letThrough(): Promise<number> {
    const chosen = choose();
    if (chosen.length === 0) return 0;
    let access: OpenSender | undefined;
    try {
      // Before the gate: after it nothing may be waited for but the answer, and nothing may fail.
      access = await core.senders.byId(tenant, sender);
    } catch (error) {
      ready.unshift(...chosen);
      throw error;
    }
    // Should the gate fail, nobody knows whether its mark was committed: putting these back could send twice. They are
    // left to the end of their lease, or of their attempt.
    const began = core.clock.machine();
    const cleared = await gate(core, { tenant, sender, owner }, chosen);
    slots.gateTook(core.clock.machine() - began);
    // failpoint: after_mark
    budget.fresh(cleared.filter(one => one.attempt === 1).length);
    provider = access?.provider ?? provider;
    const slotOf = new Map(chosen.map(one => [one.id, one.slotAt]));
    for (const one of cleared) {
      const flight: Promise<void> = fly(one, access, slotOf.get(one.id)!).finally(() => {
        flights.delete(flight);
        options.onAnswer();
      });
      flights.add(flight);
    }
    return chosen.length;
  }

  async function fly(cleared: Cleared, access: OpenSender | undefined, slotAt: Instant): Promise<void> {
    const early = slotAt - core.clock.machine();
    if (early > 0) await core.pause(early);
    slots.left(slotAt, core.clock.machine());
    const adapter = access && core.providers.get(access.provider);
    const outcome =
      access && adapter
        ? await attemptSend(core, adapter, access, cleared)
        : ({ kind: 'unreached', detail: 'the sender is gone' } as const);
    // failpoint: after_response
    answers.push({ cleared, outcome });
  }

  const context = () => ({ tenant, senderId: sender, provider, mayRetry: budget.take, unreachedRounds });

  async function storeAnswers(): Promise<number> {
    if (answers.length === 0) return 0;
    const batch = answers.splice(0, 256);
    try {
      await settle(core, context(), batch);
      // failpoint: after_settle
    } catch (error) {
      // The database is away: worth keeping, without its answer a message would become unknown. The loop tries again.
      if (isUnavailable(error)) {
        answers.unshift(...batch);
        throw error;
      }
      for (const one of batch) await settleAlone(one);
    }
    unreachedRounds = batch.every(one => one.outcome.kind === 'unreached') ? unreachedRounds + 1 : 0;
    return batch.length;
  }

  /** One answer that can't be stored must not hold up the others for ever: what is left of it is the doubt. */
  async function settleAlone(one: Settlement): Promise<void> {
    try {
      await settle(core, context(), [one]);
    } catch (error) {
      core.log.error('an answer could not be stored', { message: one.cleared.id, error: describeError(error) });
      const outcome = { kind: 'uncertain', detail: 'its answer could not be stored' } as const;
      // If not even this can be stored, the attempt's deadline says the same a few seconds later.
      await settle(core, context(), [{ ...one, outcome }]).catch(() => {});
    }
  }

  async function pass(): Promise<number> {
    await giveBackLate();
    // Each to its end, also when another fails: a gate that outlived its pass would count beside the next one's places.
    const parts = await Promise.allSettled([storeAnswers(), letThrough(), leaseAhead()]);
    const failed = parts.find(part => part.status === 'rejected');
    if (failed) throw failed.reason;
    const count = parts.reduce((sum, part) => sum + (part.status === 'fulfilled' ? part.value : 0), 0);
    return count;
  }

  /** The earliest slot for which a place is free: ordinary messages wait for theirs where urgent ones need not. */
  function restMs(): number | undefined {
    const next = ready.filter(one => room(one.priority <= URGENT) > 0).map(one => one.slotAt);
    if (next.length === 0) return undefined;
    return Math.max(1, Math.min(LOOKAHEAD_MS, Math.min(...next) - slots.earlyMs() - core.clock.machine()));
  }

  const idle = async () => {
    while (taken() > 0) {
      await Promise.all(flights);
      await running;
      await storeAnswers();
    }
  };

  return {
    due: () => {
      maybeDue = true;
    },
    run: () => {
      running ??= pass().finally(() => {
        running = undefined;
      });
      return running;
    },
    busy: () => ready.length + taken() > 0,
    restMs,
    idle,
    inFlight: taken,
    drain: async () => {
      await running?.catch(() => 0);
      // Before the answers are waited for: another process may send these meanwhile.
      const leased = ready.splice(0);
      if (leased.length > 0) await core.db.run(tenant, messageReturn, { ids: leased.map(one => one.id), owner });
      await idle();
    },
  };
}
