/**
 * Runs the suite: one PostgreSQL for the whole run, a template database that every test file copies, then node's own
 * runner. `npm test` runs everything, `npm test -- src/lib` what lies below a folder, `npm test -- --browser` the pages;
 * `--times` tells what the files took.
 */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openServer } from './database.ts';
import { openScratch } from './scratch.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const options = args.filter(arg => arg.startsWith('--'));
const places = args.filter(arg => !arg.startsWith('--'));

function testFiles(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    if (name === 'node_modules' || name.startsWith('.')) return [];
    if (statSync(path).isDirectory()) return testFiles(path);
    return name.endsWith('.test.ts') ? [relative(root, path)] : [];
  });
}

/** Of this file; the others are for Node. */
const OURS = ['--browser', '--times'];
/** What takes longest goes first, lest it runs alone at the end; `--times` tells whether the list is still right. */
const LONGEST = [
  'test/docs/commands.test.ts',
  'test/journeys/nasty.test.ts',
  'test/statements/tenancy.test.ts',
  'test/journeys/roles.test.ts',
  'test/journeys/agreement.test.ts',
  'test/journeys/spending.test.ts',
  'test/journeys/canaries.test.ts',
  'test/journeys/faults.test.ts',
];
const place = (file: string) => (LONGEST.includes(file) ? LONGEST.indexOf(file) : LONGEST.length);

const wanted = ['src', 'emulator', 'test', 'bench']
  .flatMap(folder => testFiles(join(root, folder)))
  .filter(file => places.length === 0 || places.some(place => file.startsWith(place.replace(/\/$/, ''))))
  .filter(file => !options.includes('--browser') || file.includes('.browser.'))
  .sort((one, other) => place(one) - place(other));
if (wanted.length === 0) {
  console.error(`no test file lies below ${places.join(', ') || 'here'}`);
  process.exit(1);
}

const scratch = openScratch();
process.env['TMPDIR'] = scratch.folder;
const server = await openServer(line => console.log(line));
const runner = spawn(
  process.execPath,
  [...options.filter(option => !OURS.includes(option)), join(root, 'test', 'runner.ts'), ...wanted],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      // Every file is a process that loads the same modules: compiled once, they load in half the time.
      NODE_COMPILE_CACHE: join(scratch.folder, 'compiled'),
      TIDINGS_TEST_SERVER: JSON.stringify(server.connection),
      TIDINGS_TEST_FILES_AT_ONCE: process.env['TIDINGS_TEST_FILES_AT_ONCE'] ?? '3',
      TIDINGS_TEST_TIMES: options.includes('--times') ? 'on' : 'off',
    },
  },
);
// A test that failed before it could close its sockets would hold the run for ever. (The runner's own forced exit loses
// the names of failing tests: it ends their processes before their reports are written.)
const deadline = setTimeout(() => {
  console.error('the suite did not end within fifteen minutes: something keeps a socket open');
  runner.kill('SIGKILL');
}, 15 * 60_000);
const [code] = await new Promise<[number | null]>(resolve => runner.once('exit', status => resolve([status])));
clearTimeout(deadline);
await server.close();
scratch.close();
process.exit(code ?? 1);
