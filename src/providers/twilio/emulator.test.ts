/** What the SDK can't ask for: restarts, reviews by themselves, what people do with their phones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/server.ts';
import { call, newLedgerFile, openReceiver, type Received, type Receiver } from '../../../emulator/testing.ts';
import { twilioEmulator } from './emulator.ts';

const SID = 'AC00000000000000000000000000000001';
const FROM = 'whatsapp:+12025550100';
const AUTHORIZATION = { authorization: `Basic ${Buffer.from(`${SID}:any`).toString('base64')}` };

function start(receiver: Receiver, options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const account = {
    provider: 'twilio',
    phoneNumberId: '+12025550100',
    businessAccountId: SID,
    displayPhoneNumber: '+12025550100',
    appSecret: 'token',
    webhookUrl: receiver.url,
  };
  const statusDelays = { sentMs: 0, deliveredMs: 0 };
  return startEmulator({ parts: [twilioEmulator], accounts: [account], statusDelays, templateReviewMs: 0, ...options });
}

const api = (emulator: Emulator, method: string, path: string, body?: string | object) =>
  call(`${emulator.url}/twilio${path}`, method, body, AUTHORIZATION);
const send = (emulator: Emulator, fields: Record<string, string>) =>
  api(
    emulator,
    'POST',
    `/2010-04-01/Accounts/${SID}/Messages.json`,
    new URLSearchParams({ From: FROM, To: 'whatsapp:+40712345601', ...fields }).toString(),
  );
const control = (emulator: Emulator, path: string, body: object = {}) =>
  call(`${emulator.url}/_sandbox${path}`, 'POST', body);
const formOf = (one: Received) => Object.fromEntries(new URLSearchParams(one.body));
const statusOf = async (receiver: Receiver, sid: unknown, status: string) =>
  formOf(await receiver.next(one => formOf(one)['MessageSid'] === sid && formOf(one)['MessageStatus'] === status));

async function content(emulator: Emulator, name: string, category = 'UTILITY'): Promise<string> {
  const types = {
    'whatsapp/card': {
      body: 'Hi {{1}}.',
      footer: 'STOP ends it',
      actions: [{ type: 'QUICK_REPLY', title: 'Yes', id: 'y-1' }],
    },
  };
  const made = await api(emulator, 'POST', '/v1/Content', {
    friendly_name: name,
    language: 'en',
    variables: { 1: 'Ana' },
    types,
  });
  const sid = String(made.json['sid']);
  await api(emulator, 'POST', `/v1/Content/${sid}/ApprovalRequests/whatsapp`, { name, category });
  return sid;
}
async function approvalOf(emulator: Emulator, sid: string): Promise<unknown> {
  const { json } = await api(emulator, 'GET', `/v1/Content/${sid}/ApprovalRequests`);
  return (json['whatsapp'] as Record<string, unknown>)['status'];
}

test('what was killed goes on: reviews get their verdict, statuses go to the address that their message named', async () => {
  const receiver = await openReceiver();
  const ledgerFile = newLedgerFile();
  const first = await start(receiver, {
    ledgerFile,
    templateReviewMs: 60_000,
    statusDelays: { sentMs: 60_000, deliveredMs: 60_000 },
  });
  const hx = await content(first, 'greeting');
  assert.equal(await approvalOf(first, hx), 'received');
  await control(first, '/phones/+40712345601/messages', { text: 'hi' });
  const callback = receiver.url.replace('/hook', '/other?m=msg_x.1');
  const { json } = await send(first, { Body: 'hello', StatusCallback: `${callback}#rc=2` });
  await first.kill();

  const second = await start(receiver, { ledgerFile });
  const left = await receiver.next(
    one => formOf(one)['MessageSid'] === json['sid'] && formOf(one)['MessageStatus'] === 'sent',
  );
  assert.equal(left.path, '/other?m=msg_x.1');
  await second.whenIdle();
  for (let tries = 0; tries < 100 && (await approvalOf(second, hx)) !== 'approved'; tries += 1)
    await new Promise(resolve => setTimeout(resolve, 5));
  assert.equal(await approvalOf(second, hx), 'approved');
  await second.close();
  await receiver.close();
});

test('content of every standing, outside and inside the window', async () => {
  const receiver = await openReceiver();
  const emulator = await start(receiver);
  await control(emulator, '/templates', { review: 'manual' });
  const hx = await content(emulator, 'offer', 'MARKETING');
  const outcome = async () => {
    const { json } = await send(emulator, { ContentSid: hx });
    await emulator.whenIdle();
    const { json: now } = await api(emulator, 'GET', `/2010-04-01/Accounts/${SID}/Messages/${json['sid']}.json`);
    return now['error_code'] ?? now['status'];
  };
  const after: unknown[] = [await outcome()];
  for (const status of ['REJECTED', 'PAUSED', 'DISABLED', 'APPROVED']) {
    await control(emulator, '/templates/offer/review', { status });
    after.push(await outcome());
  }
  assert.deepEqual(after, [63016, 63040, 63041, 63042, 'delivered']);
  await control(emulator, '/phones/+40712345601/stop-marketing');
  assert.equal(await outcome(), 63014);
  await control(emulator, '/templates/offer/review', { status: 'PENDING' });
  await control(emulator, '/phones/+40712345601/messages', { text: 'hi' });
  assert.equal(await outcome(), 'delivered', 'inside the window nobody has to approve it');
  const refused = await control(emulator, '/templates/offer/quality', { quality: 'RED' });
  assert.equal(refused.status, 422);
  await emulator.close();
  await receiver.close();
});

test('a tap names the button, its payload and the message; a picture its type and where it is', async () => {
  const receiver = await openReceiver();
  const emulator = await start(receiver);
  const hx = await content(emulator, 'question');
  await control(emulator, '/templates/question/review', { status: 'APPROVED' });
  const { json } = await send(emulator, { ContentSid: hx, ContentVariables: '{"1":"Ion"}' });
  await statusOf(receiver, json['sid'], 'delivered');
  await control(emulator, '/phones/+40712345601/messages', { button: 'Yes' });
  const tap = formOf(await receiver.next(one => formOf(one)['ButtonText'] !== undefined));
  assert.deepEqual(
    [tap['Body'], tap['ButtonPayload'], tap['OriginalRepliedMessageSid'], tap['MessageType']],
    ['Yes', 'y-1', json['sid'], 'button'],
  );
  await control(emulator, '/phones/+40712345601/messages', { media: { type: 'image', caption: 'look' } });
  const picture = formOf(await receiver.next(one => formOf(one)['NumMedia'] === '1'));
  assert.deepEqual([picture['MediaContentType0'], picture['Body']], ['image/jpeg', 'look']);
  assert.match(picture['MediaUrl0']!, /^https:\/\/api\.twilio\.com\//);
  await emulator.close();
  await receiver.close();
});

test('each status is a webhook of its own, whatever batches are asked for', async () => {
  const receiver = await openReceiver();
  const emulator = await start(receiver);
  await control(emulator, '/phones/+40712345601/messages', { text: 'hi' });
  await control(emulator, '/faults', { status_batch: 50 });
  const sent = await Promise.all(['a', 'b', 'c'].map(Body => send(emulator, { Body })));
  await emulator.whenIdle();
  const told = receiver.received.filter(one => formOf(one)['MessageStatus'] !== undefined);
  assert.equal(told.length, 6);
  assert.equal(new Set(told.map(one => formOf(one)['MessageSid'])).size, sent.length);
  await emulator.close();
  await receiver.close();
});
