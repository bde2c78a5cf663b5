/** Three times as many calls as can be taken, at a rate that does not care for answers: told to wait, and well again at once. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '#lib/fault.ts';
import { type Check, judged } from '../scorecard.ts';
import { openCaller, startLoad } from '../world/callers.ts';
import { deliver, envelope } from '../world/webhooks.ts';
import { OWNER_KEY, openWorld, type World } from '../world/world.ts';
import { preparePromotions, promotion } from './promotions.ts';

/** So many that nobody meets the pace of one person. */
const PEOPLE = 500;
const CALLERS = 32;

export const overloadCheck: Check = {
  number: 16,
  title: 'overload',
  target: 'only 2xx, 429, 503 with Retry-After; taken p99 ≤ 250 ms; memory ≤ +20 %; well again within 10 s',
  run: async run => {
    const seconds = run.short ? 5 : 60;
    // Both bounds are tried: that of the door, and in the long form that of the queue.
    const world = await openWorld({ roles: ['api', 'worker'], env: { TIDINGS_QUEUE_LIMIT: '10000' } });
    // An open loop has as many connections as there are calls without an answer: with 64 the others waited here, not there.
    const crowd = openCaller([world.services[0]!.url], OWNER_KEY, null);
    try {
      await preparePromotions(world, PEOPLE);
      const capacity = await measure(world);
      const before = memoryOf(world);
      const webhooks = watchWebhooks(world);
      const rate = capacity * 3;
      const statuses = new Map<number, number>();
      const accepted: number[] = [];
      let without = 0;
      const flights: Promise<void>[] = [];
      const began = performance.now();
      for (let index = 0; performance.now() - began < seconds * 1_000; index += 1) {
        const wait = began + (index * 1_000) / rate - performance.now();
        if (wait > 1) await pause(wait);
        const { path, body } = promotion(1_000_000 + index, PEOPLE);
        const from = performance.now();
        flights.push(
          crowd.call(path, body).then(({ status, retryAfter }) => {
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (status === 202) accepted.push(performance.now() - from);
            if ((status === 429 || status === 503) && retryAfter === null) without += 1;
          }),
        );
      }
      await Promise.all(flights);
      const { told, wrong } = await webhooks.end();
      const grown = memoryOf(world) / before;
      const recovered = await untilWell(world);
      accepted.sort((a, b) => a - b);
      const p99 = Math.round(accepted[Math.floor(accepted.length * 0.99)] ?? 0);
      const found: string[] = [];
      const odd = [...statuses].filter(([status]) => ![200, 202, 429, 503].includes(status));
      if (odd.length > 0)
        found.push(`answers that nobody should get: ${odd.map(([status, n]) => `${n} × ${status}`).join(', ')}`);
      if (without > 0) found.push(`${without} refusals did not say when to come back`);
      if (wrong.length > 0)
        found.push(`${wrong.length} of ${told} webhooks were answered ${[...new Set(wrong)].join(', ')}`);
      if (run.short ? false : (statuses.get(503) ?? 0) + (statuses.get(429) ?? 0) === 0)
        found.push('nobody was turned away: this tried nothing');
      if (p99 > 250 && !run.short) found.push(`what was taken waited ${p99} ms for its answer (p99), 250 are allowed`);
      if (grown > 1.2 && !run.short) found.push(`memory grew by ${Math.round((grown - 1) * 100)} %`);
      if (recovered > 10_000) found.push(`well again only after ${Math.round(recovered / 1_000)} s`);
      return judged(
        found,
        `${Math.round(rate)} calls a second for ${seconds} s where ${Math.round(capacity)} can be taken: ${accepted.length} taken (p99 ${p99} ms), ${statuses.get(429) ?? 0} told to wait, ${statuses.get(503) ?? 0} turned away; well again after ${Math.round(recovered)} ms`,
        { statuses: Object.fromEntries(statuses), p99, grown },
      );
    } finally {
      await crowd.close();
      await world.close();
    }
  },
};

/** As fast as answers come to as many callers as are always let in, after a second in which everything is new. */
async function measure({ caller }: World): Promise<number> {
  const load = startLoad(caller, { concurrency: CALLERS, ask: index => promotion(index, PEOPLE) });
  await pause(1_000);
  const from = load.acknowledged.size;
  await pause(3_000);
  const measured = (load.acknowledged.size - from) / 3;
  load.halt();
  await load.done;
  return measured;
}

/** A STOP now and then, beside the crowd: it is taken whatever else is refused. */
function watchWebhooks({ services, headers }: World) {
  const wrong: string[] = [];
  let told = 0;
  let going = true;
  const loop = (async () => {
    for (; going; told += 1) {
      const message = {
        from: `4071999${told}`,
        id: `wamid.crowd.${told}`,
        timestamp: '1795000000',
        type: 'text',
        text: { body: 'STOP' },
      };
      await deliver(services[0]!.url, [envelope({ messages: [message] })]).catch(error =>
        wrong.push(describeError(error)),
      );
      const health = await fetch(`${services[0]!.url}/health`, { headers });
      await health.arrayBuffer();
      if (health.status !== 200) wrong.push(`health ${health.status}`);
      await pause(250);
    }
  })();
  return {
    end: async () => {
      going = false;
      await loop;
      return { told, wrong };
    },
  };
}

/** Of the API's process, in kilobytes. */
const memoryOf = ({ services }: World): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${services[0]!.pid}/status`, 'utf8'))?.[1] ?? 0);

/** Until ten calls in a row are answered within a quarter of a second. */
async function untilWell({ caller }: World): Promise<number> {
  const began = performance.now();
  for (let good = 0; good < 10 && performance.now() - began < 60_000; ) {
    const from = performance.now();
    const { status } = await caller.call('/api/wa/stats/default');
    good = status === 200 && performance.now() - from < 250 ? good + 1 : 0;
  }
  return performance.now() - began;
}
