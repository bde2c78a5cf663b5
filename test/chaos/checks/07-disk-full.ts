/**
 * No space left, once where the tables are and once where the log is. The first refuses what would grow and lives on; the
 * second ends the whole server, which is started again when there is room. Neither may be told to callers as a yes.
 */
import { cpSync, lchownSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbedded } from '#db/embedded.ts';
import { phoneOf } from '../../make.ts';
import { type Check, judged, notRun, type Run } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openVolume, type Volume } from '../world/volumes.ts';
import { openWorld, SLOTS, type World } from '../world/world.ts';
import { type Answer, askSteadily } from './answers.ts';
import { preparePromotions, streamPromotions } from './promotions.ts';

const PACE = 300;
const RECOVERS_WITHIN_MS = 30_000;
/** Small segments and few of them, or the log alone would fill the volume before anything happens. */
const SMALL_LOG = { max_wal_size: '64MB', min_wal_size: '32MB' };

export const diskFullCheck: Check = {
  number: 7,
  title: 'disk full: tables, log',
  target: '503 and never a false 2xx; 100 % of the acknowledged there afterwards; recovers by itself',
  run: async run => {
    const found: string[] = [];
    const said: string[] = [];
    const figures: Record<string, unknown> = {};
    for (const what of ['tables', 'log'] as const) {
      const volume = await openVolume(256);
      if (typeof volume === 'string') return notRun(volume);
      try {
        const one = await fill(run, what, volume);
        found.push(...one.found.map(sentence => `${what}: ${sentence}`));
        said.push(`${what}: ${one.said}`);
        figures[what] = one.figures;
      } finally {
        await volume.close();
      }
    }
    return judged(found, said.join('; '), figures);
  },
};

async function fill(run: Run, what: 'tables' | 'log', volume: Volume) {
  const roomy = await mkdtemp(join(tmpdir(), 'tidings-chaos-roomy-'));
  await chmod(roomy, 0o711);
  const dataDir = what === 'tables' ? volume.folder : join(roomy, 'data');
  const other = what === 'tables' ? roomy : volume.folder;
  await separateLog(dataDir, join(other, 'pg_wal'));
  const world = await openWorld({ roles: ['api', 'worker'], postgres: { dataDir, settings: SMALL_LOG } });
  const { postgres, services, emulator } = world;
  const found: string[] = [];
  try {
    const people = run.short ? 200 : 500;
    await preparePromotions(world, people);
    const pids = services.map(one => one.pid);
    const load = streamPromotions(world, { people, pace: PACE });
    const asking = askSteadily(world, { everyMs: 100 });
    await pause(run.short ? 500 : 10_000);
    await volume.squeeze(what === 'tables' ? 2 : 1);
    run.say(`${what}: ${load.acknowledged.size} acknowledged, the volume is full from here on`);
    const lost = what === 'log' ? postgres.lost() : undefined;
    const squeezedAt = performance.now();
    const met = await untilRefused(world, lost);
    await pause(run.short ? 1_000 : 10_000);
    const before = load.acknowledged.size;
    const widenedAt = performance.now();
    volume.widen();
    if (what === 'log' && met) await postgres.start();
    const recovered = await untilTaken(() => load.acknowledged.size > before);
    const recoveredMs = Math.round(performance.now() - widenedAt);
    const answers = await asking.end();
    const refused = answers.filter(
      one => one.askedAt > squeezedAt && one.askedAt < widenedAt && one.status === 503,
    ).length;
    await pause(1_000);
    load.halt();
    await load.done;
    await world.atRest();
    for (const one of answers) if (isTaken(one)) load.acknowledged.set(one.reference, { id: one.id!, status: '' });
    const books = await compareBooks(postgres, await emulator.copies(), load.acknowledged, { bound: 1 });
    found.push(...violations(books, { everUnknown: 4 * SLOTS, twice: 0 }));
    if (!met) found.push('the volume never became full: this tried nothing');
    if (refused === 0) found.push('nobody was told 503');
    if (!recovered) found.push(`nothing was taken within ${RECOVERS_WITHIN_MS / 1_000} s after there was room again`);
    const odd = [
      ...load.odd.keys(),
      ...answers.filter(one => !isTaken(one) && one.status !== 503).map(one => `${one.status}`),
    ];
    if (odd.length > 0) found.push(`answers that nobody should get: ${[...new Set(odd)].join(', ')}`);
    if (services.some((one, index) => !one.running() || one.pid !== pids[index])) found.push('a process ended');
    const line = `${refused} told 503, ${books.lost.length} of ${books.acknowledged} missing, taking again after ${recoveredMs} ms`;
    run.say(`${what}: ${line}`);
    return {
      found,
      said: line,
      figures: { refused, recoveredMs, acknowledged: books.acknowledged, byState: books.byState },
    };
  } finally {
    await world.close();
    await rm(roomy, { recursive: true, force: true });
  }
}

const isTaken = (one: Answer): boolean => one.status >= 200 && one.status < 300 && one.id !== undefined;

/** Made once, and its log moved away before it is used: the two grow on volumes of their own. */
async function separateLog(dataDir: string, to: string): Promise<void> {
  const server = await startEmbedded({ dataDir, say: () => {}, settings: SMALL_LOG });
  await server.stop();
  const cluster = join(dataDir, 'postgres', 'data');
  const from = join(cluster, 'pg_wal');
  const { uid, gid } = statSync(cluster);
  cpSync(from, to, { recursive: true });
  rmSync(from, { recursive: true });
  symlinkSync(to, from);
  lchownSync(from, uid, gid);
  const entries = readdirSync(to, { recursive: true, encoding: 'utf8' });
  for (const path of [to, ...entries.map(name => join(to, name))]) lchownSync(path, uid, gid);
}

/** The service says 503, or PostgreSQL has ended for want of a place to write: false when neither happens. */
async function untilRefused({ caller }: World, lost: Promise<void> | undefined): Promise<boolean> {
  const over = AbortSignal.timeout(60_000);
  if (lost) return Promise.race([lost.then(() => true), pause(60_000, false)]);
  for (let index = 0; !over.aborted; index += 1) {
    const answer = await caller.call('/api/wa/optin', {
      phone: phoneOf(1_000_000 + index),
      status: 'opt_in',
      source: 'checkout',
      text: 'Send me news '.repeat(20),
    });
    if (answer.status === 503) return true;
  }
  return false;
}

async function untilTaken(taken: () => boolean): Promise<boolean> {
  const until = performance.now() + RECOVERS_WITHIN_MS;
  while (!taken()) {
    if (performance.now() > until) return false;
    await pause(50);
  }
  return true;
}
