/** Law 5: migrations from empty equal `schema.json`; no edited old migration; every table has its noun. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { readMigrations } from '#db/migrate.ts';
import { editedMigrations, readManifest, readSchema, TABLE_OWNERS } from '#db/schema-manifest.ts';
import { copyDatabase } from '../database.ts';

const GENERATE = 'schema.json is not what the migrations make: run `npm run generate` and look at the difference';

let database: Awaited<ReturnType<typeof copyDatabase>>;
let owner: pg.Client;
before(async () => {
  database = await copyDatabase();
  owner = new pg.Client(database.connection);
  await owner.connect();
});
after(async () => {
  await owner.end();
  await database.drop();
});

test('migrations from empty equal schema.json', async () => {
  const manifest = await readManifest();
  assert.ok(manifest, GENERATE);
  const { released_migrations: _, ...committed } = manifest;
  assert.deepEqual(await readSchema(owner), committed, GENERATE);
});

test('no migration that was released has been edited', async () => {
  const manifest = await readManifest();
  assert.deepEqual(editedMigrations(manifest!, await readMigrations()), []);
});

test('every table belongs to a noun, and no noun to a table that is gone', async () => {
  const { tables } = await readSchema(owner);
  assert.deepEqual(Object.keys(TABLE_OWNERS).sort(), Object.keys(tables).sort());
});
