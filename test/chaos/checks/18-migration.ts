/**
 * The schema is changed while requests come. Every migration that is still near, from the schema before it and from the
 * one before that, each with a table full of history; the program of then goes on, where the history still has it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { migrate, readMigrations } from '#db/migrate.ts';
import { type Check, judged, type Run } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { tidingsWell } from '../world/command.ts';
import { type EarlierProgram, earlierProgram } from '../world/earlier.ts';
import { fillHistory } from '../world/history.ts';
import { watchLocks } from '../world/lock-watch.ts';
import { openPostgres, type Postgres } from '../world/postgres.ts';
import { openWorld } from '../world/world.ts';
import { askSteadily } from './answers.ts';
import { preparePromotions, streamPromotions } from './promotions.ts';

const PEOPLE = 300;
const PACE = 100;
const LOCK_WAIT_MS = 1_000;

interface Step {
  found: string[];
  said: string;
  figures: Record<string, unknown>;
}

export const migrationCheck: Check = {
  number: 18,
  title: 'migration under load',
  target: '0 failed requests, nobody waits for a lock above 1 s, the program of before goes on',
  run: async run => {
    const { length } = await readMigrations();
    const steps: Step[] = [];
    // In the short form only the newest one, from the schema before it.
    const from = run.short ? [length - 1] : [length - 1, length - 2];
    for (const known of from.filter(number => number > 0)) {
      const program = await earlierProgram(known);
      if (typeof program === 'string') {
        steps.push(await withoutProgram(run, known, program));
        continue;
      }
      try {
        steps.push(await withProgram(run, known, program));
      } finally {
        await program.close();
      }
    }
    return judged(
      steps.flatMap(step => step.found),
      steps.map(step => step.said).join('; '),
      { steps: steps.map(step => step.figures) },
    );
  },
};

const rowsOf = (run: Run): number => (run.short ? 5_000 : 200_000);

/** Somebody's report, under way over the table that everything joins: the change of it has to wait, and nobody else may. */
const REPORT_MS = 2_000;

/** `tidings migrate` in the middle of the load, with an eye on who waits. */
async function migrateUnderLoad(run: Run, postgres: Postgres, known: number, found: string[]) {
  const locks = watchLocks(postgres);
  await pause(run.short ? 500 : 5_000);
  const report = readLong(postgres);
  const { tookMs } = await tidingsWell(['migrate'], {
    DATABASE_URL: postgres.url,
    TIDINGS_SECRET_KEY: 'chaos-migrates-'.repeat(3),
  });
  await pause(run.short ? 500 : 5_000);
  await report;
  const { longestMs, on, looks } = await locks.end();
  const [row] = await postgres.query<{ newest: number }>('select max(number) as newest from schema_migration');
  if (row!.newest <= known) found.push('nothing was migrated: this tried nothing');
  if (longestMs > LOCK_WAIT_MS) found.push(`somebody waited ${longestMs} ms for a lock on ${on}`);
  return { tookMs, longestMs, looks, newest: row!.newest };
}

async function readLong(postgres: Postgres): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url, application_name: 'chaos' });
  client.on('error', () => {});
  await client.connect();
  await client.query('begin; select count(*) from tenant');
  await pause(REPORT_MS);
  await client.query('commit');
  await client.end();
}

