/**
 * Confirmations under kills, at a provider that folds what is sent twice by one key: what is in doubt is sent again at once,
 * nobody gets two, and no doubt remains.
 */
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openWorld, SLOTS } from '../world/world.ts';
import { prepareConfirmations, startConfirmations, untilDecided } from './confirmations.ts';
import { killAtRandom } from './kills.ts';

export const keysCheck: Check = {
  number: 2,
  title: 'random kills, a provider that folds by keys',
  target: '0 lost, 0 twice, 0 in doubt at the end',
  run: async run => {
    const count = run.short ? 600 : 20_000;
    const people = run.short ? 100 : 1_000;
    const kills = run.short ? 1 : run.kills;
    const world = await openWorld({ roles: ['api', 'worker'], keys: true });
    try {
      await prepareConfirmations(world, people);
      // Answers that never come, beside those that the kills take with them; and no receipt that would settle the doubt.
      await world.emulator.control('/faults', { accept_then_reset: 0.02, drop_webhooks: true, seed: run.seed });
      const load = startConfirmations(world, count, people);
      await killAtRandom({ ...run, kills }, world, count, () => load.acknowledged.size);
      await load.done;
      await world.atRest();
      await untilDecided(world);
      const folded = await world.emulator.folded();
      const books = await compareBooks(world.postgres, await world.emulator.copies(), load.acknowledged, { bound: 1 });
      // The resets are drawn for each answer, the repeated ones too: twice their share is more than ever comes.
      const found = violations(books, { everUnknown: kills * SLOTS + Math.ceil(count * 0.06), twice: 0 });
      if (books.acknowledged !== count) found.push(`${books.acknowledged} of ${count} were acknowledged`);
      if (books.stillUnknown > 0) found.push(`${books.stillUnknown} are in doubt for ever`);
      // Else no key was ever needed.
      if (folded === 0) found.push('nothing was sent twice by one key: the check was none');
      const { lost, twice, everUnknown } = books;
      return judged(
        found,
        `${count} orders, ${kills} kills: ${lost.length} lost, ${twice} twice, ${everUnknown} ever unknown, ${folded} repeats folded`,
        { byState: books.byState },
      );
    } finally {
      await world.close();
    }
  },
};
