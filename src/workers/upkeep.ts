/** The quiet workers: what was left behind, what was parked, counters, partitions, the clock. */
import {
  applyLane,
  applyParked,
  type Core,
  type EpochStore,
  FIRST_ID,
  foldCosts,
  foldStats,
  noticeRestore,
  proveLedger,
  recheckPrices,
  settleReservations,
} from '#core/index.ts';
import { DAY_MS, utcDay } from '#lib/clock.ts';
import { firstIdAt, idInstant } from '#lib/id.ts';
import { LookUps } from '../core/messages/look-up.ts';
import { rescueTenant } from '../core/messages/resolve.ts';
import { checkTemplates } from '../core/templates/standing.ts';
import {
  clockRead,
  costDiscover,
  deltaDiscover,
  inboxDiscover,
  lagRead,
  makeInboxDay,
  makeMessageMonth,
  parkedDiscover,
  rescueDiscover,
  spendDiscover,
  templateCheckDiscover,
} from '../core/worker-statements.ts';
import type { Worker } from './loop.ts';

const BATCH = 500;

/** A tenant that had something has probably more; the others are looked for this often. */
const DISCOVER_MS = 100;

/** People before receipts, each in a worker of its own: a STOP never waits behind sixty thousand receipts. */
export function inboxWorker(core: Core, lane: 'people' | 'receipts'): Worker {
  let active: string[] = [];
  let discoveredAt = 0;
  return {
    name: `inbox-${lane}`,
    idleMs: 250,
    // The three receipts of a message come within milliseconds: together they are one write to its row and not three.
    ...(lane === 'receipts' ? { lingerMs: 15 } : {}),
    tick: async () => {
      const now = core.clock.machine();
      if (active.length === 0 || now - discoveredAt >= DISCOVER_MS) {
        active = (await core.db.worker(inboxDiscover, { lane })).map(row => row.tenant_id);
        discoveredAt = now;
      }
      // Of people fewer at once: every STOP holds its person and the end of the tenant's ledger until the commit.
      const done = await Promise.all(
        active.map(tenant => applyLane(core, tenant, lane, lane === 'people' ? 50 : BATCH)),
      );
      active = active.filter((_, index) => done[index]! > 0);
      return done.reduce((sum, count) => sum + count, 0);
    },
  };
}

export function parkedWorker(core: Core): Worker {
  const cursors = new Map<string, string>();
  return {
    name: 'parked',
    idleMs: 1_000,
    tick: async () => {
      let done = 0;
      for (const { tenant_id } of await core.db.worker(parkedDiscover, {})) {
        const { taken, next } = await applyParked(core, tenant_id, cursors.get(tenant_id) ?? FIRST_ID);
        cursors.set(tenant_id, next);
        done += taken;
      }
      return done;
    },
  };
}

/** For providers that have no webhook about templates; without one of them it asks nobody anything. */
export function templateWorker(core: Core): Worker {
  const providers = [...core.providers.values()].filter(one => one.readTemplateStanding).map(one => one.id);
  return {
    name: 'templates',
    idleMs: 15_000,
    tick: async () => {
      if (providers.length === 0) return 0;
      let done = 0;
      for (const { tenant_id } of await core.db.worker(templateCheckDiscover, { providers }))
        done += await checkTemplates(core, tenant_id);
      return done;
    },
  };
}

export const statsWorker = (core: Core): Worker => ({
  name: 'stats',
  idleMs: 5_000,
  tick: async () => {
    let done = 0;
    for (const { tenant_id } of await core.db.worker(deltaDiscover, {})) done += await foldStats(core, tenant_id);
    return done;
  },
});

/** Costs by the day; and prices that a rate card has made known since. */
export const costWorker = (core: Core): Worker => ({
  name: 'costs',
  idleMs: 5_000,
  tick: async () => {
    let done = 0;
    for (const { tenant_id } of await core.db.worker(costDiscover, {}))
      done += (await foldCosts(core, tenant_id)) + (await recheckPrices(core, tenant_id));
    return done;
  },
});

