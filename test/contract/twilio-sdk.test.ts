/**
 * The emulator judged by code that we did not write: Twilio's own SDK, as it comes from the registry, talks to it as it
 * talks to Twilio, and its own check finds the webhooks genuine. That the adapter is right is shown against the same
 * emulator, so the two can't be wrong together.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import twilio from 'twilio';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { call, openReceiver, type Received, type Receiver } from '../../emulator/testing.ts';
import { twilioEmulator } from '../../src/providers/twilio/emulator.ts';

const SID = 'AC00000000000000000000000000000001';
const TOKEN = 'sdk-auth-token';
const FROM = 'whatsapp:+12025550100';
let emulator: Emulator;
let receiver: Receiver;
let client: twilio.Twilio;

before(async () => {
  receiver = await openReceiver();
  emulator = await startEmulator({
    parts: [twilioEmulator],
    accounts: [
      {
        provider: 'twilio',
        phoneNumberId: '+12025550100',
        businessAccountId: SID,
        displayPhoneNumber: '+12025550100',
        accessToken: TOKEN,
        appSecret: TOKEN,
        webhookUrl: receiver.url,
      },
    ],
    statusDelays: { sentMs: 0, deliveredMs: 5 },
    templateReviewMs: 0,
    webhookRetryMs: [5],
  });
  client = clientWith(TOKEN);
});
after(async () => {
  await emulator.close();
  await receiver.close();
});

function clientWith(token: string): twilio.Twilio {
  const made = twilio(SID, token);
  for (const domain of [made.api, made.content]) domain.baseUrl = `${emulator.url}/twilio`;
  return made;
}

const control = async (path: string, body: object) =>
  (await call(`${emulator.url}/_sandbox${path}`, 'POST', body)).json;
const formOf = (one: Received): Record<string, string> => Object.fromEntries(new URLSearchParams(one.body));
const urlOf = (one: Received): string => new URL(receiver.url).origin + one.path;
const callback = (ref: string, fragment = '') => `${receiver.url}?ref=${ref}${fragment}`;

/** The form of a webhook, once the SDK has found its signature to be right and a changed one to be wrong. */
async function genuine(wanted: (form: Record<string, string>) => boolean): Promise<Record<string, string>> {
  const one = await receiver.next(each => wanted(formOf(each)));
  const given = String(one.headers['x-twilio-signature']);
  assert.equal(twilio.validateRequest(TOKEN, given, urlOf(one), formOf(one)), true);
  assert.equal(twilio.validateRequest('another', given, urlOf(one), formOf(one)), false);
  assert.equal(twilio.validateRequest(TOKEN, given, urlOf(one), { ...formOf(one), Body: 'changed' }), false);
  assert.equal(twilio.validateRequest(TOKEN, given, `${urlOf(one)}x`, formOf(one)), false);
  return formOf(one);
}
const statusOf = (sid: string, status: string) =>
  genuine(form => form['MessageSid'] === sid && form['MessageStatus'] === status);

/** How a program on the SDK learns of a refusal: by the error that it throws. */
async function refused(
  work: Promise<unknown>,
): Promise<{ status: number; code: number | undefined; moreInfo: string | undefined }> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof twilio.RestException, String(error));
    return { status: error.status, code: error.code, moreInfo: error.moreInfo };
  }
  return assert.fail('the SDK threw nothing');
}

type ContentRequest = Parameters<typeof client.content.v1.contents.create>[0];
/** The SDK sends what it is given as it is: these are the names that the platform knows. */
const greeting = (name: string, type = 'twilio/text') =>
  ({
    friendly_name: name,
    language: 'en',
    variables: { 1: 'Ana', 2: 'A-1' },
    types: { [type]: { body: 'Hi {{1}}, order {{2}} is on its way.' } },
  }) as unknown as ContentRequest;

async function submit(sid: string, name: string, category: string): Promise<void> {
  const asked = await client.content.v1
    .contents(sid)
    .approvalCreate.create({ name, category } as Parameters<
      ReturnType<typeof client.content.v1.contents>['approvalCreate']['create']
    >[0]);
  assert.equal(asked.status, 'received');
  await control(`/templates/${name}/review`, { status: 'APPROVED' });
}

async function approved(name: string): Promise<string> {
  const content = await client.content.v1.contents.create(greeting(name));
  await submit(content.sid, name, 'UTILITY');
  return content.sid;
}

/** The newest message on a phone of the emulator. */
async function phoneShows(digits: string): Promise<Record<string, unknown>> {
  const { json } = await call(`${emulator.url}/_sandbox/phones/${digits}/messages`, 'GET');
  return (json as unknown as Record<string, unknown>[]).at(-1)!;
}

