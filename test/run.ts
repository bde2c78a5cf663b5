/**
 * Runs the suite: one PostgreSQL for the whole run, a template database that every test file copies, then node's own
 * runner. `npm test` runs everything, `npm test -- src/lib` what lies below a folder, `npm test -- --browser` the pages.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openServer } from './database.ts';

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

const wanted = ['src', 'emulator', 'test', 'bench']
  .flatMap(folder => testFiles(join(root, folder)))
  .filter(file => places.length === 0 || places.some(place => file.startsWith(place.replace(/\/$/, ''))))
  .filter(file => !options.includes('--browser') || file.includes('.browser.'));
if (wanted.length === 0) {
  console.error(`no test file lies below ${places.join(', ') || 'here'}`);
  process.exit(1);
}

// Every file is a process that loads the same modules: compiled once, they load in half the time.
const compiled = mkdtempSync(join(tmpdir(), 'tidings-compiled-'));
const server = await openServer(line => console.log(line));
const runner = spawn(
  process.execPath,
  [
    '--test',
    // Files at once. Each is a process with an app and a database of its own.
    '--test-concurrency=2',
    '--test-timeout=120000',
    ...options.filter(option => option !== '--browser'),
    ...wanted,
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: compiled, TIDINGS_TEST_SERVER: JSON.stringify(server.connection) },
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
rmSync(compiled, { recursive: true, force: true });
process.exit(code ?? 1);
