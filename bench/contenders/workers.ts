/** Two worker processes in place of one, each with 32 on the wire, against a provider that takes 100 ms for an answer. */
import { EACH, preparePromotions, startPromotions } from '../../test/chaos/checks/promotions.ts';
import { openWorld } from '../../test/chaos/world/world.ts';
import type { Job } from '../stage.ts';
import { departures, steadyPace } from './departures.ts';

const LATENCY_MS = 100;
const IN_FLIGHT = 32;
const job = JSON.parse(process.argv[2]!) as Job;

/** Messages a second, from a queue that is full before anybody works on it. */
async function paceOf(workers: number, count: number): Promise<number> {
  const world = await openWorld({ roles: ['api'], env: { TIDINGS_IN_FLIGHT: String(IN_FLIGHT) } });
  try {
    // The template's approval comes as a webhook, and somebody has to apply it.
    const first = await world.add('worker');
    await first.start();
    await preparePromotions(world, Math.ceil(count / EACH));
    await first.stop();
    await startPromotions(world, count).done;
    await world.emulator.control('/faults', { latency_ms: LATENCY_MS });
    await Promise.all(
      [first, ...(await Promise.all(Array.from({ length: workers - 1 }, () => world.add('worker'))))].map(one =>
        one.start(),
      ),
    );
    await world.atRest();
    return steadyPace(await departures(world));
  } finally {
    await world.close();
  }
}

const count = Math.min(job.lives, 6_000);
const one = await paceOf(1, count);
const two = await paceOf(2, count);
console.log(
  JSON.stringify({
    value: two / one,
    unit: 'times what one worker process sends',
    one_per_second: Math.round(one),
    two_per_second: Math.round(two),
  }),
);
process.exit(0);
