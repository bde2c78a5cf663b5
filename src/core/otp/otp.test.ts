import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#lib/clock.ts';
import { type KnownCode, liveCode, planCode } from './otp.ts';

const NOW = 100 * HOUR_MS;
const code = (change: Partial<KnownCode> = {}): KnownCode => ({
  id: 'a',
  createdAt: NOW - MINUTE_MS,
  expiresAt: NOW + 4 * MINUTE_MS,
  lastSentAt: NOW - MINUTE_MS,
  sends: 1,
  attemptsLeft: 5,
  over: false,
  ...change,
});

const plan = (known: readonly KnownCode[], now: number, other: boolean) =>
  planCode(known, liveCode(known, now), now, other);

test('asked again while it is live the same code is sent, three times at most and not at once', () => {
  assert.deepEqual(plan([], NOW, false), { kind: 'new' });
  assert.deepEqual(plan([code()], NOW, false), { kind: 'again', id: 'a' });
  const soon = plan([code({ lastSentAt: NOW - 10 * SECOND_MS })], NOW, false);
  assert.deepEqual(soon.kind === 'wait' && soon.seconds, 20);
  const often = plan([code({ sends: 3 })], NOW, false);
  assert.deepEqual(often.kind === 'wait' && often.seconds, 240);
  assert.deepEqual(plan([code({ over: true })], NOW, false), { kind: 'new' }, 'entered already');
  assert.deepEqual(plan([code({ attemptsLeft: 0 })], NOW, false), { kind: 'new' }, 'guessed to the end');
  assert.deepEqual(plan([code()], NOW, true), { kind: 'new' }, 'the caller’s own code is another one');
});

test('so many codes in an hour and in a day, and the next when the oldest of them is that old', () => {
  const codes = (count: number, apartMs: number) =>
    Array.from({ length: count }, (_, at) => {
      const createdAt = NOW - (at + 1) * apartMs;
      return code({ id: `${at}`, createdAt, lastSentAt: createdAt, expiresAt: createdAt + 1, over: true });
    });
  assert.equal(plan(codes(4, 10 * MINUTE_MS), NOW, false).kind, 'new');
  const hour = plan(codes(5, 10 * MINUTE_MS), NOW, false);
  assert.equal(hour.kind === 'wait' && hour.seconds, 600);
  const day = plan(codes(10, 2 * HOUR_MS), NOW, false);
  assert.equal(day.kind === 'wait' && day.seconds, 4 * 3_600);
});

test('whatever was asked before, at most three messages a code, five codes an hour, and never two within half a minute', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 20, maxLength: 80 }), gaps => {
      let now = NOW;
      const known: KnownCode[] = [];
      const sent: number[] = [];
      for (const gap of gaps) {
        now += gap * SECOND_MS;
        const next = plan(known, now, false);
        if (next.kind === 'wait') {
          assert.notEqual(
            plan(known, now + next.seconds * SECOND_MS, false).kind,
            'wait',
            'the wait that is told is enough',
          );
          continue;
        }
        if (next.kind === 'new')
          known.push(code({ id: `${known.length}`, createdAt: now, lastSentAt: now, expiresAt: now + 5 * MINUTE_MS }));
        else {
          const same = known.find(one => one.id === next.id)!;
          assert.equal(same, liveCode(known, now));
          same.sends += 1;
          same.lastSentAt = now;
        }
        sent.push(now);
      }
      assert.ok(known.every(one => one.sends <= 3));
      assert.ok(sent.every((at, index) => index === 0 || at - sent[index - 1]! >= 30 * SECOND_MS));
      for (const at of sent)
        assert.ok(known.filter(one => one.createdAt > at - HOUR_MS && one.createdAt <= at).length <= 5);
    }),
    { numRuns: 300 },
  );
});
