import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ConsentEntry, fold, isVerifiedClaim, type Standing } from './consent.ts';

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

test('at one instant a withdrawal wins', () => {
  assert.equal(after(claim('grant', 5), claim('withdraw', 5))?.status, 'withdrawn');
  assert.equal(after(said('restore', 5), said('withdraw', 5), claim('grant', 1))?.status, 'withdrawn');
});

test('the order of arrival does not matter, and saying a thing twice changes nothing', () => {
  const entry = fc.record({
    action: fc.constantFrom('grant' as const, 'withdraw' as const, 'restore' as const),
    at: fc.integer({ min: 0, max: 6 }),
    saidBy: fc.constantFrom('person' as const, 'business' as const),
    source: fc.constantFrom('a', 'b'),
  });
  // What one source says at one instant is one fact: two different verifications of it are no case.
  const entries = fc
    .array(entry, { maxLength: 8 })
    .map(list =>
      list
        .filter(one => one.saidBy === 'person' || one.action !== 'restore')
        .map(one => ({ ...one, verified: one.source === 'a' })),
    );
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
