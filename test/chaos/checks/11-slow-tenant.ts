/**
 * One tenant's provider answers after five seconds, and hundreds of its messages wait. The others don't notice: their
 * slowest hundredth takes no more than twice as long as before, and when both have a queue they empty it side by side.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { startLoad } from '../world/callers.ts';
import { addTenant, type Neighbour } from '../world/tenants.ts';
import { openWorld, type World } from '../world/world.ts';
import { preparePromotions, promotion, startPromotions } from './promotions.ts';

const SLOW_MS = 5_000;
/** Of the others, each: what they send in a second. */
const PACE = 40;
/** Below this a machine's own hiccups are what is measured. */
const LEAST_MS = 50;

export const slowTenantCheck: Check = {
  number: 11,
  title: 'a slow provider of one tenant',
  target: 'the others’ p99 ≤ 2× what it was, equal shares within ±20 %',
  run: async run => {
    const seconds = run.short ? 2 : 60;
    const flood = run.short ? 200 : 5_000;
    // The slow one has enough for all of the time, five seconds each on its places.
    const slow = run.short ? 80 : 1_000;
    const world = await openWorld({ roles: ['all'] });
    const others: Neighbour[] = [];
    try {
      for (const slug of ['quick-one', 'quick-two']) others.push(await addTenant(world, slug));
      await preparePromotions(world, slow);
      const people = Math.max(flood, seconds * PACE);
      await Promise.all(others.map(other => preparePromotions({ ...world, ...other }, Math.ceil(people / 5) * 3)));
      run.say('everybody is there');
      // A process that has just begun is slow by itself.
      await ask(world, others, 'warm', 1);
      const before = await ask(world, others, 'before', seconds);
      await world.emulator.control('/faults', { latency_ms: SLOW_MS });
      const waiting = startPromotions(world, slow);
      await waiting.done;
      const meanwhile = await ask(world, others, 'meanwhile', seconds);
      run.say('now side by side');
      const shares = await race(world, others, flood);
      run.say('all of it has left');
      const [left] = await world.postgres.query<{ n: number }>(
        `select count(*)::int as n from message where state in ('queued', 'leased', 'sending') and tenant_id <> all($1)`,
        [others.map(other => other.tenant)],
      );
      const found: string[] = [];
      // Else nothing was slow, and nothing was tried.
      if (left!.n === 0) found.push('the slow tenant had nothing left to wait for: the check was none');
      for (const [index, { p99, count }] of meanwhile.entries()) {
        const most = 2 * Math.max(LEAST_MS, before[index]!.p99);
        if (p99 > most)
          found.push(`p99 of ${p99} ms beside a slow tenant, ${before[index]!.p99} ms without (${count} sent)`);
      }
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      for (const share of shares)
        if (Math.abs(share - mean) > mean * 0.2) found.push(`shares of ${shares.join(' and ')}: not equal within 20 %`);
      await world.emulator.control('/faults', {});
      await world.atRest();
      found.push(...violations(await compareBooksOf(world, others, waiting.acknowledged)));
      const p99s = (phase: typeof before) => phase.map(one => one.p99).join(' and ');
      return judged(
        found,
        `p99 ${p99s(before)} ms before, ${p99s(meanwhile)} ms beside ${left!.n} that wait for a slow provider; shares ${shares.join(' and ')}`,
        { before, meanwhile, shares },
      );
    } finally {
      for (const other of others) await other.close();
      await world.close();
    }
  },
};

interface Pace {
  count: number;
  p99: number;
}

/** All of the others at a steady pace for a while; from the request to the provider's answer, of each. */
async function ask({ postgres }: World, others: readonly Neighbour[], phase: string, seconds: number): Promise<Pace[]> {
  const loads = others.map(({ caller }) =>
    startLoad(caller, { concurrency: 8, count: seconds * PACE, pace: PACE, ask: index => named(index, phase) }),
  );
  await Promise.all(loads.map(load => load.done));
  await untilSent(postgres, others);
  return Promise.all(
    others.map(async ({ tenant }) => {
      const [row] = await postgres.query<{ count: number; p99: number }>(
        `select count(*)::int as count, round(percentile_disc(0.99) within group (order by extract(epoch from m.accepted_at - m.created_at) * 1000))::int as p99
        from message m join message_content b on b.tenant_id = m.tenant_id and b.message_id = m.id where m.tenant_id = $1 and b.reference like $2`,
        [tenant, `${phase}-%`],
      );
      return row!;
    }),
  );
}

const named = (index: number, phase: string, from = 0) => {
  const { path, body } = promotion(from + index);
  return { path, reference: `${phase}-${index}`, body: { ...body, reference: `${phase}-${index}` } };
};

/** A queue each, let go in one moment: how many had left of each when the first was through. */
async function race({ postgres }: World, others: readonly Neighbour[], count: number): Promise<number[]> {
  const senders = others.map(other => other.sender);
  await postgres.query("update lane set paused_until = 'infinity' where sender_id = any($1)", [senders]);
  // What was leased before the lanes were halted is gone by then.
  await pause(1_000);
  const loads = others.map(({ caller }) =>
    startLoad(caller, { concurrency: 16, count, ask: index => named(index, 'race') }),
  );
  await Promise.all(loads.map(load => load.done));
  await postgres.query("update lane set paused_until = '-infinity' where sender_id = any($1)", [senders]);
  await untilSent(postgres, others);
  const rows = await postgres.query<{ tenant_id: string; at: number }>(
    `select m.tenant_id, extract(epoch from m.accepted_at)::float8 * 1000 as at from message m
      join message_content b on b.tenant_id = m.tenant_id and b.message_id = m.id where m.tenant_id = any($1) and b.reference like 'race-%'`,
    [others.map(other => other.tenant)],
  );
  const times = others.map(({ tenant }) => rows.filter(row => row.tenant_id === tenant).map(row => row.at));
  const first = Math.min(...times.map(all => Math.max(...all)));
  return times.map(all => all.filter(at => at <= first).length);
}

async function untilSent(postgres: World['postgres'], others: readonly Neighbour[]): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    const [row] = await postgres.query<{ n: number }>(
      "select count(*)::int as n from message where tenant_id = any($1) and state in ('queued', 'leased', 'sending')",
      [others.map(other => other.tenant)],
    );
    if (row!.n === 0) return;
    await pause(50);
  }
  throw new Error('the others did not come to rest beside the slow one');
}

/** The witnesses together. */
async function compareBooksOf(
  world: World,
  others: readonly Neighbour[],
  acknowledged: ReturnType<typeof startLoad>['acknowledged'],
) {
  const attempts = new Map<string, number[]>();
  let sends = 0;
  for (const { emulator } of [world, ...others]) {
    const seen = await emulator.copies();
    sends += seen.sends;
    for (const [id, numbers] of seen.attempts) attempts.set(id, [...(attempts.get(id) ?? []), ...numbers]);
  }
  return compareBooks(world.postgres, { attempts, sends }, acknowledged, { bound: 1 });
}
