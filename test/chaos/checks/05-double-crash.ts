/**
 * The power goes: PostgreSQL writes nothing more down and every process of the service is killed in the same instant. What
 * was acknowledged stands in the log of the database or the promise is broken.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openWorld, SLOTS } from '../world/world.ts';
import { preparePromotions, streamPromotions } from './promotions.ts';

const PACE = 200;
const READY_WITHIN_MS = 30_000;
/** However slow the machine: whoever is not answered once more within this time is not answered at all. */
const TAKEN_WITHIN_MS = 60_000;

export const doubleCrashCheck: Check = {
  number: 5,
  title: 'database and service at once',
  target: '0 acknowledged missing, 0 twice, ready within 30 s',
  run: async run => {
    const rounds = run.short ? 1 : Math.max(1, Math.round(run.kills * 0.3));
    const world = await openWorld({ roles: ['api', 'worker', 'worker'] });
    const { postgres, services, emulator } = world;
    const found: string[] = [];
    try {
      // So many that nobody meets the pace of one person.
      const people = run.short ? 300 : 2_000;
      await preparePromotions(world, people);
      const load = streamPromotions(world, { people, pace: PACE });
      const readyMs: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        // By what was acknowledged and not by the clock: a slow machine is hit in the same places.
        await untilTaken(load, Math.floor(PACE * (0.5 + run.random())), found);
        const before = load.acknowledged.size;
        await Promise.all([postgres.stopImmediately(), ...services.map(one => one.kill())]);
        const began = performance.now();
        await postgres.start();
        await Promise.all(services.map(one => one.start()));
        readyMs.push(Math.round(performance.now() - began));
        run.say(`round ${round}: ${before} acknowledged, ready again after ${readyMs.at(-1)} ms`);
      }
      await untilTaken(load, PACE / 2, found);
      load.halt();
      await load.done;
      await world.atRest();
      const books = await compareBooks(postgres, await emulator.copies(), load.acknowledged, { bound: 1 });
      // The API's process has nothing on the wire.
      found.push(...violations(books, { everUnknown: rounds * 2 * SLOTS, twice: 0 }));
      const slow = readyMs.filter(ms => ms > READY_WITHIN_MS);
      if (slow.length > 0) found.push(`ready only after ${slow.join(', ')} ms`);
      if (load.odd.size > 0) found.push(`answers that nobody should get: ${[...load.odd.keys()].join(', ')}`);
      return judged(
        found,
        `${rounds} crashes, ${books.acknowledged} acknowledged: ${books.lost.length} missing, ${books.twice} twice, ${books.everUnknown} ever unknown, ready within ${Math.max(...readyMs)} ms`,
        { rounds, readyMs, everUnknown: books.everUnknown, byState: books.byState },
      );
    } finally {
      await world.close();
    }
  },
};

/** Waits for so many more; nothing at all in a long while is a service that takes no requests. */
async function untilTaken(load: { acknowledged: ReadonlyMap<string, unknown> }, more: number, found: string[]) {
  const wanted = load.acknowledged.size + more;
  for (const until = performance.now() + TAKEN_WITHIN_MS; load.acknowledged.size < wanted; await pause(10))
    if (performance.now() > until) {
      found.push(`${load.acknowledged.size} of ${wanted} were acknowledged within ${TAKEN_WITHIN_MS / 1_000} s`);
      return;
    }
}
