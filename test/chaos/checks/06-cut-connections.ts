/**
 * Connections that end, and connections that die without a word. The database ends all of them every three seconds; then a
 * proxy swallows what is said to the database, and after it what is said to the provider, while nobody hangs up.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Check, judged, type Run } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openWorld, SLOTS, type World } from '../world/world.ts';
import { type Answer, askSteadily } from './answers.ts';
import { preparePromotions, streamPromotions } from './promotions.ts';

const PACE = 100;
const HEALTHY_WITHIN_MS = 10_000;
/** The database's answer is waited for 17 s, and another second is nobody's fault. */
const ANSWERED_WITHIN_MS = 19_000;
/** An attempt's own limit is 15 s; whoever looks for lost ones does so every second. */
const RESCUED_WITHIN_MS = 20_000;
const PROVIDER_TIMEOUT_MS = 10_000;

export const cutConnectionsCheck: Check = {
  number: 6,
  title: 'connections ended, connections silent',
  target: '0 exits, 0 lost, 503 and never a false 2xx, healthy within 10 s, nothing stuck on the wire',
  run: async run => {
    const world = await openWorld({ roles: ['api', 'worker'], detour: true });
    const { postgres, services, emulator } = world;
    try {
      // So many that nobody meets the pace of one person.
      const people = run.short ? 300 : 2_000;
      await preparePromotions(world, people);
      const pids = services.map(one => one.pid);
      const load = streamPromotions(world, { people, pace: PACE });
      const found: string[] = [];
      const ended = await endAll(run, world);
      const healedMs = await untilHealthy(world, 'the connections were ended', found);
      const silence = await silenceDatabase(run, world, found);
      for (const one of silence.taken) load.acknowledged.set(one.reference, { id: one.id!, status: '' });
      const wire = await silenceProvider(run, world, found);
      await pause(2_000);
      load.halt();
      await load.done;
      await world.atRest();
      const alive = services.filter((one, index) => one.running() && one.pid === pids[index]).length;
      if (alive !== services.length) found.push(`${services.length - alive} processes ended`);
      const books = await compareBooks(postgres, await emulator.copies(), load.acknowledged, { bound: 1 });
      // Whatever was on the wire or being written down when it went silent, once a timeout; after each end the same.
      const rounds = ended.rounds + 2 + Math.ceil(wire.silentMs / PROVIDER_TIMEOUT_MS) + 1;
      found.push(...violations(books, { everUnknown: rounds * SLOTS, twice: 0 }));
      if (load.odd.size > 0) {
        // With the service's own words: they are gone with the run.
        const words = services.flatMap(one => one.output().split('\n')).filter(line => /"code":"internal"/.test(line));
        found.push(
          `answers that nobody should get: ${[...load.odd.keys()].join(', ')}: ${words.slice(0, 3).join(' ')}`,
        );
      }
      if (ended.connections < ended.rounds) found.push('no connection was there to be ended: this tried nothing');
      return judged(
        found,
        `${ended.connections} connections ended in ${ended.rounds} rounds, ${books.acknowledged} acknowledged, ${books.lost.length} lost, ${books.everUnknown} ever unknown; healthy after ${healedMs} ms; silent database: ${silence.said}`,
        { ...ended, healedMs, silence: { ...silence, taken: silence.taken.length }, wire, byState: books.byState },
      );
    } finally {
      await world.close();
    }
  },
};

async function endAll(run: Run, { postgres }: World): Promise<{ rounds: number; connections: number }> {
  const rounds = run.short ? 2 : 20;
  let connections = 0;
  for (let round = 0; round < rounds; round += 1) {
    const [row] = await postgres.query<{ ended: number }>(
      `select count(*) filter (where pg_terminate_backend(pid))::int as ended from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    connections += row?.ended ?? 0;
    await pause(2_000 + run.random() * 2_000);
  }
  run.say(`${connections} connections ended in ${rounds} rounds`);
  return { rounds, connections };
}

/** Every process says that it is ready, and a call is answered with more than an apology. */
async function untilHealthy({ services, caller }: World, after: string, found: string[]): Promise<number> {
  const began = performance.now();
  for (;;) {
    const ready = await Promise.all(
      services.map(one =>
        fetch(`${one.url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
          answer => answer.ok,
          () => false,
        ),
      ),
    );
    const answered = ready.every(Boolean) && (await caller.call('/api/v1/settings')).status === 200;
    const took = Math.round(performance.now() - began);
    if (answered && took <= HEALTHY_WITHIN_MS) return took;
    if (took > HEALTHY_WITHIN_MS) {
      found.push(`after ${after} it is not healthy within ${HEALTHY_WITHIN_MS / 1_000} s`);
      return took;
    }
    await pause(100);
  }
}

