/** Processes of the service, as an operator starts them, that are killed and started again on the same port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { killTree } from '../process-tree.ts';
import { ENTRY } from './command.ts';

export type Role = 'all' | 'api' | 'worker';

export interface ServiceProcess {
  readonly role: Role;
  readonly url: string;
  readonly pid: number;
  running(): boolean;
  /** Everything that it said so far, over all its lives. */
  output(): string;
  readonly readyMs: number[];
  /** `extra`: for this life only. */
  start(extra?: { env?: Record<string, string>; flags?: readonly string[] }): Promise<void>;
  /** Resolves when it has ended by itself or by somebody's hand. */
  ended(): Promise<void>;
  /** SIGKILL for it and everything below it. */
  kill(): Promise<void>;
  /** SIGTERM; how long it took and with what it ended. */
  stop(): Promise<{ code: number | null; tookMs: number }>;
}

export interface ServiceOptions {
  role: Role;
  port: number;
  env: Record<string, string>;
  /** Of Node itself, before the program: failpoints come in by `--import`. */
  flags?: readonly string[];
  /** Another program than this checkout's: that of an earlier version. */
  entry?: string;
  /** Put in front, such as a library that fakes the clock. */
  wrapper?: readonly string[];
}

const READY_WITHIN_MS = 60_000;

export function serviceProcess({
  role,
  port,
  env,
  flags = [],
  wrapper = [],
  entry = ENTRY,
}: ServiceOptions): ServiceProcess {
  let child: ChildProcess | undefined;
  let text = '';
  const readyMs: number[] = [];
  const url = `http://127.0.0.1:${port}`;
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const ended = async (): Promise<void> => {
    if (running()) await once(child!, 'exit');
  };
  return {
    role,
    url,
    readyMs,
    get pid() {
      return child?.pid ?? 0;
    },
    running,
    output: () => text,
    ended,
    start: async (extra = {}) => {
      const began = performance.now();
      const [program = process.execPath, ...before] = [...wrapper, process.execPath];
      child = spawn(program, [...before, ...(extra.flags ?? flags), entry, 'start', '--role', role], {
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '', TIDINGS_LOG: 'warn', ...env, ...extra.env, PORT: String(port) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout!, child.stderr!])
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text = (text + chunk).slice(-200_000);
        });
      await untilReady(url, running, () => text);
      readyMs.push(Math.round(performance.now() - began));
    },
    kill: async () => {
      if (!running()) return;
      killTree(child!.pid!);
      await ended();
    },
    stop: async () => {
      const began = performance.now();
      if (running()) child!.kill('SIGTERM');
      await ended();
      return { code: child?.exitCode ?? null, tookMs: Math.round(performance.now() - began) };
    },
  };
}

/** Ready in the words of its own health page: database, workers, lags. */
async function untilReady(url: string, running: () => boolean, output: () => string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    if (!running()) throw new Error(`the service ended before it was ready:\n${output().slice(-4_000)}`);
    if (performance.now() > until) throw new Error(`the service is not ready:\n${output().slice(-4_000)}`);
    await pause(50);
  }
}
