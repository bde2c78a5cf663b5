import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { newLedgerFile } from '../../../../emulator/testing.ts';
import { changeOf, GREETING, openPlatform, type Platform, textParameters, WABA } from './testing.ts';

const clock = { now: () => Date.UTC(2026, 10, 21, 12) };
const open: Platform[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(platform => platform.close()));
});

async function start(options: Parameters<typeof openPlatform>[0] = {}): Promise<Platform> {
  const platform = await openPlatform({ clock, ...options });
  open.push(platform);
  return platform;
}

const turn = (platform: Platform, advance: string) => platform.control('clock', { advance });
const red = (platform: Platform) => platform.control('templates/greeting/quality', { quality: 'RED' });
const codeOf = async (platform: Platform) =>
  (await platform.sendTemplate('greeting', textParameters('Ana'))).error?.code;
const standing = async (platform: Platform): Promise<unknown> => {
  const { json } = await platform.graph('GET', `${WABA}/message_templates?name=greeting&fields=status`);
  return (json['data'] as { status: string }[])[0]?.status;
};

/** The next word about the template’s standing: what it is and why. */
async function told(platform: Platform): Promise<unknown[]> {
  const one = await platform.receiver.next(received => changeOf(received)?.field === 'message_template_status_update');
  const { event, other_info: info } = changeOf(one).value as { event: string; other_info?: { title: string } };
  return [event, info?.title];
}

test('red pauses for three hours, then for six, and at last disables', async () => {
  const platform = await start();
  await platform.approved(GREETING);
  for (const [title, almost] of [
    ['FIRST_PAUSE', 'PT2H59M'],
    ['SECOND_PAUSE', 'PT5H59M'],
  ] as const) {
    await red(platform);
    assert.deepEqual(await told(platform), ['PAUSED', title]);
    await turn(platform, almost);
    assert.equal(await codeOf(platform), 132015);
    await turn(platform, 'PT1M');
    assert.deepEqual(await told(platform), ['APPROVED', 'UNPAUSE']);
    assert.equal(await codeOf(platform), undefined);
  }
  await red(platform);
  assert.deepEqual(await told(platform), ['DISABLED', 'DISABLED']);
  await turn(platform, 'P30D');
  assert.equal(await codeOf(platform), 132016);
});

test('a pause by pacing ends when somebody ends it, and stands on no ladder', async () => {
  const platform = await start();
  const id = await platform.approved(GREETING);
  await platform.control('templates/greeting/review', { status: 'PAUSED', reason: 'RATE_LIMITING_PAUSE' });
  assert.deepEqual(await told(platform), ['PAUSED', 'RATE_LIMITING_PAUSE']);
  await turn(platform, 'P7D');
  assert.equal(await codeOf(platform), 132015);
  assert.equal((await platform.graph('POST', `${id}/unpause`)).json['success'], true);
  assert.deepEqual(await told(platform), ['APPROVED', 'UNPAUSE']);
  await red(platform);
  assert.deepEqual(await told(platform), ['PAUSED', 'FIRST_PAUSE']);
  const refused = await platform.control('templates/greeting/review', { status: 'PAUSED', reason: 'SCAM' });
  assert.equal(refused.status, 422);
});

test('a pause outlives a kill and still ends in time', async () => {
  const ledgerFile = newLedgerFile();
  const first = await start({ ledgerFile });
  await first.approved(GREETING);
  await red(first);
  await told(first);
  await first.emulator.kill();
  const second = await start({ ledgerFile });
  assert.equal(await standing(second), 'PAUSED');
  await turn(second, 'PT3H');
  // What was taken in the moments before a kill comes once more: the first of them may be the approval of before.
  await second.receiver.next(one => one.body.includes('"UNPAUSE"'));
  assert.equal(await standing(second), 'APPROVED');
});

test('an announced category comes into force a day later, with its second webhook', async () => {
  const platform = await start();
  await platform.approved(GREETING);
  await platform.control('templates/greeting/category', { category: 'MARKETING', impending: true });
  const next = async () =>
    changeOf(await platform.receiver.next(one => changeOf(one)?.field === 'template_category_update')).value;
  assert.equal((await next())['correct_category'], 'MARKETING');
  await turn(platform, 'PT23H59M');
  await turn(platform, 'PT1M');
  const { previous_category, new_category } = await next();
  assert.deepEqual([previous_category, new_category], ['UTILITY', 'MARKETING']);
});
