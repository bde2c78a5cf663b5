/**
 * The fence between `leased` and `sending` (reliability 9, item 1): only what is leased is marked for the wire or put
 * back into the queue. The statements themselves must hold it: a lost answer to a commit, or a lease that ran out and
 * was taken again by the same worker, brings an id that is on the wire already.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { messageDivert, messageMarkSending, messageReturn } from '../../src/core/messages/dispatch-statements.ts';
import { leaseRescue } from '../../src/core/messages/resolve-statements.ts';
import { type Busy, fill } from './busy-database.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let busy: Busy;
before(async () => {
  stage = await openStage();
  busy = await fill(stage.owner, 200);
});
after(() => stage.close());

/** Two messages that this worker has put on the wire. */
let taken = 0;
async function onTheWire(): Promise<string[]> {
  const ids = busy.ids('leased').slice(taken, taken + 2);
  taken += 2;
  const marked = await stage.db.run(busy.tenant, messageMarkSending, { ids, ...mark() });
  assert.equal(marked.length, 2, 'the control: what is leased is marked');
  return ids;
}
const mark = () => ({ owner: busy.worker, now: busy.now, deadline_ms: 15_000 });

const rowsOf = async (ids: string[]) =>
  (await stage.owner.query('select state, attempt from message where id = any($1::uuid[]) order by id', [ids])).rows;

test('what is on the wire is not put back into the queue by its own worker', async () => {
  const ids = await onTheWire();
  const before = await rowsOf(ids);
  await stage.db.run(busy.tenant, messageReturn, { ids, owner: busy.worker });
  assert.deepEqual(await rowsOf(ids), before);
});

test('what is on the wire is not marked a second time', async () => {
  const ids = await onTheWire();
  assert.deepEqual(await stage.db.run(busy.tenant, messageMarkSending, { ids, ...mark() }), []);
});

test('what is on the wire is neither diverted by the gate nor rescued as a lease', async () => {
  const ids = await onTheWire();
  const before = await rowsOf(ids);
  await stage.db.run(busy.tenant, messageDivert, {
    ids,
    states: ['refused', 'refused'],
    reasons: ['opted_out', 'opted_out'],
    dues: [busy.now, busy.now],
    decisions: [{}, {}],
  });
  await stage.owner.query(
    "update message set deadline_at = clock_timestamp() - interval '1 hour' where id = any($1::uuid[])",
    [ids],
  );
  await stage.db.run(busy.tenant, leaseRescue, {});
  assert.deepEqual(await rowsOf(ids), before);
});

test('another worker neither marks nor returns what this one has leased', async () => {
  const ids = busy.ids('leased').slice(6, 8);
  const before = await rowsOf(ids);
  const stranger = { ...mark(), owner: busy.sender };
  assert.deepEqual(await stage.db.run(busy.tenant, messageMarkSending, { ids, ...stranger }), []);
  await stage.db.run(busy.tenant, messageReturn, { ids, owner: stranger.owner });
  assert.deepEqual(await rowsOf(ids), before);
});
