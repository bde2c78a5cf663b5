/** Confirmations under kills: at least once is wanted, twice is allowed, and no order has a third copy. */
import { setTimeout as pause } from 'node:timers/promises';
import { confirmation, phoneOf } from '../../make.ts';
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { prepare, startLoad } from '../world/callers.ts';
import { openWorld, SLOTS, type World } from '../world/world.ts';
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
      const load = startLoad(world.caller, {
        count,
        ask: index => ({
          path: '/api/wa/send/confirm',
          reference: `O-${index}`,
          body: confirmation({ order: { id: `O-${index}` }, customer: { phone: phoneOf(index % people) } }),
        }),
      });
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

export async function prepareConfirmations({ caller, emulator }: World, people: number): Promise<void> {
  const template = {
    name: 'order_confirm',
    category: 'order_confirm',
    language: 'en',
    body: 'Hi {first_name}, order {order_id} is confirmed.',
    submit: true,
  };
  await prepare(1, () => caller.call('/api/wa/templates', template));
  await emulator.control('/templates/order_confirm/review', { status: 'APPROVED' });
  await prepare(people, index =>
    caller.call('/api/wa/optin', {
      phone: phoneOf(index),
      status: 'opt_in',
      source: 'checkout',
      text: 'Send it to me',
    }),
  );
}

/** What is unknown is sent again once its silence means something, and settles. */
export async function untilDecided(world: World): Promise<void> {
  for (let seconds = 0; seconds < 300; seconds += 5) {
    const [row] = await world.postgres.query<{ n: number }>(
      "select count(*)::int as n from message where state = 'unknown' and resolution = 'open'",
    );
    if (row!.n === 0) break;
    await pause(5_000);
  }
  await world.atRest();
}
