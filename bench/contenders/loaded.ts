/** Starts a load against the product and hands back what it measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadJob } from '../load.ts';

export async function load(job: LoadJob): Promise<{ value: number; p50_ms: number; p99_ms: number; errors: number }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../load.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', chunk => {
    text += String(chunk);
  });
  // By its input and not as an argument: the correlations of a hundred thousand messages are too long for one.
  child.stdin.end(JSON.stringify(job));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  return JSON.parse(text) as { value: number; p50_ms: number; p99_ms: number; errors: number };
}
