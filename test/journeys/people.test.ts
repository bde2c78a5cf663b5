/** People with many identities: hidden numbers, changed numbers, two contacts that are one, and what follows them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readId } from '../../src/core/paging.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { deliver, envelope } from '../meta-webhooks.ts';

let h: Harness;
before(async () => {
  h = await harness();
});
after(() => h.close());

const phoneControl = (phone: string, what: string, body: unknown = {}) =>
  h.control(`/phones/${encodeURIComponent(phone)}/${what}`, body);
const contactBy = async (phone: string) =>
  (await h.get(`/api/v1/contacts?phone=${encodeURIComponent(phone)}`)).body.data[0];
const confirm = (phone: string, id: string) =>
  h.post('/api/wa/send/confirm', confirmation({ order: { id }, customer: { phone } }));
/** What the phone shows that came from the business. */
const shown = async (phone: string) =>
  ((await h.control(`/phones/${encodeURIComponent(phone)}/messages`)).body as { direction: string; text: string }[])
    .filter(one => one.direction === 'out')
    .map(one => one.text);

test('whoever hides their number and writes STOP is never written to again, by number or by scoped id', async () => {
  const phone = phoneOf(9_001);
  await h.post('/api/wa/optin', optIn(phone));
  assert.equal((await confirm(phone, 'H-1')).status, 202);
  await h.settle();
  // The receipts have told by which scoped id WhatsApp knows this number.
  const contact = await contactBy(phone);
  const identities = (await h.get(`/api/v1/contacts/${contact.id}`)).body.identities as {
    kind: string;
    value: string;
  }[];
  assert.deepEqual(identities.map(one => one.kind).sort(), ['bsuid', 'phone']);
  await phoneControl(phone, 'hide-number');
  await phoneControl(phone, 'messages', { text: 'STOP' });
  await h.settle();
  const before = await shown(phone);
  assert.match(before.at(-1)!, /Nu veți mai primi/, 'the STOP is answered');
  const answer = await confirm(phone, 'H-2');
  assert.equal(answer.body.reason, 'opted_out');
  await h.settle();
  assert.deepEqual(await shown(phone), before);
  const detail = (await h.get(`/api/v1/contacts/${contact.id}`)).body;
  assert.ok(detail.consents.every((one: { status: string }) => one.status === 'opted_out'));
});

test('somebody who was never written to and hides their number is a person all the same, and is answered', async () => {
  const phone = phoneOf(9_002);
  await phoneControl(phone, 'hide-number');
  await phoneControl(phone, 'messages', { text: 'stop' });
  await h.settle();
  assert.match((await shown(phone)).at(-1)!, /Nu veți mai primi/);
  const { rows } = await h.sql.query<{ value: string }>(
    `select value from contact_identity i where kind = 'bsuid'
       and not exists (select from contact_identity p where p.contact_id = i.contact_id and p.kind = 'phone')`,
  );
  assert.equal(rows.length, 1);
  const found = (await h.get(`/api/v1/contacts?scoped_id=${rows[0]!.value}`)).body.data;
  assert.equal(found.length, 1);
  const detail = (await h.get(`/api/v1/contacts/${found[0].id}`)).body;
  assert.equal(
    detail.identities.some((one: { kind: string }) => one.kind === 'phone'),
    false,
  );
  assert.equal(detail.consents.length, 6, 'every purpose on every channel');
});

test('a changed number takes consent along, what waits goes to the new one, and the old one is nobody’s', async () => {
  const [old, next] = [phoneOf(9_010), phoneOf(9_011)];
  await h.post('/api/wa/optin', optIn(old));
  await confirm(old, 'N-1');
  await h.settle();
  const contact = await contactBy(old);
  assert.equal((await confirm(old, 'N-2')).status, 202);
  await phoneControl(old, 'change-number', { to: next });
  await h.emulator.whenIdle();
  for (const worker of h.app.workers) if (worker.name.startsWith('inbox')) await worker.tick();
  await h.settle();
  assert.equal((await contactBy(next)).id, contact.id);
  assert.equal(await contactBy(old), undefined);
  assert.equal((await shown(next)).length > 0, true, 'the waiting one arrived at the new number');
  const detail = (await h.get(`/api/v1/contacts/${contact.id}`)).body;
  assert.equal(detail.changes[0].change, 'number');
  assert.equal((await confirm(next, 'N-3')).status, 202);
  assert.equal(
    (await confirm(old, 'N-4')).body.reason,
    'no_consent',
    'whoever has the old number now agreed to nothing',
  );
});

