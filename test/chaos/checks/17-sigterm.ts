/** SIGTERM under load, again and again: nothing on the wire is left in doubt, no caller is cut off, the end comes in time. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openWorld } from '../world/world.ts';
import { preparePromotions, streamPromotions } from './promotions.ts';

export const sigtermCheck: Check = {
  number: 17,
  title: 'SIGTERM under load',
  target: '0 callers cut off, 0 newly unknown, each end within 25 s with code 0',
  run: async run => {
    const rounds = run.short ? 2 : 20;
    const people = run.short ? 200 : 1_000;
    const world = await openWorld({ roles: ['api', 'worker'] });
    try {
      await preparePromotions(world, people);
      await world.emulator.control('/faults', { latency_ms: 40 });
      const load = streamPromotions(world, { people, pace: 300 });
      const found: string[] = [];
      const took: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        await pause(300 + run.random() * 1_200);
        const victim = world.services[round % world.services.length]!;
        const { code, tookMs } = await victim.stop();
        took.push(tookMs);
        if (code !== 0) found.push(`round ${round}: it ended with ${code}`);
        if (tookMs > 25_000) found.push(`round ${round}: it took ${tookMs} ms`);
        await victim.start();
      }
      load.halt();
      await load.done;
      await world.emulator.control('/faults', {});
      await world.atRest();
      const books = await compareBooks(world.postgres, await world.emulator.copies(), load.acknowledged, { bound: 1 });
      found.push(...violations(books, { everUnknown: 0, twice: 0 }));
      if (load.reset.size > 0)
        found.push(
          `${load.reset.size} calls were cut off after they were begun: ${[...new Set(load.reset.values())].join(', ')}`,
        );
      if (load.odd.size > 0) found.push(`answers that nobody should get: ${[...load.odd.keys()].join(', ')}`);
      return judged(
        found,
        `${rounds} ends under load, the longest ${Math.max(...took)} ms; ${load.acknowledged.size} acknowledged`,
        {
          tookMs: took,
        },
      );
    } finally {
      await world.close();
    }
  },
};