async function withProgram(run: Run, known: number, program: EarlierProgram): Promise<Step> {
  const found: string[] = [];
  const world = await openWorld({ roles: ['api', 'worker'], entry: program.entry, postgres: { empty: true } });
  const { postgres, services, emulator } = world;
  try {
    const before = await postgres.query<{ newest: number }>('select max(number) as newest from schema_migration');
    if (before[0]!.newest !== known) found.push(`the program of before made schema ${before[0]!.newest}, not ${known}`);
    await preparePromotions(world, PEOPLE);
    await fillHistory(postgres, rowsOf(run));
    const pids = services.map(one => one.pid);
    const load = streamPromotions(world, { people: PEOPLE, pace: PACE });
    const asking = askSteadily(world, { everyMs: 50 });
    const migrated = await migrateUnderLoad(run, postgres, known, found);
    const answers = await asking.end();
    const failed = answers.filter(one => one.status < 200 || one.status > 299);
    if (failed.length > 0)
      found.push(
        `${failed.length} requests failed while it was migrated: ${[...new Set(failed.map(one => one.status))].join(', ')}`,
      );
    if (services.some((one, index) => !one.running() || one.pid !== pids[index]))
      found.push('a process of the program of before ended');
    load.halt();
    await load.done;
    // Then the new one takes over, as in an update: what still waits is sent by it.
    for (const one of services) await one.stop();
    const port = Number(new URL(services[0]!.url).port);
    for (const one of [await world.add('api', { port }), await world.add('worker')]) await one.start();
    await world.atRest();
    for (const one of answers) if (one.id) load.acknowledged.set(one.reference, { id: one.id, status: '' });
    const books = await compareBooks(postgres, await emulator.copies(), load.acknowledged, { bound: 1 });
    found.push(...violations(books, { everUnknown: 0, twice: 0 }));
    if (load.odd.size > 0) found.push(`answers that nobody should get: ${[...load.odd.keys()].join(', ')}`);
    const said = `from ${known} with the program of then (${program.commit}), ${rowsOf(run)} rows: ${failed.length} of ${answers.length} failed, ${books.acknowledged} acknowledged and ${books.lost.length} lost, ${migrated.tookMs} ms, longest wait for a lock ${migrated.longestMs} ms`;
    run.say(said);
    return {
      found: found.map(one => `from ${known}: ${one}`),
      said,
      figures: { known, ...migrated, asked: answers.length },
    };
  } finally {
    await world.close();
  }
}

/** No program ever ran on this schema as it is now, so statements are the load: every table of the hot way is touched. */
async function withoutProgram(run: Run, known: number, why: string): Promise<Step> {
  const found: string[] = [];
  const postgres = await openPostgres({ empty: true });
  try {
    await migrate({ connectionString: postgres.url }, known);
    await postgres.query(
      "insert into tenant (tenant_id, slug, name, created_at) values (gen_random_uuid(), 'default', 'Default', now())",
    );
    await fillHistory(postgres, rowsOf(run));
    const load = startStatements(postgres, 8);
    const migrated = await migrateUnderLoad(run, postgres, known, found);
    const { done, failed, slowestMs } = await load.end();
    if (failed.length > 0) found.push(`${failed.length} transactions failed: ${failed[0]}`);
    if (done < 50) found.push(`only ${done} transactions ran: this tried nothing`);
    const said = `from ${known} with statements (${why}), ${rowsOf(run)} rows: ${failed.length} of ${done} failed, ${migrated.tookMs} ms, longest wait for a lock ${migrated.longestMs} ms`;
    run.say(said);
    return { found: found.map(one => `from ${known}: ${one}`), said, figures: { known, ...migrated, done, slowestMs } };
  } finally {
    await postgres.close();
  }
}

function startStatements(postgres: Postgres, callers: number) {
  let going = true;
  let done = 0;
  let slowestMs = 0;
  const failed: string[] = [];
  const caller = async () => {
    const client = new pg.Client({ connectionString: postgres.url, application_name: 'chaos' });
    client.on('error', error => failed.push(error.message));
    await client.connect();
    const known = await client.query<{ tenant_id: string; id: string }>('select tenant_id, id from message limit 1000');
    const some = () => known.rows[Math.floor(Math.random() * known.rows.length)]!.id;
    const tenant = known.rows[0]!.tenant_id;
    while (going) {
      const began = performance.now();
      try {
        await client.query('begin');
        await client.query("update tenant set name = name where slug = 'default'");
        await client.query('update message set due_at = due_at where tenant_id = $1 and id = $2', [tenant, some()]);
        await client.query(
          'insert into stat_delta (tenant_id, hour, purpose, provider, state, count) select tenant_id, now(), $1, $1, $1, 0 from tenant',
          ['chaos'],
        );
        await client.query('commit');
      } catch (error) {
        failed.push((error as Error).message);
        await client.query('rollback').catch(() => {});
      }
      done += 1;
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - began));
      await pause(20);
    }
    await client.end();
  };
  const ended = Promise.all(Array.from({ length: callers }, caller));
  return {
    end: async () => {
      going = false;
      await ended;
      return { done, failed, slowestMs };
    },
  };
}
