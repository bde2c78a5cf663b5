import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ErrorClass, SendOutcome } from '../provider.ts';
import { type FailureContext, followUp, MAX_RETRIES, retryBudget } from './failure.ts';
import { TRANSITIONS } from './states.ts';

const context: FailureContext = {
  retries: 0,
  now: 1_000_000,
  expiresAt: null,
  random: () => 0.5,
  mayRetry: () => true,
  unreachedRounds: 0,
};
const rejected = (what: Exclude<ErrorClass, 'unclear'>, retryAfterMs?: number): SendOutcome => ({
  kind: 'rejected',
  class: what,
  code: '1',
  detail: 'x',
  ...(retryAfterMs ? { retryAfterMs } : {}),
});

test('only a definite no may be tried again; doubt never is', () => {
  assert.equal(followUp({ kind: 'uncertain', detail: 'x' }, context).state, 'unknown');
  assert.equal(followUp({ kind: 'accepted', providerId: 'w' }, context).state, 'accepted');
  assert.equal(followUp({ kind: 'unreached', detail: 'x' }, context).state, 'queued');
  for (const what of ['busy', 'pair', 'later', 'template-paused', 'sender-blocked'] as const)
    assert.equal(followUp(rejected(what), context).state, 'queued', what);
  for (const what of [
    'invalid',
    'undeliverable',
    'stopped',
    'opted-out',
    'window-closed',
    'template-gone',
    'held-back',
  ] as const)
    assert.equal(followUp(rejected(what), context).state, 'failed', what);
});

test('a STOP that the provider keeps is the person’s own word, and not the switch inside the app', () => {
  const { stopped, optedOut } = followUp(rejected('opted-out'), context);
  assert.deepEqual([stopped, optedOut], [undefined, true]);
  assert.deepEqual([followUp(rejected('stopped'), context).optedOut], [undefined]);
});

test('retries are counted, bounded, and stop where the message has lost its use', () => {
  assert.equal(followUp(rejected('busy'), { ...context, retries: MAX_RETRIES }).state, 'dead');
  assert.equal(followUp(rejected('busy'), { ...context, expiresAt: context.now + 1 }).state, 'dead');
  assert.equal(followUp(rejected('busy'), context).retried, true);
  assert.equal(followUp({ kind: 'unreached', detail: 'x' }, { ...context, retries: MAX_RETRIES }).state, 'queued');
});

test('a paused template is told whatever follows, and its message does not meet it for ever', () => {
  const first = followUp(rejected('template-paused'), context);
  assert.deepEqual([first.template, first.state, first.retried], ['paused', 'queued', true]);
  const last = followUp(rejected('template-paused'), { ...context, retries: MAX_RETRIES });
  assert.deepEqual([last.template, last.state], ['paused', 'dead']);
});

test('the provider’s own wait is honoured, and being out of budget waits longer', () => {
  assert.ok(followUp(rejected('busy', 60_000), context).dueAt! >= context.now + 60_000);
  const paid = followUp(rejected('busy'), context).dueAt!;
  const unpaid = followUp(rejected('busy'), { ...context, mayRetry: () => false }).dueAt!;
  assert.ok(unpaid - paid >= 30_000);
});

test('a lane that can’t be reached rests longer each round, a minute at most', () => {
  const pause = (unreachedRounds: number) =>
    followUp({ kind: 'unreached', detail: 'x' }, { ...context, unreachedRounds }).pauseLaneMs!;
  assert.ok(pause(0) < pause(3) && pause(3) < pause(5));
  assert.equal(pause(50), 60_000);
});

test('whatever follows is a way that the state drawing knows', () => {
  const classes = [
    'busy',
    'pair',
    'later',
    'held-back',
    'invalid',
    'undeliverable',
    'stopped',
    'opted-out',
    'window-closed',
    'template-paused',
    'template-gone',
    'sender-blocked',
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...classes),
      fc.nat(12),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      (what, retries, chance, mayRetry) => {
        const { state, dueAt } = followUp(rejected(what), {
          ...context,
          retries,
          random: () => chance,
          mayRetry: () => mayRetry,
        });
        return TRANSITIONS.sending.includes(state) && (state !== 'queued' || dueAt! > context.now);
      },
    ),
  );
});

test('retries are a tenth of what is fresh', () => {
  const budget = retryBudget();
  let taken = 0;
  while (budget.take()) taken += 1;
  budget.fresh(100);
  let more = 0;
  while (budget.take()) more += 1;
  assert.equal(taken, 10, 'a quiet lane may retry a little');
  assert.equal(more, 10);
});
