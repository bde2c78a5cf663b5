/**
 * Receipts as the platform brings them at its worst: each three times, in any order, two of a hundred never, and a part of
 * them before the answer that names their message. Whatever the order, the rows are the same.
 */
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { deliver, envelope } from '../world/webhooks.ts';
import { openWorld, type World } from '../world/world.ts';
import { acceptedPromotions } from './promotions.ts';

interface Event {
  message: string;
  status: 'sent' | 'delivered' | 'read' | 'failed';
  at: number;
}

const RANK = ['sent', 'delivered', 'read'] as const;

export const webhooksCheck: Check = {
  number: 9,
  title: 'webhooks in disorder',
  target: '0 lost, 0 folded wrongly, every unknown id matched',
  run: async run => {
    const messages = run.short ? 300 : 33_000;
    const world = await openWorld({ roles: ['all'] });
    try {
      const { rows, acknowledged } = await acceptedPromotions(world, messages);
      const events = rows.flatMap((row, index) => eventsOf(row.provider_id, index, run.random));
      const kept = events.filter(() => run.random() >= 0.02);
      const disorder = shuffled([...kept, ...kept, ...kept], run.random);
      run.say(`${disorder.length} receipts of ${rows.length} messages`);
      await tell(world, disorder);
      await world.atRest();
      const found = await compareStates(world, rows, kept);
      const books = await compareBooks(world.postgres, await world.emulator.copies(), acknowledged, { bound: 1 });
      found.push(...violations(books));
      const [parked] = await world.postgres.query<{ n: number }>('select count(*)::int as n from parked_event');
      if (parked!.n > 0) found.push(`${parked!.n} receipts are parked and nobody's`);
      return judged(found, `${disorder.length} receipts in disorder, ${rows.length} messages as they must be`, {
        byState: books.byState,
      });
    } finally {
      await world.close();
    }
  },
};

/** One of twenty fails after it was sent; one of ten is read and its arrival never told. */
function eventsOf(message: string, index: number, random: () => number): Event[] {
  const at = 1_795_000_000 + index;
  const dice = random();
  if (dice < 0.05)
    return [
      { message, status: 'sent', at },
      { message, status: 'failed', at: at + 1 },
    ];
  const all = RANK.map((status, step) => ({ message, status, at: at + step }));
  return dice < 0.15 ? all.filter(event => event.status !== 'delivered') : all;
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let index = items.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [items[index], items[other]] = [items[other]!, items[index]!];
  }
  return items;
}

/** By the provider's id alone, as after a restart of theirs: our own correlation is not in it. */
async function tell({ services }: World, events: readonly Event[]): Promise<void> {
  const bodies: string[] = [];
  for (let from = 0; from < events.length; from += 20) bodies.push(bodyOf(events.slice(from, from + 20)));
  await deliver(services[0]!.url, bodies);
}

const bodyOf = (events: readonly Event[]): string =>
  envelope({
    statuses: events.map(({ message, status, at }) => ({
      id: message,
      status,
      timestamp: String(at),
      ...(status === 'failed' ? { errors: [{ code: 131026, title: 'undeliverable' }] } : {}),
    })),
  });

/** What the receipts that were not dropped say, worked out by another way than the service's. */
async function compareStates(
  world: World,
  rows: readonly { id: string; provider_id: string }[],
  kept: readonly Event[],
) {
  const told = Map.groupBy(kept, event => event.message);
  const states = await world.postgres.query<{ id: string; state: string }>('select id, state from message');
  const byId = new Map(states.map(row => [row.id, row.state]));
  const wrong = rows.filter(({ id, provider_id: provider }) => {
    const said = new Set((told.get(provider) ?? []).map(event => event.status as string));
    const highest = ['read', 'delivered'].find(status => said.has(status));
    const expected = highest ?? (said.has('failed') ? 'failed' : said.has('sent') ? 'sent' : 'accepted');
    return byId.get(id) !== expected;
  });
  return wrong.length === 0 ? [] : [`${wrong.length} of ${rows.length} messages are folded wrongly (${wrong[0]!.id})`];
}
