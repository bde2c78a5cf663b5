/**
 * A bound to what waits. Without one an outage of the provider, or a caller in a loop, fills the disk while everybody is
 * told "queued"; with one the caller hears 429 and when to come back. What is urgent is refused last, and a one-time
 * code or the confirmation of a STOP never.
 */
import { SECOND_MS } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import type { Core } from '../context.ts';
import type { SendCommand } from './command.ts';
import { rulesOf } from './purposes.ts';
import { queueDepth } from './read-statements.ts';

interface Look {
  at: number;
  depth: number;
  /** Counting costs most when much waits, so it is done for a twentieth of the time at most. */
  againAt: number;
  /** Messages a second by which the queue shrank between the last two looks. */
  drained: number;
}

/** From this part of the limit on, only what is urgent is taken. */
const ORDINARY_PART = 0.75;
/** Counted so far beyond the limit: of a depth that is cut off at the limit nobody could tell how fast it shrinks. */
const COUNTED_PART = 1.25;

export type DepthGuard = (tenant: string, command: SendCommand) => Promise<void>;

export function createDepthGuard(core: Pick<Core, 'db' | 'clock'>, limit: number): DepthGuard {
  const looks = new Map<string, Promise<Look>>();

  const look = async (tenant: string, before: Look | undefined): Promise<Look> => {
    const begun = core.clock.machine();
    const [row] = await core.db.run(tenant, queueDepth, {
      now: core.clock.now(),
      limit: Math.ceil(limit * COUNTED_PART) + 1,
    });
    const at = core.clock.machine();
    const depth = row!.depth;
    const seconds = before ? (at - before.at) / SECOND_MS : 0;
    const drained = before && seconds > 0 ? Math.max(0, (before.depth - depth) / seconds) : 0;
    return { at, depth, drained, againAt: at + Math.max(SECOND_MS, 20 * (at - begun)) };
  };

  const current = async (tenant: string): Promise<Look> => {
    const known = looks.get(tenant);
    const before = await known?.catch(() => undefined);
    if (before && before.againAt > core.clock.machine()) return before;
    // Of many that find it stale or failed at once, the first asks and the others wait for its answer.
    const newer = looks.get(tenant);
    if (newer !== undefined && newer !== known) return newer;
    const fresh = look(tenant, before);
    looks.set(tenant, fresh);
    // A look that failed is forgotten: whoever comes next asks again, and is not told yesterday's trouble.
    fresh.catch(() => {
      if (looks.get(tenant) === fresh) looks.delete(tenant);
    });
    return fresh;
  };

  return async (tenant, command) => {
    const { priority } = rulesOf(command.purpose);
    if (command.dryRun || command.confirmsOptOut || priority === 0) return;
    const most = priority === 1 ? limit : limit * ORDINARY_PART;
    const { depth, drained } = await current(tenant);
    if (depth < most) return;
    // With one look only, or a queue that does not shrink, nobody can say when: then the longest wait that is told.
    const seconds = drained > 0 ? (depth - most) / drained : 60;
    throw new Fault('too_many_requests', 'too many messages of this tenant wait to be sent already', {
      retryAfterSeconds: Math.min(60, Math.max(1, Math.ceil(seconds))),
    });
  };
}