test('a STOP that was written from the new number before it was theirs holds for them as well', async () => {
  const [old, next] = [phoneOf(9_012), phoneOf(9_013)];
  await h.post('/api/wa/optin', optIn(old));
  await confirm(old, 'T-1');
  await phoneControl(next, 'messages', { text: 'STOP' });
  await h.settle();
  await phoneControl(old, 'change-number', { to: next });
  await h.settle();
  assert.equal((await confirm(next, 'T-2')).body.reason, 'opted_out');
});

test('a merge makes two people one with the stops of both, and can be taken back', async () => {
  const [kept, other] = [phoneOf(9_020), phoneOf(9_021)];
  for (const phone of [kept, other]) await h.post('/api/wa/optin', optIn(phone));
  await phoneControl(other, 'messages', { text: 'STOP' });
  await h.settle();
  const [into, from] = [await contactBy(kept), await contactBy(other)];
  const body = { contact_id: from.id, reason: 'the same person at the till' };
  const merged = await h.post(`/api/v1/contacts/${into.id}/merge`, body);
  assert.equal(merged.status, 200, merged.text);
  assert.equal((await contactBy(other)).id, into.id);
  assert.equal((await confirm(kept, 'M-1')).body.reason, 'opted_out', 'they wrote STOP, from whichever number');
  assert.equal((await h.post(`/api/v1/contacts/${into.id}/merge`, body)).status, 409);
  assert.equal((await h.get(`/api/v1/contacts/${from.id}`)).body.merged_into, into.id);

  const [change] = merged.body.changes;
  assert.equal(change.reason, 'the same person at the till');
  const undo = `/api/v1/contacts/${into.id}/changes/${change.id}/undo`;
  assert.equal((await h.post(undo, undefined)).status, 200);
  assert.equal((await h.post(undo, undefined)).status, 409);
  assert.equal((await contactBy(other)).id, from.id);
  assert.equal((await confirm(kept, 'M-2')).status, 202);
  assert.equal((await confirm(other, 'M-3')).body.reason, 'opted_out');
  await h.settle();
});

test('merging with nobody, with oneself or with what is no contact is answered clearly', async () => {
  const phone = phoneOf(9_022);
  await h.post('/api/wa/optin', optIn(phone));
  const { id } = await contactBy(phone);
  const merge = (contact_id: string) => h.post(`/api/v1/contacts/${id}/merge`, { contact_id, reason: 'x' });
  assert.equal((await merge(id)).status, 409);
  assert.equal((await merge('ctc_00000000000070008000000000000000')).status, 404);
  assert.equal((await merge('msg_00000000000070008000000000000000')).status, 422);
  assert.equal((await h.get('/api/v1/contacts/nobody')).status, 404);
  assert.equal((await h.get('/api/v1/contacts?scoped_id=x')).status, 422);
});

test('a STOP that comes from a hidden number before its receipt tells whose it is stops that number all the same', async () => {
  const phone = phoneOf(9_030);
  await h.post('/api/wa/optin', optIn(phone));
  await confirm(phone, 'O-1');
  // The message leaves; its receipts wait in the inbox while the person answers.
  for (let round = 0; round < 20; round += 1) {
    await h.app.workers.find(worker => worker.name === 'dispatch')!.tick();
    await h.app.dispatcher.idle();
  }
  await h.emulator.whenIdle();
  await phoneControl(phone, 'hide-number');
  await phoneControl(phone, 'messages', { text: 'STOP' });
  await h.emulator.whenIdle();
  await h.app.workers.find(worker => worker.name === 'inbox-people')!.tick();
  assert.equal((await confirm(phone, 'O-2')).status, 202, 'nobody can know yet whose STOP that was');
  await h.settle();
  assert.equal((await confirm(phone, 'O-3')).body.reason, 'opted_out');
  const detail = (await h.get(`/api/v1/contacts/${(await contactBy(phone)).id}`)).body;
  assert.equal(detail.changes[0].change, 'merge');
});

