/**
 * For the tests: another process that starts an embedded PostgreSQL as Tidings does, so that it can be killed. It
 * reports on stdout, one JSON line each: what was said, that it is ready, which rows were acknowledged.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Embedded } from '../embedded.ts';
import { errorCode } from './problem.ts';
import { look, waitUntil } from './process-table.ts';

export const isRoot = process.getuid?.() === 0;

const HERE = new URL('../embedded.ts', import.meta.url).href;

/** What the child does once its database is there. */
const WORK = {
  idle: 'setInterval(() => {}, 1000);',
  end: '',
  insert: `await client.query('create table row (id int primary key)');
    for (let id = 1; ; id += 1) { await client.query('insert into row values ($1)', [id]); tell({ acknowledged: id }); }`,
  compute: `tell({ backend: client.processID }); client.query('select count(*) from generate_series(1, 9000000) a where a % 3 = 1').catch(() => {});
    setInterval(() => {}, 1000);`,
};

interface RunningTidings {
  child: ChildProcess;
  serverPid: number;
  url: string;
  said: string[];
  reported: Record<string, unknown>[];
  tree(): number[];
  /** Killed, and its server properly stopped by the supervisor. */
  end(): Promise<void>;
}

interface RunOptions {
  work?: keyof typeof WORK;
  env?: Record<string, string>;
  uid?: number;
  /** The copy of embedded.ts to run. */
  module?: string;
}

export async function runTidings(t: TestContext, dataDir: string, options: RunOptions = {}): Promise<RunningTidings> {
  const script = `import { startEmbedded } from ${JSON.stringify(options.module ?? HERE)};
    import pg from ${JSON.stringify(import.meta.resolve('pg'))};
    const tell = report => process.stdout.write(JSON.stringify(report) + '\\n');
    const database = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, say: said => tell({ said }) })
      .catch(error => { tell({ failed: error.message }); process.exit(1); });
    const client = new pg.Client(database.url);
    client.on('error', () => {});
    await client.connect();
    tell({ ready: { serverPid: database.serverPid, url: database.url } });
    ${WORK[options.work ?? 'idle']}
    ${options.work === 'end' ? 'await client.end();' : ''}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: '/usr/bin:/bin', ...options.env },
    cwd: '/',
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let serving: number | undefined;
  const end = async () => {
    child.kill('SIGKILL');
    // Its supervisor still writes into the folders that the test is about to remove.
    assert.ok(await waitUntil(() => serving === undefined || look(serving).life !== 'alive', 15_000));
    await sleep(50);
  };
  atEnd(t, end);
  const reported: Record<string, unknown>[] = [];
  const lines = createInterface({ input: child.stdout! });
  const ready = new Promise<{ serverPid: number; url: string }>((resolve, reject) => {
    lines.on('line', line => {
      const report = JSON.parse(line) as { ready?: { serverPid: number; url: string } };
      reported.push(report);
      serving = report.ready?.serverPid ?? serving;
      if (report.ready) resolve(report.ready);
    });
    child.once('exit', code => reject(new Error(`the child ended with ${code}: ${JSON.stringify(reported)}`)));
  });
  const { serverPid, url } = await ready;
  const said = reported.flatMap(report => (typeof report['said'] === 'string' ? [report['said']] : []));
  return { child, serverPid, url, said, reported, end, tree: () => descendants(child.pid!) };
}

/**
 * Last in, first out, and each of them whatever the others do. node:test runs its own in the order of their
 * registration (folders before the servers in them) and skips the rest after a failure.
 */
export function atEnd(t: TestContext, work: () => unknown): void {
  const registered = cleanups.get(t) ?? [];
  if (registered.length === 0) {
    cleanups.set(t, registered);
    t.after(async () => {
      const results = [];
      for (const next of registered.reverse()) results.push(...(await Promise.allSettled([(async () => next())()])));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    });
  }
  registered.push(work);
}

const cleanups = new WeakMap<TestContext, (() => unknown)[]>();

/** Nobody in the tree gets a chance to react: everybody is frozen before anybody dies. */
export async function killAtOnce(running: RunningTidings, pids: number[]): Promise<void> {
  const dying = once(running.child, 'exit');
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  for (const pid of running.tree()) if (!pids.includes(pid)) goOn(pid);
  if (pids.includes(running.child.pid!)) await dying;
}

/** A server process whose client was just killed may have ended since it was listed. */
function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

function descendants(root: number): number[] {
  const table = spawnSync('ps', ['-A', '-o', 'pid=,ppid=']).stdout.toString().trim().split('\n');
  const pairs = table.map(line => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [root];
  for (const pid of found) found.push(...pairs.filter(([, parent]) => parent === pid).map(([child]) => child));
  return found;
}

/** Like anybody's folder: the server's user may pass through it, also when the tests run as root. */
export function temporaryFolder(t: TestContext, mode = 0o755): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'tidings-test-'));
  chmodSync(folder, mode);
  atEnd(t, () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}

export async function query<R extends pg.QueryResultRow>(database: Pick<Embedded, 'url'>, sql: string): Promise<R[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}
