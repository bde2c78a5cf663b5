/** What is sent when: quiet hours, caps, limits, countries, channels; and the same story before, now and afterwards. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DAY_MS, HOUR_MS, iso, parseInstant } from '#lib/clock.ts';
import { configureSender } from '../../src/setup.ts';
import { type Harness, harness, START } from '../harness.ts';
import { optIn, phoneOf } from '../make.ts';
import { PLATFORMS } from '../platforms.ts';

let h: Harness;
let next = 9_400;
before(async () => {
  h = await harness();
  const kinds = { offer: 'promo', soon: 'reminder' };
  for (const [name, category] of Object.entries(kinds)) {
    await h.post('/api/wa/templates', {
      name,
      category,
      language: 'en',
      body: 'Hi {first_name}, hello.',
      submit: true,
    });
    await h.control(`/templates/${name}/review`, { status: 'APPROVED' });
  }
  await h.settle();
});
after(() => h.close());
beforeEach(async () => {
  // Business time only ever goes on: each test has a Saturday of its own, as the first one has.
  const weeks = Math.ceil((h.clock.now() - START) / (7 * DAY_MS));
  h.clock.advance(START + weeks * 7 * DAY_MS - h.clock.now());
  await patch({ quiet_hours: null, caps: null, countries: null, channels: null });
});

const patch = async (settings: unknown) => {
  const answer = await h.patch('/api/v1/settings', settings);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
};
const message = (phone: string, purpose: string, more: object = {}) => ({
  to: { phone },
  purpose,
  template: { variables: { first_name: 'Ana' } },
  ...more,
});
const send = (phone: string, purpose: string, more: object = {}) =>
  h.post('/api/v1/messages', message(phone, purpose, more));
async function person(phone = phoneOf(next++), timezone = 'Europe/Bucharest'): Promise<string> {
  await h.post('/api/wa/optin', optIn(phone, { purposes: ['marketing', 'transactional'] }));
  await h.sql.query(
    `update contact set zone = $2 where id = (select contact_id from contact_identity where kind = 'phone' and value = $1)`,
    [phone, timezone],
  );
  return phone;
}
const shown = async (phone: string) =>
  ((await h.control(`/phones/${phone}/messages`)).body as { direction: string }[]).filter(
    one => one.direction === 'out',
  );
const at = (text: string) => h.clock.advance(parseInstant(text)! - h.clock.now());

test('a promotion at night waits for the morning of the person’s own zone, and goes then by itself', async () => {
  const phone = await person(undefined, 'America/New_York');
  const answer = await send(phone, 'promo');
  assert.equal(answer.status, 202, answer.text);
  // 09:00 UTC is four in the morning there.
  assert.equal(answer.body.decision.outcome, 'later');
  assert.equal(answer.body.decision.not_before, iso(Math.floor(h.clock.now() / DAY_MS) * DAY_MS + 14 * HOUR_MS));
  const line = answer.body.decision.trace.find((one: { rule: string }) => one.rule === 'quiet_hours');
  assert.match(line.detail, /20:00 to 09:00.*America\/New_York/);
  assert.ok(line.change);
  await h.settle();
  assert.equal((await shown(phone)).length, 0);
  h.clock.advance(5 * HOUR_MS);
  await h.settle();
  assert.equal((await shown(phone)).length, 1);
});

test('quiet hours end right across a change of the clock, and what would be of no use by then is refused', async () => {
  const phone = await person();
  at('2027-03-27T21:00:00+02:00'); // a Saturday; that night the clock goes from 03:00 to 04:00, and Sunday is off
  const promo = await send(phone, 'promo');
  assert.equal(promo.body.reason, 'quiet_hours_exceed_expiry', 'a promotion is of use for a day');
  const longer = await send(phone, 'promo', { expires_at: '2027-03-30T00:00:00Z' });
  assert.equal(longer.body.decision.not_before, '2027-03-29T06:00:00.000Z', 'or for as long as its caller says');
  const forEver = await send(phone, 'promo', { reference: 'ever', expires_at: '2029-03-30T00:00:00Z' });
  const kept = (await h.get(`/api/v1/messages/${forEver.body.message_id}`)).body.expires_at;
  assert.equal(kept, '2027-04-03T19:00:00.000Z', 'a week at most');
  const reminder = await send(phone, 'reminder');
  assert.equal(reminder.body.decision.not_before, '2027-03-28T05:00:00.000Z', 'eight by the new clock');
  const short = await send(phone, 'reminder', { reference: 'short', expires_at: '2027-03-28T04:59:00Z' });
  assert.equal(short.body.reason, 'quiet_hours_exceed_expiry');
  await patch({ quiet_hours: { reminder: 'none' } });
  assert.equal((await send(phone, 'reminder', { reference: 'now' })).body.decision.outcome, 'queue');
});

test('a message that falls into quiet hours after it was queued is held at the gate, and its story says so', async () => {
  const phone = await person();
  const sent = await send(phone, 'reminder');
  await patch({ quiet_hours: { reminder: { start: '10:00', end: '16:00' } } });
  await h.settle();
  assert.equal((await shown(phone)).length, 0);
  const { body } = await h.get(`/api/v1/messages/${sent.body.message_id}`);
  assert.equal(body.status, 'queued');
  assert.equal(body.decision.outcome, 'later');
  assert.match(body.decision.trace.find((one: { rule: string }) => one.rule === 'quiet_hours').detail, /16:00/);
});

test('a cap makes the next one wait, counts what is only queued, and refuses what would be of no use by then', async () => {
  await patch({ caps: { promo: [{ most: 2, per: 'PT4H' }] } });
  const phone = await person();
  assert.equal((await send(phone, 'promo')).body.decision.outcome, 'queue');
  await h.settle();
  h.clock.advance(HOUR_MS);
  assert.equal((await send(phone, 'promo')).body.decision.outcome, 'queue');
  const third = await send(phone, 'promo');
  assert.equal(third.body.decision.not_before, iso(h.clock.now() + 3 * HOUR_MS));
  const soon = iso(h.clock.now() + HOUR_MS);
  assert.equal((await send(phone, 'promo', { expires_at: soon })).body.reason, 'frequency_cap');
  assert.equal((await send(phone, 'reminder')).body.decision.outcome, 'queue', 'another kind has its own');
  await h.settle();
  h.clock.advance(3 * HOUR_MS + 1);
  await h.settle();
  assert.equal((await shown(phone)).length, 4);
  const answer = await h.patch('/api/v1/settings', { caps: { promo: [{ most: 1, per: 'P1Y' }] } });
  assert.equal(answer.status, 422);
});

test('of many at once for one person only as many leave as the cap allows', async () => {
  const phone = await person();
  const sent = [];
  for (let index = 0; index < 5; index += 1) sent.push(await send(phone, 'promo'));
  // Set after they were queued: the gate alone can keep it.
  await patch({ caps: { promo: [{ most: 2, per: 'PT4H' }] } });
  await h.settle();
  assert.equal((await shown(phone)).length, 2);
  h.clock.advance(4 * HOUR_MS + 1);
  await h.settle();
  assert.equal((await shown(phone)).length, 4);
});

test('countries and channels are the operator’s word, and no marketing template goes to the United States', async () => {
  const phone = await person();
  await patch({ countries: { block: ['RO'] } });
  assert.equal((await send(phone, 'reminder')).body.reason, 'country_blocked');
  await patch({ countries: { allow: ['RO', 'US'], block: [] } });
  assert.equal((await send(phone, 'reminder')).body.decision.outcome, 'queue');
  const american = await person('+12025550143', 'America/New_York');
  const answer = await send(american, 'promo', { send_at: iso(h.clock.now() + 7 * HOUR_MS) });
  assert.equal(answer.body.reason, 'country_blocked');
  await patch({ channels: { whatsapp: false } });
  assert.equal((await send(phone, 'reminder')).body.reason, 'channel_disabled');
  assert.equal((await h.patch('/api/v1/settings', { countries: { allow: ['XX'] } })).status, 422);
  assert.equal(
    (await h.patch('/api/v1/settings', { quiet_hours: { promo: { start: '9', end: '10:00' } } })).status,
    422,
  );
  const empty = { quiet_hours: { countries: { RO: { promo: { start: '09:00', end: '09:00' } } } } };
  assert.equal((await h.patch('/api/v1/settings', empty)).status, 422);
  assert.equal((await h.patch('/api/v1/settings', { colour: 'red' })).status, 422);
});

test('a portfolio limit lets so many new people through in a day, those it knows and those who wrote besides', async () => {
  await h.settle();
  const [sender] = (await h.get('/api/v1/senders')).body.data;
  const limit = async (people: number | null) => {
    const answer = await h.patch(`/api/v1/senders/${sender.id}`, { portfolio_limit: people });
    assert.equal(answer.body.portfolio_limit, people, answer.text);
    // The dispatcher's own memory of a sender is two seconds of the machine's.
    await new Promise(resolve => setTimeout(resolve, 2_100));
  };
  await limit(2);
  const [one, two, three, four] = [await person(), await person(), await person(), await person()];
  const counts = async () => Promise.all([one, two, three, four].map(async phone => (await shown(phone)).length));
  await send(one, 'reminder');
  await send(two, 'reminder');
  await h.settle();
  h.clock.advance(3 * HOUR_MS);
  await send(one, 'reminder', { reference: 'again' });
  const third = await send(three, 'reminder');
  assert.equal(third.body.decision.outcome, 'later');
  assert.match(JSON.stringify(third.body.decision.trace), /all 2 people of the portfolio limit/);
  await h.control(`/phones/${four}/messages`, { text: 'hello' });
  await h.settle();
  await send(four, 'reminder');
  await h.settle();
  assert.deepEqual(await counts(), [2, 1, 0, 1], 'known already, or within a window, they count for nothing');
  const [five, six] = [await person(), await person()];
  await send(five, 'reminder');
  const last = await send(six, 'reminder');
  // Places are counted in steps of ten minutes, and come free when the last of a step is a day old.
  h.clock.advance(21 * HOUR_MS + 10 * 60_000);
  await h.settle();
  assert.deepEqual(await counts(), [2, 1, 1, 1]);
  assert.equal((await shown(five)).length + (await shown(six)).length, 1, 'two places, and three who waited');
  const waiting = (await h.get(`/api/wa/messages/default/${last.body.message_id}`)).body;
  const said = waiting.decision.trace.find((line: { rule: string }) => line.rule === 'limits').detail;
  const from = parseInstant(/from (\S+) on/.exec(said)![1]!)!;
  assert.ok(from >= h.clock.now() + 24 * HOUR_MS, said);
  assert.equal(waiting.status, 'expired', 'another day is too late for a reminder');
  await limit(null);
});

test('an explanation tells the future and the past as they will be and were, and stores nothing', async () => {
  const phone = await person();
  const agreedAt = h.clock.now();
  h.clock.advance(HOUR_MS);
  await h.control(`/phones/${phone}/messages`, { text: 'STOP' });
  await h.settle();
  const explain = async (when?: number, more: object = {}) =>
    (await h.post('/api/v1/explain', { ...message(phone, 'reminder', more), ...(when ? { at: iso(when) } : {}) })).body;
  assert.equal((await explain()).decision.reason, 'opted_out');
  assert.equal((await explain(agreedAt + 60_000)).decision.outcome, 'queue', 'before the STOP');
  assert.equal((await explain(agreedAt - 60_000)).decision.reason, 'no_consent', 'before the opt-in');
  assert.deepEqual((await explain(agreedAt + 60_000)).assumed, [
    'suppression',
    'templates',
    'senders',
    'settings',
    'limits',
    'budgets',
  ]);
  const other = await person();
  const night = await h.post('/api/v1/explain', {
    ...message(other, 'reminder'),
    at: iso(Math.floor(h.clock.now() / DAY_MS) * DAY_MS + 23 * HOUR_MS),
  });
  assert.equal(night.body.decision.outcome, 'later', 'one in the morning in Bucharest');
  assert.equal(night.body.rendered.body, 'Hi Ana, hello.');
  const { rows } = await h.sql.query('select from message_content where recipient = any($1)', [[phone, other]]);
  assert.equal(rows.length, 1, 'the confirmation of the STOP, and nothing that was only explained');
});

test('a plan takes the first channel that may, and tells of every step that it tried', async () => {
  const phone = await person();
  const answer = await send(phone, 'reminder', { plan: ['sms', 'whatsapp'] });
  assert.equal(answer.body.decision.channel, 'whatsapp', answer.text);
  assert.deepEqual(
    [...new Set(answer.body.decision.trace.map((one: { channel: string }) => one.channel))],
    ['sms', 'whatsapp'],
  );
  const none = await send(phone, 'reminder', { plan: ['sms', 'push'] });
  assert.equal(none.body.reason, 'no_consent', 'of the step that was wanted most');
});

test('bad requests to send or explain are answered clearly', async () => {
  const phone = phoneOf(next++);
  for (const [body, path] of [
    [{ to: { phone } }, 'template'],
    [{ to: { phone }, text: 'a', template: {} }, 'template'],
    [{ to: { phone, scoped_id: 'RO.1' }, text: 'a' }, 'to'],
    [{ to: {}, text: 'a' }, 'to'],
    [{ to: { phone: '12' }, text: 'a' }, 'to.phone'],
    [{ to: { contact_id: 'x' }, text: 'a' }, 'to.contact_id'],
    [{ to: { phone }, template: {} }, 'purpose'],
    [{ to: { phone }, template: {}, purpose: 'otp' }, 'purpose'],
    [{ to: { phone }, text: 'a', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  ] as const) {
    for (const path_ of ['/api/v1/messages', '/api/v1/explain']) {
      const answer = await h.post(path_, body);
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.body.error.fields[0].path, path, answer.text);
    }
  }
  assert.equal(
    (await h.post('/api/v1/messages', { to: { contact_id: 'ctc_00000000000070008000000000000000' }, text: 'a' }))
      .status,
    404,
  );
});

test('a sender is switched off and on by hand: meanwhile its queue is held, and nothing is shown of its credentials', async () => {
  const phone = await person();
  const { body, text } = await h.get('/api/v1/senders');
  assert.doesNotMatch(text, /token|secret/i);
  const [sender] = body.data;
  const set = (settings: unknown, id = sender.id) => h.patch(`/api/v1/senders/${id}`, settings);
  assert.equal((await set({ status: 'disabled' })).body.status_reason, 'switched off');
  const held = await send(phone, 'reminder');
  assert.equal(held.body.decision.outcome, 'later');
  assert.match(JSON.stringify(held.body.decision.trace), /blocked/);
  h.clock.advance(HOUR_MS);
  await h.settle();
  assert.equal((await shown(phone)).length, 0);
  assert.equal((await set({ status: 'active' })).body.status_reason, null);
  await h.settle();
  assert.equal((await shown(phone)).length, 1);
  await set({ status: 'disabled', throughput_per_second: 55 });
  // As every start does: what was set by hand since is newer than the environment.
  await configureSender(
    { sender: PLATFORMS.meta.sender(h.emulator.url), throughput: 80 },
    h.app.core,
    h.tenant,
    undefined,
  );
  const [kept] = (await h.get('/api/v1/senders')).body.data;
  assert.deepEqual([kept.status, kept.throughput_per_second], ['disabled', 55]);
  await set({ status: 'active', throughput_per_second: 100_000 });
  assert.equal((await set({ throughput_per_second: 0 })).status, 422);
  assert.equal((await set({}, 'snd_00000000000070008000000000000000')).status, 404);
});
