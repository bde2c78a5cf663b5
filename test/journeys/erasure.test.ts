/** A person is erased: nothing that names them is left, the ledger holds, and whoever imports them again can't write to them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verifyLedger } from '../../src/core/consents/check.ts';
import { recordConsent } from '../../src/core/consents/service.ts';
import { type Identity, learnIdentities } from '../../src/core/contacts/contact.ts';
import { eraseContact } from '../../src/core/contacts/erase.ts';
import { mergeContacts } from '../../src/core/contacts/merge.ts';
import { changeNumber } from '../../src/core/contacts/number.ts';
import { messageSettle } from '../../src/core/messages/dispatch-statements.ts';
import { readId } from '../../src/core/paging.ts';
import type { IdentityChange } from '../../src/core/provider.ts';
import type { Tx } from '../../src/db/db.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf, saleOf } from '../make.ts';

let h: Harness;
before(async () => {
  h = await harness();
});
after(() => h.close());

const says = async (phone: string, text: string) => {
  await h.control(`/phones/${encodeURIComponent(phone)}/messages`, { text });
  await h.settle();
};
const contactBy = async (phone: string) =>
  (await h.get(`/api/v1/contacts?phone=${encodeURIComponent(phone)}`)).body.data[0];
const confirm = (phone: string, id: string) =>
  h.post('/api/wa/send/confirm', confirmation({ order: { id }, customer: { phone, first_name: 'Zamfira' } }));
const erase = (id: string) => h.post(`/api/v1/contacts/${id}/erase`, { reason: 'asked_by_person' });
const flaw = async () => (await verifyLedger(h.app.core, h.tenant, h.anchors)).flaw;

/** Where any of these words stands in the database, in any column, also inside what is written in base64. */
async function placesOf(words: readonly string[]): Promise<string[]> {
  const tables = await h.sql.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await h.sql.query<{ text: string }>(`select t::text as text from ${name} t`);
    for (const { text } of rows) {
      const decoded = [...text.matchAll(/wamid\.([A-Za-z0-9+/=]+)/g)].map(match =>
        Buffer.from(match[1]!, 'base64').toString('latin1'),
      );
      const held = [text, ...decoded].join('\n');
      for (const word of words) if (held.includes(word)) found.push(`${name}: ${word}`);
    }
  }
  return [...new Set(found)];
}

test('nothing that names the person is left, the chain holds, and an import finds them suppressed', async () => {
  const phone = phoneOf(9_301);
  await h.post('/api/wa/optin', optIn(phone, { ip: '192.0.2.77', purposes: ['transactional', 'marketing'] }));
  await confirm(phone, 'E-secret-1');
  await h.settle();
  await says(phone, 'my flat is on the third floor');
  await says(phone, 'maybe stop the offers one day');
  const contact = await contactBy(phone);
  const scoped = (await h.get(`/api/v1/contacts/${contact.id}`)).body.identities.find(
    (one: { kind: string }) => one.kind === 'bsuid',
  ).value as string;
  const words = [phone.slice(1), scoped, 'Zamfira', '192.0.2.77', 'E-secret-1', 'third floor', 'the offers one day'];
  const before = await placesOf(words);
  for (const word of words)
    assert.ok(
      before.some(place => place.endsWith(word)),
      `the control: ${word} was stored`,
    );

  const answer = await erase(contact.id);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.messages, 1);
  assert.ok(answer.body.erased_at);
  // Raw webhooks and the idempotency keys' answers go by their age; everything else went now.
  assert.deepEqual(
    (await placesOf(words)).filter(place => !place.startsWith('inbox_')),
    [],
  );
  assert.equal(await flaw(), undefined);
  const proof = (await h.get(`/api/v1/consents/${contact.id}/proof`)).body;
  assert.equal(proof.entries.at(-1).action, 'erase');
  assert.deepEqual(proof.identities, []);
  assert.deepEqual(proof.entries[0].evidence, { erased: true });
  assert.equal(await contactBy(phone), undefined);
  assert.ok((await h.get(`/api/v1/contacts/${contact.id}`)).body.erased_at);
  assert.deepEqual((await erase(contact.id)).body.messages, 0, 'said again it changes nothing');

  const again = await h.post('/api/wa/optin', optIn(phone, { purposes: ['transactional', 'marketing'] }));
  assert.equal(again.body.consents.marketing.status, 'opted_out');
  assert.equal(again.body.consents.transactional.source, 'erased');
  assert.equal((await confirm(phone, 'E-2')).body.reason, 'suppressed');
});

