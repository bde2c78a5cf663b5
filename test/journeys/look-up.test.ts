/** Sends whose answer was lost, at a provider that can be asked afterwards: found, or not there, and never sent twice. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LookUps } from '../../src/core/messages/look-up.ts';
import { lookUpTake } from '../../src/core/messages/look-up-statements.ts';
import { rescueTenant } from '../../src/core/messages/resolve.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';
import { until } from '../processes.ts';

let h: Harness;
before(async () => {
  h = await harness({ platform: 'twilio' });
});
after(() => h.close());

const read = async (id: string) => (await h.get(`/api/v1/messages/${id}`)).body;
const uuidOf = (id: string) => id.slice(4).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
const age = (id: string, by: string) =>
  h.sql.query(`update message set unknown_at = unknown_at - interval '${by}' where id = $1`, [uuidOf(id)]);
const resolve = () => h.app.workers.find(worker => worker.name === 'resolve')!.tick();
const copies = async (phone: string) =>
  (await h.control(`/phones/${phone}/messages`)).body.filter((one: { direction: string }) => one.direction === 'out');

/** Sent while the platform misbehaves, and its callbacks are lost too. */
async function lost(phone: string, order: string, fault: object): Promise<string> {
  await h.post('/api/wa/optin', optIn(phone));
  await h.control('/faults', { ...fault, drop_webhooks: true });
  const sent = await h.post(
    '/api/wa/send/confirm',
    confirmation({ order: { id: order }, customer: { phone, locale: 'en' } }),
  );
  await h.settle();
  await h.control('/faults', {});
  assert.equal((await read(sent.body.message_id)).status, 'unknown', JSON.stringify(await read(sent.body.message_id)));
  return sent.body.message_id;
}
/** As if this process had been there for an hour. */
const silently = async (id: string, lookUps = new LookUps()) => {
  await age(id, '1 hour');
  return rescueTenant(h.app.core, h.tenant, { drainedForMs: 3_600_000, upForMs: 3_600_000 }, lookUps);
};

test('an answer that never came is found by asking, and the message is not sent a second time', async () => {
  const phone = '+40712345631';
  const id = await lost(phone, 'L-1', { accept_then_hang: { next: 1 } });
  await resolve();
  assert.equal((await read(id)).status, 'unknown', 'its receipt may still come');
  await age(id, '10 seconds');
  await resolve();
  const found = await read(id);
  const [there] = await copies(phone);
  assert.deepEqual([found.status, found.provider_id, found.resolution], ['accepted', there.id, 'sent']);
  await h.settle();
  await silently(id);
  await h.settle();
  assert.deepEqual([(await copies(phone)).length, (await read(id)).attempts], [1, 1]);
  const { rows } = await h.sql.query('select outcome, provider_id from message_attempt where message_id = $1', [
    uuidOf(id),
  ]);
  assert.deepEqual(rows, [{ outcome: 'accepted', provider_id: there.id }]);
});

test('what the platform does not have is sent once more, when its purpose allows it and not before', async () => {
  const phone = '+40712345632';
  const id = await lost(phone, 'L-2', { error_rate: 1, code: 20500 });
  await age(id, '10 seconds');
  const asked = new LookUps();
  await rescueTenant(h.app.core, h.tenant, { drainedForMs: 3_600_000, upForMs: 3_600_000 }, asked);
  assert.equal((await read(id)).status, 'unknown', 'two minutes have not passed');
  // Not there ten seconds after it left is one thing; it is asked for anew before it is sent again.
  await silently(id, asked);
  assert.equal((await read(id)).status, 'queued');
  await h.settle();
  const sent = await read(id);
  assert.deepEqual([sent.status, sent.attempts, (await copies(phone)).length], ['delivered', 2, 1]);
});

test('as long as the platform can’t be asked nothing is sent again, however silent it is', async () => {
  const phone = '+40712345633';
  const id = await lost(phone, 'L-3', { error_rate: 1, code: 20500 });
  const { rows } = await h.sql.query("select account->>'base_url' as url from sender");
  const point = async (url: string) => {
    await h.sql.query("update sender set account = jsonb_set(account, '{base_url}', to_jsonb($1::text))", [url]);
    h.app.core.senders.forget();
  };
  await point('http://127.0.0.1:9/twilio');
  await silently(id);
  assert.deepEqual([(await read(id)).status, (await read(id)).resolution], ['unknown', 'open']);
  await point(rows[0].url);
  await silently(id);
  await h.settle();
  assert.deepEqual([(await read(id)).status, (await copies(phone)).length], ['delivered', 1]);
});

test('one that the platform took and WhatsApp refused is failed, with the reason', async () => {
  const phone = '+40712345634';
  await h.post('/api/wa/optin', optIn(phone));
  const open = await h.control(`/phones/${phone}/messages`, { text: 'hello' });
  assert.equal(open.status < 300, true);
  await h.settle();
  const sent = await h.post('/api/v1/messages', { to: { phone }, text: 'Here we are.' });
  // The window closes on the platform's side before it is sent; ours is held open by hand.
  h.clock.advance(25 * 3_600_000);
  await h.sql.query("update contact_window set expires_at = expires_at + interval '10 days'");
  await h.sql.query("update message set expires_at = expires_at + interval '10 days' where id = $1", [
    uuidOf(sent.body.message_id),
  ]);
  await h.control('/faults', { accept_then_reset: { next: 1 }, drop_webhooks: true });
  await h.settle();
  await h.control('/faults', {});
  const id = sent.body.message_id;
  assert.equal((await read(id)).status, 'unknown', JSON.stringify(await read(id)));
  await age(id, '10 seconds');
  await resolve();
  assert.deepEqual([(await read(id)).status, (await read(id)).error.code], ['failed', '63016']);
});

