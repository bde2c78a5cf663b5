/** The service as its user starts it: the command, the port, the data folder. Nothing of it shares our process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killTree } from './process-tree.ts';

const entry = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin', 'tidings.mjs');

export interface Service {
  url: string;
  /** As the greeting prints it: whoever starts the service reads it there too. */
  key: string;
  child: ChildProcess;
  readyMs: number;
  output(): string;
  /** SIGKILL for everything below it too, the database among it; answers how many processes that were. */
  kill(): Promise<number>;
  stop(): Promise<void>;
}

/** Free a moment ago: the service has to be found at the same address after every kill. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function startService(env: Record<string, string>): Promise<Service> {
  const began = performance.now();
  const child = spawn(process.execPath, [entry, 'start'], {
    // Only what goes wrong: it is printed when a start fails.
    env: { ...process.env, TIDINGS_LOG: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', chunk => {
    text += String(chunk);
  });
  child.stderr.on('data', chunk => {
    text += String(chunk);
  });
  const ended = once(child, 'exit');
  const found = await new Promise<{ url: string; key: string }>((resolve, reject) => {
    const look = () => {
      const url = /ready at (http\S+)/.exec(text)?.[1];
      const key = /API key +(\S+)/.exec(text)?.[1];
      if (url && key) resolve({ url, key });
    };
    child.stdout.on('data', look);
    child.once('exit', code => reject(new Error(`the service ended with ${code} before it was ready:\n${text}`)));
  });
  return {
    ...found,
    child,
    readyMs: performance.now() - began,
    output: () => text,
    kill: async () => {
      const count = killTree(child.pid!);
      await ended;
      return count;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
