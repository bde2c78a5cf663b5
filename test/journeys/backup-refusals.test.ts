/** What the commands of a backup say when they can't: a sentence that says what to do, and nothing half done. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { tidings } from '../chaos/world/command.ts';
import { copyDatabase } from '../database.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidings-refusals-'));
  chmodSync(folder, 0o711);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const whole = {
  format: 1,
  server: 'embedded',
  postgresMajor: 18,
  migration: 1,
  beganAt: '2026-11-21T09:00:00.000Z',
  startLsn: '0/1',
  endLsn: '0/2',
  bytes: 1,
  archiveSha256: '',
  manifestSha256: '',
};

/** The command's words about a backup that says this of itself. */
async function restoring(description: object, env: Record<string, string> = {}): Promise<string> {
  const backup = mkdtempSync(join(folder, 'backup-'));
  writeFileSync(join(backup, 'tidings-backup.json'), JSON.stringify({ ...whole, ...description }));
  const data = join(backup, 'data');
  const { code, output } = await tidings(['restore', backup], { TIDINGS_DATA: data, ...env });
  assert.equal(code, 1, output);
  assert.ok(!existsSync(data), 'nothing was made');
  return output;
}

test('a backup that is not for this program or this server is refused before anything is made', async () => {
  assert.match(await restoring({ format: 2 }), /^tidings: .* later Tidings/);
  assert.match(await restoring({ migration: 99 }), /later Tidings \(migration 99\)/);
  assert.match(await restoring({ postgresMajor: 15 }), /written by PostgreSQL 15/);
  assert.match(await restoring({ server: 'own' }), /unpack base\.tar/);
  const url = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/x', TIDINGS_SECRET_KEY: 'x'.repeat(32) };
  assert.match(await restoring({}, url), /restores its own files/);
});

test('what is no backup, and what is no empty folder, is said to be that', async () => {
  const { output } = await tidings(['restore', join(folder, 'nowhere')], { TIDINGS_DATA: join(folder, 'none') });
  assert.match(output, /is no backup of Tidings/);
  const full = join(folder, 'full');
  mkdirSync(full);
  writeFileSync(join(full, 'mine'), '');
  const refused = await tidings(['backup', full], { TIDINGS_DATA: join(folder, 'none') });
  assert.match(refused.output, /is not empty, and nothing is overwritten/);
  assert.deepEqual(readdirSync(full), ['mine']);
});

test('a role that may not replicate is told what it needs, and an empty database that there is nothing', async () => {
  const database = await copyDatabase();
  const owner = new pg.Client(database.connection);
  await owner.connect();
  const role = `tidings_plain_${randomBytes(4).toString('hex')}`;
  // Servers of one's own ask for one, ours does not.
  const word = randomBytes(12).toString('hex');
  try {
    await owner.query(`create role ${role} login password '${word}'; grant select on schema_migration to ${role}`);
    const { host, port, database: name } = database.connection;
    const url = (to: string) =>
      `postgresql:///${to}?host=${encodeURIComponent(String(host))}&port=${port}&user=${role}&password=${word}`;
    const env = (to: string) => ({ DATABASE_URL: url(to), TIDINGS_SECRET_KEY: 'x'.repeat(32) });
    const target = join(folder, 'target');
    const { output } = await tidings(['backup', target], env(String(name)));
    assert.match(output, /alter role … replication/);
    assert.deepEqual(readdirSync(target), [], 'half a backup is none');
    assert.match((await tidings(['backup', target], env('postgres'))).output, /nothing to back up/);
  } finally {
    await owner.query(`drop owned by ${role}; drop role ${role}`);
    await owner.end();
    await database.drop();
  }
});
