/** One-time codes: sent twice the same, entered once, guessed five times, and written down nowhere. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness } from '../harness.ts';
import { optIn, phoneOf } from '../make.ts';

let h: Harness;
before(async () => {
  h = await harness();
  const made = await h.post('/api/wa/templates', OTP_TEMPLATE);
  assert.equal(made.status, 201, made.text);
  await h.control('/templates/login_code/review', { status: 'APPROVED' });
  await h.settle();
});
after(() => h.close());

const OTP_TEMPLATE = {
  name: 'login_code',
  category: 'otp',
  language: 'en',
  body: 'Your code is {code}, keep it to yourself.',
  submit: true,
};
const ask = (phone: string, more: object = {}) => h.post('/api/wa/send/otp', { phone, ...more });
const enter = async (phone: string, code: string) => (await h.post('/api/wa/otp/verify', { phone, code })).body;
/** The codes that the phone shows, oldest first. */
async function codesOn(phone: string): Promise<string[]> {
  const { body } = await h.control(`/phones/${phone}/messages`);
  return (body as { direction: string; text: string }[])
    .filter(one => one.direction === 'out')
    .flatMap(one => /\b(\d{6}|[A-Z]{2}-\d{4})\b/.exec(one.text)?.[1] ?? []);
}

test('a code arrives, is right once, and stands nowhere in the database or in an answer', async () => {
  const phone = phoneOf(9_601);
  const answer = await ask(phone);
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.body.expires_at, new Date(h.clock.now() + 300_000).toISOString());
  await h.settle();
  const [code] = await codesOn(phone);
  assert.match(code!, /^\d{6}$/);
  assert.doesNotMatch(answer.text, new RegExp(code!));
  const { body, text } = await h.get(`/api/v1/messages/${answer.body.message_id}`);
  assert.equal(body.status, 'delivered');
  assert.doesNotMatch(text, new RegExp(code!));
  const tables = await h.sql.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname not like 'inbox_2%'`,
  );
  for (const { name } of tables.rows) {
    const { rows } = await h.sql.query(`select from ${name} t where t::text like $1`, [`%${code}%`]);
    assert.equal(rows.length, 0, name);
  }
  assert.deepEqual(await enter(phone, ` ${code!.slice(0, 3)} ${code!.slice(3)} `), { valid: true, attempts_left: 4 });
  assert.deepEqual(await enter(phone, code!), { valid: false, attempts_left: 0 }, 'once');
});

test('asked again the same code is sent; at once, too often, or for a row of numbers it is 429', async () => {
  const phone = phoneOf(9_602);
  await ask(phone);
  const soon = await ask(phone);
  assert.equal(soon.status, 429, soon.text);
  assert.ok(Number(soon.headers.get('retry-after')) <= 30);
  h.clock.advance(31_000);
  assert.equal((await ask(phone)).status, 202);
  await h.settle();
  const codes = await codesOn(phone);
  assert.equal(codes.length, 2);
  assert.equal(codes[0], codes[1]);
  const twenty = [];
  for (let place = 0; place < 25; place += 1) twenty.push((await ask(`+4073355${String(5_100 + place)}`)).status);
  assert.deepEqual(twenty.slice(0, 20), Array(20).fill(202));
  assert.ok(twenty.slice(20).every(status => status === 429));
  assert.equal((await ask(phoneOf(9_603))).status, 202, 'others are not held back');
});

test('five guesses and no more, also of twenty at once; a newer code takes the older one’s place', async () => {
  const phone = phoneOf(9_604);
  await ask(phone, { code: 'AB-1234' });
  await h.settle();
  const guesses = await Promise.all(Array.from({ length: 20 }, (_, at) => enter(phone, `guess${at}`)));
  assert.equal(guesses.filter(one => one.valid).length, 0);
  assert.deepEqual(
    guesses
      .map(one => one.attempts_left)
      .sort((a, b) => b - a)
      .slice(0, 6),
    [4, 3, 2, 1, 0, 0],
  );
  assert.equal((await enter(phone, 'AB-1234')).valid, false, 'guessed to the end');
  h.clock.advance(31_000);
  await ask(phone, { code: 'AB-2345' });
  h.clock.advance(31_000);
  await ask(phone, { code: 'AB-3456' });
  await h.settle();
  assert.equal((await enter(phone, 'AB-2345')).valid, false, 'replaced');
  const right = await Promise.all(Array.from({ length: 10 }, () => enter(phone, 'AB-3456')));
  assert.equal(right.filter(one => one.valid).length, 1, 'of ten at once one is right');
});

test('a code that was entered, replaced or is over does not leave any more', async () => {
  const phone = phoneOf(9_605);
  const first = await ask(phone, { code: 'AB-4567' });
  assert.equal((await enter(phone, 'AB-4567')).valid, true, 'entered before it left: by another way');
  await h.settle();
  const { body } = await h.get(`/api/v1/messages/${first.body.message_id}`);
  assert.deepEqual([body.status, body.reason], ['expired', 'expired']);
  assert.deepEqual(await codesOn(phone), []);
  h.clock.advance(31_000);
  const second = await ask(phone, { ttl_seconds: 60 });
  h.clock.advance(61_000);
  await h.settle();
  assert.equal((await h.get(`/api/v1/messages/${second.body.message_id}`)).body.status, 'expired');
  assert.equal((await enter(phone, '000000')).attempts_left, 0);
});

test('a code goes out also after STOP, since the person has just asked for it; nothing else does', async () => {
  const phone = phoneOf(9_606);
  await h.post('/api/wa/optin', optIn(phone));
  await h.control(`/phones/${phone}/messages`, { text: 'STOP' });
  await h.settle();
  assert.equal((await ask(phone)).status, 202);
  await h.settle();
  assert.equal((await codesOn(phone)).length, 1);
});

test('bad requests are answered clearly', async () => {
  for (const [body, path] of [
    [{ phone: '12' }, 'phone'],
    [{ phone: phoneOf(9_607), code: 'ab' }, 'code'],
    [{ phone: phoneOf(9_607), code: '1234567890123456' }, 'code'],
    [{ phone: phoneOf(9_607), ttl_seconds: 5 }, 'ttl_seconds'],
  ] as const) {
    const answer = await h.post('/api/wa/send/otp', body);
    assert.equal(answer.status, 422);
    assert.equal(answer.body.error.fields[0].path, path);
  }
  assert.deepEqual(await enter(phoneOf(9_608), '123456'), { valid: false, attempts_left: 0 }, 'never asked');
  assert.equal((await h.post('/api/wa/otp/verify', { phone: phoneOf(9_608) })).status, 422);
});

test('a code proves the number that it was sent to, and no other of the same person', async () => {
  const [one, two] = [phoneOf(9_610), phoneOf(9_611)];
  const [into, from] = [await h.post('/api/wa/optin', optIn(one)), await h.post('/api/wa/optin', optIn(two))];
  const merge = { contact_id: from.body.contact_id, reason: 'the same person' };
  assert.equal((await h.post(`/api/v1/contacts/${into.body.contact_id}/merge`, merge)).status, 200);
  await ask(one, { code: 'AB-5678' });
  await h.settle();
  assert.equal((await enter(two, 'AB-5678')).valid, false);
  h.clock.advance(31_000);
  await ask(two, { code: 'AB-6789' });
  assert.equal((await enter(one, 'AB-5678')).valid, true, 'the other number’s code does not take its place');
});

test('a row of numbers that ask all at once is held back like one behind the other', async () => {
  const asked = await Promise.all(Array.from({ length: 40 }, (_, index) => ask(`+4073355${5_100 + index}`)));
  assert.equal(asked.filter(one => one.status === 202).length, 20);
  assert.equal(asked.filter(one => one.status === 429).length, 20);
});

test('a code with seconds to live is not sent again: another one is made', async () => {
  const phone = phoneOf(9_620);
  await ask(phone, { ttl_seconds: 60 });
  await h.settle();
  h.clock.advance(31_000);
  const again = await ask(phone);
  assert.equal(again.status, 202);
  assert.equal(Date.parse(again.body.expires_at), h.clock.now() + 300_000);
  await h.settle();
  const [first, second] = await codesOn(phone);
  assert.notEqual(first, second);
  assert.equal((await enter(phone, second!)).valid, true);
});

test('who turns out to be somebody else may still enter the code that was sent, and waits for the next as before', async () => {
  const [one, two] = [phoneOf(9_621), phoneOf(9_622)];
  const [into, from] = [await h.post('/api/wa/optin', optIn(one)), await h.post('/api/wa/optin', optIn(two))];
  await ask(two, { code: 'AB-1234' });
  const merge = { contact_id: from.body.contact_id, reason: 'the same person' };
  assert.equal((await h.post(`/api/v1/contacts/${into.body.contact_id}/merge`, merge)).status, 200);
  assert.equal((await ask(two)).status, 429, 'half a minute between two codes');
  assert.equal((await enter(two, 'AB-1234')).valid, true);
});

test('a code that was refused was sent to nobody, and counts for nothing', async () => {
  const phone = phoneOf(9_623);
  await h.patch('/api/v1/settings', { channels: { whatsapp: false } });
  const refused = await ask(phone);
  assert.equal(refused.body.status, 'refused', refused.text);
  assert.equal(refused.body.reason, 'channel_disabled');
  assert.match((await h.get(`/api/v1/messages/${refused.body.message_id}`)).body.status, /refused/);
  await h.patch('/api/v1/settings', { channels: null });
  assert.equal((await ask(phone)).status, 202);
});
