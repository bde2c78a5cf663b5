/** The command line, as an operator types it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ENTRY = join(fileURLToPath(new URL('../../..', import.meta.url)), 'bin', 'tidings.mjs');

export interface Ran {
  code: number | null;
  output: string;
  tookMs: number;
}

export async function tidings(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const began = performance.now();
  const child = spawn(process.execPath, [ENTRY, ...args], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, tookMs: Math.round(performance.now() - began) };
}

/** For what has to work: anything but a good end is told with its words. */
export async function tidingsWell(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const ran = await tidings(args, env);
  if (ran.code !== 0) throw new Error(`tidings ${args.join(' ')} ended with ${ran.code}: ${ran.output}`);
  return ran;
}
