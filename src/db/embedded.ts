/**
 * A PostgreSQL of our own, for a machine that has none: `DATABASE_URL` is empty, so Tidings starts the real server
 * from the npm package in its data folder. This side only talks to the supervisor (embedded/supervisor.ts), which
 * does the work and outlives us by the time that the server needs to stop.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { stopServer } from './embedded/leftovers.ts';
import { NAME, type Order, type Ready, type Report } from './embedded/order.ts';
import { type Availability, availability, nativeFolder, thisMachine } from './embedded/package-files.ts';
import { Problem } from './embedded/problem.ts';

export interface EmbeddedOptions {
  dataDir: string;
  say(line: string): void;
  /** PostgreSQL settings over those of embedded/settings.ts. */
  settings?: Record<string, string>;
}

export interface Embedded {
  connection: { host: string; port: number; user: string; database: string };
  url: string;
  serverPid: number;
  /** Resolves with a sentence if the server or its supervisor ends without `stop`: then Tidings has no database. */
  ended: Promise<string>;
  /** Cuts off whoever is connected, writes everything down, and returns when the server is gone. */
  stop(): Promise<void>;
}

type Supervisor = ChildProcessByStdio<Writable, Readable, Readable>;

export function embeddedAvailable(): Availability {
  return availability(thisMachine(), nativeFolder());
}

export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const available = embeddedAvailable();
  if (!available.ok) throw new Problem(available.reason);
  const supervisor = spawnSupervisor({
    dataDir: withoutLinks(resolve(options.dataDir)),
    temporaryFolders: [...new Set([tmpdir(), '/tmp', '/var/tmp'])],
    settings: options.settings ?? {},
    ownerPid: process.pid,
  });
  const { ready, ended } = listen(supervisor, options.say);
  const server = await ready;
  const connection = { host: server.socketFolder, port: server.port, user: NAME, database: NAME };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(supervisor, server);
    return stopping;
  };
  try {
    await makeDatabase(connection);
  } catch (error) {
    await stop();
    throw error;
  }
  letGo(supervisor);
  const url = `postgresql:///${NAME}?host=${encodeURIComponent(server.socketFolder)}&port=${server.port}&user=${NAME}`;
  return { connection, url, serverPid: server.serverPid, ended, stop };
}

/** The same folder has the same name however it was reached: the lock and all other names hang on it. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(withoutLinks(dirname(path)), basename(path));
  }
}

function spawnSupervisor(order: Order): Supervisor {
  const file = fileURLToPath(import.meta.url);
  // Beside this file and of its kind: .ts here, .js once compiled for publication.
  const program = join(dirname(file), 'embedded', `supervisor${extname(file)}`);
  // In a session of its own, at the root (it holds nobody's folder), and without our environment: NODE_OPTIONS that
  // was meant for Tidings (an inspector's port, a test reporter) must not reach it.
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, JSON.stringify(order)], {
    cwd: '/',
    detached: true,
    env: {},
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function listen(
  supervisor: Supervisor,
  say: (line: string) => void,
): { ready: Promise<Ready>; ended: Promise<string> } {
  let complaint = '';
  supervisor.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-2_000);
  });
  supervisor.stdin.on('error', () => {}); // it is gone: "exit" says so
  const ready = Promise.withResolvers<Ready>();
  const ended = Promise.withResolvers<string>();
  createInterface({ input: supervisor.stdout }).on('line', line => {
    const report = JSON.parse(line) as Report;
    if ('say' in report) say(report.say);
    else if ('ready' in report) ready.resolve(report.ready);
    else if ('failed' in report) ready.reject(new Problem(report.failed));
    else ended.resolve(report.ended);
  });
  supervisor.once('error', error => ready.reject(error));
  // "close" and not "exit": its last report may still be in the pipe.
  supervisor.once('close', (code, signal) => {
    const how = `The supervisor of the embedded PostgreSQL ended (${signal ?? `code ${code}`}) ${complaint}`.trim();
    ready.reject(new Error(how));
    ended.resolve(how);
  });
  return { ready: ready.promise, ended: ended.promise };
}

/** Asked at each start, not only after initdb: a start may have been killed between the two. */
async function makeDatabase(connection: Embedded['connection']): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  client.on('error', () => {}); // the query fails with the same words
  await client.connect();
  try {
    const found = await client.query('select from pg_database where datname = $1', [NAME]);
    if (found.rowCount === 0) await client.query(`create database ${NAME}`);
  } finally {
    await client.end();
  }
}

/** A program that has nothing left to do may end without `stop`: the pipe closes with it, and that stops the server. */
function letGo(supervisor: Supervisor): void {
  supervisor.unref();
  for (const pipe of [supervisor.stdin, supervisor.stdout, supervisor.stderr]) {
    if (pipe instanceof Socket) pipe.unref();
  }
}

async function stopAll(supervisor: Supervisor, server: Ready): Promise<void> {
  if (supervisor.exitCode === null && supervisor.signalCode === null) {
    const over = once(supervisor, 'exit');
    supervisor.ref();
    supervisor.stdin.end();
    await over;
  }
  // It may have been killed before: then the server is an orphan, and nobody else will stop it.
  await stopServer(server.serverPid, server.cluster);
}
