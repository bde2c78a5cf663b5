import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { copyDatabase } from '../../test/database.ts';
import { editedMigrations, readManifest, readSchema, type SchemaManifest, writeSchema } from './schema-manifest.ts';

let database: Awaited<ReturnType<typeof copyDatabase>>;
let owner: pg.Client;
let folder: string;
before(async () => {
  database = await copyDatabase();
  owner = new pg.Client(database.connection);
  await owner.connect();
  folder = await mkdtemp(join(tmpdir(), 'tidings-schema-'));
});
after(async () => {
  await owner.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

const manifest = (released: number, ...checksums: string[]): SchemaManifest => ({
  released_migrations: released,
  migrations: checksums.map((checksum, index) => ({ number: index + 1, name: `m${index + 1}`, checksum })),
  roles: {},
  tables: {},
  functions: {},
  others: [],
});

const CHANGES = [
  ['a column', 'alter table contact add column nickname text'],
  ['a column that may be null', 'alter table contact alter column created_at drop not null'],
  ['a default', "alter table contact alter column locale set default 'en'"],
  ['an index', 'drop index contact_identity_contact'],
  ['a check', 'alter table lane add check (pause_reason <> $$$$)'],
  ['a fillfactor', 'alter table contact set (fillfactor = 70)'],
  ['a policy', 'drop policy tenant_rows on contact'],
  ['row security that spares the owner', 'alter table contact no force row level security'],
  ['a privilege', 'revoke delete on contact from tidings_app'],
  ['a column’s privilege', 'grant select (body) on template to tidings_worker'],
  [
    'a function’s body',
    'create or replace function current_tenant() returns uuid language sql stable return null::uuid',
  ],
  ['a function’s privilege', 'revoke execute on function current_tenant() from public'],
  ['a table', 'create table extra (id integer)'],
  ['a view', 'create view everyone as select id from contact'],
  [
    'a trigger',
    'create trigger same before update on lane for each row execute function suppress_redundant_updates_trigger()',
  ],
] as const;

for (const [what, change] of CHANGES) {
  test(`the schema shows ${what}`, async () => {
    const before = await readSchema(owner);
    await owner.query('begin');
    try {
      await owner.query(change);
      assert.notDeepEqual(await readSchema(owner), before);
    } finally {
      await owner.query('rollback');
    }
    assert.deepEqual(await readSchema(owner), before, 'and nothing else changes it');
  });
}

test('partitions of months and days do not change the schema', async () => {
  const before = await readSchema(owner);
  await owner.query("select make_inbox_day('2031-05-06')");
  assert.deepEqual(await readSchema(owner), before);
});

test('what is written is what is read, and writing again changes nothing', async () => {
  const file = pathToFileURL(join(folder, 'schema.json'));
  await writeSchema(database.connection, { file });
  const text = await readFile(file, 'utf8');
  const { released_migrations, ...rest } = (await readManifest(file))!;
  assert.equal(released_migrations, 0);
  assert.deepEqual(rest, await readSchema(owner));
  await writeSchema(database.connection, { file });
  assert.equal(await readFile(file, 'utf8'), text);
});

test('after a release an edited migration is refused and the file stays', async () => {
  const file = pathToFileURL(join(folder, 'released.json'));
  const written = await writeSchema(database.connection, { file, release: true });
  assert.equal(written.released_migrations, written.migrations.length);
  const edited = {
    ...written,
    migrations: written.migrations.map(each => ({ ...each, checksum: 'as it was released' })),
  };
  await writeFile(file, JSON.stringify(edited));
  await assert.rejects(writeSchema(database.connection, { file }), /was released and must stay as it is/);
  assert.equal(await readFile(file, 'utf8'), JSON.stringify(edited));
});

test('only released migrations are bound: a new one may come, the last may still change', () => {
  const before = manifest(1, 'a', 'b');
  assert.deepEqual(editedMigrations(before, manifest(1, 'a', 'changed', 'c').migrations), []);
  assert.equal(editedMigrations(before, manifest(1, 'changed', 'b').migrations).length, 1);
  assert.equal(editedMigrations(before, []).length, 1, 'one that vanished was edited too');
});
