import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, test } from 'node:test';
import { newLedgerFile } from '../../../../emulator/testing.ts';
import { inboundOf, NUMBER, openPlatform, PERSON, type Platform, WABA } from './testing.ts';

const open: Platform[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(platform => platform.close()));
});

async function start(options: Parameters<typeof openPlatform>[0] = {}): Promise<Platform> {
  const platform = await openPlatform({ clock: { now: () => Date.UTC(2026, 10, 21, 12) }, ...options });
  open.push(platform);
  return platform;
}

type Uploaded = { id: string; error?: { code: number; message: string } };

async function upload(platform: Platform, bytes: Buffer, type: string, fields: object = {}): Promise<Uploaded> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ messaging_product: 'whatsapp', type, ...fields })) form.set(name, value);
  if (bytes.length > 0) form.set('file', new Blob([new Uint8Array(bytes)], { type }), 'file');
  const url = `${platform.emulator.url}/graph/v26.0/${NUMBER}/media`;
  const answer = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer token' }, body: form });
  return (await answer.json()) as Uploaded;
}

const fetched = (url: string, token?: string) =>
  fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

test('a file is uploaded, looked up, fetched with the token for five minutes, sent by its id and deleted', async () => {
  const platform = await start();
  const bytes = Buffer.from([0, 255, 254, 37, 80, 68, 70]);
  const { id } = await upload(platform, bytes, 'application/pdf');
  const { json } = await platform.graph('GET', id);
  assert.deepEqual(
    [json['mime_type'], json['file_size'], json['sha256'], json['messaging_product']],
    ['application/pdf', 7, createHash('sha256').update(bytes).digest('hex'), 'whatsapp'],
  );
  const url = String(json['url']);
  const answer = await fetched(url, 'token');
  assert.equal(answer.headers.get('content-type'), 'application/pdf');
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes, 'byte for byte');
  assert.equal((await fetched(url)).status, 401);
  assert.equal((await fetched(url, 'other')).status, 401);
  assert.equal((await fetched(url.replace(/ext=\d+/, 'ext=9999999999'), 'token')).status, 404, 'another end');
  await platform.control('clock', { advance: 'PT5M' });
  assert.equal((await fetched(url, 'token')).status, 404, 'run out');

  await platform.control(`phones/${PERSON}/messages`, { text: 'hi' });
  const document = { id, filename: 'ticket.pdf', caption: 'Your ticket' };
  assert.equal((await platform.send({ type: 'document', document })).status, 200);
  assert.equal((await platform.send({ type: 'image', image: { id } })).error?.code, 131053, 'no picture');
  assert.equal((await platform.graph('DELETE', id)).json['success'], true);
  assert.equal((await platform.graph('GET', id)).error?.error_subcode, 33);
  assert.equal((await platform.send({ type: 'document', document })).error?.code, 131009, 'gone');
});

test('a file is kept for thirty days, through a kill', async () => {
  const ledgerFile = newLedgerFile();
  const first = await start({ ledgerFile });
  const { id } = await upload(first, Buffer.from('hello'), 'text/plain');
  await first.emulator.kill();
  const second = await start({ ledgerFile });
  assert.equal((await second.graph('GET', id)).json['file_size'], 5);
  await second.control('clock', { advance: 'P30D' });
  assert.equal((await second.graph('GET', id)).status, 400);
});

test('what is no file, too large, or of a type that WhatsApp does not take is refused', async () => {
  const platform = await start();
  const image = Buffer.alloc(5 * 1024 * 1024 + 1);
  assert.equal((await upload(platform, image, 'image/jpeg')).error?.code, 131053);
  assert.equal((await upload(platform, image, 'application/pdf')).error, undefined, 'a document may have 100 MB');
  assert.equal((await upload(platform, Buffer.from('x'), 'text/html')).error?.code, 100);
  assert.equal((await upload(platform, Buffer.from('x'), 'image/png', { messaging_product: 'x' })).error?.code, 100);
  assert.equal((await upload(platform, Buffer.alloc(0), 'image/png')).error?.code, 100);
  assert.equal((await platform.graph('POST', `${NUMBER}/media`, { file: 'x' })).error?.code, 100);
});

