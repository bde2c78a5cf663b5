/**
 * The headline: promotions at a provider that knows no idempotency, while processes are killed at random. What was on the
 * wire in that moment may or may not have arrived, so it becomes unknown and is never sent again; everything else is sent
 * exactly once.
 */
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openWorld, SLOTS, type World } from '../world/world.ts';
import { killAtRandom } from './kills.ts';
import { EACH, preparePromotions, startPromotions } from './promotions.ts';

export const killsCheck: Check = {
  number: 1,
  title: 'random kills, promotions',
  target: '0 lost, 0 twice, 0 falsely accepted; ever unknown ≤ kills × slots, ≤ 1 % at the end, all listed',
  run: async run => {
    const count = run.short ? 900 : 100_000;
    const world = await openWorld({ roles: ['api', 'worker', 'worker'] });
    try {
      const { emulator, postgres } = world;
      await preparePromotions(world, Math.ceil(count / EACH));
      run.say(`${Math.ceil(count / EACH)} people agreed; ${count} promotions begin`);
      const load = startPromotions(world, count);
      const killed = await killAtRandom(run, world, count, () => load.acknowledged.size);
      await load.done;
      run.say(`all ${count} acknowledged after ${killed} kills; the rest drains`);
      await world.atRest();
      const witness = await emulator.copies();
      const books = await compareBooks(postgres, witness, load.acknowledged, { bound: 1 });
      const listed = await countListed(world);
      const found = violations(books, { everUnknown: killed * SLOTS, twice: 0 });
      if (books.acknowledged !== count) found.push(`${books.acknowledged} of ${count} were acknowledged`);
      if (load.odd.size > 0) found.push(`answers that nobody should get: ${[...load.odd.keys()].join(', ')}`);
      // Of a short run the slots of three kills are more than that.
      if (!run.short && books.stillUnknown > count / 100)
        found.push(`${books.stillUnknown} stay unknown, more than 1 %`);
      if (listed !== books.stillUnknown) found.push(`${books.stillUnknown} are unknown and ${listed} are listed`);
      const share = ((100 * books.stillUnknown) / count).toFixed(2);
      return judged(
        found,
        `${count} promotions, ${killed} kills: ${books.lost.length} lost, ${books.twice} twice, ${books.everUnknown} ever unknown, ${books.stillUnknown} at the end (${share} %)`,
        { ...books, lost: books.lost.length, killed, readyMs: world.services.flatMap(one => one.readyMs) },
      );
    } finally {
      await world.close();
    }
  },
};

async function countListed({ caller }: World): Promise<number> {
  let listed = 0;
  for (let cursor = ''; ; ) {
    const { body } = await caller.call(`/api/wa/messages/default?status=unknown&limit=200${cursor}`);
    listed += body.data.length;
    if (body.next_cursor === null) return listed;
    cursor = `&cursor=${body.next_cursor}`;
  }
}