test('a content is created, found, submitted, approved and deleted as the SDK expects it', async () => {
  const created = await client.content.v1.contents.create(greeting('found_again'));
  assert.match(created.sid, /^HX[0-9a-f]{32}$/);
  assert.deepEqual([created.accountSid, created.friendlyName, created.language], [SID, 'found_again', 'en']);
  assert.ok(created.dateCreated instanceof Date);
  const context = client.content.v1.contents(created.sid);
  assert.equal((await context.approvalFetch().fetch()).whatsapp['status'], 'unsubmitted');
  await control('/templates', { review: 'manual' });
  const ask = { name: 'found_again', category: 'UTILITY' } as Parameters<typeof context.approvalCreate.create>[0];
  assert.equal((await context.approvalCreate.create(ask)).status, 'received');
  assert.equal((await refused(context.approvalCreate.create(ask))).code, 20001, 'once is all');
  await control('/templates/found_again/review', { status: 'REJECTED', reason: 'SCAM' });
  const { whatsapp } = await context.approvalFetch().fetch();
  assert.deepEqual([whatsapp['status'], whatsapp['rejection_reason']], ['rejected', 'SCAM']);
  await control('/templates', { review: 'automatic', delay_ms: 0 });

  for (let index = 0; index < 3; index += 1) await client.content.v1.contents.create(greeting(`page_${index}`));
  const names = (await client.content.v1.contents.list({ pageSize: 2 })).map(one => one.friendlyName);
  assert.deepEqual(names, ['page_2', 'page_1', 'page_0', 'found_again'], 'two to a page, all of them found');
  const [found, ...others] = await client.content.v2.contentAndApprovals.list({
    contentName: '^found_again$',
    language: ['en'],
  });
  assert.equal(others.length, 0);
  assert.deepEqual([found?.sid, found?.approvalRequests['status']], [created.sid, 'rejected']);
  assert.equal((await client.content.v2.contents.list({ language: ['ro'] })).length, 0);

  assert.equal(await context.remove(), true);
  assert.equal((await refused(context.fetch())).code, 20404);
});

test('what the SDK’s own classes make of a content is refused: their keys are none of the platform’s', async () => {
  const { ContentCreateRequest, Types } = await import('twilio/lib/rest/content/v1/content.js');
  const types = new Types({ twilioText: { body: 'hi' } });
  const request = new ContentCreateRequest({ friendlyName: 'x', language: 'en', types } as ConstructorParameters<
    typeof ContentCreateRequest
  >[0]);
  assert.equal((await refused(client.content.v1.contents.create(request))).code, 20001);
});

test('a template is sent, reported, fetched and listed', async () => {
  const contentSid = await approved('on_its_way');
  const to = 'whatsapp:+40712345601';
  const sent = await client.messages.create({
    from: FROM,
    to,
    contentSid,
    contentVariables: JSON.stringify({ 1: 'Mihai' }),
    statusCallback: callback('a', '#rc=3'),
  });
  assert.match(sent.sid, /^SM[0-9a-f]{32}$/);
  assert.deepEqual([sent.status, sent.from, sent.to, sent.price, sent.errorCode], ['queued', FROM, to, null, null]);
  assert.equal(sent.body, 'Hi Mihai, order A-1 is on its way.', 'what is left out is filled with its sample');
  assert.ok(sent.dateCreated instanceof Date);
  const left = await statusOf(sent.sid, 'sent');
  assert.deepEqual([left['To'], left['ChannelToAddress'], left['EventType']], [to, '+4071234XXXX', undefined]);
  assert.equal((await statusOf(sent.sid, 'delivered'))['EventType'], 'DELIVERED');
  await control('/phones/40712345601/read', {});
  assert.equal((await statusOf(sent.sid, 'read'))['EventType'], 'READ');

  const fetched = await client.messages(sent.sid).fetch();
  assert.deepEqual([fetched.status, fetched.price, fetched.priceUnit], ['read', '-0.00500', 'USD']);
  const other = await client.messages.create({ from: FROM, to, contentSid, statusCallback: callback('b') });
  await statusOf(other.sid, 'delivered');
  const list = (query: object) => client.messages.list({ to, from: FROM, ...query });
  assert.deepEqual(
    (await list({ pageSize: 1 })).map(one => one.sid),
    [other.sid, sent.sid],
  );
  assert.equal((await list({ dateSentAfter: new Date(Date.now() - 60_000) })).length, 2);
  assert.equal((await list({ dateSentAfter: new Date(Date.now() + 60_000) })).length, 0);
  assert.equal((await list({ dateSentBefore: new Date(Date.now() - 60_000) })).length, 0);
  assert.equal((await client.messages.list({ to: 'whatsapp:+40712345699' })).length, 0);
});

