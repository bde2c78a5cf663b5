/**
 * Takes messages from the queue to the wire. Repeats what the core decides: lease, gate, send, settle. One pump for
 * each lane (a tenant's sender); what is in flight in this process is bounded, because that is what a crash can leave
 * unknown, and a part of it is kept free for what is urgent.
 */
import type { Core } from '#core/index.ts';
import { newId } from '#lib/id.ts';
import { laneDiscover } from '../core/worker-statements.ts';
import { createPump, type Pump } from './pump.ts';

export interface Dispatcher {
  tick(): Promise<number>;
  /** Every answer is in and settled. */
  idle(): Promise<void>;
  inFlight(): number;
  /** Starts nothing more, gives leases back, waits for what is on the wire. */
  drain(): Promise<void>;
}

/** A lane that is at work leases for itself; the others are looked for this often. */
const DISCOVER_MS = 100;

export function createDispatcher(core: Core, options: { inFlight: number; onAnswer(): void }): Dispatcher {
  const owner = newId();
  const pumps = new Map<string, Pump>();
  let draining = false;
  let discoveredAt = 0;

  const pumpOf = (tenant: string, sender: string): Pump => {
    const known = pumps.get(sender);
    if (known) return known;
    const pump = createPump(core, { tenant, sender, owner, ...options });
    pumps.set(sender, pump);
    return pump;
  };
  const all = () => [...pumps.values()];

  const discover = async () => {
    const now = core.clock.machine();
    if (now - discoveredAt < DISCOVER_MS && all().some(pump => pump.busy())) return;
    discoveredAt = now;
    for (const lane of await core.db.worker(laneDiscover, { now: core.clock.now() }))
      pumpOf(lane.tenant_id, lane.sender_id).due();
  };

  return {
    tick: async () => {
      if (draining) return 0;
      await discover();
      const moved = await Promise.all(all().map(pump => pump.run()));
      return moved.reduce((sum, count) => sum + count, 0);
    },
    idle: async () => {
      await Promise.all(all().map(pump => pump.idle()));
    },
    inFlight: () => all().reduce((sum, pump) => sum + pump.inFlight(), 0),
    drain: async () => {
      draining = true;
      await Promise.all(all().map(pump => pump.drain()));
    },
  };
}
