/**
 * `npm run check`: what can be judged without a service. Types, formatting and lint, dead code, generated files, laws.
 * All of it runs, whatever fails, and the complaints stand together at the end.
 *
 * knip.json takes no comments, so its reasons stand here. `emulator/page` is the browser's: its imports are addresses
 * below the page and no paths. What a file exports and uses itself is not dead: unit tests beside it may take it.
 * The two packages that are not missed wait for what will use them; docs/explain/dependencies.md says for what.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Step {
  name: string;
  /** A program of node_modules/.bin, or a file of ours for this very Node. */
  run: readonly [string, ...string[]];
}

const STEPS: readonly Step[] = [
  { name: 'types', run: ['tsc', '--noEmit'] },
  { name: 'formatting and lint', run: ['biome', 'check', '--colors=off', '--max-diagnostics=50', '.'] },
  { name: 'dead code and dependencies', run: ['knip', '--no-progress'] },
  { name: 'generated files', run: ['bin/tidings.mjs', 'generate', '--check'] },
  { name: 'laws and proofs', run: ['test/run.ts', 'test/architecture', 'test/statements'] },
];

interface Result {
  step: Step;
  ok: boolean;
  seconds: number;
  output: string;
}

const isOurs = (program: string): boolean => existsSync(join(ROOT, program));

async function run(step: Step): Promise<Result> {
  const [program, ...args] = step.run;
  const command = isOurs(program) ? process.execPath : join(ROOT, 'node_modules', '.bin', program);
  const began = performance.now();
  const child = spawn(command, isOurs(program) ? [program, ...args] : args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const code = await new Promise<number | null>(resolve => {
    child.once('error', error => {
      output += `${command}: ${error.message}\n`;
      resolve(1);
    });
    child.once('close', resolve);
  });
  return { step, ok: code === 0, seconds: (performance.now() - began) / 1000, output };
}

const line = ({ step, ok, seconds }: Result): string =>
  `${ok ? 'ok    ' : 'FAILED'}  ${step.name.padEnd(28)} ${seconds.toFixed(1)} s`;

const results: Result[] = [];
// One after the other: side by side they would take each other's cores, and the seconds shown would mean nothing.
for (const step of STEPS) {
  const result = await run(step);
  results.push(result);
  console.log(line(result));
}

const failed = results.filter(result => !result.ok);
for (const { step, output } of failed) console.log(`\n── ${step.name}: ${step.run.join(' ')}\n\n${output.trim()}`);
console.log(
  failed.length === 0
    ? `\nall ${results.length} checks are well`
    : `\n${failed.length} of ${results.length} checks failed: ${failed.map(({ step }) => step.name).join(', ')}`,
);
process.exit(failed.length === 0 ? 0 : 1);
