import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changeOf, openPlatform, type Platform, type Reply, WABA } from './testing.ts';

let platform: Platform;
before(async () => {
  platform = await openPlatform({ clock: { now: () => Date.UTC(2026, 10, 21, 12) } });
});
after(() => platform.close());

const body = (text: string, footer?: string) => [
  { type: 'BODY', text },
  ...(footer === undefined ? [] : [{ type: 'FOOTER', text: footer }]),
];
const create = (template: Record<string, unknown>): Promise<Reply> =>
  platform.graph('POST', `${WABA}/message_templates`, { language: 'en', category: 'UTILITY', ...template });
const turn = (advance: string) => platform.control('clock', { advance });
/** What the review says of it. */
async function verdict(name: string): Promise<Record<string, unknown>> {
  const one = await platform.receiver.next(received => changeOf(received)?.value?.['message_template_name'] === name);
  return changeOf(one).value;
}

test('of two templates with the same body and footer the second is rejected, and told why', async () => {
  await platform.approved({ name: 'first', components: body('Your order is ready.', 'Thank you') });
  await create({ name: 'twin', components: body('Your order is ready.', 'Thank you') });
  const { event, reason, rejection_info: info } = await verdict('twin');
  assert.deepEqual([event, reason], ['REJECTED', 'INVALID_FORMAT']);
  assert.match((info as { reason: string }).reason, /those of first/);
  await create({ name: 'cousin', components: body('Your order is ready.', 'Many thanks') });
  assert.equal((await verdict('cousin'))['event'], 'APPROVED');
  await create({ name: 'first', language: 'en_US', components: body('Your order is ready.', 'Thank you') });
  assert.equal((await verdict('first'))['event'], 'APPROVED', 'another language of the same one');
  for (const name of ['code_a', 'code_b']) {
    const buttons = [{ type: 'OTP', otp_type: 'COPY_CODE' }];
    await create({ name, category: 'AUTHENTICATION', components: [{ type: 'BODY' }, { type: 'BUTTONS', buttons }] });
    assert.equal((await verdict(name))['event'], 'APPROVED', 'their words are Meta’s own');
  }
});

test('an approved template is edited once a day and ten times in thirty days; a rejected one at will', async () => {
  const id = await platform.approved({ name: 'edited', components: body('Version 0 of the text.') });
  let version = 0;
  const edit = async (): Promise<Reply> => {
    version += 1;
    return platform.graph('POST', id, { components: body(`Version ${version} of the text.`) });
  };
  for (let count = 0; count < 10; count += 1) {
    assert.equal((await edit()).status, 200);
    await verdict('edited');
    assert.equal((await edit()).error?.error_subcode, 2388039, 'a second one on the same day');
    await turn('P1D');
  }
  assert.equal((await edit()).error?.error_subcode, 2388039, 'the eleventh');
  await platform.control('templates/edited/review', { status: 'REJECTED' });
  await verdict('edited');
  assert.equal((await edit()).status, 200);
  await verdict('edited');
  await turn('P30D');
  assert.equal((await edit()).status, 200);
});

test('a hundred templates are made in an hour', async () => {
  await turn('PT1H');
  const made = (index: number) => create({ name: `many_${index}`, components: body(`This is number ${index}.`) });
  for (let index = 0; index < 100; index += 1) assert.equal((await made(index)).status, 200);
  assert.equal((await made(100)).error?.code, 80007);
  await turn('PT1H');
  assert.equal((await made(100)).status, 200);
});

test('many are deleted by their ids, all or none', async () => {
  const { json } = await platform.graph('GET', `${WABA}/message_templates?limit=200&fields=id,name`);
  const ids = (json['data'] as { id: string; name: string }[]).flatMap(one => (/^many/.test(one.name) ? one.id : []));
  const remove = (query: string) => platform.graph('DELETE', `${WABA}/message_templates?${query}`);
  assert.equal((await remove(`hsm_ids=${JSON.stringify(ids)}`)).error?.code, 100, 'a hundred and one');
  assert.equal((await remove(`hsm_ids=${JSON.stringify(ids.slice(0, 2))}&name=many_0`)).error?.code, 100);
  assert.equal((await remove(`hsm_ids=${JSON.stringify(['1', ids[0]])}`)).error?.error_subcode, 2593002);
  assert.equal((await remove(`hsm_ids=${JSON.stringify(ids.slice(0, 100))}`)).json['success'], true);
  assert.equal((await platform.graph('GET', ids[0] as string)).status, 400);
});

test('how long a message may wait has its bounds, by category', async () => {
  const ttl = async (category: string, message_send_ttl_seconds: unknown, name = 'patient') => {
    const offer = { name, category, message_send_ttl_seconds, components: body(`Waiting ${category}.`) };
    return (await create(offer)).error?.code;
  };
  assert.equal(await ttl('UTILITY', 43_201), 100);
  assert.equal(await ttl('UTILITY', 29), 100);
  assert.equal(await ttl('UTILITY', 'long'), 100);
  assert.equal(await ttl('MARKETING', 3_600), 100);
  assert.equal(await ttl('MARKETING', -1), 100);
  assert.equal(await ttl('MARKETING', 43_200, 'patient_offer'), undefined);
  assert.equal(await ttl('UTILITY', -1), undefined);
});
