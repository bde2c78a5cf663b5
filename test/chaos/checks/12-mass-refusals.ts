/** The provider says "too fast" to everything for a while: retries stay a trickle, spread, and all arrive in the end. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openWorld, type World } from '../world/world.ts';
import { EACH, preparePromotions, startPromotions } from './promotions.ts';

export const massRefusalsCheck: Check = {
  number: 12,
  title: 'mass refusals',
  target: 'retries ≤ 10 % of fresh traffic, no second takes > 5 % of the backlog, everything arrives',
  run: async run => {
    const count = run.short ? 1_500 : 20_000;
    const seconds = run.short ? 8 : 60;
    const world = await openWorld({ roles: ['api', 'worker'] });
    try {
      await preparePromotions(world, Math.ceil(count / EACH));
      // A throughput error, before anything is accepted.
      await world.emulator.control('/faults', { error_rate: 1, code: 130429 });
      const load = startPromotions(world, count);
      await pause(seconds * 1_000);
      const during = await attemptsOf(world);
      await world.emulator.control('/faults', {});
      const found: string[] = [];
      // What was refused waits for minutes; the short form does not.
      if (run.short) load.halt();
      await load.done;
      if (!run.short) {
        await world.atRest(900_000);
        const witness = await world.emulator.copies();
        found.push(...violations(await compareBooks(world.postgres, witness, load.acknowledged, { bound: 1 })));
      }
      const again = during.filter(row => row.attempt > 1).length;
      const fresh = during.length - again;
      // The budget opens with ten in hand.
      if (again > fresh / 10 + 10) found.push(`${again} retries beside ${fresh} first tries`);
      const bySecond = [...Map.groupBy(during, row => row.second).values()];
      const peak = Math.max(0, ...bySecond.map(rows => rows.length));
      if (peak > Math.max(50, count / 20)) found.push(`${peak} tries in one second of ${count} that wait`);
      return judged(
        found,
        `${fresh} first tries and ${again} retries in ${seconds} s of refusals, ${peak} in the worst second`,
      );
    } finally {
      await world.close();
    }
  },
};

const attemptsOf = ({ postgres }: World) =>
  postgres.query<{ attempt: number; second: string }>(
    "select attempt::int, date_trunc('second', started_at)::text as second from message_attempt",
  );
