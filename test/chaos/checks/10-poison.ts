/** One webhook of a hundred can't be read, and one caller of a hundred sends what can't be shown: the neighbours notice nothing. */
import { createHmac } from 'node:crypto';
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { APP_SECRET, NUMBER_ID } from '../world/emulator.ts';
import { openWorld, type World } from '../world/world.ts';
import { EACH, preparePromotions, startPromotions } from './promotions.ts';

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
      await preparePromotions(world, Math.ceil(messages / EACH));
      await world.emulator.control('/faults', { drop_webhooks: true });
      const load = startPromotions(world, messages);
      await load.done;
      await world.atRest();
      const rows = await world.postgres.query<{ provider_id: string }>(
        "select provider_id from message where state = 'accepted'",
      );
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
      const clean = await post(world, bodies.slice(0, half));
      const dirty = await post(world, mixed);
      await world.atRest();
      const found = violations(
        await compareBooks(world.postgres, await world.emulator.copies(), load.acknowledged, { bound: 1 }),
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

/** Answers how many were taken a second. */
async function post({ services }: World, bodies: readonly string[]): Promise<number> {
  const began = performance.now();
  let next = 0;
  const sender = async () => {
    while (next < bodies.length) {
      const body = bodies[next++]!;
      const signature = `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}`;
      const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature };
      const answer = await fetch(`${services[0]!.url}/api/wa/webhook`, { method: 'POST', body, headers });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`a webhook was answered ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, sender));
  return (bodies.length * 1_000) / (performance.now() - began);
}

const bodyOf = (id: string, status: string): string =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '200000000000001',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { phone_number_id: NUMBER_ID },
              statuses: [{ id, status, timestamp: '1795000000' }],
            },
          },
        ],
      },
    ],
  });
