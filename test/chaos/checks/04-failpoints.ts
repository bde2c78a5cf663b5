/**
 * Kills at named points: random moments rarely hit the millisecond between two commits. Each point is hit again and again
 * by a process that kills itself there, after as many passes as the dice say.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Check, judged, type Run } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { prepare } from '../world/callers.ts';
import type { ServiceProcess } from '../world/services.ts';
import { openWorld, SLOTS } from '../world/world.ts';
import { preparePromotions, streamPromotions } from './promotions.ts';

const FAILPOINTS = fileURLToPath(new URL('../failpoints.ts', import.meta.url));

/** Where in the program, and in whose process it is met. */
const POINTS = {
  after_lease: 'worker',
  before_mark: 'worker',
  after_mark: 'worker',
  after_write: 'worker',
  after_response: 'worker',
  in_settle: 'worker',
  after_settle: 'worker',
  in_webhook: 'worker',
  after_webhook: 'api',
  in_admit: 'api',
  in_money: 'api',
  after_admit: 'api',
} as const;

const PACE = 200;
export const failpointsCheck: Check = {
  number: 4,
  title: 'kills at named points',
  target: `${Object.keys(POINTS).length} points, 0 violations`,
  run: async run => {
    const each = run.short ? 1 : Math.max(1, run.kills * 2);
    // So many that nobody meets the pace of one person, however long it takes.
    const people = run.short ? 400 : 2_000;
    const points = Object.entries(POINTS).filter((_, index) => !run.short || index % 3 === Math.floor(run.seed % 3));
    const world = await openWorld({ roles: ['api', 'worker'] });
    try {
      const { caller, emulator, postgres, services } = world;
      await preparePromotions(world, people);
      // So that the money's point is passed as well: a balance that lasts.
      await prepare(1, () => caller.call('/api/v1/settings', { currency: 'EUR', prepaid: true }, 'PATCH'));
      const credit = { amount_micros: 1e13, currency: 'EUR', reference: 'chaos' };
      await prepare(1, () => caller.call('/api/wa/balance/default/credit', credit));
      const load = streamPromotions(world, { people, pace: PACE });
      const kills: Record<string, number> = {};
      for (const [place, [point, role]] of points.entries()) {
        const victim = services.find(one => one.role === role)!;
        for (let kill = 0; kill < each; kill += 1)
          if (await killAt(run, victim, point)) kills[point] = (kills[point] ?? 0) + 1;
        // The next point may be met in the same process: it is armed from its start, and needs no life before that.
        if (points[place + 1]?.[1] !== role) await victim.start();
        run.say(`${point}: ${kills[point] ?? 0} kills, ${load.acknowledged.size} acknowledged`);
      }
      load.halt();
      await load.done;
      await world.atRest();
      const books = await compareBooks(postgres, await emulator.copies(), load.acknowledged, { bound: 1 });
      const total = Object.values(kills).reduce((sum, one) => sum + one, 0);
      const found = violations(books, { everUnknown: total * SLOTS, twice: 0 });
      for (const [point] of points) if (!kills[point]) found.push(`${point} was never met`);
      const [sum] = await postgres.query<{ off: string }>(
        'select (b.free_micros - (select sum(amount_micros) from balance_entry)) as off from balance b',
      );
      if (Number(sum?.off) !== 0) found.push(`the balance is off its ledger by ${sum?.off}`);
      return judged(found, `${total} kills at ${Object.keys(kills).length} points, ${books.everUnknown} ever unknown`, {
        kills,
        byState: books.byState,
      });
    } finally {
      await world.close();
    }
  },
};

/** A life that ends at that point; false when the load ended before. */
async function killAt(run: Run, victim: ServiceProcess, point: string): Promise<boolean> {
  await victim.kill();
  const after = String(1 + Math.floor(run.random() * 20));
  const armed = { env: { CHAOS_FAILPOINT: point, CHAOS_AFTER: after }, flags: ['--import', FAILPOINTS] };
  // It may meet its point before it is ready.
  const started = victim.start(armed).catch(() => {});
  const met = await Promise.race([
    victim.ended().then(() => true),
    started.then(() => pause(20_000)).then(() => false),
  ]);
  await victim.kill();
  await started;
  return met;
}
