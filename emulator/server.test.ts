import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { type Emulator, type EmulatorOptions, startEmulator } from './server.ts';
import {
  call,
  newLedgerFile,
  openReceiver,
  plainAccount,
  plainPlatform,
  type Receiver,
  statusesOf,
} from './testing.ts';

let receiver: Receiver;
before(async () => {
  receiver = await openReceiver();
});
after(() => receiver.close());

const running: Emulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(emulator => emulator.close()));
});

const FAST = { sentMs: 0, deliveredMs: 1 };
let references = 0;

async function start(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await startEmulator({
    parts: [plainPlatform],
    accounts: [plainAccount(receiver.url)],
    statusDelays: FAST,
    webhookRetryMs: [5, 10],
    ...options,
  });
  running.push(emulator);
  return emulator;
}

/** a reference of its own for each message, so that tests can share the receiver */
async function send(emulator: Emulator, to = '+40712345678'): Promise<string> {
  const ref = `ref-${++references}`;
  await call(`${emulator.url}/plain/send`, 'POST', { to, text: 'Hello', ref });
  return ref;
}

function reports(status: string, ref: string): Promise<unknown> {
  return receiver.next(one => statusesOf(one).includes(`${status} ${ref}`));
}

test('an accepted message shows on the phone and is sent and delivered by itself', async () => {
  const emulator = await start();
  const ref = await send(emulator);
  await reports('sent', ref);
  await reports('delivered', ref);
  const messages = (await call(`${emulator.url}/_sandbox/phones/%2B40712345678/messages`, 'GET')).json;
  assert.ok(Array.isArray(messages));
  const { id: _id, at: _at, ...shown } = messages[0];
  assert.deepEqual(shown, {
    direction: 'out',
    type: 'text',
    text: 'Hello',
    buttons: [{ type: 'quick_reply', text: 'Yes', payload: 'yes' }],
    status: 'delivered',
    number: 'n-1',
  });
});

test('the ledger line is on disk before the answer', async () => {
  const ledgerFile = newLedgerFile();
  const emulator = await start({ ledgerFile });
  for (let round = 0; round < 20; round++) {
    const ref = await send(emulator);
    assert.match(readFileSync(ledgerFile, 'utf8'), new RegExp(`"kind":"send".*"correlation":"${ref}"`));
  }
});

test('after a kill, statuses still come, phones and the clock are as they were', async () => {
  const ledgerFile = newLedgerFile();
  const first = await start({ ledgerFile, statusDelays: { sentMs: 60_000, deliveredMs: 60_001 } });
  await call(`${first.url}/_sandbox/clock`, 'POST', { advance: 'P3D' });
  const ref = await send(first);
  await first.kill();

  const second = await start({ ledgerFile });
  await reports('sent', ref);
  await reports('delivered', ref);
  assert.equal(second.clockOffsetMs(), 3 * 86_400_000);
  const { json } = await call(`${second.url}/_sandbox/ledger?correlation=${ref}`, 'GET');
  assert.equal(json['total'], 1);
  await second.close();
});

test('a status that was not taken before the kill comes again, a taken one does not', async () => {
  const ledgerFile = newLedgerFile();
  const first = await start({ ledgerFile, accounts: [plainAccount('http://127.0.0.1:1/nobody')] });
  const ref = await send(first);
  await call(`${first.url}/_sandbox/phones/40712345678/read`, 'POST');
  await first.kill();

  const second = await start({ ledgerFile });
  await Promise.all([reports('sent', ref), reports('delivered', ref), reports('read', ref)]);
  await second.whenIdle();
  await second.close();

  const count = receiver.received.length;
  const third = await start({ ledgerFile });
  await third.whenIdle();
  assert.equal(receiver.received.length, count);
  await third.close();
});

test('what a person wrote is told to the business even if the emulator dies at once', async () => {
  const ledgerFile = newLedgerFile();
  const first = await start({ ledgerFile, accounts: [plainAccount('http://127.0.0.1:1/nobody')] });
  const { json } = await call(`${first.url}/_sandbox/phones/40712345678/messages`, 'POST', { text: 'STOP' });
  await first.kill();
  const second = await start({ ledgerFile });
  await receiver.next(one => one.json['id'] === json['id'] && one.json['text'] === 'STOP');
  await second.close();
});

test('accept-then-hang, accept-then-reset and error-after-accept leave the caller ignorant and the ledger informed', async () => {
  const emulator = await start();
  const url = `${emulator.url}/plain/send`;
  const body = (ref: string) => JSON.stringify({ to: '+40712345678', text: 'x', ref });

  emulator.setFaults({ accept_then_hang: { next: 1 } });
  const signal = AbortSignal.timeout(60);
  await assert.rejects(fetch(url, { method: 'POST', body: body('hung'), signal }), /timeout/);
  emulator.setFaults({ accept_then_reset: { next: 1 } });
  await assert.rejects(fetch(url, { method: 'POST', body: body('reset') }));
  emulator.setFaults({ error_after_accept: true, code: 7 });
  assert.deepEqual(await call(url, 'POST', body('error')), { status: 500, json: { problem: 7 } });
  emulator.setFaults({ error_rate: 1 });
  assert.equal((await call(url, 'POST', body('refused'))).status, 500);

  const { json } = await call(`${emulator.url}/_sandbox/ledger`, 'GET');
  const data = json['data'] as { correlation: string }[];
  assert.deepEqual(
    data.map(line => line.correlation),
    ['hung', 'reset', 'error'],
  );
  await reports('delivered', 'hung');
});