test('only the person’s own START lifts it, for every identity that was erased together', async () => {
  const phone = phoneOf(9_302);
  await h.post('/api/wa/optin', optIn(phone));
  await confirm(phone, 'E-10');
  await h.settle();
  await erase((await contactBy(phone)).id);
  h.clock.advance(60_000);
  await h.post('/api/wa/optin', optIn(phone));
  assert.equal((await confirm(phone, 'E-11')).body.reason, 'suppressed');
  await says(phone, 'START');
  h.clock.advance(1_000);
  // What was agreed before the erasure is not there to be restored; what is agreed now holds.
  await h.post('/api/wa/optin', optIn(phone));
  assert.equal((await confirm(phone, 'E-12')).status, 202);
  await h.settle();
  assert.equal((await confirm(phone, 'E-13')).status, 202, 'the scoped id, learnt again, does not suppress anew');
});

test('a raw webhook that is applied again does not bring back what was erased', async () => {
  const phone = phoneOf(9_303);
  await says(phone, 'hello from before');
  await erase((await contactBy(phone)).id);
  await h.sql.query(
    `insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes)
     select tenant_id, 'people', gen_random_uuid(), day, id, length(body) from inbox where tenant_id = $1`,
    [h.tenant],
  );
  await h.settle();
  assert.equal(await contactBy(phone), undefined);
  h.clock.advance(60_000);
  await says(phone, 'hello from after');
  assert.ok(await contactBy(phone), 'what they write now is theirs to write');
});

test('an identity that is learnt later carries the suppression along, and so does a merge', async () => {
  const [gone, known, third] = [phoneOf(9_304), phoneOf(9_305), phoneOf(9_306)];
  await h.post('/api/wa/optin', optIn(gone));
  await confirm(gone, 'E-20');
  await h.settle();
  const identities = (await h.get(`/api/v1/contacts/${(await contactBy(gone)).id}`)).body.identities as Identity[];
  const scoped = identities.find(one => one.kind === 'bsuid')!.value;
  await erase((await contactBy(gone)).id);
  h.clock.advance(60_000);
  for (const phone of [known, third]) await h.post('/api/wa/optin', optIn(phone));
  assert.equal((await confirm(known, 'E-21')).status, 202, 'a number like all others');
  const contact = await contactBy(known);
  const { core } = h.app;
  const identity = { kind: 'bsuid', value: scoped } as const;
  await core.db.tx(h.tenant, tx =>
    learnIdentities(core, tx, h.tenant, [{ contactId: readId('contact', contact.id)!, identity }], core.clock.now()),
  );
  assert.equal((await confirm(known, 'E-22')).body.reason, 'suppressed', 'now known to be who was erased');
  const merge = { contact_id: contact.id, reason: 'the same person' };
  assert.equal((await h.post(`/api/v1/contacts/${(await contactBy(third)).id}/merge`, merge)).status, 200);
  assert.equal((await confirm(third, 'E-23')).body.reason, 'suppressed');
});

test('what waits is cancelled, a merged record is erased whole, and bad requests are answered', async () => {
  const [one, two] = [phoneOf(9_307), phoneOf(9_308)];
  await h.post('/api/wa/optin', optIn(one));
  await h.post('/api/wa/optin', optIn(two));
  const [a, b] = [await contactBy(one), await contactBy(two)];
  await h.post(`/api/v1/contacts/${a.id}/merge`, { contact_id: b.id, reason: 'both are Zenovia' });
  const queued = await confirm(one, 'E-30');
  const answer = await erase(b.id);
  assert.equal(answer.body.contact_id, a.id, 'by the record that the other one turned out to be');
  assert.equal(answer.body.cancelled, 1);
  assert.equal((await h.get(`/api/v1/messages/${queued.body.message_id}`)).body.status, 'cancelled');
  assert.equal(await flaw(), undefined);
  assert.deepEqual(
    (await placesOf([one.slice(1), two.slice(1), 'Zenovia'])).filter(place => !place.startsWith('inbox_')),
    [],
  );
  const undo = (await h.get(`/api/v1/contacts/${a.id}`)).body.changes[0];
  assert.equal((await h.post(`/api/v1/contacts/${a.id}/changes/${undo.id}/undo`, {})).status, 409);
  assert.equal((await h.post(`/api/v1/contacts/${a.id}/erase`, { reason: 'because' })).status, 422);
  assert.equal((await h.post(`/api/v1/contacts/${a.id}/erase`, {})).status, 422);
  assert.equal((await erase('ctc_00000000000070008000000000000000')).status, 404);
});

