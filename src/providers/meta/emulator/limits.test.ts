import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { newLedgerFile } from '../../../../emulator/testing.ts';
import { changeOf, GREETING, NUMBER, openPlatform, type Platform, type Reply, textParameters } from './testing.ts';

/** time stands still unless a test turns it, so that token buckets can be counted */
const clock = { now: () => Date.UTC(2026, 10, 21, 12) };

const open: Platform[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(platform => platform.close()));
});

async function start(options: Parameters<typeof openPlatform>[0] = { clock }): Promise<Platform> {
  const platform = await openPlatform(options);
  open.push(platform);
  await platform.approved(GREETING);
  return platform;
}

function greet(platform: Platform, to: string): Promise<Reply> {
  const template = { name: 'greeting', language: { code: 'en' }, components: textParameters('Ana') };
  return platform.send({ to, type: 'template', template });
}

async function codes(
  platform: Platform,
  count: number,
  to: (index: number) => string,
): Promise<(number | undefined)[]> {
  const replies: Reply[] = [];
  for (let index = 0; index < count; index++) replies.push(await greet(platform, to(index)));
  return replies.map(reply => reply.error?.code);
}

test('one person gets 45 messages at once and then one each six seconds', async () => {
  const platform = await start();
  const first = await codes(platform, 46, () => '+40712345678');
  assert.deepEqual(first.slice(0, 45).filter(Boolean), []);
  assert.equal(first[45], 131056);
  await platform.control('clock', { advance: 'PT6S' });
  assert.deepEqual(await codes(platform, 2, () => '+40712345678'), [undefined, 131056]);
});

test('a number sends what its throughput allows in a second', async () => {
  const platform = await start();
  await platform.control(`numbers/${NUMBER}`, { throughput: 5 });
  const person = (index: number) => `+4072200000${index}`;
  assert.deepEqual(await codes(platform, 6, person), [undefined, undefined, undefined, undefined, undefined, 130429]);
  await platform.control('clock', { advance: 'PT1S' });
  assert.deepEqual(await codes(platform, 1, person), [undefined]);
});

test('what people write is traffic of the number too, and is never refused', async () => {
  const platform = await start();
  await platform.control(`numbers/${NUMBER}`, { throughput: 5 });
  for (let index = 0; index < 5; index += 1)
    assert.equal((await platform.control(`phones/+4072200000${index}/messages`, { text: 'hi' })).status, 201);
  assert.deepEqual(await codes(platform, 1, () => '+40722000009'), [130429]);
  assert.equal((await platform.control('phones/+40722000008/messages', { text: 'hi' })).status, 201);
});

test('without rules there is no limit and no window', async () => {
  const platform = await start({ clock, rules: false });
  assert.deepEqual((await codes(platform, 60, () => '+40712345678')).filter(Boolean), []);
  assert.equal((await platform.send({ type: 'text', text: { body: 'hello' } })).status, 200);
});

test('a banned account sends nothing until it is reinstated', async () => {
  const platform = await start();
  await platform.control('account', { event: 'DISABLED_UPDATE' });
  const told = await platform.receiver.next(one => changeOf(one).field === 'account_update');
  assert.equal((changeOf(told).value['ban_info'] as Record<string, unknown>)['waba_ban_state'], 'DISABLE');
  assert.equal((await greet(platform, '+40712345678')).error?.code, 131031);
  await platform.control('account', { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'REINSTATE' } });
  assert.equal((await greet(platform, '+40712345678')).status, 200);
  const over = await platform.receiver.next(one => one.body.includes('REINSTATE'));
  const dateOf = (one: { body: string }) => JSON.parse(one.body).entry[0].time as number;
  assert.ok(dateOf(over) > dateOf(told), 'of two words of one second nobody could say which is the later');
});

