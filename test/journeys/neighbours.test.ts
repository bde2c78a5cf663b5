/**
 * Batches that meet a neighbour's change on some of their rows, which lie in two months: they wait, look again and do all
 * of their work. Some shapes of statement lose rows here, and with some PostgreSQL 18.4 itself ends.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { admit } from '#core/index.ts';
import { firstIdAt, newId } from '#lib/id.ts';
import { messageDivert, messageMarkSending, messageSettle } from '../../src/core/messages/dispatch-statements.ts';
import { PURPOSES } from '../../src/core/messages/purposes.ts';
import { receiptApply } from '../../src/core/messages/receipt-statements.ts';
import { messageRequeue, unknownResend } from '../../src/core/messages/resolve-statements.ts';
import { type Harness, harness } from '../harness.ts';
import { command, phoneOf } from '../make.ts';
import { until } from '../processes.ts';

let h: Harness;
let other: pg.Client;
before(async () => {
  h = await harness();
  other = await h.connect();
});
after(() => h.close());

const BATCH = 20;
let next = 0;
const owner = newId();

/** As many messages in this state, with their first attempt where they have left. */
async function messagesIn(state: string): Promise<string[]> {
  const commands = Array.from({ length: BATCH }, () => command(phoneOf(next++)));
  const ids = (await admit(h.app.core, h.tenant, commands)).flatMap(one =>
    one.kind === 'queued' ? one.messageId : [],
  );
  // Every second one is of next month: a look that goes to a wrong partition finds nothing.
  const [today] = new Date().toISOString().split('T') as [string];
  const month = firstIdAt(Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)), 2));
  for (const [index, id] of ids.entries()) {
    if (index % 2 === 0) continue;
    ids[index] = month.slice(0, 14) + id.slice(14);
    await h.sql.query('update message set id = $2 where id = $1', [id, ids[index]]);
  }
  const left = !['queued', 'leased'].includes(state);
  await h.sql.query(
    `update message set state = $1, lease_owner = $2, attempt = $3, resolution = $4, deadline_at = now() + interval '1 hour'
      where id = any($5)`,
    [state, owner, left ? 1 : 0, state === 'unknown' ? 'open' : null, ids],
  );
  if (left)
    await h.sql.query(
      "insert into message_attempt (tenant_id, message_id, attempt, started_at, outcome) select $1, id, 1, now(), 'uncertain' from unnest($2::uuid[]) id",
      [h.tenant, ids],
    );
  return ids;
}
const db = () => h.app.core.db;

const receipts = (ids: string[]) => ({
  ids,
  attempts: ids.map(() => 1),
  provider_ids: ids.map(id => `wamid.${id}`),
  sents: ids.map(() => h.clock.now()),
  delivereds: ids.map(() => null),
  reads: ids.map(() => null),
  faileds: ids.map(() => null),
  codes: ids.map(() => null),
  price_ats: ids.map(() => null),
  price_categories: ids.map(() => null),
  price_types: ids.map(() => null),
  price_markets: ids.map(() => null),
  price_micros: ids.map(() => null),
  provider: 'meta',
  currency: null,
  zone: 'UTC',
  now: h.clock.now(),
});
const answers = (ids: string[]) => ({
  ids,
  attempts: ids.map(() => 1),
  outcomes: ids.map(() => 'accepted'),
  states: ids.map(() => 'accepted'),
  provider_ids: ids.map(id => `wamid.${id}`),
  providers: ids.map(() => 'meta'),
  codes: ids.map(() => null),
  details: ids.map(() => null),
  dues: ids.map(() => null),
  retries: ids.map(() => 0),
  now: h.clock.now(),
});
const lives = { purposes: ['order_confirm'], lives_ms: [PURPOSES.order_confirm.expiresAfterMs] };

type Case = readonly [what: string, state: string, work: (ids: string[]) => Promise<unknown[]>];
const CASES: readonly Case[] = [
  ...['queued', 'sending', 'unknown', 'accepted', 'failed'].map(
    (state): Case => [
      `receipts of messages that are ${state}`,
      state,
      ids => db().run(h.tenant, receiptApply, receipts(ids)),
    ],
  ),
  ['answers to what is on the wire', 'sending', ids => db().run(h.tenant, messageSettle, answers(ids))],
  ['answers that came too late', 'unknown', ids => db().run(h.tenant, messageSettle, answers(ids))],
  [
    'marks before the bytes',
    'leased',
    ids => db().run(h.tenant, messageMarkSending, { ids, owner, now: h.clock.now(), deadline_ms: 15_000 }),
  ],
  [
    'messages that the gate holds back',
    'leased',
    ids => {
      const dues = ids.map(() => h.clock.now());
      const states = ids.map(() => 'queued');
      return db().run(h.tenant, messageDivert, {
        ids,
        states,
        reasons: ids.map(() => null),
        dues,
        decisions: ids.map(() => ({})),
      });
    },
  ],
  ['resends', 'unknown', ids => db().run(h.tenant, unknownResend, { ids, resends: 0, now: h.clock.now() })],
  ['requeues', 'failed', ids => db().run(h.tenant, messageRequeue, { ids, now: h.clock.now(), ...lives })],
];

for (const [what, state, work] of CASES) {
  test(`${what} wait for a neighbour’s change and miss no row of their batch`, async () => {
    const ids = await messagesIn(state);
    await other.query('begin');
    await other.query('update message set priority = priority where id = any($1)', [ids.slice(3, 9)]);
    const working = work(ids);
    await until('it waits', async () => {
      const { rows } = await h.sql.query<{ n: number }>(
        "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows[0]!.n > 0;
    });
    await other.query('commit');
    assert.equal((await working).length, BATCH);
  });
}