/** Money that was put aside, and the ledger of it. */
export const spendWorker = (core: Core): Worker => {
  const cursors = new Map<string, string>();
  const alarmed = new Map<string, number>();
  return {
    name: 'spend',
    idleMs: 1_000,
    tick: async () => {
      let done = 0;
      for (const { tenant_id } of await core.db.worker(spendDiscover, {})) {
        const settled = await settleReservations(core, tenant_id, cursors.get(tenant_id) ?? FIRST_ID);
        cursors.set(tenant_id, settled.next);
        const { proven, wrong } = await proveLedger(core, tenant_id);
        // Told once by each process, and not every second until somebody comes.
        if (wrong !== undefined && alarmed.get(tenant_id) !== wrong) {
          core.log.error('the prepaid balance does not add up', { tenant: tenant_id, count: wrong });
          alarmed.set(tenant_id, wrong);
        }
        // On with the next slice at once; after the last one it rests.
        done += settled.done + (settled.next === FIRST_ID ? 0 : 1) + proven;
      }
      return done;
    },
  };
};

export interface Lag {
  waiting: number;
  oldestMs: number;
}

/** How far the inbox is behind: of every tenant the oldest, by the machine's time inside its id. */
export async function readLag(core: Core): Promise<Lag> {
  const lags = [...(await readLags(core)).values()];
  return {
    waiting: lags.reduce((sum, lag) => sum + lag.waiting, 0),
    oldestMs: Math.max(0, ...lags.map(lag => lag.oldestMs)),
  };
}

async function readLags(core: Core): Promise<Map<string, Lag>> {
  const now = core.clock.machine();
  const rows = await core.db.worker(lagRead, {});
  const oldest = (seq: string | null) => (seq === null ? 0 : Math.max(0, now - idInstant(seq)));
  return new Map(rows.map(row => [row.tenant_id, { waiting: row.waiting, oldestMs: oldest(row.oldest_seq) }]));
}

/** A backlog younger than this is what is being worked on just now. */
const DRAINED_LAG_MS = 5_000;

export function resolveWorker(core: Core): Worker {
  // What was silent before this process was there to listen says nothing.
  const startedAt = core.clock.machine();
  // Each tenant by itself: one tenant's poisoned webhook must not stop the resends of all the others.
  const drainedSince = new Map<string, number>();
  const lookUps = new LookUps();
  return {
    name: 'resolve',
    idleMs: 1_000,
    tick: async () => {
      const now = core.clock.machine();
      for (const [tenant, lag] of await readLags(core))
        if (lag.oldestMs > DRAINED_LAG_MS) drainedSince.set(tenant, now);
      let done = 0;
      for (const { tenant_id } of await core.db.worker(rescueDiscover, { now: core.clock.now() })) {
        const drainedForMs = now - (drainedSince.get(tenant_id) ?? startedAt);
        done += await rescueTenant(core, tenant_id, { drainedForMs, upForMs: now - startedAt }, lookUps);
      }
      return done;
    },
  };
}

/** An hour's tick has this many tries before a month begins. */
const MONTH_AHEAD_MS = 7 * DAY_MS;

/**
 * Made ahead: without its partition a row goes to the default one, which nothing drops. And not months ahead: every
 * look-up by key descends into each partition that there is (ADR 8), and each statement opens them all.
 */
export async function makePartitions(core: Pick<Core, 'db' | 'clock'>): Promise<void> {
  const now = core.clock.machine();
  // Each once: on most days both are the same month.
  for (const month of new Set([now, now + MONTH_AHEAD_MS].map(at => utcDay(at).slice(0, 7)))) {
    const [year, number] = month.split('-').map(Number) as [number, number];
    await core.db.worker(makeMessageMonth, {
      from_id: firstIdAt(Date.UTC(year, number - 1, 1)),
      to_id: firstIdAt(Date.UTC(year, number, 1)),
      suffix: month.replace('-', '_'),
    });
  }
  for (const at of [now, now + DAY_MS]) await core.db.worker(makeInboxDay, { day: utcDay(at) });
}

export const partitionWorker = (core: Core): Worker => ({
  name: 'partitions',
  idleMs: 3_600_000,
  tick: async () => {
    await makePartitions(core);
    return 0;
  },
});

/** How far the database has lived, written down beside it; and a database that is put back under our feet. */
export const epochWorker = (core: Core, store: EpochStore): Worker => ({
  name: 'epoch',
  // A rewind by less goes unseen: nobody has written down what was there.
  idleMs: 5_000,
  tick: async () => {
    await noticeRestore(core, store, () => {});
    return 0;
  },
});

/** Another process may have turned the sandbox's clock. */
export const clockWorker = (core: Core): Worker => ({
  name: 'clock',
  idleMs: 1_000,
  tick: async () => {
    const [row] = await core.db.worker(clockRead, {});
    if (row && row.offset_ms !== core.clock.offsetMs()) core.clock.turn(row.offset_ms);
    return 0;
  },
});
