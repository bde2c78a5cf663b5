/** More asks to be sent than can be taken in time: some are turned away at the door, and a STOP waits behind nobody. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { deliver, envelope } from '../meta-webhooks.ts';
import { until } from '../processes.ts';

let h: Harness;
let next = 0;
before(async () => {
  h = await harness();
  await h.post('/api/wa/optin', optIn(phoneOf(0)));
});
after(() => h.close());

const send = () =>
  h.post('/api/wa/send/confirm', confirmation({ order: { id: `D-${next++}` }, customer: { phone: phoneOf(0) } }));
const figure = async (name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await h.get('/metrics')).text)?.[1]);

test('thirty at once on a machine that has nothing to do are all taken', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, send));
  assert.deepEqual(new Set(answers.map(answer => answer.status)), new Set([202]));
  assert.equal(await figure('tidings_sends_turned_away_total'), 0);
  assert.equal(await figure('tidings_sends_asked'), 0);
});

test('while those inside wait, a send is answered 503 at once; webhooks, consents and health are answered as ever', async () => {
  const [before] = (await h.sql.query('select count(*)::int as n from message')).rows;
  const other = await h.connect();
  await other.query('begin; lock table message in share row exclusive mode');
  const inside: Promise<Answer>[] = Array.from({ length: 40 }, send);
  // So many are always let in; of the others a busy machine may refuse some here already.
  await until('they are inside', async () => (await figure('tidings_sends_asked')) >= 32);
  const refused = await until('one is turned away', async () => {
    const one = send();
    const answer = await Promise.race([one, pause(50)]);
    if (answer === undefined) inside.push(one);
    return answer ?? false;
  });
  assert.equal(refused.status, 503);
  assert.equal(refused.body.error.code, 'overloaded');
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.match(refused.headers.get('x-request-id')!, /^req_/);
  assert.equal(refused.body.error.request_id, refused.headers.get('x-request-id'));
  const stop = {
    from: phoneOf(7).slice(1),
    id: 'wamid.door',
    timestamp: '1795000000',
    type: 'text',
    text: { body: 'STOP' },
  };
  assert.equal((await deliver(h, envelope({ messages: [stop] }))).status, 200);
  assert.equal((await h.post('/api/wa/optin', optIn(phoneOf(8)))).status, 200);
  assert.equal((await h.get('/health')).status, 200);
  assert.ok((await figure('tidings_sends_turned_away_total')) >= 1);

  await other.query('rollback');
  const answers = await Promise.all(inside);
  const taken = answers.filter(answer => answer.status === 202).length;
  assert.ok(taken >= 32, 'who was let in is taken');
  assert.ok(answers.every(answer => answer.status === 202 || answer.body.error.code === 'overloaded'));
  assert.equal((await send()).status, 202, 'and who comes now');
  const [now] = (await h.sql.query('select count(*)::int as n from message')).rows;
  assert.equal(now.n - before.n, taken + 1, 'nothing of the refused was stored');
});
