/**
 * What a run that was killed may have left on the data: a postmaster without its supervisor, server processes without
 * their postmaster, a lock file with a number that by now means nobody, or somebody else. Called under the folder's
 * lock, so no living Tidings uses any of it.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, Problem } from './problem.ts';
import { backendsOn, isServerOn, look, waitUntil } from './process-table.ts';
import { FAST_STOP_MS, IMMEDIATE_STOP_MS } from './server.ts';

const BACKENDS_END_MS = 10_000;

export async function clearLeftovers(cluster: string, say: (line: string) => void): Promise<void> {
  const pid = readServerPid(cluster);
  if (pid === undefined) return;
  if (isServerOn(look(pid), cluster)) {
    say(`PostgreSQL of an earlier run (process ${pid}) is still serving this data: stopping it first.`);
    await stopServer(pid, cluster);
  }
  await outlastBackends(cluster, say);
  if (readServerPid(cluster) !== pid) return;
  const view = look(pid);
  // Gone: PostgreSQL finds that out by itself, and still reads from the file which shared memory it has to check.
  // Unreadable: nothing is proven; PostgreSQL will say what it thinks of it.
  if (view.life === 'gone' || view.command === undefined || isServerOn(view, cluster)) return;
  // A killed server is a zombie until its new parent reaps it: that took 1 to 2 s here, and is never in a container
  // without an init. PostgreSQL takes it for alive; but nothing of it runs, and its shared memory is given back.
  const who = view.life === 'zombie' ? 'is dead' : 'is not a PostgreSQL on this data';
  say(`Removing ${join(cluster, 'postmaster.pid')}: process ${pid} ${who}.`);
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

function readServerPid(cluster: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(cluster, 'postmaster.pid'), 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Stops a postmaster that is not our child. Asks who it is before each signal: numbers are given again. */
export async function stopServer(pid: number, cluster: string): Promise<void> {
  const lives = () => isServerOn(look(pid), cluster);
  for (const [signal, limitMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    if (!lives()) return;
    send(pid, signal);
    if (await waitUntil(() => !lives(), limitMs)) return;
  }
  throw new Problem(`PostgreSQL (process ${pid}) on ${cluster} does not end. End it (kill -9 ${pid}) and start again.`);
}

/**
 * Without their postmaster they end by themselves, at the latest with their query. Until then they hold the shared
 * memory, and a new server on the same files would be two: PostgreSQL refuses to start.
 */
async function outlastBackends(cluster: string, say: (line: string) => void): Promise<void> {
  const over = () => backendsOn(cluster).length === 0;
  if (over()) return;
  say(`Waiting for ${backendsOn(cluster).length} PostgreSQL processes of an earlier run to end.`);
  for (const signal of ['SIGTERM', 'SIGQUIT'] as const) {
    if (await waitUntil(over, BACKENDS_END_MS)) return;
    for (const pid of backendsOn(cluster)) send(pid, signal);
  }
  await waitUntil(over, BACKENDS_END_MS);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return;
    throw new Problem(
      `PostgreSQL of an earlier run (process ${pid}) belongs to another user and may not be stopped (${errorCode(error)}). Stop it as that user or as root.`,
    );
  }
}
