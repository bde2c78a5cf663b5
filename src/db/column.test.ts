import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import { copyDatabase } from '../../test/database.ts';
import * as c from './column.ts';
import { driverTypes } from './driver-types.ts';

let database: Awaited<ReturnType<typeof copyDatabase>>;
let client: pg.Client;
before(async () => {
  database = await copyDatabase();
  client = new pg.Client({ ...database.connection, types: driverTypes });
  await client.connect();
  await client.query("set timezone = 'UTC'");
});
after(async () => {
  await client.end();
  await database.drop();
});

const through = async <T>(column: c.Column<T>, value: T): Promise<unknown> =>
  (await client.query(`select $1::${column.sql} as value`, [column.encode(value)])).rows[0].value;

// What PostgreSQL can't keep is refused at the door (lib/schema.ts): NUL and half surrogate pairs.
const storable = fc.string({ unit: 'grapheme' }).filter(text => text.isWellFormed() && !text.includes('\0'));

test('whatever goes in as an array comes out the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(storable)), async values => {
      assert.deepEqual(await through(c.list(c.maybe(c.text)), values), values);
    }),
    { numRuns: 200 },
  );
  const tricky = [
    '',
    ' ',
    'NULL',
    'null',
    '{}',
    '"',
    '\\',
    '\\"',
    ',',
    "'",
    '{a,b}',
    '\n\t',
    'ș',
    '👩‍👩‍👧‍👦',
    '$1',
    '\\x00',
  ];
  assert.deepEqual(await through(c.list(c.text), tricky), tricky);
  const objects = [{ a: '"\\,{}' }, { b: [1, null] }, {}];
  assert.deepEqual(await through(c.list(c.json()), objects), objects);
  assert.deepEqual(await through(c.list(c.bytes), [Buffer.from([0, 255, 92]), Buffer.alloc(0)]), [
    Buffer.from([0, 255, 92]),
    Buffer.alloc(0),
  ]);
  assert.deepEqual(await through(c.list(c.bool), [true, false]), [true, false]);
  assert.deepEqual(await through(c.list(c.int), [1, -1, 0]), [1, -1, 0]);
  assert.deepEqual(await through(c.list(c.uuid), []), []);
});

test('instants keep their millisecond in both directions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: Date.UTC(9998, 0, 1) }), async instant => {
      assert.equal(await through(c.instant, instant), instant);
    }),
    { numRuns: 100 },
  );
  assert.equal(
    (await client.query("select '2026-11-21 08:00:00.123456+00'::timestamptz as at")).rows[0].at,
    Date.UTC(2026, 10, 21, 8, 0, 0, 123),
  );
});

test('a number beyond what JavaScript counts exactly is refused and not rounded', async () => {
  assert.equal(await through(c.bigint, 9_007_199_254_740_991), 9_007_199_254_740_991);
  await assert.rejects(client.query('select 9007199254740993::bigint as n'), /beyond/);
});
