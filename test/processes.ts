/** Commands of ours as processes of their own, as an operator starts them, with everything that they say kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ClientConfig } from 'pg';

const ENTRY = join(fileURLToPath(new URL('..', import.meta.url)), 'bin', 'tidings.mjs');

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  tookMs: number;
}

export interface Running {
  url: string;
  child: ChildProcess;
  /** Standard output and standard error in the order of their arrival. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<Ending>;
}

export interface Ended extends Ending {
  output: string;
}

interface Spawned {
  child: ChildProcess;
  output(): string;
  ended: Promise<unknown>;
}

/** Nothing of our environment but the path: a developer's own settings must not decide what is tested. */
function spawnCommand(args: readonly string[], env: Record<string, string>, cwd: string): Spawned {
  const path = process.env['PATH'] ?? '';
  const child = spawn(process.execPath, [ENTRY, ...args], {
    // An `.env` is read from the working folder, so this is an empty one.
    cwd,
    env: { PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { child, output: () => text, ended: once(child, 'close') };
}

/** A command that serves, once it has said its address. */
export async function startCommand(
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<Running> {
  const { child, output, ended } = spawnCommand(args, env, cwd);
  const url = await until(`${args.join(' ')} is ready`, () => {
    if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended with ${child.exitCode}:\n${output()}`);
    return /ready at (http\S+)/.exec(output())?.[1];
  }).catch(error => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    url,
    child,
    output,
    stop: async (signal = 'SIGTERM') => {
      const began = performance.now();
      child.kill(signal);
      await ended;
      return { code: child.exitCode, signal: child.signalCode, tookMs: performance.now() - began };
    },
  };
}

/** A command that says what it has to say and ends. */
export async function runCommand(args: readonly string[], env: Record<string, string>, cwd: string): Promise<Ended> {
  const began = performance.now();
  const { child, output, ended } = spawnCommand(args, env, cwd);
  // A command that should have ended is killed, and its output says how far it came.
  const late = AbortSignal.timeout(30_000);
  late.addEventListener('abort', () => child.kill('SIGKILL'));
  await ended;
  return { code: child.exitCode, signal: child.signalCode, tookMs: performance.now() - began, output: output() };
}

/** Looks again and again until there is something; what never comes is an error with a name. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await pause(25);
  }
}

/** The address of a test's database, as DATABASE_URL wants it: the embedded server is a socket and has no host's name. */
export function databaseUrl(connection: ClientConfig, password = ''): string {
  const url = new URL('postgresql://localhost');
  url.username = encodeURIComponent(connection.user ?? 'postgres');
  url.password = encodeURIComponent(typeof connection.password === 'string' ? connection.password : password);
  url.pathname = `/${connection.database}`;
  if (connection.host?.startsWith('/')) url.searchParams.set('host', connection.host);
  else url.hostname = connection.host ?? '127.0.0.1';
  if (connection.host?.startsWith('/')) url.searchParams.set('port', String(connection.port));
  else url.port = String(connection.port ?? 5432);
  return url.href;
}
