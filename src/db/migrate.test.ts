/** Migrations in a database that is at work: they give way, and they come to their end all the same. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { copyDatabase } from '../../test/database.ts';
import { migrate } from './migrate.ts';

let server: Awaited<ReturnType<typeof copyDatabase>>;
let owner: pg.Client;
let connection: pg.ClientConfig;
const clients: pg.Client[] = [];
const connect = async (config: pg.ClientConfig) => {
  const client = new pg.Client(config);
  await client.connect();
  clients.push(client);
  return client;
};

before(async () => {
  server = await copyDatabase();
  owner = await connect(server.connection);
  const database = `tidings_migrate_${randomBytes(6).toString('hex')}`;
  await owner.query(`create database ${database} template template0`);
  connection = { ...server.connection, database };
});
after(async () => {
  for (const client of clients.slice(1)) await client.end();
  await owner.query(`drop database if exists ${connection.database} with (force)`);
  await owner.end();
  await server.drop();
});

test('a schema of before is made by name, and brought up by whoever comes later', async () => {
  assert.deepEqual(await migrate(connection, 1), ['core']);
  assert.deepEqual(await migrate(connection, 1), []);
  assert.deepEqual(await migrate(connection, 2), ['pos']);
});

test('a migration that waits for a table lets everybody pass in between, and runs when the table is free', async () => {
  const [report, caller] = [await connect(connection), await connect(connection)];
  // Somebody's long report: the migration wants this table for itself.
  await report.query('begin; select count(*) from tenant');
  const migrating = migrate(connection);
  let slowest = 0;
  let calls = 0;
  for (const until = performance.now() + 2_500; performance.now() < until; calls += 1) {
    const began = performance.now();
    await caller.query('select slug from tenant');
    slowest = Math.max(slowest, performance.now() - began);
    await pause(20);
  }
  // Or nothing was tried: whoever came had to wait for the migration that waited.
  assert.ok(slowest > 200, `the migration was never in the way (${slowest} ms)`);
  assert.ok(slowest < 1_000, `somebody waited ${slowest} ms`);
  assert.ok(calls > 20);
  await report.query('commit');
  assert.deepEqual(await migrating, ['epoch']);
});

test('a program of before refuses a database of later, and a file that was edited is found out', async () => {
  const one = await connect(connection);
  await one.query("insert into schema_migration values (99, 'later', '')");
  await assert.rejects(migrate(connection), /newer than this program/);
  await one.query('delete from schema_migration where number = 99');
  await one.query("update schema_migration set checksum = 'x' where number = 2");
  await assert.rejects(migrate(connection), /was edited after it ran here/);
});
