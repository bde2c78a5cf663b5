/** The load of the checks of orders: confirmations, each asked for once by its order. */
import { setTimeout as pause } from 'node:timers/promises';
import { confirmation, phoneOf } from '../../make.ts';
import { prepare, startLoad } from '../world/callers.ts';
import type { World } from '../world/world.ts';

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

export const startConfirmations = ({ caller }: World, count: number, people: number) =>
  startLoad(caller, {
    count,
    ask: index => ({
      path: '/api/wa/send/confirm',
      reference: `O-${index}`,
      body: confirmation({ order: { id: `O-${index}` }, customer: { phone: phoneOf(index % people) } }),
    }),
  });
