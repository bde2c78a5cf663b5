import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { newLedgerFile } from '../../../../emulator/testing.ts';
import {
  GREETING,
  NUMBER,
  openPlatform,
  type Platform,
  type Reply,
  sentId,
  statusOf,
  textParameters,
} from './testing.ts';

const clock = { now: () => Date.UTC(2026, 10, 21, 12) };
const INDIAN = '+919876543210';

const open: Platform[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(platform => platform.close()));
});

/** A business outside Europe, as the cap on marketing asks for. */
async function start(options: Parameters<typeof openPlatform>[0] = {}): Promise<Platform> {
  const platform = await openPlatform({ clock, ...options }, { displayPhoneNumber: '+1 202 555 0100' });
  open.push(platform);
  return platform;
}

async function withTemplates(options: Parameters<typeof openPlatform>[0] = {}): Promise<Platform> {
  const platform = await start(options);
  await platform.approved(GREETING);
  const offer = [{ type: 'BODY', text: 'An offer for {{1}} this week.', example: { body_text: [['Ana']] } }];
  await platform.approved({ name: 'offer', category: 'MARKETING', components: offer });
  return platform;
}

const send = (platform: Platform, to: string, name: string): Promise<Reply> =>
  platform.send({
    to,
    type: 'template',
    template: { name, language: { code: 'en' }, components: textParameters('Ana') },
  });

/** `delivered`, or the code with which it failed: every one of these was accepted. */
async function fate(platform: Platform, to: string, name = 'offer'): Promise<unknown> {
  const id = sentId(await send(platform, to, name));
  assert.ok(id, 'accepted');
  const status = await platform.receiver.next(one => {
    const told = statusOf(one);
    return told?.['id'] === id && (told['status'] === 'delivered' || told['status'] === 'failed');
  });
  const { status: name_, errors } = statusOf(status) as { status: string; errors?: { code: number }[] };
  return errors?.[0]?.code ?? name_;
}

const numberNow = async (platform: Platform) => (await platform.control(`numbers/${NUMBER}`, {})).json;

test('a person gets so many marketing messages in 24 hours, from whomever; utility goes on', async () => {
  const platform = await withTemplates();
  assert.equal((await numberNow(platform))['marketing_cap'], 2, 'ours, until a control says otherwise');
  assert.deepEqual(
    [await fate(platform, INDIAN), await fate(platform, INDIAN), await fate(platform, INDIAN)],
    ['delivered', 'delivered', 131049],
  );
  assert.equal(await fate(platform, INDIAN, 'greeting'), 'delivered');
  assert.equal(await fate(platform, '+919876543211'), 'delivered', 'somebody else');
  assert.equal((await platform.control(`numbers/${NUMBER}`, { marketing_cap: -1 })).status, 422);
});

test('whoever tries again within a day of a refusal fails again, and it is counted', async () => {
  const platform = await withTemplates();
  await platform.control(`numbers/${NUMBER}`, { marketing_cap: 1 });
  assert.deepEqual([await fate(platform, INDIAN), await fate(platform, INDIAN)], ['delivered', 131049]);
  await platform.control('clock', { advance: 'PT23H' });
  assert.equal(await fate(platform, INDIAN), 131049);
  await platform.control('clock', { advance: 'PT2H' });
  assert.equal(await fate(platform, INDIAN), 131049, 'the day began anew with the last try');
  assert.equal((await numberNow(platform))['marketing_early_retries'], 2);
  await platform.control('clock', { advance: 'P1D' });
  assert.equal(await fate(platform, INDIAN), 'delivered');
});

test('inside an open window no marketing is capped, and none counts', async () => {
  const platform = await withTemplates();
  await platform.control(`numbers/${NUMBER}`, { marketing_cap: 1 });
  await platform.control(`phones/${INDIAN}/messages`, { text: 'hi' });
  assert.deepEqual([await fate(platform, INDIAN), await fate(platform, INDIAN)], ['delivered', 'delivered']);
  await platform.control('clock', { advance: 'PT25H' });
  assert.deepEqual([await fate(platform, INDIAN), await fate(platform, INDIAN)], ['delivered', 131049]);
});

test('no cap in Europe, the United Kingdom, Japan and South Korea; no marketing at all to the United States', async () => {
  const platform = await withTemplates();
  await platform.control(`numbers/${NUMBER}`, { marketing_cap: 0 });
  for (const phone of ['+40712345678', '+447700900123', '+819012345678', '+821012345678'])
    assert.equal(await fate(platform, phone), 'delivered', phone);
  assert.equal(await fate(platform, INDIAN), 131049);
  await platform.control(`numbers/${NUMBER}`, { marketing_cap: null });
  assert.equal(await fate(platform, '+12025550143'), 131049);
  await platform.control('phones/+12025550143/messages', { text: 'hi' });
  assert.equal(await fate(platform, '+12025550143'), 131049, 'not inside a window either');
  assert.equal(await fate(platform, '+12025550143', 'greeting'), 'delivered');
  assert.equal(await fate(platform, '+14165550123'), 'delivered', 'Canada has the same code');
});

test('a European number is under no cap', async () => {
  const platform = await openPlatform({ clock });
  open.push(platform);
  await platform.approved({ ...GREETING, name: 'offer', category: 'MARKETING' });
  await platform.control(`numbers/${NUMBER}`, { marketing_cap: 0 });
  assert.equal(await fate(platform, INDIAN), 'delivered');
});

const person = (index: number) => `+40723${String(index).padStart(6, '0')}`;

async function reach(platform: Platform, count: number): Promise<void> {
  for (let from = 0; from < count; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, index) => send(platform, person(from + index), 'greeting')));
}

test('a portfolio writes first to so many people in 24 hours, and a restart forgets none of them', async () => {
  const ledgerFile = newLedgerFile();
  const first = await withTemplates({ ledgerFile });
  await first.control(`numbers/${NUMBER}`, { messaging_limit: 'TIER_250', throughput: 1_000 });
  await reach(first, 250);
  const refused = await send(first, person(900), 'greeting');
  assert.equal(refused.status, 400);
  assert.equal(refused.error?.code, 131048);
  assert.equal((await send(first, person(3), 'greeting')).status, 200, 'who was written to already counts once');
  await first.control(`phones/${person(901)}/messages`, { text: 'hi' });
  assert.equal((await send(first, person(901), 'greeting')).status, 200, 'an open window counts for nothing');
  assert.equal((await numberNow(first))['people_reached'], 250);
  await first.emulator.kill();

  const second = await start({ ledgerFile });
  assert.equal((await send(second, person(900), 'greeting')).error?.code, 131048);
  const known = await second.graph('GET', `${NUMBER}?fields=whatsapp_business_manager_messaging_limit`);
  assert.equal(known.json['whatsapp_business_manager_messaging_limit'], 'TIER_250');
  await second.control('clock', { advance: 'P1D' });
  assert.equal((await send(second, person(900), 'greeting')).status, 200, 'the span moves on');
});

test('the next step of the limit lets them through, and a reset forgets whom it counted', async () => {
  const platform = await withTemplates();
  await platform.control(`numbers/${NUMBER}`, { messaging_limit: 'TIER_250', throughput: 1_000 });
  await reach(platform, 250);
  assert.equal((await send(platform, person(900), 'greeting')).error?.code, 131048);
  await platform.control(`numbers/${NUMBER}`, { messaging_limit: 'TIER_2K' });
  assert.equal((await send(platform, person(900), 'greeting')).status, 200);
  await platform.control('reset');
  assert.equal((await numberNow(platform))['people_reached'], 0);
});
