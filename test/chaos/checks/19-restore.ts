/**
 * A disaster: the backup was made under load, much has left since, and then everything is gone. The restored database
 * believes that hundreds of messages still wait. None of them may leave by itself.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Check, judged, type Run } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { tidingsWell } from '../world/command.ts';
import { fillHistory } from '../world/history.ts';
import { openPostgres, type Postgres } from '../world/postgres.ts';
import { deliver, envelope } from '../world/webhooks.ts';
import { openWorld, type World } from '../world/world.ts';
import { preparePromotions, promotion, streamPromotions } from './promotions.ts';

const PEOPLE = 300;
const PACE = 100;
/** However slow the machine: so much has to leave for a restore to have something to doubt. */
const LEFT_WITHIN_MS = 60_000;
const RTO_MS = 15 * 60_000;
/** Asked of the restored service before it is released. */
const HELD = 50;

export const restoreCheck: Check = {
  number: 19,
  title: 'backup, restore, quarantine',
  target: '0 sends before the release, checksums equal, ready within 15 min',
  run: async run => {
    const rows = run.short ? 5_000 : 1_000_000;
    const folder = await mkdtemp(join(tmpdir(), 'tidings-chaos-backup-'));
    await chmod(folder, 0o711);
    const world = await openWorld({ roles: ['api', 'worker'] });
    const [backup, restored] = [join(folder, 'backup'), join(folder, 'restored')];
    let second: Postgres | undefined;
    try {
      await preparePromotions(world, PEOPLE);
      await fillHistory(world.postgres, rows);
      const before = await backUpUnderLoad(run, world, backup);
      const began = performance.now();
      await tidingsWell(['restore', backup], { TIDINGS_DATA: restored });
      second = await openPostgres({ dataDir: restored });
      await startOn(world, second, restored);
      const rtoMs = Math.round(performance.now() - began);
      run.say(`restored and ready after ${rtoMs} ms`);
      const found = rtoMs > RTO_MS ? [`ready only after ${rtoMs} ms`] : [];
      const sums = await checksums(second, before.newest);
      if (JSON.stringify(sums) !== JSON.stringify(before.sums)) found.push('the checksums of the rows are not equal');
      const after = await tryQuarantine(run, world, found);
      await world.atRest();
      // What was acknowledged before the backup began, and after the restore. In between is what a disaster takes.
      const kept = new Map([...before.acknowledged, ...after.acknowledged]);
      const books = await compareBooks(second, await world.emulator.copies(), kept, { bound: 1 });
      found.push(...violations(books, { twice: 0 }));
      const forgotten = before.total - before.acknowledged.size;
      return judged(
        found,
        `${rows} messages and ${before.total} under load: backed up in ${before.backupMs} ms, ready after ${rtoMs} ms, ${after.inDoubt} in doubt, ${after.sends} sends before the release, ${books.twice} twice; the ${before.ageMs} ms after the backup are lost (${forgotten} requests)`,
        {
          rows,
          backupMs: before.backupMs,
          rtoMs,
          rpoMs: before.ageMs,
          forgotten,
          ...after.figures,
          byState: books.byState,
        },
      );
    } finally {
      await world.close();
      await second?.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** So many wait when the copy is made, and leave after it: the restored database will think that they still wait. */
async function backUpUnderLoad(run: Run, world: World, backup: string) {
  const { postgres, services, emulator } = world;
  const load = streamPromotions(world, { people: PEOPLE, pace: PACE });
  await pause(run.short ? 500 : 5_000);
  const worker = services.find(one => one.role === 'worker')!;
  await worker.stop();
  await pause(1_500);
  const acknowledged = new Map(load.acknowledged);
  const [row] = await postgres.query<{ newest: string }>(
    'select id::text as newest from message order by id desc limit 1',
  );
  const newest = row!.newest;
  const sums = await checksums(postgres, newest);
  const backedUpAt = performance.now();
  const { tookMs } = await tidingsWell(['backup', backup], { TIDINGS_DATA: postgres.dataDir });
  const left = (await emulator.copies()).sends;
  await worker.start();
  await pause(run.short ? 2_000 : 10_000);
  // By what has left and not by the clock alone: a slow machine tries the same.
  let since = 0;
  for (const until = performance.now() + LEFT_WITHIN_MS; since < PACE && performance.now() < until; await pause(100))
    since = (await emulator.copies()).sends - left;
  load.halt();
  await load.done;
  run.say(`backed up in ${tookMs} ms under load; ${since} messages left after it, then the disaster`);
  if (since < PACE) throw new Error(`only ${since} messages left after the backup: this would try nothing`);
  await Promise.all([postgres.stopImmediately(), ...services.map(one => one.kill())]);
  const ageMs = Math.round(performance.now() - backedUpAt);
  return { acknowledged, total: load.acknowledged.size, newest, sums, backupMs: tookMs, ageMs };
}

/** Rows that nobody changes any more, up to the newest of then; the order does not matter to a sum. */
async function checksums(postgres: Postgres, newest: string) {
  const [row] = await postgres.query<{ contents: string; consents: string }>(
    `select (select count(*) || ':' || sum(hashtextextended(c::text, 0)) from message_content c where message_id <= $1) as contents,
      (select count(*) || ':' || sum(hashtextextended(c::text, 0)) from consent_event c) as consents`,
    [newest],
  );
  return row;
}

/** The same processes at the same addresses, over the restored database and with its data folder. */
async function startOn(world: World, postgres: Postgres, dataDir: string): Promise<void> {
  const env = { DATABASE_URL: postgres.url, TIDINGS_DATA: dataDir };
  const port = Number(new URL(world.services.find(one => one.role === 'api')!.url).port);
  world.postgres = postgres;
  for (const one of [await world.add('api', { env, port }), await world.add('worker', { env })]) await one.start();
}

async function tryQuarantine(run: Run, world: World, found: string[]) {
  const { caller, emulator, postgres } = world;
  const state = async () => (await caller.call('/api/v1/quarantine')).body;
  const before = await state();
  if (before.held !== true) found.push('the restored database is not in quarantine');
  if (before.in_doubt === 0) found.push('nothing is in doubt: this tried nothing');
  const sends = (await emulator.copies()).sends;
  const acknowledged = new Map<string, { id: string; status: string }>();
  for (let index = 0; index < HELD; index += 1) {
    const { path, reference, body } = promotion(10_000_000 + index, PEOPLE);
    const answer = await caller.call(path, body);
    if (answer.status !== 202) found.push(`a request in quarantine was answered ${answer.status}`);
    else acknowledged.set(reference, { id: answer.body.message_id, status: answer.body.status });
  }
  await pause(run.short ? 2_000 : 30_000);
  const escaped = (await emulator.copies()).sends - sends;
  if (escaped > 0) found.push(`${escaped} messages left before the release`);
  const settled = await repeatReceipts(world, found);
  const released = await caller.call('/api/v1/quarantine/release', {});
  if (released.status !== 200) found.push(`the release was answered ${released.status}`);
  await world.atRest();
  const left = (await emulator.copies()).sends - sends - escaped;
  if (left !== HELD) found.push(`${left} messages left after the release, ${HELD} were asked for`);
  const [row] = await postgres.query<{ held: number }>(
    'select count(*)::int as held from tenant where held_since is not null',
  );
  if (row?.held !== 0) found.push('something is still held after the release');
  run.say(
    `${before.in_doubt} in doubt, ${escaped} sends in quarantine, ${settled} settled by repeated receipts, ${left} left after the release`,
  );
  return {
    acknowledged,
    sends: escaped,
    inDoubt: before.in_doubt,
    figures: { inDoubt: before.in_doubt, settled, left },
  };
}

/** As the provider repeats what nobody has answered: for messages that the witness saw leave and the database doubts. */
async function repeatReceipts({ postgres, services }: World, found: string[]): Promise<number> {
  const rows = await postgres.query<{ id: string }>(
    "select id::text from message where state = 'unknown' and reason = 'restored' order by id limit 10",
  );
  const statuses = rows.map(({ id }) => ({
    id: `wamid.repeated.${id}`,
    status: 'delivered',
    timestamp: String(Math.floor(Date.now() / 1_000)),
    recipient_id: '40712345678',
    biz_opaque_callback_data: `msg_${id.replaceAll('-', '')}.1`,
  }));
  const api = services.findLast(one => one.role === 'api')!;
  await deliver(api.url, [envelope({ statuses })]);
  for (const until = performance.now() + 10_000; performance.now() < until; await pause(100)) {
    const [row] = await postgres.query<{ settled: number }>(
      "select count(*)::int as settled from message where state = 'delivered' and id = any($1::uuid[])",
      [rows.map(row => row.id)],
    );
    if (row?.settled === rows.length) return rows.length;
  }
  found.push('a receipt that was repeated in quarantine was not applied');
  return 0;
}
