import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Emulator, startEmulator } from './server.ts';
import { call, plainAccount, plainPlatform, type Reply } from './testing.ts';

let emulator: Emulator;
before(async () => {
  const delays = { sentMs: 0, deliveredMs: 0 };
  emulator = await startEmulator({ parts: [plainPlatform], accounts: [plainAccount(undefined)], statusDelays: delays });
});
after(() => emulator.close());

function control(method: string, path: string, body?: unknown): Promise<Reply> {
  return call(`${emulator.url}/_sandbox/${path}`, method, body);
}

function assertRefused(reply: Reply, status: number, code: string, path?: string): void {
  const { error } = reply.json as { error: { code: string; message: string; fields?: { path: string }[] } };
  assert.equal(reply.status, status);
  assert.equal(error.code, code);
  assert.ok(error.message.length > 10, 'a sentence');
  assert.deepEqual(
    error.fields?.map(field => field.path),
    path === undefined ? undefined : [path],
  );
}

test('numbers are understood with a plus, an escaped plus, 00 or nothing before them', async () => {
  await control('POST', 'phones', { phone: '+40 712-345-678', name: 'Ana' });
  for (const phone of ['+40712345678', '%2B40712345678', '40712345678', '0040712345678']) {
    assert.equal((await control('POST', `phones/${phone}/messages`, { text: 'hi' })).status, 201);
  }
  const { json } = await control('GET', 'phones');
  assert.deepEqual(
    (json['data'] as { phone: string }[]).map(one => one.phone),
    ['+40712345678'],
  );
});

test('a phone nobody has written to shows nothing', async () => {
  assert.deepEqual((await control('GET', 'phones/40799999999/messages')).json, []);
});

test('what cannot be understood is refused with the field and a sentence', async () => {
  assertRefused(await control('POST', 'phones', { phone: 'ana' }), 422, 'invalid', 'phone');
  assertRefused(await control('GET', 'phones/abc/messages'), 422, 'invalid', 'phone');
  assertRefused(await control('POST', 'phones/40712345678/messages', {}), 422, 'invalid', 'text');
  assertRefused(
    await control('POST', 'phones/40712345678/messages', { text: 'a', button: 'b' }),
    422,
    'invalid',
    'text',
  );
  assertRefused(await control('POST', 'phones/40712345678/messages', { text: 5 }), 422, 'invalid', 'text');
  assertRefused(await control('POST', 'phones/40712345678/messages', { button: 'No such' }), 422, 'invalid', 'button');
  assertRefused(await control('POST', 'phones/40712345678/messages', { media: 'film' }), 422, 'invalid', 'media.type');
  assertRefused(
    await control('POST', 'phones/40712345678/messages', { text: 'a', number: 'x' }),
    422,
    'invalid',
    'number',
  );
  assertRefused(await control('POST', 'phones/40712345678/change-number', {}), 422, 'invalid', 'to');
  assertRefused(await control('POST', 'clock', { advance: 'P1M' }), 422, 'invalid', 'advance');
  assertRefused(await control('POST', 'clock', { now: 'soon' }), 422, 'invalid', 'now');
  assertRefused(await control('POST', 'clock', {}), 422, 'invalid', 'advance');
  assertRefused(await control('POST', 'clock', { advance: 'P9999999999D' }), 422, 'invalid', 'advance');
  assertRefused(await control('POST', 'faults', { latency: 5 }), 422, 'invalid', 'latency');
  assertRefused(await control('GET', 'ledger?after=x'), 422, 'invalid', 'after');
  assertRefused(await control('GET', 'ledger?limit=0'), 422, 'invalid', 'limit');
});

test('what is not there is 404, a wrong method 405, no JSON 400, too much 413', async () => {
  assertRefused(await control('GET', 'nothing'), 404, 'not_found');
  assertRefused(await control('POST', 'phones/40712345678/dance'), 404, 'not_found');
  assertRefused(await control('POST', 'phones/40712345678/read', { message_id: 'x' }), 404, 'not_found');
  assertRefused(await control('POST', 'templates/none/review', { status: 'APPROVED' }), 404, 'not_found');
  assertRefused(await control('POST', 'numbers/none', { quality: 'RED' }), 404, 'not_found');
  assertRefused(await control('DELETE', 'phones'), 405, 'method_not_allowed');
  assertRefused(await control('POST', 'clock', '{"advance"'), 400, 'malformed');
  assertRefused(await control('POST', 'clock', '[]'), 400, 'malformed');
  assertRefused(await control('POST', 'clock', JSON.stringify({ now: 'x'.repeat(1 << 20) })), 413, 'too_large');
  assertRefused(await call(`${emulator.url}/elsewhere`, 'GET'), 404, 'not_found');
});

test('a tap finds the newest message with that button', async () => {
  await call(`${emulator.url}/plain/send`, 'POST', { to: '+40711000001', text: 'first' });
  const sent = await call(`${emulator.url}/plain/send`, 'POST', { to: '+40711000001', text: 'second' });
  await control('POST', 'phones/40711000001/messages', { button: { payload: 'yes' } });
  const shown = (await control('GET', 'phones/40711000001/messages')).json as unknown as Record<string, unknown>[];
  assert.equal(shown.at(-1)?.['type'], 'button');
  assert.equal(shown.at(-1)?.['text'], 'Yes');
  assert.equal(shown.at(-1)?.['reply_to'], sent.json['id']);
});

test('a person who changes the number takes the chat along; the ledger keeps the number that was written to', async () => {
  await call(`${emulator.url}/plain/send`, 'POST', { to: '+40711000002', text: 'before', ref: 'moved' });
  await emulator.whenIdle();
  const { json } = await control('POST', 'phones/40711000002/change-number', { to: '+40711000003' });
  assert.equal(json['phone'], '+40711000003');
  assert.equal(json['previous'], '+40711000002');
  assert.equal(((await control('GET', 'phones/40711000003/messages')).json as unknown as unknown[]).length, 1);
  assert.deepEqual((await control('GET', 'phones/40711000002/messages')).json, []);
  const ledger = (await control('GET', 'ledger?correlation=moved')).json['data'] as { to: string }[];
  assert.equal(ledger[0]?.to, '+40711000002');
});
