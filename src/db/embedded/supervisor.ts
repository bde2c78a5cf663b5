/**
 * The process between Tidings and PostgreSQL. It is in a session of its own, so Ctrl-C in the terminal reaches only
 * Tidings, which drains over a living database. Its stdin is our life: when that pipe closes (we ended, or were
 * killed) it stops the server and ends. Everything that can go wrong at a start also happens here, so that a Tidings
 * that is killed in the middle of it leaves somebody who clears up.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries } from './binaries.ts';
import { prepareCluster } from './cluster.ts';
import { lockFolder } from './folder-lock.ts';
import { clearLeftovers } from './leftovers.ts';
import { type Order, PORT, type Report } from './order.ts';
import { nativeFolder } from './package-files.ts';
import { choosePlaces, findCluster, makeDataDir } from './places.ts';
import { explain, Problem } from './problem.ts';
import { type ServerOptions, type ServerRun, startServer } from './server.ts';
import { chooseServerUser } from './server-user.ts';
import { makeSocketFolder, removeSocketFolder } from './socket-folder.ts';

/** Two refusals of PostgreSQL that pass with time: see leftovers.ts. */
const PASSING = /lock file ".*" already exists|pre-existing shared memory block/;
const RETRY_FOR_MS = 30_000;

async function supervise(order: Order, tell: (report: Report) => void, lifeline: AbortSignal): Promise<void> {
  const say = (line: string) => tell({ say: line });
  makeDataDir(order.dataDir, process.getuid?.() === 0);
  const user = chooseServerUser(order.dataDir, findCluster(order.dataDir));
  const lock = await lockFolder(order.dataDir, order.ownerPid, say, lifeline);
  try {
    const places = choosePlaces(order.dataDir, order.temporaryFolders, user);
    if (places.warning) say(places.warning);
    const socketFolder = makeSocketFolder(order.dataDir, order.temporaryFolders, user);
    try {
      // Root copies nothing into the socket folder: it is the server user's, who could point it elsewhere.
      const homes = user.stepDown ? [places.home] : [places.home, socketFolder];
      const binaries = findBinaries(nativeFolder() ?? '', homes, socketFolder, user, say);
      await prepareCluster(places.cluster, binaries, user, order.settings, say, lifeline);
      const logPath = join(places.home, 'server.log');
      await serve({ cluster: places.cluster, socketFolder, logPath, binaries, user, say }, tell, lifeline);
    } finally {
      removeSocketFolder(socketFolder, user);
    }
  } finally {
    lock.release();
  }
}

async function serve(options: ServerOptions, tell: (report: Report) => void, lifeline: AbortSignal): Promise<void> {
  const { cluster, socketFolder } = options;
  const cut = new Promise<void>(resolve => lifeline.addEventListener('abort', () => resolve()));
  const server = await startPatiently(options, cut, lifeline);
  if (!lifeline.aborted) {
    tell({ ready: { socketFolder, port: PORT, serverPid: server.pid, cluster } });
    await Promise.race([server.ended, cut]);
  }
  if (!lifeline.aborted) tell({ ended: `PostgreSQL ended by itself. ${lastWords(await server.lastLines, options)}` });
  await server.stop();
}

/** Waits for readiness without a limit: after a crash the log is replayed, and giving up would only begin it anew. */
async function startPatiently(options: ServerOptions, cut: Promise<void>, lifeline: AbortSignal): Promise<ServerRun> {
  const begun = performance.now();
  for (let first = true; ; first = false) {
    await clearLeftovers(options.cluster, options.say);
    lifeline.throwIfAborted();
    const server = startServer(options);
    const outcome = await Promise.race([server.outcome, cut]);
    if (outcome === 'ready' || outcome === undefined) return server;
    const words = outcome.failed.join('\n');
    if (!PASSING.test(words) || performance.now() - begun > RETRY_FOR_MS) {
      throw new Problem(`PostgreSQL did not start. ${lastWords(outcome.failed, options)}`);
    }
    if (first) options.say('PostgreSQL still finds traces of an earlier run: trying again for half a minute.');
    await sleep(250);
  }
}

/** What it complained about last, explained where we can, without the stamps of the log. */
function lastWords(lines: string[], options: ServerOptions): string {
  const complaints = lines.filter(line => /FATAL|PANIC|ERROR|LOG: {2}could not/.test(line)).slice(-3);
  const words = complaints.length > 0 ? complaints : lines.slice(-3);
  const plain = words.map(line => line.replace(/^.*?(?=[A-Z]{3,}:)/, '')).join(' ');
  return `${explain(plain, options.cluster)} Its log is ${options.logPath}.`;
}

async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? '') as Order;
  // The terminal's Ctrl-C and hang-up, and a service manager that signals the whole group, are meant for Tidings.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});
  process.stdout.on('error', () => {}); // nobody listens any more: the lifeline says the same
  const tell = (report: Report) => void process.stdout.write(`${JSON.stringify(report)}\n`);
  const lifeline = new AbortController();
  process.stdin.on('close', () => lifeline.abort()).on('error', () => lifeline.abort());
  process.stdin.resume();
  try {
    await supervise(order, tell, lifeline.signal);
  } catch (error) {
    if (!lifeline.signal.aborted) tell({ failed: explain(error, order.dataDir) });
    process.exit(1);
  }
  process.exit(0);
}

await main();
