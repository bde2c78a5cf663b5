/** What one process that does everything holds in memory while messages pass through it. */
import { readFileSync } from 'node:fs';
import { EACH, preparePromotions, startPromotions } from '../../test/chaos/checks/promotions.ts';
import { openWorld } from '../../test/chaos/world/world.ts';
import type { Job } from '../stage.ts';
import { percentile } from './departures.ts';

const job = JSON.parse(process.argv[2]!) as Job;
const world = await openWorld({ roles: ['all'], env: { TIDINGS_IN_FLIGHT: '64' } });
try {
  await preparePromotions(world, Math.ceil(job.lives / EACH));
  const [service] = world.services;
  const samples: number[] = [];
  const sampler = setInterval(() => {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service!.pid}/status`, 'utf8'))?.[1];
    samples.push(Number(kilobytes ?? 0) / 1_024);
  }, 250);
  await startPromotions(world, job.lives).done;
  await world.atRest();
  clearInterval(sampler);
  const part = (from: number, to: number) =>
    percentile(samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to)), 0.5);
  console.log(
    JSON.stringify({
      value: Math.round(Math.max(...samples)),
      unit: 'MB at the most',
      // Flat is that the last quarter holds no more than the second.
      second_quarter_mb: part(0.25, 0.5),
      last_quarter_mb: part(0.75, 1),
      messages: job.lives,
    }),
  );
} finally {
  await world.close();
}
process.exit(0);
