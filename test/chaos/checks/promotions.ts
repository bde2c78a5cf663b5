/** The load of most checks: promotions, which may reach a phone once and no more. */
import { phoneOf } from '../../make.ts';
import { prepare, startLoad } from '../world/callers.ts';
import type { World } from '../world/world.ts';

/** Five each: below the pace of one person, and no frequency cap is set. */
export const EACH = 5;

export async function preparePromotions({ caller, emulator }: World, people: number): Promise<void> {
  const template = {
    name: 'news',
    category: 'promo',
    language: 'en',
    body: 'Hi {first_name}, there is news.',
    submit: true,
  };
  await prepare(1, () => caller.call('/api/wa/templates', template));
  await emulator.control('/templates/news/review', { status: 'APPROVED' });
  // Nobody is to wait for the morning.
  await prepare(1, () => caller.call('/api/v1/settings', { quiet_hours: { promo: 'none' } }, 'PATCH'));
  await prepare(people, index =>
    caller.call('/api/wa/optin', {
      phone: phoneOf(index),
      status: 'opt_in',
      source: 'checkout',
      text: 'Send me news',
      purposes: ['marketing', 'transactional'],
    }),
  );
}

export const promotion = (index: number, people = Number.MAX_SAFE_INTEGER) => ({
  path: '/api/v1/messages',
  reference: `P-${index}`,
  body: {
    to: { phone: phoneOf(Math.floor(index / EACH) % people) },
    purpose: 'promo',
    reference: `P-${index}`,
    template: { name: 'news', variables: { first_name: 'Ana' } },
  },
});

export const startPromotions = ({ caller }: World, count: number, concurrency = 32) =>
  startLoad(caller, { count, concurrency, ask: index => promotion(index) });

/** A steady stream to the same people, until it is halted. */
export const streamPromotions = ({ caller }: World, { people, pace }: { people: number; pace: number }) =>
  startLoad(caller, { concurrency: 8, pace, ask: index => promotion(index, people) });

/** Accepted by a platform that says nothing by itself: every receipt that comes is the check's own. */
export async function acceptedPromotions(world: World, count: number) {
  await preparePromotions(world, Math.ceil(count / EACH));
  await world.emulator.control('/faults', { drop_webhooks: true });
  const load = startPromotions(world, count);
  await load.done;
  await world.atRest();
  const rows = await world.postgres.query<{ id: string; provider_id: string }>(
    "select id, provider_id from message where state = 'accepted'",
  );
  return { rows, acknowledged: load.acknowledged };
}
