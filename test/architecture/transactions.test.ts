/** Law 11: inside a transaction there is neither the network nor another connection, and no error is lost. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Db, openDb } from '#db/db.ts';
import { newId } from '#lib/id.ts';
import { openOutbound } from '#lib/outbound.ts';
import { entryAppend } from '../../src/core/consents/ledger-statements.ts';
import { contactHold, contactLock } from '../../src/core/contacts/statements.ts';
import { tenantRead } from '../../src/core/tenants/statements.ts';
import { tenantListAll } from '../../src/core/worker-statements.ts';
import { copyDatabase } from '../database.ts';

const tenant = newId();
const contacts = [newId(), newId()] as const;
const anEntry = {
  seq: 1,
  contact: contacts[0],
  subjects: [],
  actor: 'test',
  controller: 'Tickets',
  action: 'grant',
  purposes: ['marketing'],
  channels: ['whatsapp'],
  said_by: 'person',
  source: 'test',
  text_digest: null,
  text_version: null,
  locale: null,
  claimed_at: 0,
  recorded_at: 0,
  evidence: {},
  evidence_digest: Buffer.alloc(32),
  prev_hash: Buffer.alloc(32),
  hash: Buffer.alloc(32),
};

let database: Awaited<ReturnType<typeof copyDatabase>>;
let owner: pg.Client;
let db: Db;
before(async () => {
  database = await copyDatabase();
  owner = new pg.Client(database.connection);
  await owner.connect();
  db = openDb({ connection: database.connection, name: 'laws', connections: 4, onError: () => {} });
  await owner.query("insert into tenant (tenant_id, slug, name, created_at) values ($1, 'laws', 'Laws', now())", [
    tenant,
  ]);
  await owner.query('insert into contact (tenant_id, id, created_at) select $1, id, now() from unnest($2::uuid[]) id', [
    tenant,
    contacts,
  ]);
});
after(async () => {
  await db.close();
  await owner.end();
  await database.drop();
});

test('the outer handle refuses to work inside a transaction, whichever way it is used', async () => {
  const inside = (work: () => Promise<unknown>) => db.tx(tenant, work);
  await assert.rejects(
    inside(() => db.run(tenant, tenantRead, {})),
    /tenant_read on the outer handle inside the transaction/,
  );
  await assert.rejects(
    inside(() => db.worker(tenantListAll, {})),
    /tenant_list_all on the outer handle inside/,
  );
  await assert.rejects(
    inside(() => db.tx(tenant, async () => {})),
    /a transaction inside the transaction/,
  );
});

test('a look behind an await is refused as well', async () => {
  await assert.rejects(
    db.tx(tenant, async tx => {
      await tx.run(tenantRead, {});
      await Promise.all([Promise.resolve().then(() => db.run(tenant, tenantRead, {}))]);
    }),
    /outer handle inside the transaction/,
  );
});

test('the network is refused inside a transaction and no byte leaves', async () => {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.end('{}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const wire = openOutbound({ trust: 'operator', timeoutMs: 2_000, connections: 1 });
  const ask = () => wire.request({ method: 'GET', url, headers: {} });
  try {
    await assert.rejects(db.tx(tenant, ask), /the network inside the transaction/);
    assert.equal(calls, 0);
    // The control: outside the same request goes through.
    assert.equal((await ask()).kind, 'answer');
    assert.equal(calls, 1);
  } finally {
    await wire.close();
    await new Promise(resolve => server.close(resolve));
  }
});

test('an error that is swallowed inside a transaction fails the transaction', async () => {
  await assert.rejects(
    db.tx(tenant, async tx => {
      // A check constraint says no; the caller pretends that it did not hear.
      await tx.run(entryAppend, { ...anEntry, action: 'nonsense' }).catch(() => {});
      return 'all is well';
    }),
    /an error inside the transaction was swallowed/,
  );
  // The control: without the error the same shape commits, and the connection is still good.
  assert.equal(await db.tx(tenant, async tx => (await tx.run(contactLock, { ids: [contacts[0]] })).length), 1);
});

test('a statement after the end of its transaction is refused', async () => {
  let kept: Parameters<Parameters<Db['tx']>[1]>[0] | undefined;
  await db.tx(tenant, async tx => {
    kept = tx;
  });
  await assert.rejects(kept!.run(tenantRead, {}), /after the end of its transaction/);
});

test('the last statement takes the commit along: nothing may follow it, and where it fails nothing is kept', async () => {
  const heldUntil = async () => {
    const held = 'select marketing_held_until as until from contact where id = $1';
    return (await owner.query<{ until: Date | null }>(held, [contacts[0]])).rows[0]!.until?.getTime() ?? null;
  };
  const locked = await db.tx(tenant, tx => tx.last(contactLock, { ids: [contacts[0]] }));
  assert.equal(locked.length, 1, 'its rows are answered');
  await assert.rejects(
    db.tx(tenant, async tx => {
      await tx.last(contactLock, { ids: [contacts[0]] });
      await tx.run(tenantRead, {});
    }),
    /after the end of its transaction/,
  );
  const changed = { contacts: [contacts[0]], untils: [Date.UTC(2031, 0, 1)] };
  await assert.rejects(
    db.tx(tenant, async tx => {
      await tx.run(contactHold, changed);
      await tx.last(entryAppend, { ...anEntry, action: 'nonsense' });
    }),
    /violates check constraint/,
    'its own error is told',
  );
  assert.equal(await heldUntil(), null, 'what was written before it is gone with it');
  await db.tx(tenant, tx => tx.last(contactHold, changed));
  assert.equal(await heldUntil(), changed.untils[0], 'the control: alone it is kept');
});

test('of two transactions that lock the same people in opposite order the loser runs again, and both succeed', async () => {
  let runs = 0;
  let arrived = 0;
  let open = () => {};
  const bothHoldOne = new Promise<void>(resolve => {
    open = resolve;
  });
  const lockBoth = (first: string, second: string) =>
    db.tx(tenant, async tx => {
      runs += 1;
      await tx.run(contactLock, { ids: [first] });
      arrived += 1;
      if (arrived === 2) open();
      await bothHoldOne;
      return (await tx.run(contactLock, { ids: [second] })).length;
    });
  const [a, b] = contacts;
  assert.deepEqual(await Promise.all([lockBoth(a, b), lockBoth(b, a)]), [1, 1]);
  // Mostly one victim, once; on a busy machine the loser may come back too early and meet the winner again.
  assert.ok(runs >= 3, 'the database chose a victim, and it was run once more');
});

test('tenants’ statements and the workers’ statements keep to their own doors', async () => {
  await assert.rejects(db.run(tenant, tenantListAll, {}), /crosses tenants/);
  await assert.rejects(db.worker(tenantRead, {}), /belongs to a tenant/);
  await assert.rejects(db.run("x'; drop table message; --", tenantRead, {}), /a tenant is a uuid/);
});
