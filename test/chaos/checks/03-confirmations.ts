/** Confirmations under kills: at least once is wanted, twice is allowed, and no order has a third copy. */
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openWorld, SLOTS } from '../world/world.ts';
import { prepareConfirmations, startConfirmations, untilDecided } from './confirmations.ts';
import { killAtRandom } from './kills.ts';

export const confirmationsCheck: Check = {
  number: 3,
  title: 'random kills, confirmations',
  target: '0 lost, twice ≤ 0.1 %, nothing three times; what is in doubt is sent once more',
  run: async run => {
    const count = run.short ? 600 : 20_000;
    const kills = run.short ? 1 : Math.ceil(run.kills / 2);
    const people = run.short ? 200 : 1_000;
    const world = await openWorld({ roles: ['api', 'worker'] });
    try {
      await prepareConfirmations(world, people);
      const load = startConfirmations(world, count, people);
      await killAtRandom({ ...run, kills }, world, count, () => load.acknowledged.size);
      await load.done;
      await world.atRest();
      // Two minutes of silence are the rule; in the short form nobody waits for them, and doubt stays doubt.
      if (!run.short) await untilDecided(world);
      const books = await compareBooks(world.postgres, await world.emulator.copies(), load.acknowledged, { bound: 2 });
      const found = violations(books, { everUnknown: kills * SLOTS, twice: Math.ceil(count / 1_000) });
      if (books.acknowledged !== count) found.push(`${books.acknowledged} of ${count} were acknowledged`);
      if (!run.short && books.stillUnknown > 0) found.push(`${books.stillUnknown} are in doubt for ever`);
      return judged(
        found,
        `${count} orders, ${kills} kills: ${books.lost.length} lost, ${books.twice} twice, ${books.everUnknown} ever unknown`,
        { byState: books.byState },
      );
    } finally {
      await world.close();
    }
  },
};