test('a STOP that was written while two were one holds for both after they are taken apart', async () => {
  const [kept, other] = [phoneOf(9_040), phoneOf(9_041)];
  for (const phone of [kept, other]) await h.post('/api/wa/optin', optIn(phone));
  const [into, from] = [await contactBy(kept), await contactBy(other)];
  const merged = await h.post(`/api/v1/contacts/${into.id}/merge`, { contact_id: from.id, reason: 'one person' });
  await phoneControl(other, 'messages', { text: 'STOP' });
  await h.settle();
  await h.post(`/api/v1/contacts/${into.id}/changes/${merged.body.changes[0].id}/undo`, undefined);
  for (const [phone, id] of [
    [kept, 'S-1'],
    [other, 'S-2'],
  ] as const)
    assert.equal((await confirm(phone, id)).body.reason, 'opted_out');
});

test('a change of number that is told again later changes nothing, whoever has the old number then', async () => {
  const [old, next] = [phoneOf(9_050), phoneOf(9_051)];
  await h.post('/api/wa/optin', optIn(old));
  await confirm(old, 'R-1');
  await h.settle();
  const ana = await contactBy(old);
  await phoneControl(old, 'change-number', { to: next });
  await h.settle();
  await h.post('/api/wa/optin', optIn(old));
  const stranger = await contactBy(old);
  assert.notEqual(stranger.id, ana.id);
  await h.sql.query(
    "insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes) select tenant_id, 'people', gen_random_uuid(), day, id, length(body) from inbox",
  );
  await h.settle();
  assert.equal((await contactBy(next)).id, ana.id);
  assert.equal((await contactBy(old)).id, stranger.id);
});

/** A signed webhook as the platform would send it: the emulator tells things in their order. */
async function webhook(value: object): Promise<void> {
  assert.equal((await deliver(h, envelope(value))).status, 200);
  await h.settle();
}
const seconds = (after = 0) => String(Math.floor(h.clock.now() / 1000) + after);
const changed = (old: string, next: string, at: string, id: string) =>
  webhook({
    messages: [
      {
        from: old.slice(1),
        id,
        timestamp: at,
        type: 'system',
        system: { type: 'user_changed_number', wa_id: next.slice(1), body: 'changed' },
      },
    ],
  });

test('a STOP that was written from the old number and arrives after the change is the person’s own', async () => {
  const [old, next] = [phoneOf(9_060), phoneOf(9_061)];
  await h.post('/api/wa/optin', optIn(old));
  const ana = await contactBy(old);
  const before = seconds();
  h.clock.advance(60_000);
  await changed(old, next, seconds(), 'wamid.change.1');
  // By now the number is a stranger's.
  await h.post('/api/wa/optin', optIn(old));
  await webhook({
    contacts: [{ wa_id: old.slice(1) }],
    messages: [{ from: old.slice(1), id: 'wamid.late.1', timestamp: before, type: 'text', text: { body: 'STOP' } }],
  });
  assert.equal((await confirm(next, 'L-1')).body.reason, 'opted_out');
  assert.equal((await confirm(old, 'L-2')).status, 202, 'the stranger said nothing');
  assert.equal((await contactBy(next)).id, ana.id);
});

test('two changes of number that arrive the wrong way round lead to the same person', async () => {
  const [first, second, third] = [phoneOf(9_062), phoneOf(9_063), phoneOf(9_064)];
  await h.post('/api/wa/optin', optIn(first));
  const ana = await contactBy(first);
  await changed(second, third, seconds(60), 'wamid.change.3');
  await changed(first, second, seconds(30), 'wamid.change.2');
  assert.equal((await contactBy(third)).id, ana.id);
  assert.equal(await contactBy(first), undefined);
  assert.equal(await contactBy(second), undefined);
  await changed(second, third, seconds(60), 'wamid.change.3');
  assert.equal((await contactBy(third)).id, ana.id);
  const { rows } = await h.sql.query("select from parked_event where event ->> 'kind' = 'identity'");
  assert.equal(rows.length, 0);
});

