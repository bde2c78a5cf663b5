import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changeOf, GREETING, inboundOf, NUMBER, openPlatform, PERSON, type Platform, WABA } from './testing.ts';
import { signBody } from './webhooks.ts';

let platform: Platform;
before(async () => {
  platform = await openPlatform({ webhookRetryMs: [5] });
  await platform.approved(GREETING);
});
after(() => platform.close());

const provoke = (wish: Record<string, unknown>) => platform.control('webhooks', { phone: PERSON, ...wish });
const text = (body: string) => platform.send({ type: 'text', text: { body } });

test('what is provoked is signed over its bytes and comes until it is taken', async () => {
  platform.receiver.answers.push(500, 503);
  assert.equal((await provoke({ field: 'security', example: 'PIN_CHANGED' })).json['webhooks'], 1);
  const copies = [];
  for (let copy = 0; copy < 3; copy += 1)
    copies.push(await platform.receiver.next(one => changeOf(one).field === 'security'));
  for (const { body, headers } of copies) {
    assert.equal(body, copies[0]!.body);
    assert.equal(headers['x-hub-signature-256'], `sha256=${signBody('test_app_secret', body)}`);
  }
  const { value } = changeOf(copies[0]!);
  assert.deepEqual(value, { display_phone_number: '40312290000', event: 'PIN_CHANGED', requester: '300000000000002' });
});

test('what a person writes stands on the phone and opens the window; a reaction does neither for the window', async () => {
  await provoke({ field: 'messages', example: 'reaction' });
  assert.equal((await text('hello')).error?.code, 131047);
  const { json } = await provoke({ field: 'messages', example: 'location' });
  const told = await platform.receiver.next(one => inboundOf(one)?.['type'] === 'location');
  const { id, location } = inboundOf(told)!;
  assert.deepEqual([id], json['messages']);
  assert.equal((location as { name: string }).name, 'Piața Unirii');
  assert.equal((await text('hello')).status, 200);
  const shown = await fetch(`${platform.emulator.url}/_sandbox/phones/${PERSON}/messages`);
  const types = ((await shown.json()) as { type: string; text: string }[]).map(message => message.type);
  assert.deepEqual(types.slice(0, 2), ['reaction', 'location']);
});

test('a picture of the catalogue shows on the phone and can be fetched', async () => {
  await provoke({ field: 'messages', example: 'image' });
  const told = await platform.receiver.next(one => inboundOf(one)?.['type'] === 'image');
  const { id, sha256, caption } = inboundOf(told)!['image'] as Record<string, string>;
  const { json } = await platform.graph('GET', id!);
  assert.equal(Buffer.from(String(json['sha256']), 'hex').toString('base64'), sha256);
  assert.equal(caption, 'The hall');
});

test('who came by an ad of the catalogue is written to for free', async () => {
  const phone = '+40712345670';
  await provoke({ field: 'messages', example: 'text from an ad', phone });
  const id = (
    (await platform.send({ to: phone, type: 'text', text: { body: 'hello' } })).json['messages'] as { id: string }[]
  )[0]?.id;
  const sent = await platform.receiver.next(one => one.body.includes(`"id":"${id}"`) && one.body.includes('pricing'));
  assert.match(sent.body, /"type":"free_entry_point"/);
});

test('partners are told of in the name of the portfolio, and two examples put the field elsewhere', async () => {
  type Entry = { id: string; field?: string; changes: { field?: string; value: Record<string, unknown> }[] };
  const entryOf = async (event: string): Promise<Entry> => {
    await provoke({ field: 'account_update', example: event });
    const one = await platform.receiver.next(received => received.body.includes(`"${event}"`));
    return (one.json['entry'] as Entry[])[0]!;
  };
  const removed = await entryOf('PARTNER_REMOVED');
  assert.notEqual(removed.id, WABA);
  assert.equal((removed.changes[0]!.value['waba_info'] as { waba_id: string }).waba_id, WABA);
  const installed = await entryOf('PARTNER_APP_INSTALLED');
  assert.deepEqual([installed.field, installed.changes[0]!.field], ['account_update', undefined]);
  assert.equal((await entryOf('PARTNER_APP_UNINSTALLED')).changes[0]!.value['field'], 'account_update');
});

test('what is told of the account and its limit is so: a ban stops every message', async () => {
  await provoke({ field: 'account_update', example: 'DISABLED_UPDATE' });
  assert.equal((await platform.sendTemplate('greeting')).error?.code, 131031);
  await provoke({ field: 'account_update', example: 'DISABLED_UPDATE reinstated' });
  await provoke({ field: 'business_capability_update', example: 'word' });
  const { json } = await platform.graph('GET', `${NUMBER}?fields=whatsapp_business_manager_messaging_limit`);
  assert.equal(json['whatsapp_business_manager_messaging_limit'], 'TIER_10K');
});

test('the list says which values are guessed, and can be asked for one field', async () => {
  const list = async (query: string) => {
    const answer = await fetch(`${platform.emulator.url}/_sandbox/webhooks${query}`);
    return ((await answer.json()) as { data: { field: string; example: string; guessed?: true }[] }).data;
  };
  assert.deepEqual(
    (await list('?field=flows')).map(({ example, guessed }) => [example, guessed]),
    [
      ['status', true],
      ['endpoint', true],
    ],
  );
  assert.ok((await list('')).some(({ field, guessed }) => field === 'security' && guessed === undefined));
});
