import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { type Emulator, startEmulator } from './server.ts';
import { call, openReceiver, plainAccount, plainPlatform, type Receiver, statusesOf } from './testing.ts';

let receiver: Receiver;
let emulator: Emulator;
before(async () => {
  receiver = await openReceiver();
});
after(() => receiver.close());
beforeEach(async () => {
  receiver.received.length = 0;
  receiver.answers.length = 0;
  emulator = await startEmulator({
    parts: [plainPlatform],
    accounts: [plainAccount(receiver.url)],
    statusDelays: { sentMs: 0, deliveredMs: 0 },
    webhookRetryMs: [2, 4],
  });
});
afterEach(() => emulator.close());

function write(text: string): Promise<unknown> {
  return call(`${emulator.url}/_sandbox/phones/40712345678/messages`, 'POST', { text });
}

async function sendMany(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await call(`${emulator.url}/plain/send`, 'POST', { to: '+40712345678', text: 'x', ref: String(index) });
  }
}

test('a webhook is tried until the answer is 200 exactly, with the same bytes', async () => {
  receiver.answers.push(500, 204, 201, 301);
  await write('hello');
  await emulator.whenIdle();
  assert.equal(receiver.received.length, 5);
  assert.equal(new Set(receiver.received.map(one => one.body)).size, 1);
  assert.equal(new Set(receiver.received.map(one => one.headers['x-proof'])).size, 1);
});

test('duplicates come twice, lost ones never', async () => {
  emulator.setFaults({ duplicate_webhooks: true });
  await write('twice');
  await emulator.whenIdle();
  assert.equal(receiver.received.length, 2);
  emulator.setFaults({ drop_webhooks: true });
  await write('never');
  await emulator.whenIdle();
  assert.equal(receiver.received.length, 2);
});

test('each status comes alone, unless batches are asked for', async () => {
  await sendMany(3);
  await emulator.whenIdle();
  assert.deepEqual(
    receiver.received.map(one => statusesOf(one).length),
    [1, 1, 1, 1, 1, 1],
  );

  receiver.received.length = 0;
  emulator.setFaults({ status_batch: 4 });
  await sendMany(4);
  while (receiver.received.flatMap(statusesOf).length < 8) await receiver.next();
  const sizes = receiver.received.map(one => statusesOf(one).length);
  assert.ok(Math.max(...sizes) > 1 && Math.max(...sizes) <= 4, sizes.join());
});

test('reordered webhooks all arrive, in another order', async () => {
  emulator.setFaults({ reorder: true, seed: 3 });
  for (const text of ['a', 'b', 'c', 'd']) await write(text);
  const arrived: unknown[] = [];
  while (arrived.length < 4) arrived.push((await receiver.next()).json['text']);
  assert.notDeepEqual(arrived, ['a', 'b', 'c', 'd']);
  assert.deepEqual(arrived.toSorted(), ['a', 'b', 'c', 'd']);
});
