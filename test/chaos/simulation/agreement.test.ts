/**
 * The simulation's row is trusted because the statements agree with it: the journals of simulated lives are lived again
 * on a real PostgreSQL, statement by statement, and every message has to end as the same row. The lease is taken by an
 * update of our own, for slots and pace are no part of the simulation; and ends in time are put where the journal has them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { newId } from '#lib/id.ts';
import { type Harness, harness } from '../../harness.ts';
import { live, type Message } from './life.ts';
import { livedAgain, type Replayed, replay } from './replay.ts';

const LIVES = 200;

let h: Harness;
before(async () => {
  h = await harness({ templates: false });
});
after(() => h.close());

/** In several hands: each message is its own, and the database takes them side by side. */
async function sideBySide(seeds: readonly number[], work: (seed: number, owner: pg.Client) => Promise<void>) {
  const waiting = [...seeds];
  const hand = async () => {
    const owner = await h.connect();
    for (let seed = waiting.pop(); seed !== undefined; seed = waiting.pop()) await work(seed, owner);
  };
  await Promise.all(Array.from({ length: 6 }, hand));
}

test(`the statements lead ${LIVES} simulated lives to the same rows as the simulation`, async () => {
  const seeds = Array.from({ length: LIVES }, (_, index) => index);
  const kinds = new Set<string>();
  const replays: { seed: number; message: Message; again: Replayed }[] = [];
  await sideBySide(seeds, async (seed, owner) => {
    for (const message of live(seed).messages) {
      // What the policy refused at once never met a statement of these.
      if (message.first.state === 'refused' || message.journal.length === 0) continue;
      for (const { operation, changed } of message.journal) if (changed) kinds.add(operation.kind);
      replays.push({ seed, message, again: await replay(h, owner, newId(), message) });
    }
  });
  for (const { seed, message, again } of replays) {
    const about = `seed ${seed}, ${message.id} (${message.purpose})`;
    assert.deepEqual(again.row, livedAgain(message.row, again.idOf), about);
    assert.deepEqual(again.changed, again.expected, `${about}: which statements found something to do`);
  }
  assert.ok(replays.length > LIVES, 'there are messages');
  const all = ['lease', 'mark', 'divert', 'settle', 'rescueLease', 'rescueSending', 'expire', 'resend', 'close'];
  for (const kind of [...all, 'receipt', 'retryFailed', 'cancel', 'word', 'requeue'])
    assert.ok(kinds.has(kind), `${kind} was never met in ${LIVES} lives: they prove nothing about it`);
});