test('a phone that is off gets its messages when it is switched on, a blocker never', async () => {
  const emulator = await start();
  const phone = `${emulator.url}/_sandbox/phones/40722000001`;
  await call(`${phone}/switch-off`, 'POST');
  const waiting = await send(emulator, '+40722000001');
  await reports('sent', waiting);
  assert.equal((await call(`${phone}/messages`, 'POST', { text: 'hi' })).status, 409);
  await call(`${phone}/switch-on`, 'POST');
  await reports('delivered', waiting);

  await call(`${phone}/block`, 'POST');
  const lost = await send(emulator, '+40722000001');
  await reports('sent', lost);
  const shown = (await call(`${phone}/messages`, 'GET')).json as unknown as unknown[];
  assert.equal(shown.length, 1);
  await emulator.whenIdle();
  await call(`${phone}/unblock`, 'POST');
  const third = await send(emulator, '+40722000001');
  await reports('delivered', third);
  assert.ok(!receiver.received.some(one => statusesOf(one).includes(`delivered ${lost}`)));
});

test('reading a message that has just been accepted reports every step, in order and once', async () => {
  const emulator = await start({ statusDelays: { sentMs: 30, deliveredMs: 40 } });
  const ref = await send(emulator);
  const { json } = await call(`${emulator.url}/_sandbox/phones/40712345678/read`, 'POST');
  assert.equal((json['read'] as string[]).length, 1);
  await reports('read', ref);
  await new Promise(resolve => setTimeout(resolve, 60));
  await emulator.whenIdle();
  const steps = receiver.received.flatMap(statusesOf).filter(status => status.endsWith(` ${ref}`));
  assert.deepEqual(steps.sort(), [`delivered ${ref}`, `read ${ref}`, `sent ${ref}`]);
});

test('turning the clock moves the platform’s time, tells whoever asked, and goes back to real time', async () => {
  const told: number[] = [];
  const emulator = await start({
    clock: { now: () => Date.UTC(2026, 10, 21) },
    onClock: offsetMs => told.push(offsetMs),
  });
  const clock = `${emulator.url}/_sandbox/clock`;
  assert.deepEqual((await call(clock, 'POST', { advance: 'P1D' })).json, {
    now: '2026-11-22T00:00:00.000Z',
    offset_ms: 86_400_000,
  });
  assert.equal((await call(clock, 'POST', { now: '2026-12-01T00:00:00Z' })).json['now'], '2026-12-01T00:00:00.000Z');
  emulator.setClock(5_000);
  assert.equal((await call(clock, 'GET')).json['offset_ms'], 5_000);
  await call(clock, 'POST', { real: true });
  assert.deepEqual(told, [86_400_000, 10 * 86_400_000, 0]);
});

test('the ledger is paged, or comes whole', async () => {
  const emulator = await start();
  for (let round = 0; round < 5; round++) await send(emulator);
  const ledger = `${emulator.url}/_sandbox/ledger`;
  const whole = (await call(ledger, 'GET')).json;
  assert.equal((whole['data'] as unknown[]).length, 5);
  assert.equal(whole['next_cursor'], null);
  const first = (await call(`${ledger}?limit=3`, 'GET')).json;
  const rest = (await call(`${ledger}?limit=3&after=${first['next_cursor']}`, 'GET')).json;
  assert.deepEqual([...(first['data'] as unknown[]), ...(rest['data'] as unknown[])], whole['data']);
  assert.equal(rest['next_cursor'], null);
});

test('a reset empties phones and ledger, in the file too', async () => {
  const ledgerFile = newLedgerFile();
  const emulator = await start({ ledgerFile });
  await send(emulator);
  await call(`${emulator.url}/_sandbox/reset`, 'POST');
  assert.equal((await call(`${emulator.url}/_sandbox/ledger`, 'GET')).json['total'], 0);
  assert.deepEqual((await call(`${emulator.url}/_sandbox/phones`, 'GET')).json['data'], []);
  await emulator.close();
  assert.ok(!readFileSync(ledgerFile, 'utf8').includes('"send"'));
});

test('onlookers hear of changes as they happen', async () => {
  const emulator = await start();
  const stream = await fetch(`${emulator.url}/_sandbox/events`);
  const reader = stream.body?.getReader();
  assert.ok(reader);
  await send(emulator, '+40733000001');
  let heard = '';
  while (!heard.includes('+40733000001')) heard += new TextDecoder().decode((await reader.read()).value);
  assert.match(heard, /data: \{"phone":"\+40733000001","kind":"message"\}/);
  await reader.cancel();
});