/** What the platform tells when somebody writes, at a time of the test's choosing. */
const wrote = (phone: string, scoped: string, at: string, id: string, text: string) =>
  webhook({
    contacts: [{ wa_id: phone.slice(1), user_id: scoped }],
    messages: [{ from: phone.slice(1), from_user_id: scoped, id, timestamp: at, type: 'text', text: { body: text } }],
  });
const scopedIdOf = async (id: string): Promise<string> =>
  (await h.get(`/api/v1/contacts/${id}`)).body.identities.find((one: { kind: string }) => one.kind === 'bsuid')?.value;

test('who takes over a stranger’s number is not made one with the stranger, and gets none of what was delivered', async () => {
  const [old, next] = [phoneOf(9_070), phoneOf(9_071)];
  await h.post('/api/wa/optin', optIn(old));
  await h.post('/api/wa/optin', optIn(next, { purposes: ['transactional', 'marketing'] }));
  await confirm(old, 'K-1');
  const delivered = (await confirm(next, 'K-2')).body.message_id;
  await h.settle();
  const waits = (await confirm(next, 'K-3')).body.message_id;
  const [ana, bob] = [await contactBy(old), await contactBy(next)];
  const scoped = await scopedIdOf(bob.id);
  assert.ok(scoped);
  const before = seconds();
  h.clock.advance(60_000);
  await changed(old, next, seconds(), 'wamid.takeover.1');
  const of = async (id: string) => {
    const text = 'select contact_id from message where id = $1';
    const { rows } = await h.sql.query<{ contact_id: string }>(text, [readId('message', id)]);
    return rows[0]!.contact_id;
  };
  assert.equal((await contactBy(next)).id, ana.id);
  assert.equal(await of(delivered), readId('contact', bob.id), 'the order of a stranger is the stranger’s');
  assert.equal(
    await of(waits),
    readId('contact', ana.id),
    'what had not left goes by the consent of whom it would reach',
  );
  // Written before the change and told after it: by the number that was still theirs.
  await wrote(next, scoped, before, 'wamid.late.bob', 'hello from Bob');
  assert.equal((await h.get(`/api/v1/contacts/${bob.id}`)).body.merged_into, null);
  const provider = (await h.get(`/api/v1/messages/${delivered}`)).body.provider_id;
  await webhook({
    statuses: [
      {
        id: provider,
        status: 'read',
        timestamp: seconds(),
        recipient_id: next.slice(1),
        recipient_user_id: scoped,
        biz_opaque_callback_data: `${delivered}.1`,
      },
    ],
  });
  // Told after the change, by a number that the platform had not moved yet: nobody is merged on that alone.
  await wrote(next, scoped, seconds(), 'wamid.later.bob', 'hello again');
  assert.equal((await h.get(`/api/v1/contacts/${bob.id}`)).body.merged_into, null);
  const detail = (await h.get(`/api/v1/contacts/${ana.id}`)).body;
  assert.equal(
    detail.consents.some(
      (one: { purpose: string; status: string }) => one.purpose === 'marketing' && one.status === 'opted_in',
    ),
    false,
    'what the stranger agreed to is not theirs',
  );
});

test('two people who swap their numbers, told by the old numbers alone, have each other’s numbers', async () => {
  const [first, second] = [phoneOf(9_072), phoneOf(9_073)];
  for (const phone of [first, second]) await h.post('/api/wa/optin', optIn(phone));
  const [ana, bob] = [await contactBy(first), await contactBy(second)];
  const at = seconds(30);
  await changed(first, second, at, 'wamid.swap.1');
  await changed(second, first, at, 'wamid.swap.2');
  assert.deepEqual([(await contactBy(second)).id, (await contactBy(first)).id], [ana.id, bob.id]);
});

test('the country goes with the number, and the zone that was told of the old one does not', async () => {
  const [old, next] = [phoneOf(9_074), '+33612345674'];
  await h.post('/api/wa/optin', optIn(old));
  const { id } = await contactBy(old);
  await h.sql.query("update contact set zone = 'Europe/Bucharest' where id = $1", [readId('contact', id)]);
  await changed(old, next, seconds(), 'wamid.country.1');
  const { rows } = await h.sql.query('select country, zone from contact where id = $1', [readId('contact', id)]);
  assert.deepEqual(rows, [{ country: 'FR', zone: null }]);
});
