/** One webhook of a hundred can't be read, and one caller of a hundred sends what can't be shown: the neighbours notice nothing. */
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { deliver, envelope } from '../world/webhooks.ts';
import { openWorld } from '../world/world.ts';
import { acceptedPromotions } from './promotions.ts';

/** Signed as all others, and no JSON; or JSON of another shape, which is named and harms nobody. */
const POISONS = [
  '{"object":"whatsapp_business_account","entry":[',
  'no json at all',
  '{"entry":[{"changes":[{"field":"messages","value":',
];

export const poisonCheck: Check = {
  number: 10,
  title: 'poison',
  target: '0 neighbours held up, every unreadable webhook among the dead with its reason',
  run: async run => {
    const messages = run.short ? 400 : 7_000;
    const world = await openWorld({ roles: ['all'] });
    try {
      const { rows, acknowledged } = await acceptedPromotions(world, messages);
      const bodies = rows.flatMap(({ provider_id: id }) =>
        ['sent', 'delivered', 'read'].map(status => bodyOf(id, status)),
      );
      const poison: string[] = [];
      const half = Math.floor(bodies.length / 2);
      const mixed = bodies.slice(half).flatMap((body, index) => {
        if (run.random() >= 0.01) return [body];
        // Each another one: the same bytes twice are one webhook.
        poison.push(`${POISONS[index % POISONS.length]} ${index}`);
        return [poison.at(-1)!, body];
      });
      // The first half without poison, for the comparison; the second with it.
      const clean = await deliver(world.services[0]!.url, bodies.slice(0, half));
      const dirty = await deliver(world.services[0]!.url, mixed);
      await world.atRest();
      const found = violations(
        await compareBooks(world.postgres, await world.emulator.copies(), acknowledged, { bound: 1 }),
      );
      const [ends] = await world.postgres.query<{ read: number }>(
        "select count(*) filter (where state = 'read')::int as read from message",
      );
      if (ends!.read !== rows.length)
        found.push(`${rows.length - ends!.read} of ${rows.length} neighbours were held up`);
      const dead = await world.postgres.query<{ error: string | null }>(
        "select error from inbox_pending where lane = 'dead'",
      );
      if (dead.length !== poison.length)
        found.push(`${dead.length} of ${poison.length} unreadable webhooks are among the dead`);
      const mute = dead.filter(row => !row.error).length;
      if (mute > 0) found.push(`${mute} of the dead do not say why`);
      if (!run.short && dirty < clean * 0.9)
        found.push(`${Math.round(dirty)} a second beside poison, ${Math.round(clean)} without`);
      return judged(
        found,
        `${mixed.length} webhooks, ${poison.length} of them poison: ${dead.length} dead with a reason, ${ends!.read} messages read; ${Math.round(clean)} a second without, ${Math.round(dirty)} with`,
      );
    } finally {
      await world.close();
    }
  },
};

const bodyOf = (id: string, status: string): string =>
  envelope({ statuses: [{ id, status, timestamp: '1795000000' }] });
