/**
 * Node's own runner over the files in the order in which they are given: `node --test` sorts them by name, and then a long
 * one that is called `tenancy` runs alone at the end. Started by run.ts, which has prepared the database.
 */
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const took: { file: string; ms: number }[] = [];
const events = run({
  files: process.argv.slice(2),
  // Each is a process with an app and a database of its own, and waits for the database half of its time.
  concurrency: Number(process.env['TIDINGS_TEST_FILES_AT_ONCE']),
  timeout: 120_000,
});
events.on('test:fail', ({ todo, skip }) => {
  if (todo === undefined && skip === undefined) process.exitCode = 1;
});
events.on('test:summary', ({ file, duration_ms: ms, success }) => {
  if (file === undefined) {
    if (!success) process.exitCode = 1;
  } else took.push({ file, ms });
});
events.compose(new spec()).pipe(process.stdout);
process.once('exit', () => {
  if (process.env['TIDINGS_TEST_TIMES'] !== 'on') return;
  for (const { file, ms } of took.sort((one, other) => other.ms - one.ms).slice(0, 40))
    console.log(`${(ms / 1_000).toFixed(1).padStart(6)} s  ${file}`);
});
