/**
 * An opt-out that committed before `sending` is never followed by a send: in both orders, and whether it only locks the
 * contact or changes it. Two real connections are interleaved by hand.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { newId } from '#lib/id.ts';
import { messageLease } from '../../src/core/messages/dispatch-statements.ts';
import { gate, type Leased } from '../../src/core/messages/gate.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';

let h: Harness;
let other: pg.Client;
before(async () => {
  h = await harness();
  other = await h.connect();
});
after(() => h.close());

let next = 0;

/** A message that is leased and about to meet the gate. */
interface Prepared {
  leased: Leased;
  owner: string;
  sender: string;
  contact: string;
  id: string;
}

async function leasedMessage(): Promise<Prepared> {
  const phone = phoneOf(next++);
  await h.post('/api/wa/optin', optIn(phone));
  const sent = await h.post('/api/wa/send/confirm', confirmation({ order: { id: `G-${next}` }, customer: { phone } }));
  assert.equal(sent.status, 202, sent.text);
  const { rows: senders } = await h.sql.query<{ id: string }>('select id from sender');
  const owner = newId();
  const [row] = await h.app.core.db.run(h.tenant, messageLease, {
    sender: senders[0]!.id,
    owner,
    now: h.clock.now(),
    limit: 1,
    max_priority: 9,
    lookahead_ms: 400,
    lease_ms: 30_000,
  });
  return {
    leased: { id: row!.id, contactId: row!.contact_id, priority: 1, slotAt: 0 },
    owner,
    sender: senders[0]!.id,
    contact: row!.contact_id!,
    id: row!.id,
  };
}

const pass = (one: Prepared) =>
  gate(h.app.core, { tenant: h.tenant, sender: one.sender, owner: one.owner }, [one.leased]);
const stateOf = async (id: string) =>
  (await h.sql.query<{ state: string; reason: string }>('select state, reason from message where id = $1', [id]))
    .rows[0]!;
const WITHDRAW = "update consent set status = 'withdrawn' where contact_id = $1";

/** Whether the gate is waiting for a lock that `other` holds. */
async function waitsForLock(): Promise<boolean> {
  const { rows } = await h.sql.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows[0]!.n > 0;
}
const turn = () => new Promise(resolve => setImmediate(resolve));

for (const [name, lock] of [
  ['locks the contact', 'select from contact where id = $1 for update'],
  ['changes the contact', "update contact set locale = 'ro' where id = $1"],
] as const) {
  test(`an opt-out that ${name} and commits first stops the message at the gate`, async () => {
    const one = await leasedMessage();
    await other.query('begin');
    await other.query(lock, [one.contact]);
    await other.query(WITHDRAW, [one.contact]);
    const passing = pass(one);
    while (!(await waitsForLock())) await turn();
    await other.query('commit');
    assert.deepEqual(await passing, [], 'nothing may leave');
    assert.deepEqual(await stateOf(one.id), { state: 'refused', reason: 'opted_out' });
  });

  test(`an opt-out that ${name} and comes second waits until the message is marked`, async () => {
    const one = await leasedMessage();
    const { db } = h.app.core;
    // The gate's own statements, held open between the mark and its commit.
    const { contactLockShared } = await import('../../src/core/contacts/statements.ts');
    const { messageMarkSending } = await import('../../src/core/messages/dispatch-statements.ts');
    let withdrawing: Promise<unknown> | undefined;
    let withdrawn = false;
    await other.query('begin');
    await db.tx(h.tenant, async tx => {
      await tx.run(contactLockShared, { ids: [one.contact] });
      withdrawing = other.query(lock, [one.contact]).then(() => {
        withdrawn = true;
      });
      while (!(await waitsForLock())) await turn();
      await tx.run(messageMarkSending, { ids: [one.id], owner: one.owner, now: h.clock.now(), deadline_ms: 15_000 });
      assert.equal(withdrawn, false, 'the withdrawal waits for the mark');
    });
    await withdrawing;
    await other.query(WITHDRAW, [one.contact]);
    await other.query('commit');
    assert.equal((await stateOf(one.id)).state, 'sending', 'marked before the withdrawal: it may leave');
  });
}

test('the control: with lock and check in one statement the withdrawn message would have left', async () => {
  const one = await leasedMessage();
  await other.query('begin');
  await other.query('select from contact where id = $1 for update', [one.contact]);
  await other.query(WITHDRAW, [one.contact]);
  const naive = await h.connect();
  const marking = naive.query(
    `with locked as materialized (select id from contact where id = $2 for share)
     update message m set state = 'sending' from locked where m.id = $1
       and exists (select from consent c where c.contact_id = locked.id and c.purpose = 'transactional' and c.status = 'granted') returning m.id`,
    [one.id, one.contact],
  );
  while (!(await waitsForLock())) await turn();
  await other.query('commit');
  const { rowCount } = await marking;
  assert.equal(
    rowCount,
    1,
    'the one-statement form misses the committed withdrawal: this is what the two statements are for',
  );
});
