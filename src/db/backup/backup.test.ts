/** A backup of a database at work, put back; and everything that must not pass for one. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { restoreCluster } from '../embedded/restore.ts';
import { atEnd, query, temporaryFolder } from '../embedded/running-tidings.ts';
import { type Embedded, startEmbedded } from '../embedded.ts';
import { ARCHIVE, takeBaseBackup } from './base-backup.ts';
import { readDescription } from './description.ts';
import { runningServer } from './running-server.ts';

const silent = () => {};
let folder: string;
let server: Embedded;
let backup: string;
let acknowledged = 0;

before(async context => {
  folder = temporaryFolder(context as never);
  server = await startEmbedded({ dataDir: join(folder, 'data'), say: silent });
  atEnd(context as never, server.stop);
  await query(server, 'create table row (id int primary key, text text)');
  await query(server, "insert into row select id, repeat('x', 500) from generate_series(1, 20000) id");
  backup = join(folder, 'backup');
  mkdirSync(backup);
  // Somebody writes all the time that it is copied.
  let writing = true;
  const writer = (async () => {
    for (let id = 20_001; writing; id += 1) {
      await query(server, `insert into row values (${id}, 'while it was copied')`);
      acknowledged = id;
    }
  })();
  const copied = await takeBaseBackup(server.connection, backup, silent);
  writing = false;
  await writer;
  assert.ok(copied.bytes > 20_000_000);
  assert.match(`${copied.startLsn} ${copied.endLsn}`, /^[0-9A-F]+\/[0-9A-F]+ [0-9A-F]+\/[0-9A-F]+$/);
});

const restoreTo = (name: string, from = backup) =>
  restoreCluster({
    backup: from,
    dataDir: join(folder, name),
    say: silent,
    progress: silent,
    beforeMove: async () => {},
  });

test('what was committed before it is there, in one piece, and the server takes it for its own', async t => {
  const { files } = await restoreTo('restored');
  assert.ok(files > 500);
  const restored = await startEmbedded({ dataDir: join(folder, 'restored'), say: silent });
  atEnd(t, restored.stop);
  const [row] = await query<{ count: number; last: number }>(
    restored,
    'select count(*)::int as count, max(id) as last from row',
  );
  assert.ok(row!.count >= 20_000 && row!.count <= acknowledged);
  assert.equal(row!.count, row!.last, 'a prefix of what was committed, without holes');
});

test('a database that is there is never overwritten, running or not', async () => {
  await assert.rejects(restoreTo('data'), /nothing is overwritten/);
  await assert.rejects(restoreTo('restored'), /nothing is overwritten/);
});

test('one byte that changed, one file that is missing, an end that was cut off: none of it becomes a database', async () => {
  const damaged = (name: string, damage: (path: string) => void) => {
    const copy = join(folder, name);
    cpSync(backup, copy, { recursive: true });
    damage(copy);
    return restoreTo(`from-${name}`, copy);
  };
  const size = readFileSync(join(backup, ARCHIVE)).length;
  const poke = (path: string, at: number, text: string) => writeSync(openSync(join(path, ARCHIVE), 'r+'), text, at);
  await assert.rejects(
    damaged('poked', path => poke(path, readFileSync(join(path, ARCHIVE)).indexOf('xxxxxxxx') + 3, 'y')),
    /is not as it was copied/,
  );
  await assert.rejects(
    damaged('short', path =>
      writeFileSync(join(path, ARCHIVE), readFileSync(join(path, ARCHIVE)).subarray(0, size / 2)),
    ),
    /cut off|damaged|missing/,
  );
  await assert.rejects(
    damaged('header', path => poke(path, 3, '!')),
    /damaged/,
  );
  await assert.rejects(
    damaged('more', path => {
      const manifest = join(path, 'backup_manifest');
      writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"Path": "PG_VERSION"', '"Path": "PG_VERSIONS"'));
    }),
    /does not know/,
  );
  for (const name of readdirSync(folder).filter(each => each.startsWith('from-')))
    assert.ok(!existsSync(join(folder, name, 'postgres', 'data')), `${name} left a database behind`);
});

test('a folder without its description is no backup, and a half-written one has none', async () => {
  await assert.rejects(readDescription(backup), /did not come to its end/);
  await assert.rejects(readDescription(join(folder, 'nowhere')), /no backup/);
});

test('the running server is found by its data folder, and nothing where none runs', async () => {
  const found = await runningServer(join(folder, 'data'));
  assert.deepEqual(found, server.connection);
  assert.equal(await runningServer(join(folder, 'nobody')), undefined);
  // A server that was killed leaves its file behind.
  const stale = join(folder, 'stale', 'postgres', 'data');
  mkdirSync(stale, { recursive: true });
  writeFileSync(join(stale, 'PG_VERSION'), '18');
  writeFileSync(join(stale, 'postmaster.pid'), `1\n${stale}\n1\n5432\n${join(folder, 'no-socket')}\n`);
  assert.equal(await runningServer(join(folder, 'stale')), undefined);
});