test('what a person sends is fetched by its id for seven days, and is what its webhook said', async () => {
  const platform = await start();
  for (const type of ['image', 'video', 'audio', 'document', 'sticker']) {
    await platform.control(`phones/${PERSON}/messages`, { media: type });
    const told = await platform.receiver.next(one => inboundOf(one)?.['type'] === type);
    const { id, sha256 } = inboundOf(told)![type] as { id: string; sha256: string };
    const { json } = await platform.graph('GET', id);
    const bytes = Buffer.from(await (await fetched(String(json['url']), 'token')).arrayBuffer());
    assert.equal(createHash('sha256').update(bytes).digest('base64'), sha256, type);
    assert.equal((await platform.graph('DELETE', id)).status, 400, 'theirs');
    await platform.control('clock', { advance: 'P7D' });
    assert.equal((await platform.graph('GET', id)).status, 400);
  }
});

test('the business profile is shown and changed in part, within its limits', async () => {
  const platform = await start();
  const path = `${NUMBER}/whatsapp_business_profile`;
  const change = (fields: object) => platform.graph('POST', path, { messaging_product: 'whatsapp', ...fields });
  assert.equal((await change({ about: 'A theatre', websites: ['https://teatrulmic.example'] })).json['success'], true);
  assert.equal((await change({ email: 'office@teatrulmic.example', vertical: 'ENTERTAIN' })).status, 200);
  const picture = await platform.upload('image/jpeg');
  assert.equal((await change({ profile_picture_handle: picture })).status, 200);
  const { json } = await platform.graph('GET', `${path}?fields=about,email,websites,vertical,profile_picture_url`);
  const [profile] = json['data'] as Record<string, unknown>[];
  const { profile_picture_url: url, ...rest } = profile!;
  assert.match(String(url), /^https:/);
  assert.deepEqual(rest, {
    about: 'A theatre',
    email: 'office@teatrulmic.example',
    websites: ['https://teatrulmic.example'],
    vertical: 'ENTERTAIN',
    messaging_product: 'whatsapp',
  });
  const wrong = [
    { about: '' },
    { about: 'x'.repeat(140) },
    { description: 'x'.repeat(513) },
    { vertical: 'CIRCUS' },
    { websites: ['a', 'b', 'c'] },
    { websites: ['teatrulmic.example'] },
    { profile_picture_handle: '4::none' },
    { hours: 'always' },
  ];
  for (const fields of wrong) assert.equal((await change(fields)).error?.code, 100, JSON.stringify(fields));
  assert.equal((await platform.graph('POST', path, { about: 'x' })).error?.code, 100);
});

test('health says what is in the way, on the number, the account and a template', async () => {
  const platform = await start();
  const id = await platform.approved({ name: 'hello', components: [{ type: 'BODY', text: 'Hello there.' }] });
  const health = async (node: string) => {
    const { json } = await platform.graph('GET', `${node}?fields=health_status`);
    const { can_send_message: can, entities } = json['health_status'] as {
      can_send_message: string;
      entities: { entity_type: string; can_send_message: string }[];
    };
    const blocked = entities.filter(one => one.can_send_message !== 'AVAILABLE').map(one => one.entity_type);
    return [can, ...blocked];
  };
  for (const node of [NUMBER, WABA, id]) assert.deepEqual(await health(node), ['AVAILABLE'], node);
  await platform.control(`numbers/${NUMBER}`, { quality: 'RED' });
  assert.deepEqual(await health(NUMBER), ['LIMITED', 'PHONE_NUMBER']);
  await platform.control('templates/hello/review', { status: 'PAUSED' });
  assert.deepEqual(await health(id), ['BLOCKED', 'MESSAGE_TEMPLATE']);
  await platform.control('account', { event: 'DISABLED_UPDATE' });
  assert.deepEqual(await health(WABA), ['BLOCKED', 'WABA']);
  assert.deepEqual(await health(NUMBER), ['BLOCKED', 'PHONE_NUMBER', 'WABA']);
  assert.equal((await platform.graph('GET', NUMBER)).json['health_status'], undefined, 'for whoever asks');
});
