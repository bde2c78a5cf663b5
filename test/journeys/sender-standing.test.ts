/**
 * Whether a sender may send: the platform's word about its account, what it refused, and what a person set. Told late,
 * twice or in another order it comes to the same; and what a person set since is undone by none of it.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { HOUR_MS } from '#lib/clock.ts';
import { senderBan, senderLimit, senderUnban } from '../../src/core/senders/standing-statements.ts';
import { senderDisable } from '../../src/core/senders/statements.ts';
import { configureSender } from '../../src/setup.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';
import { deliver, WABA } from '../meta-webhooks.ts';
import { PLATFORMS } from '../platforms.ts';

let h: Harness;
beforeEach(async () => {
  h = await harness();
  h.clock.advance(48 * HOUR_MS);
});
afterEach(() => h.close());

const sender = async () => (await h.get('/api/v1/senders')).body.data[0];
const set = async (settings: object) => h.patch(`/api/v1/senders/${(await sender()).id}`, settings);
const inSeconds = () => Math.floor(h.clock.now() / 1_000);

/** A webhook about the account; without a time as some of the platform's own examples are. */
async function say(field: string, value: object, time?: number): Promise<void> {
  const entry = { id: WABA, ...(time === undefined ? {} : { time }), changes: [{ field, value }] };
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [entry] });
  assert.equal((await deliver(h, body)).status, 200);
  await h.settle();
}
const account = (state: string, time?: number) =>
  say('account_update', { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: state } }, time);
const ban = (time?: number) => account('DISABLE', time);
const lift = (time?: number) => account('REINSTATE', time);
const limit = (people: number, time: number) =>
  say('business_capability_update', { max_daily_conversations_per_business: people }, time);

async function replay(): Promise<void> {
  await h.sql.query(
    "insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes) select tenant_id, 'people', gen_random_uuid(), day, id, length(body) from inbox",
  );
  await h.settle();
}

const restart = () =>
  configureSender(
    { sender: PLATFORMS.meta.sender(h.emulator.url), throughput: 100_000 },
    h.app.core,
    h.tenant,
    undefined,
  );

/** A send that the platform answers with 131031: the account is locked. */
async function refuse(order: string): Promise<void> {
  const phone = '+40712345004';
  await h.post('/api/wa/optin', optIn(phone));
  await h.control('/faults', { error_rate: 1, code: 131031 });
  await h.post('/api/wa/send/confirm', confirmation({ order: { id: order }, customer: { phone } }));
  await h.settle();
  await h.control('/faults', {});
}

for (const first of ['the webhook', 'a refused send'])
  test(`a ban of which ${first} came first is over with the platform’s word`, async () => {
    const banned = inSeconds();
    if (first === 'the webhook') await ban(banned);
    h.clock.advance(2_000);
    await refuse('B-1');
    assert.equal((await sender()).status, 'disabled');
    if (first !== 'the webhook') await ban(banned);
    assert.equal((await sender()).status_reason, 'banned: account_update DISABLED_UPDATE');
    h.clock.advance(HOUR_MS);
    await lift(inSeconds());
    const { status, status_reason } = await sender();
    assert.deepEqual([status, status_reason], ['active', null]);
    await replay();
    assert.equal((await sender()).status, 'active');
  });

for (const first of ['DISABLE', 'REINSTATE'])
  test(`a ban and its end of one second are a ban, the ${first} first`, async () => {
    const at = inSeconds();
    for (const state of first === 'DISABLE' ? [first, 'REINSTATE'] : [first, 'DISABLE']) await account(state, at);
    assert.equal((await sender()).status, 'disabled');
    await lift(at + 1);
    assert.equal((await sender()).status, 'active');
  });

test('a start tries again what was refused, and ends no ban', async () => {
  await refuse('B-2');
  assert.match((await sender()).status_reason, /131031/);
  h.clock.advance(60_000);
  await restart();
  assert.equal((await sender()).status, 'active');
  await ban(inSeconds());
  h.clock.advance(60_000);
  await restart();
  assert.match((await sender()).status_reason, /^banned/);
  await set({ status: 'disabled' });
  await lift(inSeconds());
  await restart();
  assert.equal((await sender()).status_reason, 'switched off', 'that is a person’s to undo');
});

for (const time of ['with', 'without'])
  test(`a person’s word ends a ban ${time} a time, and a repeated webhook brings none back`, async () => {
    await ban(time === 'with' ? inSeconds() : undefined);
    assert.equal((await sender()).status, 'disabled');
    h.clock.advance(HOUR_MS);
    await set({ status: 'active' });
    await replay();
    assert.equal((await sender()).status, 'active');
    h.clock.advance(1_000);
    await ban(inSeconds());
    assert.equal((await sender()).status, 'disabled', 'a new one is another thing');
  });

test('a limit that a person set holds over what was said before it, however late it is told', async () => {
  const early = inSeconds();
  h.clock.advance(HOUR_MS);
  await limit(2_000, inSeconds());
  assert.equal((await sender()).portfolio_limit, 2_000);
  h.clock.advance(HOUR_MS);
  await set({ portfolio_limit: 100 });
  await limit(10_000, early);
  await replay();
  assert.equal((await sender()).portfolio_limit, 100);
  // The platform's clock is ahead of ours: seen and changed, it is changed.
  await limit(250, inSeconds() + 60);
  await set({ portfolio_limit: 100 });
  await replay();
  assert.equal((await sender()).portfolio_limit, 100);
  await limit(1_000, inSeconds() + 120);
  assert.equal((await sender()).portfolio_limit, 1_000);
});

test('whatever the order, and however often, the words come to one standing', async () => {
  const { rows } = await h.sql.query('select id from sender');
  const [id, t] = [rows[0].id as string, inSeconds() * 1_000];
  const about = (seconds: number) => ({ provider: 'meta', account: WABA, at: t + seconds * 1_000 });
  const run = (statement: typeof senderBan, words: object) => h.app.core.db.run(h.tenant, statement, words as never);
  const banned =
    (seconds: number, reason = 'x') =>
    () =>
      run(senderBan, { ...about(seconds), reason });
  const lifted = (seconds: number) => () => run(senderUnban as never, about(seconds));
  const refused = (seconds: number, reason: string) => () =>
    run(senderDisable as never, { id, reason, at: t + seconds * 1_000 });
  const limited = (seconds: number, people: number | null) => () =>
    run(senderLimit as never, { ...about(seconds), portfolio_limit: people });
  const stories = [
    [banned(1), refused(2, '1'), lifted(3), refused(3, '2')],
    [banned(1, 'x'), banned(1, 'y'), lifted(1), banned(0)],
    [banned(2), lifted(3), lifted(4), refused(3, '1')],
    [limited(1, 250), limited(2, 2_000), limited(2, null), limited(2, 1_000)],
  ];
  const seen: string[] = [];
  for (const story of stories) {
    const standings = new Set<string>();
    for (const order of ordersOf(story)) {
      await h.sql.query(
        'update sender set banned_at = null, lifted_at = null, refused_at = null, refusal = null, portfolio_limit_at = null, portfolio_limit = null',
      );
      for (const word of [...order, order[0]!]) await word();
      const { status_reason, portfolio_limit } = await sender();
      standings.add(`${status_reason} ${portfolio_limit}`);
    }
    seen.push([...standings].join(', '));
  }
  assert.deepEqual(seen, ['2 null', 'banned: y null', 'null null', 'null 1000']);
});

function ordersOf<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((thing, at) => ordersOf(things.toSpliced(at, 1)).map(rest => [thing, ...rest]));
}