test('every type of content that a template becomes is taken, and shown as it was filled', async () => {
  const body = 'Hi {{1}}, all is well.';
  const url = { type: 'URL', title: 'Open', url: 'https://t.example/{{2}}' };
  const variables = { 1: 'Ana', 2: 'o/1.png' };
  const kinds: [type: string, shape: object, shown: object][] = [
    [
      'twilio/media',
      { body, media: ['https://t.example/{{2}}'] },
      { document: { kind: 'image', link: 'https://t.example/o/7.png' } },
    ],
    [
      'twilio/quick-reply',
      { body, actions: [{ type: 'QUICK_REPLY', title: 'Yes', id: '{{2}}' }] },
      { buttons: [{ type: 'quick_reply', text: 'Yes', payload: 'o/7.png' }] },
    ],
    [
      'twilio/call-to-action',
      { body, actions: [url] },
      { buttons: [{ type: 'url', text: 'Open', url: 'https://t.example/o/7.png' }] },
    ],
    [
      'whatsapp/card',
      { body, header_text: 'For {{1}}', footer: 'STOP', actions: [url] },
      { header: 'For Mihai', footer: 'STOP' },
    ],
  ];
  const to = 'whatsapp:+40712345620';
  for (const [type, shape, shown] of kinds) {
    const name = `kind_${type.replace(/[/-]/g, '_')}`;
    const made = await client.content.v1.contents.create({
      friendly_name: name,
      language: 'en',
      variables,
      types: { [type]: shape },
    } as unknown as ContentRequest);
    await submit(made.sid, name, 'UTILITY');
    const contentVariables = JSON.stringify({ 1: 'Mihai', 2: 'o/7.png' });
    const sent = await client.messages.create({
      from: FROM,
      to,
      contentSid: made.sid,
      contentVariables,
      statusCallback: callback(name),
    });
    assert.equal(sent.body, 'Hi Mihai, all is well.');
    await statusOf(sent.sid, 'delivered');
    const onPhone = await phoneShows('40712345620');
    for (const [part, value] of Object.entries(shown)) assert.deepEqual(onPhone[part], value, type);
  }
});

test('a one-time code fills WhatsApp’s own text; too long a one fails, and no other category has such a content', async () => {
  const types = {
    'whatsapp/authentication': {
      add_security_recommendation: true,
      code_expiration_minutes: 5,
      actions: [{ type: 'COPY_CODE', copy_code_text: 'Copy code' }],
    },
  };
  const made = await client.content.v1.contents.create({
    friendly_name: 'code',
    language: 'en',
    types,
  } as unknown as ContentRequest);
  assert.equal((await refused(submit(made.sid, 'code', 'UTILITY'))).code, 20001);
  await submit(made.sid, 'code', 'AUTHENTICATION');
  const to = 'whatsapp:+40712345621';
  const send = (code: string) =>
    client.messages.create({
      from: FROM,
      to,
      contentSid: made.sid,
      contentVariables: JSON.stringify({ 1: code }),
      statusCallback: callback(code),
    });
  await statusOf((await send('424242')).sid, 'delivered');
  const onPhone = await phoneShows('40712345621');
  assert.equal(onPhone['text'], '*424242* is your verification code. For your security, do not share this code.');
  assert.equal(onPhone['footer'], 'This code expires in 5 minutes.');
  assert.equal((await statusOf((await send('1'.repeat(16))).sid, 'failed'))['ErrorCode'], '63013');
});

test('a content that is no such thing is refused when it is made, or when WhatsApp looks at it', async () => {
  const make = (types: object) =>
    client.content.v1.contents.create({ friendly_name: 'odd', language: 'en', types } as unknown as ContentRequest);
  const body = 'hi';
  const button = { type: 'URL', title: 'Open', url: 'https://t.example/' };
  for (const types of [
    { 'twilio/quick-reply': { body } },
    { 'twilio/quick-reply': { body, actions: [button] } },
    { 'twilio/call-to-action': { body, actions: [{ ...button, url: undefined }] } },
    { 'twilio/call-to-action': { body, actions: [{ type: 'QUICK_REPLY', title: 'Yes' }] } },
    { 'twilio/media': { body } },
    { 'whatsapp/card': { body } },
    { 'whatsapp/card': { body, header_text: 'x', media: ['https://t.example/1.png'] } },
    { 'whatsapp/authentication': { actions: [] } },
    {
      'whatsapp/authentication': { code_expiration_minutes: 91, actions: [{ type: 'COPY_CODE', copy_code_text: 'x' }] },
    },
  ])
    assert.equal((await refused(make(types))).code, 20001, JSON.stringify(types));
  const { sid } = await make({ 'twilio/media': { body, media: ['https://{{1}}/1.png'] } });
  assert.equal((await refused(submit(sid, 'odd_host', 'UTILITY'))).code, 20001);
});