test('a customer of the till is gone from its sales too, and the till that says the sale again brings nobody back', async () => {
  const phone = phoneOf(9_309);
  const sale = (id: string) =>
    saleOf(id, phone, {
      customer: { name: 'Dragomira', customer_id: 'C-secret-9' },
      items: [{ name: 'A cake for the third of May', quantity: 1, price: 12 }],
      receipt_url: 'https://till.example/r/secret-9',
    });
  const contact = (await h.post('/api/v1/pos/pos-transactions', sale('S-1'))).body.contact_id;
  await h.post('/api/v1/pos/pos-transactions', sale('S-2'));
  await h.post('/api/v1/pos/pos-transactions/S-1/complete?send_whatsapp=true', undefined);
  const words = [phone.slice(1), 'Dragomira', 'C-secret-9', 'third of May', 'r/secret-9'];
  const before = await placesOf(words);
  for (const word of words) assert.ok(before.includes(`pos_sale: ${word}`), `the control: ${word} was stored`);

  assert.equal((await erase(contact)).status, 200);
  assert.deepEqual(await placesOf(words), []);
  const kept = (await h.get('/api/v1/pos/pos-transactions/S-1')).body;
  assert.deepEqual(
    [kept.status, kept.customer, kept.items, kept.total.amount_micros],
    ['completed', null, [], 1_061_000_000],
  );
  assert.equal((await h.post('/api/v1/pos/pos-transactions', sale('S-1'))).status, 200);
  const again = await h.post('/api/v1/pos/pos-transactions/S-2/complete?send_whatsapp=true', undefined);
  assert.equal(again.body.whatsapp_receipt.reason, 'erased');
  assert.deepEqual(await placesOf(words), []);
});

test('a sale under a number that moved to another contact is found by the number', async () => {
  const [one, two] = [phoneOf(9_310), phoneOf(9_311)];
  await h.post('/api/wa/optin', optIn(one));
  await h.post('/api/wa/optin', optIn(two));
  const [a, b] = [await contactBy(one), await contactBy(two)];
  await h.post(`/api/v1/contacts/${a.id}/merge`, { contact_id: b.id, reason: 'the same person' });
  const merged = await h.post('/api/v1/pos/pos-transactions', saleOf('S-3', two));
  assert.equal(merged.body.contact_id, a.id);
  const change = (await h.get(`/api/v1/contacts/${a.id}`)).body.changes[0].id;
  assert.equal((await h.post(`/api/v1/contacts/${a.id}/changes/${change}/undo`, {})).status, 200);
  await erase(b.id);
  assert.deepEqual(await placesOf([two.slice(1)]), []);
  assert.ok((await placesOf([one.slice(1)])).length > 0, 'the other one stays');
});

/** Every raw webhook, told once more. */
const tellAgain = async () => {
  await h.sql.query(
    `insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes)
     select tenant_id, 'people', gen_random_uuid(), day, id, length(body) from inbox where tenant_id = $1`,
    [h.tenant],
  );
  await h.settle();
};

test('what was written before an erasure stays gone when the number has been imported again', async () => {
  const phone = phoneOf(9_320);
  await says(phone, 'the key lies under the mat');
  await erase((await contactBy(phone)).id);
  h.clock.advance(60_000);
  await h.post('/api/wa/optin', optIn(phone));
  await tellAgain();
  assert.deepEqual(
    (await placesOf(['under the mat'])).filter(place => !place.startsWith('inbox_')),
    [],
  );
});

