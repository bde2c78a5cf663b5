/**
 * Takes messages from the queue to the wire. Repeats what the core decides: lease, gate, send, settle. One pump for
 * each lane (a tenant's sender), each in a loop of its own: a lane that waits for its provider or its next slot holds
 * up nobody else. What is in flight in this process is bounded, because that is what a crash can leave unknown.
 */
import type { Core } from '#core/index.ts';
import { newId } from '#lib/id.ts';
import { laneDiscover } from '../core/worker-statements.ts';
import type { Loop, Worker } from './loop.ts';
import { createPump, type Pump } from './pump.ts';

export interface Dispatcher {
  /** Looks for lanes with something due and wakes them; answers how many there were. */
  discover(): Promise<number>;
  /** From now on every lane runs in a loop that `start` makes. */
  live(start: (lane: Worker) => Loop): void;
  /** One round of everything by hand: discover, then each lane's pass. What tests call. */
  tick(): Promise<number>;
  /** Every answer is in and settled. */
  idle(): Promise<void>;
  inFlight(): number;
  /** Starts nothing more, gives leases back, waits for what is on the wire. */
  drain(): Promise<void>;
}

export interface DispatchOptions {
  /** The most that one lane has on the wire. */
  inFlight: number;
}

/** The most that this process has on the wire, all lanes together; the HTTP client has as many connections. */
export const MOST_IN_FLIGHT = 256;
/** However many lanes are at work, each keeps this many places: a slow provider can't take them all. */
const LEAST_SHARE = 4;
/** Discovery and answers wake a lane. This only bounds the harm of a wake that was missed. */
const LANE_IDLE_MS = 5_000;

interface Lane {
  pump: Pump;
  loop?: Loop | undefined;
}

export function createDispatcher(core: Core, options: DispatchOptions): Dispatcher {
  const owner = newId();
  const lanes = new Map<string, Lane>();
  let start: ((lane: Worker) => Loop) | undefined;
  let draining = false;
  const pumps = () => [...lanes.values()].map(lane => lane.pump);
  const total = () => pumps().reduce((sum, pump) => sum + pump.inFlight(), 0);

  /**
   * How much one lane may have on the wire now: all of it when alone, an equal share among those at work. A lane that
   * rests counts for nothing, or a hundred quiet numbers would leave a busy one with four places.
   */
  const share = (): number => {
    const working = pumps().filter(pump => pump.busy()).length;
    const fair = Math.max(LEAST_SHARE, Math.floor(MOST_IN_FLIGHT / Math.max(1, working)));
    return Math.min(options.inFlight, fair);
  };

  const run = (key: string, lane: Lane) => {
    lane.loop ??= start?.({
      name: `lane ${key}`,
      // Asked at every rest: the next slot may be fifty milliseconds ahead, or nothing due for hours.
      get idleMs() {
        return Math.min(LANE_IDLE_MS, lane.pump.restMs() ?? LANE_IDLE_MS);
      },
      tick: lane.pump.run,
    });
  };

  const laneOf = (tenant: string, sender: string): Lane => {
    // Both: a sender's id is unique inside its tenant, and nothing keeps two tenants from having the same.
    const key = `${tenant}/${sender}`;
    const known = lanes.get(key);
    if (known) return known;
    const onAnswer = () => lanes.get(key)?.loop?.wake();
    const free = () => MOST_IN_FLIGHT - total();
    const lane: Lane = { pump: createPump(core, { tenant, sender, owner, share, free, onAnswer }) };
    lanes.set(key, lane);
    run(key, lane);
    return lane;
  };

  const discover = async () => {
    if (draining) return 0;
    const found = await core.db.worker(laneDiscover, { now: core.clock.now() });
    for (const { tenant_id, sender_id } of found) {
      const lane = laneOf(tenant_id, sender_id);
      // Known lanes too: theirs may have looked, and found nothing, just before this message came.
      lane.pump.due();
      lane.loop?.wake();
    }
    return found.length;
  };

  return {
    discover,
    live: loopOf => {
      start = loopOf;
      for (const [key, lane] of lanes) run(key, lane);
    },
    tick: async () => {
      await discover();
      const moved = await Promise.all(pumps().map(pump => pump.run()));
      const count = moved.reduce((sum, one) => sum + one, 0);
      const rests = pumps().flatMap(pump => pump.restMs() ?? []);
      if (count > 0 || rests.length === 0) return count;
      await core.pause(Math.min(...rests));
      // As if something had moved: who ticks until nothing moves must not stop a few milliseconds before a slot.
      return 1;
    },
    idle: async () => {
      await Promise.all(pumps().map(pump => pump.idle()));
    },
    inFlight: total,
    drain: async () => {
      draining = true;
      // The loops first: one that still ran would lease again what is being given back.
      await Promise.all([...lanes.values()].map(lane => lane.loop?.stop()));
      await Promise.all(pumps().map(pump => pump.drain()));
    },
  };
}