test('a restricted account may not begin conversations; a disconnected number may do nothing', async () => {
  const platform = await start();
  await platform.control('account', { event: 'ACCOUNT_RESTRICTION' });
  assert.equal((await greet(platform, '+40712345678')).error?.code, 368);
  await platform.control('account', { event: 'ACCOUNT_RESTRICTION', restriction_info: [] });
  await platform.control(`numbers/${NUMBER}`, { status: 'DISCONNECTED' });
  assert.equal((await greet(platform, '+40712345678')).error?.code, 133010);
});

test('what a category may not do: codes to a scoped id, utility after violations, marketing by the ordinary door', async () => {
  const platform = await start();
  const buttons = [{ type: 'OTP', otp_type: 'COPY_CODE' }];
  const code = [{ type: 'BODY' }, { type: 'BUTTONS', buttons }];
  await platform.approved({ name: 'code', category: 'AUTHENTICATION', components: code });
  await platform.approved({ ...GREETING, name: 'offer', category: 'MARKETING' });
  await platform.control('phones/40712345678/messages', { text: 'hi' });
  const said = await platform.receiver.next(one => one.body.includes('"from_user_id"'));
  const recipient = /"from_user_id":"([^"]+)"/.exec(said.body)![1];
  const components = [
    ...textParameters('123456'),
    { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '123456' }] },
  ];
  const template = { name: 'code', language: { code: 'en' }, components };
  const refused = await platform.send({ to: undefined, recipient, type: 'template', template });
  assert.equal(refused.error?.code, 131062);
  assert.equal((await platform.send({ type: 'template', template })).status, 200);

  await platform.control('webhooks', { field: 'account_update', example: 'ACCOUNT_RESTRICTION utility' });
  assert.equal((await greet(platform, '+40712345678')).error?.code, 131064);
  await platform.control('webhooks', { field: 'account_update', example: 'ACCOUNT_RESTRICTION lifted' });
  assert.equal((await greet(platform, '+40712345678')).status, 200);

  const account = '102290129340398';
  const turnOff = (value: unknown) =>
    platform.graph('POST', account, { disable_marketing_messages_on_cloud_api: value });
  assert.equal((await turnOff('maybe')).error?.code, 100);
  assert.equal((await turnOff(true)).json['success'], true);
  const offer = {
    messaging_product: 'whatsapp',
    to: '+40712345678',
    type: 'template',
    template: { name: 'offer', language: { code: 'en' }, components: textParameters('Ana') },
  };
  assert.equal((await platform.graph('POST', `${NUMBER}/messages`, offer)).error?.code, 131063);
  assert.equal((await platform.graph('POST', `${NUMBER}/marketing_messages`, offer)).status, 200);
});

test('templates, settings and unfinished reviews survive a kill', async () => {
  const ledgerFile = newLedgerFile();
  const first = await start({ clock, ledgerFile });
  await first.control(`numbers/${NUMBER}`, { quality: 'RED' });
  await first.control('templates', { review: 'automatic', delay_ms: 30 });
  const pending = await first.graph('POST', '102290129340398/message_templates', {
    ...GREETING,
    name: 'pending',
    language: 'en',
    category: 'UTILITY',
  });
  await first.emulator.kill();

  const second = await openPlatform({ clock, ledgerFile });
  open.push(second);
  await second.receiver.next(one => one.body.includes(`"message_template_id":${pending.json['id']}`));
  assert.equal((await second.graph('GET', `${NUMBER}?fields=quality_rating`)).json['quality_rating'], 'RED');
  assert.equal((await greet(second, '+40712345678')).status, 200);
});

test('asked-for errors carry the code that was asked for', async () => {
  const platform = await start();
  await platform.control('faults', { error_rate: 1, code: 130429 });
  const reply = await greet(platform, '+40712345678');
  assert.equal(reply.status, 400);
  assert.equal(reply.error?.code, 130429);
  await platform.control('faults', { error_rate: 1 });
  assert.equal((await greet(platform, '+40712345678')).status, 500);
});
