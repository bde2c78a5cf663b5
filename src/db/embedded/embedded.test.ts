import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { startEmbedded } from '../embedded.ts';
import { availability } from './package-files.ts';
import { explain } from './problem.ts';
import { look, waitUntil } from './process-table.ts';
import { atEnd, query, runTidings, temporaryFolder } from './running-tidings.ts';
import { settingsFile } from './settings.ts';

const silent = () => {};

test('the second start finds the rows of the first, in well under half a second', async t => {
  const dataDir = join(temporaryFolder(t), 'data');
  let begun = performance.now();
  const first = await startEmbedded({ dataDir, say: silent });
  const firstMs = performance.now() - begun;
  await query(first, 'create table kept as select 42 as answer');
  await first.stop();
  assert.equal(look(first.serverPid).life, 'gone');
  assert.ok(!existsSync(first.connection.host), 'the socket folder is removed');

  begun = performance.now();
  const second = await startEmbedded({ dataDir, say: silent });
  const secondMs = performance.now() - begun;
  atEnd(t, second.stop);
  assert.deepEqual(await query(second, 'select answer from kept'), [{ answer: 42 }]);
  t.diagnostic(`first start ${Math.round(firstMs)} ms, second start ${Math.round(secondMs)} ms`);
});

test('the server is durable, private, and set up as the settings say', async t => {
  const dataDir = join(temporaryFolder(t), 'data');
  const database = await startEmbedded({
    dataDir,
    say: silent,
    settings: { work_mem: '9MB', cluster_name: "it's \\us" },
  });
  atEnd(t, database.stop);
  const rows = await query<{ name: string; setting: string }>(
    database,
    `select name, current_setting(name) as setting from pg_settings where name in ('fsync', 'full_page_writes',
     'data_checksums', 'listen_addresses', 'unix_socket_permissions', 'jit', 'max_connections', 'work_mem', 'cluster_name',
     'log_min_error_statement') order by name`,
  );
  assert.deepEqual(Object.fromEntries(rows.map(row => [row.name, row.setting])), {
    cluster_name: "it's \\us",
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    jit: 'off',
    listen_addresses: '',
    log_min_error_statement: 'panic',
    max_connections: '60',
    unix_socket_permissions: '0700',
    work_mem: '9MB',
  });
  const [collation] = await query(
    database,
    `select datlocprovider, datlocale, upper('ășț') from pg_database where datname = 'tidings'`,
  );
  assert.deepEqual(collation, { datlocprovider: 'b', datlocale: 'C.UTF-8', upper: 'ĂȘȚ' });
});

test('a second living Tidings on the same folder is refused, and the first keeps its server', async t => {
  const folder = temporaryFolder(t);
  const first = await runTidings(t, join(folder, 'data'));
  symlinkSync(join(folder, 'data'), join(folder, 'the same by another name'));
  await assert.rejects(
    startEmbedded({ dataDir: join(folder, 'the same by another name'), say: silent }),
    (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`Another Tidings \\(process ${first.child.pid}\\) is using the data folder`),
      );
      return true;
    },
  );
  assert.deepEqual(await query(first, 'select 1 as alive'), [{ alive: 1 }]);
});

test('a program that ends without stopping it leaves no server behind', async t => {
  const running = await runTidings(t, join(temporaryFolder(t), 'data'), { work: 'end' });
  if (running.child.exitCode === null) await once(running.child, 'exit');
  assert.equal(running.child.exitCode, 0, 'the embedded server does not keep a program alive');
  assert.ok(await waitUntil(() => look(running.serverPid).life !== 'alive', 5_000));
});

test('Ctrl-C reaches Tidings only: the server is in another session', {
  skip: process.platform !== 'linux',
}, async t => {
  const running = await runTidings(t, join(temporaryFolder(t), 'data'));
  const supervisor = running.tree()[1]!;
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.kill(supervisor, signal);
  process.kill(running.child.pid!, 0);
  assert.deepEqual(await query(running, 'select 1 as alive'), [{ alive: 1 }]);
  const sessions = await import('node:fs').then(fs =>
    [running.child.pid!, running.serverPid].map(
      pid => fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[3],
    ),
  );
  assert.notEqual(sessions[0], sessions[1]);
});

test('data of another PostgreSQL is left alone, and the sentence says which', async t => {
  const dataDir = join(temporaryFolder(t), 'data');
  const cluster = join(dataDir, 'postgres', 'data');
  mkdirSync(cluster, { recursive: true });
  writeFileSync(join(cluster, 'PG_VERSION'), '17\n');
  await assert.rejects(startEmbedded({ dataDir, say: silent }), /written by PostgreSQL 17; this Tidings brings 18/);
  mkdirSync(join(dirname(dataDir), 'b', 'postgres', 'data'), { recursive: true });
  writeFileSync(join(dirname(dataDir), 'b', 'postgres', 'data', 'holiday.jpg'), '');
  await assert.rejects(startEmbedded({ dataDir: join(dirname(dataDir), 'b'), say: silent }), /no PostgreSQL data/);
});

test('where no embedded PostgreSQL can run, one line asks for DATABASE_URL', () => {
  const linux = { platform: 'linux', arch: 'x64', glibc: '2.36' };
  assert.deepEqual(availability(linux, '/native'), { ok: true });
  const refused = [
    availability({ ...linux, glibc: undefined }, '/native'),
    availability({ ...linux, platform: 'win32' }, '/native'),
    availability({ ...linux, arch: 'riscv64' }, '/native'),
    availability(linux, undefined),
  ];
  for (const answer of refused) assert.match(answer.ok ? '' : answer.reason, /^[^\n]*DATABASE_URL[^\n]*$/);
});

test('what the system says becomes a sentence that says what to do', () => {
  const sentences = [
    ['could not write to file: No space left on device', /disk that holds \/d is full/],
    ["EACCES: permission denied, mkdir '/d'", /Start Tidings as the user who owns that folder/],
    ["EROFS: read-only file system, mkdir '/d'", /read-only file system/],
    ['data directory "/d" has wrong ownership', /chown/],
    ['something nobody has seen before', /^something nobody has seen before$/],
  ] as const;
  for (const [raw, sentence] of sentences) assert.match(explain(new Error(raw), '/d'), sentence);
});

test('a setting is quoted, and what is no name is refused', () => {
  assert.match(settingsFile({ cluster_name: "a'b\\c" }), /^cluster_name = 'a''b\\\\c'$/m);
  assert.throws(() => settingsFile({ 'fsync = off\nx': '1' }), /not the name/);
});
