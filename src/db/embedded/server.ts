/** One run of the postmaster, as the supervisor's child: started, ready, ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { PORT } from './order.ts';
import { ServerLog } from './server-log.ts';
import { type ServerUser, spawnIdentity } from './server-user.ts';

export interface ServerRun {
  pid: number;
  /** 'ready' once it takes connections; else what it said before it gave up. */
  outcome: Promise<'ready' | { failed: string[] }>;
  ended: Promise<string>;
  /** The end of its log and how it ended, once it has. */
  lastLines: Promise<string[]>;
  stop(): Promise<void>;
}

/** Fast: clients are cut off and a checkpoint is written. That may take long on a slow disk, so it has a limit. */
export const FAST_STOP_MS = 10_000;
/** Immediate: no checkpoint, the next start replays the log. The postmaster itself kills what lingers after 5 s. */
export const IMMEDIATE_STOP_MS = 15_000;

export interface ServerOptions {
  cluster: string;
  socketFolder: string;
  logPath: string;
  binaries: Binaries;
  user: ServerUser;
  say(line: string): void;
}

export function startServer(options: ServerOptions): ServerRun {
  const { binaries, cluster, socketFolder } = options;
  // Only what identifies this run stands here (process-table.ts reads it); the rest is in the settings file.
  const child = spawn(binaries.postgres, ['-D', cluster, '-k', socketFolder, '-p', String(PORT)], {
    cwd: '/',
    env: binaries.environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...spawnIdentity(options.user),
  });
  const log = new ServerLog(options.logPath);
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with code ${code}`));
  });
  const ready = new Promise<'ready'>(resolve => {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      for (const line of log.take(chunk)) {
        if (line.includes('database system is ready to accept connections')) resolve('ready');
        if (line.includes('automatic recovery in progress')) {
          options.say('PostgreSQL was not shut down properly last time: recovering from its log, nothing is lost.');
        }
        // Every 10 s while a long log is replayed: silence would look like a hang.
        if (line.includes('redo in progress')) options.say(`PostgreSQL: ${line.slice(line.indexOf('redo'))}`);
      }
    });
  });
  // Its last words may arrive after the news of its end; "close" follows both, unless a child of it keeps stderr open.
  const silent = new Promise<void>(resolve => child.once('close', () => resolve()));
  const lastLines = ended.then(async how => {
    await Promise.race([silent, sleep(500)]);
    return [...log.recent, how];
  });
  const outcome = Promise.race([ready, lastLines.then(failed => ({ failed }))]);
  return { pid: child.pid ?? 0, outcome, ended, lastLines, stop: () => stopChild(child, ended) };
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  const over = ended.then(() => true);
  // `child.kill` is safe where `process.kill` is not: Node signals only a child that it has not reaped yet.
  for (const [signal, limitMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    if (await Promise.race([over, sleep(limitMs, false, { ref: false })])) return;
  }
}
