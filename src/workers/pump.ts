/**
 * One lane's way to the wire in this process. Each pass stores the answers that came, lets through what may leave and
 * leases ahead, the three side by side; while a pass waits for its commits the next one's batch grows by itself.
 */
import type { Core, OpenSender } from '#core/index.ts';
import { isUnavailable } from '#db/errors.ts';
import { describeError } from '#lib/fault.ts';
import { messageLease, messageReturn } from '../core/messages/dispatch-statements.ts';
import { retryBudget } from '../core/messages/failure.ts';
import { type Cleared, gate, type Leased } from '../core/messages/gate.ts';
import { attemptSend, type Settlement, settle } from '../core/messages/send.ts';

export interface PumpOptions {
  tenant: string;
  sender: string;
  owner: string;
  inFlight: number;
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
  /** Every answer is in and stored. */
  idle(): Promise<void>;
  inFlight(): number;
  drain(): Promise<void>;
}

/** A lease outlives the longest wait in this process's memory by far, and a crash holds messages back no longer. */
const LEASE_MS = 30_000;
/** How far ahead slots on the wire are reserved: what an urgent message may find taken before it. */
const LOOKAHEAD_MS = 400;
const URGENT = 1;
const ANY = 9;

export function createPump(core: Core, options: PumpOptions): Pump {
  const { tenant, sender, owner, inFlight } = options;
  const budget = retryBudget();
  let ready: Leased[] = [];
  const answers: Settlement[] = [];
  let maybeDue = true;
  let running: Promise<number> | undefined;
  const flights = new Set<Promise<void>>();
  let provider = '';
  let unreachedRounds = 0;

  /** An answer keeps its place until it is stored: what a crash can leave unknown is bounded by both together. */
  const taken = () => flights.size + answers.length;

  /** The last quarter of the places is for what is urgent: a promo never makes a one-time code wait for an answer. */
  const room = (urgent: boolean): number => Math.max(0, (urgent ? inFlight : Math.ceil(inFlight * 0.75)) - taken());

  async function leaseAhead(): Promise<number> {
    const want = inFlight * 2 - ready.length;
    if (!maybeDue || want < inFlight / 2) return 0;
    // With its places and its buffer full of ordinary messages a lane still looks for urgent ones.
    const maxPriority = room(false) === 0 && ready.length > 0 ? URGENT : ANY;
    const params = {
      sender,
      owner,
      now: core.clock.now(),
      limit: want,
      max_priority: maxPriority,
      lookahead_ms: LOOKAHEAD_MS,
      lease_ms: LEASE_MS,
    };
    const rows = await core.db.run(tenant, messageLease, params, { durable: false });
    if (rows.length === 0 && maxPriority === ANY) maybeDue = false;
    const leased = rows.map(row => ({
      id: row.id,
      contactId: row.contact_id,
      priority: row.priority,
      slotAt: row.slot_at,
    }));
    // A lease that ran out here may have been taken again by ourselves: the newer one counts.
    const again = new Set(leased.map(one => one.id));
    ready = [...ready.filter(one => !again.has(one.id)), ...leased];
    ready.sort((a, b) => a.priority - b.priority || a.slotAt - b.slotAt);
    return rows.length;
  }

  /** What may pass the gate now: its slot has come and a place is free. */
  function choose(): Leased[] {
    const now = core.clock.machine();
    const chosen = new Set<Leased>();
    for (const one of ready) {
      if (one.slotAt <= now && room(one.priority <= URGENT) > chosen.size) chosen.add(one);
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
    const cleared = await gate(core, tenant, owner, chosen);
    budget.fresh(cleared.filter(one => one.attempt === 1).length);
    provider = access?.provider ?? provider;
    for (const one of cleared) {
      const flight: Promise<void> = fly(one, access).finally(() => {
        flights.delete(flight);
        options.onAnswer();
      });
      flights.add(flight);
    }
    return chosen.length;
  }

  async function fly(cleared: Cleared, access: OpenSender | undefined): Promise<void> {
    const adapter = access && core.providers.get(access.provider);
    const outcome =
      access && adapter
        ? await attemptSend(core, adapter, access, cleared)
        : ({ kind: 'unreached', detail: 'the sender is gone' } as const);
    answers.push({ cleared, outcome });
  }

  const context = () => ({ tenant, senderId: sender, provider, mayRetry: budget.take, unreachedRounds });

  async function storeAnswers(): Promise<number> {
    if (answers.length === 0) return 0;
    const batch = answers.splice(0, 256);
    try {
      await settle(core, context(), batch);
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
      await settle(core, context(), [{ ...one, outcome }]).catch(() => {});
    }
  }

  async function pass(): Promise<number> {
    const parts = await Promise.allSettled([storeAnswers(), letThrough(), leaseAhead()]);
    const failed = parts.find(part => part.status === 'rejected');
    if (failed) throw failed.reason;
    const count = parts.reduce((sum, part) => sum + (part.status === 'fulfilled' ? part.value : 0), 0);
    return count > 0 ? count : waitForSlot();
  }

  /** Leased rows whose slot lies a few milliseconds ahead: worth a short rest, not a sleep of the whole loop. */
  async function waitForSlot(): Promise<number> {
    const next = ready[0];
    if (next === undefined || room(next.priority <= URGENT) === 0) return 0;
    await core.pause(Math.max(1, Math.min(LOOKAHEAD_MS, next.slotAt - core.clock.machine())));
    return 1;
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
    idle,
    inFlight: () => flights.size,
    drain: async () => {
      await running?.catch(() => 0);
      const leased = ready.splice(0);
      if (leased.length > 0) await core.db.run(tenant, messageReturn, { ids: leased.map(one => one.id), owner });
      await idle();
    },
  };
}