test('of two erasures the last one counts, and all that was erased together is lifted together', async () => {
  const phone = phoneOf(9_321);
  await h.post('/api/wa/optin', optIn(phone));
  await confirm(phone, 'E-40');
  await h.settle();
  await erase((await contactBy(phone)).id);
  h.clock.advance(60_000);
  await h.post('/api/wa/optin', optIn(phone));
  const second = (await contactBy(phone)).id;
  h.clock.advance(60_000);
  await erase(second);
  const { rows } = await h.sql.query<{ since: Date; kind: string }>(
    'select kind, since from suppression where contact_id = $1 order by kind',
    [readId('contact', second)],
  );
  assert.deepEqual(
    rows.map(row => row.kind),
    ['bsuid', 'phone'],
    'the scoped id that only the first record had belongs to the second one as well',
  );
  assert.ok(rows.every(row => row.since.getTime() === h.clock.now()));
});

/** Until somebody in the database waits for a lock of somebody else's. */
const untilSomebodyWaits = async () => {
  for (let round = 0; round < 200; round += 1) {
    const { rows } = await h.sql.query('select from pg_locks where not granted limit 1');
    if (rows.length > 0) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  assert.fail('nobody waited');
};

test('a record that is merged in while the erasure waits for its lock is erased as well', async () => {
  const [one, two] = [phoneOf(9_322), phoneOf(9_323)];
  for (const phone of [one, two]) await h.post('/api/wa/optin', optIn(phone));
  const [a, b] = [await contactBy(one), await contactBy(two)];
  const { core } = h.app;
  let erased: ReturnType<typeof erase> | undefined;
  await core.db.tx(h.tenant, async tx => {
    const [into, from] = [readId('contact', a.id)!, readId('contact', b.id)!];
    await mergeContacts(core, tx, h.tenant, { into, from, reason: 'the same person', actor: 'test' });
    erased = erase(a.id);
    await untilSomebodyWaits();
  });
  assert.equal((await erased!).status, 200);
  assert.ok((await h.get(`/api/v1/contacts/${b.id}`)).body.erased_at);
  assert.deepEqual(
    (await placesOf([one.slice(1), two.slice(1)])).filter(place => !place.startsWith('inbox_')),
    [],
  );
});

/** An erasure that commits only once `other` waits for it. */
async function behindErasure<T>(id: string, other: (tx: Tx) => Promise<T>): Promise<T> {
  const { core } = h.app;
  const [erased, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const erasing = core.db.tx(h.tenant, async tx => {
    await eraseContact(core, tx, h.tenant, { id, reason: 'other', actor: 'test' });
    erased.resolve();
    await commit.promise;
  });
  await erased.promise;
  const waiting = core.db.tx(h.tenant, other);
  try {
    await untilSomebodyWaits();
  } finally {
    commit.resolve();
    await erasing;
  }
  return waiting;
}

test('a change of number that waited behind the erasure gives the empty record no number', async () => {
  const [phone, next] = [phoneOf(9_324), phoneOf(9_325)];
  await h.post('/api/wa/optin', optIn(phone));
  const contact = await contactBy(phone);
  const { core } = h.app;
  const change: IdentityChange = {
    kind: 'identity',
    providerId: 'wamid.behind',
    before: { from: phone, person: {} },
    after: { from: next, person: {} },
    at: core.clock.now(),
    payload: {},
  };
  const id = readId('contact', contact.id)!;
  await behindErasure(id, tx => changeNumber(core, tx, { tenant: h.tenant, provider: 'meta' }, change));
  assert.equal(await contactBy(next), undefined);
  assert.deepEqual(
    (await placesOf([phone.slice(1), next.slice(1)])).filter(place => !place.startsWith('inbox_')),
    [],
  );
});

test('nothing is learnt or agreed on a record that was erased meanwhile', async () => {
  const phone = phoneOf(9_326);
  await h.post('/api/wa/optin', optIn(phone));
  const contactId = readId('contact', (await contactBy(phone)).id)!;
  const { core } = h.app;
  const identity = { kind: 'bsuid', value: 'RO.9326' } as const;
  await behindErasure(contactId, tx =>
    learnIdentities(core, tx, h.tenant, [{ contactId, identity }], core.clock.now()),
  );
  assert.deepEqual(await placesOf([identity.value]), []);
  const word = {
    contactId,
    action: 'grant',
    purposes: ['marketing'],
    channels: ['whatsapp'],
    saidBy: 'business',
    actor: 'test',
    source: 'checkout',
    at: core.clock.now(),
    evidence: { phone },
  } as const;
  await assert.rejects(
    core.db.tx(h.tenant, tx => recordConsent(core, tx, h.tenant, word)),
    { code: 'conflict' },
  );
});

test('what was written in the moment of an erasure is swept within the hour', async () => {
  const phone = phoneOf(9_327);
  await says(phone, 'hello');
  await h.post('/api/wa/optin', optIn(phone));
  await confirm(phone, 'E-50');
  await h.settle();
  const id = readId('contact', (await contactBy(phone)).id)!;
  await h.post(`/api/v1/contacts/${id}/erase`, { reason: 'asked_by_person' });
  // As whoever had looked before the erasure and wrote after it would leave it.
  await h.sql.query("update inbound_message set text = 'by the red door' where contact_id = $1", [id]);
  await h.sql.query(
    `update message_content set recipient = $2 where message_id in (select id from message where contact_id = $1)`,
    [id, phone],
  );
  const words = ['by the red door', phone.slice(1)];
  const left = async () => (await placesOf(words)).filter(place => !place.startsWith('inbox_'));
  assert.equal((await left()).length, 2, 'the control');
  await h.app.workers.find(worker => worker.name === 'retention')!.tick();
  assert.deepEqual(await left(), []);
});

test('an answer and receipts that come after the erasure do not write the number back', async () => {
  const phone = phoneOf(9_328);
  await h.post('/api/wa/optin', optIn(phone));
  const sent = (await confirm(phone, 'E-60')).body.message_id;
  // It leaves and is answered; the receipts wait in the inbox.
  for (let round = 0; round < 20; round += 1) {
    await h.app.workers.find(worker => worker.name === 'dispatch')!.tick();
    await h.app.dispatcher.idle();
  }
  await h.emulator.whenIdle();
  assert.equal((await h.get(`/api/v1/messages/${sent}`)).body.status, 'accepted');
  const id = readId('message', sent)!;
  const { rows } = await h.sql.query<{ provider_id: string }>('select provider_id from message where id = $1', [id]);
  await erase((await contactBy(phone)).id);
  await h.settle();
  assert.equal((await h.get(`/api/v1/messages/${sent}`)).body.status, 'delivered', 'what happened to it is told');
  const held = async () =>
    (await placesOf([phone.slice(1), rows[0]!.provider_id])).filter(place => !place.startsWith('inbox_'));
  assert.deepEqual(await held(), []);

  // The answer itself, settled once more as the one that came late.
  await h.sql.query("update message set state = 'unknown', resolution = 'open' where id = $1", [id]);
  await h.app.core.db.run(h.tenant, messageSettle, {
    ids: [id],
    attempts: [1],
    outcomes: ['accepted'],
    states: ['accepted'],
    provider_ids: [rows[0]!.provider_id],
    providers: ['meta'],
    codes: [null],
    details: [`to ${phone}`],
    dues: [null],
    retries: [0],
    now: h.clock.now(),
  });
  assert.equal((await h.get(`/api/v1/messages/${sent}`)).body.status, 'accepted');
  assert.deepEqual(await held(), []);
});

test('a merge that is taken back takes the suppression back from whoever was not erased', async () => {
  const [gone, free] = [phoneOf(9_329), phoneOf(9_330)];
  await h.post('/api/wa/optin', optIn(gone));
  await erase((await contactBy(gone)).id);
  h.clock.advance(60_000);
  for (const phone of [gone, free]) await h.post('/api/wa/optin', optIn(phone));
  const [into, from] = [await contactBy(free), await contactBy(gone)];
  await h.post(`/api/v1/contacts/${into.id}/merge`, { contact_id: from.id, reason: 'the same person' });
  assert.equal((await confirm(free, 'E-70')).body.reason, 'suppressed');
  const change = (await h.get(`/api/v1/contacts/${into.id}`)).body.changes[0].id;
  assert.equal((await h.post(`/api/v1/contacts/${into.id}/changes/${change}/undo`, {})).status, 200);
  assert.equal((await confirm(free, 'E-71')).status, 202, 'it was the other one who was erased');
  assert.equal((await confirm(gone, 'E-72')).body.reason, 'suppressed');
});