test('free text outside the window is accepted and fails with 63016; inside it arrives', async () => {
  const to = 'whatsapp:+40712345602';
  const late = await client.messages.create({ from: FROM, to, body: 'late', statusCallback: callback('c') });
  const failed = await statusOf(late.sid, 'failed');
  assert.deepEqual([failed['ErrorCode'], failed['EventType']], ['63016', 'UNDELIVERED']);
  const fetched = await client.messages(late.sid).fetch();
  assert.deepEqual([fetched.status, fetched.errorCode], ['failed', 63016]);
  await control('/phones/40712345602/messages', { text: ' Ce oră? 50% & 🎭 ' });
  const said = await genuine(form => form['WaId'] === '40712345602');
  assert.deepEqual([said['Body'], said['From'], said['SmsStatus']], [' Ce oră? 50% & 🎭 ', to, 'received']);
  const answer = await client.messages.create({ from: FROM, to, body: 'La opt.', statusCallback: callback('d') });
  await statusOf(answer.sid, 'delivered');
});

test('each refusal reaches the SDK with Twilio’s own code', async () => {
  const to = 'whatsapp:+40712345603';
  const send = (options: object, by = client) =>
    refused(by.messages.create({ from: FROM, to, ...options } as Parameters<typeof client.messages.create>[0]));
  const wrong = await send({ body: 'x' }, clientWith('stale'));
  assert.deepEqual(wrong, { status: 401, code: 20003, moreInfo: 'https://www.twilio.com/docs/errors/20003' });
  const contentSid = await approved('refusals');
  for (const [options, code] of [
    [{}, 21602],
    [{ body: ' \n\u200b' }, 21602],
    [{ body: 'x', from: 'whatsapp:+12025550999' }, 63007],
    [{ body: 'x', to: 'whatsapp:Ana' }, 21211],
    [{ body: 'x', to: '+40712345603' }, 21910],
    [{ body: 'x', to: FROM }, 63031],
    [{ body: 'x'.repeat(1_601) }, 21617],
    [{ body: 'x', statusCallback: 'https://under_score.example/x' }, 21609],
    [{ contentSid: `HX${'0'.repeat(32)}` }, 21655],
    [{ contentSid, contentVariables: 'Ana' }, 21656],
    [{ contentSid, contentVariables: '{"1":2}' }, 21656],
  ] as const)
    assert.deepEqual([(await send(options)).status, (await send(options)).code], [400, code]);
  const odd = await client.messages.create({
    from: FROM,
    to,
    contentSid,
    contentVariables: '{"3":"x"}',
    statusCallback: callback('e'),
  });
  assert.equal((await statusOf(odd.sid, 'failed'))['ErrorCode'], '63028');
});

test('too many calls are 429, and nothing of them was done', async () => {
  await control('/numbers/+12025550100', { throughput: 2 });
  const sends = Array.from({ length: 5 }, () =>
    refused(client.messages.create({ from: FROM, to: 'whatsapp:+40712345604', body: 'x' })).catch(() => undefined),
  );
  const codes = (await Promise.all(sends)).map(one => one?.code);
  assert.ok(codes.filter(code => code === 20429).length >= 2, JSON.stringify(codes));
  const accepted = codes.filter(code => code === undefined).length;
  await control('/numbers/+12025550100', { throughput: 1_000 });
  assert.equal((await client.messages.list({ to: 'whatsapp:+40712345604' })).length, accepted);
});

test('a webhook that met an error comes again only if its address asks for it, and says so', async () => {
  const contentSid = await approved('repeats');
  const sendTo = async (digits: string, statusCallback: string) => {
    await emulator.whenIdle();
    receiver.answers.push(503);
    const { sid } = await client.messages.create({ from: FROM, to: `whatsapp:+${digits}`, contentSid, statusCallback });
    await emulator.whenIdle();
    return receiver.received.filter(
      one => formOf(one)['MessageSid'] === sid && formOf(one)['MessageStatus'] === 'sent',
    );
  };
  assert.equal((await sendTo('40712345605', callback('f'))).length, 1, 'by default it is lost');
  const [first, second, ...more] = await sendTo('40712345606', callback('g', '#rc=5&rp=all'));
  assert.ok(first && second && more.length === 0);
  assert.equal(first.path.includes('#'), false);
  assert.equal(second.body, first.body);
  assert.equal(first.headers['i-twilio-idempotency-token'], undefined);
  assert.equal(typeof second.headers['i-twilio-idempotency-token'], 'string');
});