async function silenceDatabase(run: Run, world: World, found: string[]) {
  const silentMs = run.short ? 4_000 : 40_000;
  // New ones come all the time: what is asked first takes a connection and waits, what is asked later gets none.
  const asking = askSteadily(world, { everyMs: 500 });
  await pause(1_000);
  world.postgres.proxy.silence();
  const from = performance.now();
  await pause(silentMs);
  const until = performance.now();
  world.postgres.proxy.heal();
  const healedMs = await untilHealthy(world, 'the silence of the database', found);
  const answers = await asking.end();
  const during = answers.filter(one => one.askedAt > from && one.askedAt < until);
  const slowest = Math.round(Math.max(0, ...during.map(one => one.tookMs)));
  // Asked in the silence and answered in it: nothing can have been stored.
  const false2xx = during.filter(one => one.status < 300 && one.status >= 200 && one.askedAt + one.tookMs < until);
  const apologies = during.filter(one => one.status === 503);
  if (false2xx.length > 0) found.push(`${false2xx.length} were taken while the database heard nothing`);
  if (apologies.length === 0) found.push('nobody was told 503 while the database was silent');
  const others = new Set(during.filter(unexpected(until)).map(one => one.status));
  if (others.size > 0) found.push(`while the database was silent some were answered ${[...others].join(', ')}`);
  if (slowest > ANSWERED_WITHIN_MS) found.push(`an answer took ${slowest} ms while the database was silent`);
  await nothingStuck(world, 'the silence of the database', found);
  const said = `${apologies.length} of ${during.length} told 503, the slowest after ${slowest} ms, healthy after ${healedMs} ms`;
  run.say(said);
  const taken = answers.filter(one => one.id !== undefined);
  return { silentMs, said, slowest, healedMs, taken };
}

/** Hung up on is no answer, and nobody may be: 503, or an answer after the healing. */
const unexpected = (until: number) => (one: Answer) =>
  one.status !== 503 && !(one.status < 300 && one.status >= 200 && one.askedAt + one.tookMs >= until);

async function silenceProvider(run: Run, world: World, found: string[]) {
  const silentMs = run.short ? 3_000 : 25_000;
  const before = (await world.emulator.copies()).sends;
  world.wire.silence();
  await pause(silentMs);
  world.wire.heal();
  const at = performance.now();
  const quiet = (await world.emulator.copies()).sends;
  while ((await world.emulator.copies()).sends === quiet && performance.now() - at < HEALTHY_WITHIN_MS)
    await pause(100);
  const healedMs = Math.round(performance.now() - at);
  if (healedMs >= HEALTHY_WITHIN_MS) found.push('nothing is sent 10 s after the way to the provider has healed');
  await nothingStuck(world, 'the silence of the provider', found);
  run.say(`the provider heard nothing for ${silentMs} ms; the next send came ${healedMs} ms after it`);
  return { silentMs, healedMs, before, quiet };
}

/** An attempt whose time is over is somebody's doubt, and not still on its way. */
async function nothingStuck({ postgres }: World, after: string, found: string[]): Promise<void> {
  await pause(1_000);
  const [row] = await postgres.query<{ stuck: number }>(
    `select count(*)::int as stuck from message where state in ('sending', 'leased')
      and deadline_at < clock_timestamp() - interval '${RESCUED_WITHIN_MS - 15_000} milliseconds'`,
  );
  if ((row?.stuck ?? 0) > 0) found.push(`${row?.stuck} are stuck beyond their lease after ${after}`);
}
