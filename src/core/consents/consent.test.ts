import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CONSENT_ACTIONS, type ConsentEntry, fold, isVerifiedClaim, type Standing } from './consent.ts';

const claim = (action: 'grant' | 'withdraw', at: number, verified = true): ConsentEntry => ({
  action,
  at,
  saidBy: 'business',
  source: 'checkout',
  verified,
});
const said = (action: 'grant' | 'withdraw' | 'restore', at: number): ConsentEntry => ({
  action,
  at,
  saidBy: 'person',
  source: 'keyword',
  verified: true,
});
const after = (...entries: ConsentEntry[]): Standing | undefined =>
  entries.reduce<Standing | undefined>(fold, undefined);

test('a person’s STOP outranks every claim, whatever its time, until they lift it themselves', () => {
  assert.equal(after(claim('grant', 1))?.status, 'granted');
  assert.equal(after(claim('grant', 1), said('withdraw', 2))?.status, 'withdrawn');
  assert.equal(after(claim('grant', 1), said('withdraw', 2), claim('grant', 99))?.status, 'withdrawn');
  assert.equal(after(claim('grant', 1), said('withdraw', 2), said('restore', 3))?.status, 'granted');
});

test('START restores what was held before and grants nothing new', () => {
  assert.equal(after(said('withdraw', 1), said('restore', 2))?.status, 'none');
  assert.equal(after(said('restore', 2))?.status, 'none');
  assert.equal(after(claim('withdraw', 1), said('restore', 2))?.status, 'withdrawn');
});

test('START brings back what the person themselves had granted before their STOP', () => {
  const own = after(said('grant', 1), said('withdraw', 2));
  assert.equal(own?.status, 'withdrawn');
  assert.equal(fold(own, said('restore', 3)).status, 'granted');
  assert.equal(fold(own, said('restore', 3)).verified, true);
});

test('a claim without proof neither takes a proven consent away nor proves one after a withdrawal', () => {
  assert.equal(after(claim('grant', 1), claim('grant', 2, false))?.verified, true);
  assert.equal(after(claim('grant', 1), claim('withdraw', 2), claim('grant', 3, false))?.verified, false);
});

test('the switch inside WhatsApp is apart from our own words: START doesn’t lift it, resume lifts nothing else', () => {
  const platform = (action: 'stop' | 'resume', at: number): ConsentEntry => ({
    ...{ action, at, saidBy: 'platform', source: 'preference', verified: true },
  });
  const both = after(claim('grant', 1), platform('stop', 2), said('withdraw', 3));
  assert.equal(both?.platformStoppedAt, 2);
  assert.equal(fold(both, said('restore', 4)).platformStoppedAt, 2);
  assert.equal(fold(both, platform('resume', 4)).platformStoppedAt, null);
  assert.equal(fold(both, platform('resume', 4)).status, 'withdrawn');
});

test('a doubtful text pauses until somebody says that it was none, or the person speaks clearly', () => {
  const paused = after(claim('grant', 1), { action: 'pause', at: 2, saidBy: 'person', source: 'x', verified: true });
  assert.equal(paused?.pausedAt, 2);
  assert.equal(paused?.status, 'granted', 'it is no withdrawal');
  assert.equal(
    fold(paused, { action: 'unpause', at: 3, saidBy: 'business', source: 'x', verified: false }).pausedAt,
    null,
  );
  assert.equal(fold(paused, said('restore', 3)).pausedAt, null);
});

test('at one instant a withdrawal wins', () => {
  assert.equal(after(claim('grant', 5), claim('withdraw', 5))?.status, 'withdrawn');
  assert.equal(after(said('restore', 5), said('withdraw', 5), claim('grant', 1))?.status, 'withdrawn');
});

test('the order of arrival does not matter, and saying a thing twice changes nothing', () => {
  const entry = fc.record({
    action: fc.constantFrom(...CONSENT_ACTIONS),
    at: fc.integer({ min: 0, max: 6 }),
    saidBy: fc.constantFrom('person' as const, 'business' as const, 'platform' as const),
    source: fc.constantFrom('a', 'b'),
    verified: fc.boolean(),
  });
  const entries = fc.array(entry, { maxLength: 10 });
  fc.assert(
    fc.property(
      entries.chain(list => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => {
        assert.deepEqual(after(...shuffled), after(...list));
        assert.deepEqual(after(...list, ...shuffled), after(...list));
      },
    ),
  );
});

test('a claim is verified when a text was shown and it came from no import', () => {
  assert.equal(isVerifiedClaim('checkout', 'Send me offers'), true);
  assert.equal(isVerifiedClaim('checkout', undefined), false);
  assert.equal(isVerifiedClaim('checkout', '  '), false);
  assert.equal(isVerifiedClaim('CSV import', 'Send me offers'), false);
});