test('two that say the same are told apart by nobody: they wait for their receipts', async () => {
  const phone = '+40712345635';
  await h.control(`/phones/${phone}/messages`, { text: 'hello' });
  await h.settle();
  await h.control('/faults', { accept_then_reset: { next: 2 }, drop_webhooks: true });
  const ids: string[] = [];
  for (const reference of ['a', 'b'])
    ids.push((await h.post('/api/v1/messages', { to: { phone }, text: 'Coming!', reference })).body.message_id);
  await h.settle();
  await h.control('/faults', {});
  for (const id of ids) await age(id, '10 seconds');
  await resolve();
  for (const id of ids) assert.equal((await read(id)).status, 'unknown');
  assert.equal((await copies(phone)).length, 2);
});

/** From now on the answers to sends, and to nothing else, wait on our side of the wire. */
function holdAnswers(): { release(): void } {
  const { wire } = h.app.core;
  const { request } = wire;
  let release = () => {};
  const held = new Promise<void>(resolve => {
    release = resolve;
  });
  wire.request = async asked => {
    const answer = await request(asked);
    if (asked.method === 'POST') await held;
    return answer;
  };
  return {
    release: () => {
      wire.request = request;
      release();
    },
  };
}

test('what is still on its way and says the same is not taken for the one that was lost', async () => {
  const phone = '+40712345636';
  await h.control(`/phones/${phone}/messages`, { text: 'hello' });
  await h.settle();
  const write = async (reference: string): Promise<string> =>
    (await h.post('/api/v1/messages', { to: { phone }, text: 'On our way.', reference })).body.message_id;
  await h.control('/faults', { error_rate: 1, code: 20500 });
  const lostId = await write('a');
  await h.settle();
  await age(lostId, '10 seconds');
  // The platform has the second one, and its answer is not here yet. No wait between two of one person.
  await h.sql.query('delete from pair_rate');
  await h.control('/faults', { drop_webhooks: true });
  const answers = holdAnswers();
  const slowId = await write('b');
  const dispatch = h.app.workers.find(worker => worker.name === 'dispatch')!;
  await until('the platform has it', async () => {
    await dispatch.tick();
    return (await copies(phone)).length === 1;
  });
  await resolve();
  const atThatMoment = [(await read(slowId)).status, (await read(lostId)).status];
  answers.release();
  await h.app.dispatcher.idle();
  await h.control('/faults', {});
  assert.deepEqual(atThatMoment, ['sending', 'unknown']);
  const [there] = await copies(phone);
  assert.deepEqual([(await read(slowId)).provider_id, (await read(lostId)).provider_id], [there.id, null]);
  // Its answer is here: what the platform has is no longer in doubt, and the lost one is not among it.
  const asked = new LookUps();
  await silently(lostId, asked);
  assert.equal((await read(lostId)).provider_id, null);
});

test('an id that another message was given in this moment stays with that one', async () => {
  const [phone, other] = ['+40712345637', '+40712345638'];
  const id = await lost(phone, 'L-7', { accept_then_reset: { next: 1 } });
  const owner = await lost(other, 'L-8', { error_rate: 1, code: 20500 });
  const [there] = await copies(phone);
  const take = (message: string) =>
    h.app.core.db.run(h.tenant, lookUpTake, {
      id: uuidOf(message),
      attempt: 1,
      provider: 'twilio',
      provider_id: there.id,
    });
  assert.deepEqual([(await take(owner)).length, (await take(id)).length, (await take(owner)).length], [1, 0, 1]);
});

test('what was given up and says the same is not taken for the one that was lost', async () => {
  const phone = '+40712345639';
  await h.control(`/phones/${phone}/messages`, { text: 'hello' });
  await h.settle();
  const write = async (reference: string): Promise<string> =>
    (await h.post('/api/v1/messages', { to: { phone }, text: 'Nearly there.', reference })).body.message_id;
  await h.control('/faults', { accept_then_reset: { next: 1 }, drop_webhooks: true });
  const givenUp = await write('a');
  await h.settle();
  await h.sql.query("update message set resolution = 'closed' where id = $1", [uuidOf(givenUp)]);
  await h.control('/faults', { error_rate: 1, code: 20500 });
  const lostId = await write('b');
  await h.settle();
  await h.control('/faults', { drop_webhooks: true });
  await age(lostId, '10 seconds');
  // As if both had left in one moment: what the platform has may be either.
  await h.sql.query("update message_attempt set started_at = started_at - interval '1 minute' where message_id = $1", [
    uuidOf(lostId),
  ]);
  await resolve();
  assert.deepEqual([(await read(lostId)).status, (await read(lostId)).provider_id], ['unknown', null]);
});
