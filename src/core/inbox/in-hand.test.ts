import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInHand } from './in-hand.ts';

const stored = (bytes: number) => ({ sender: 's', at: 1, query: '', body: Buffer.alloc(bytes) });

test('what was stored is handed out once', () => {
  const hand = createInHand(100);
  hand.keep('a', stored(10));
  assert.equal(hand.take('a')?.body.length, 10);
  assert.equal(hand.take('a'), undefined);
});

test('the oldest make room, and what was handed out takes none', () => {
  const hand = createInHand(100);
  hand.keep('a', stored(40));
  hand.keep('b', stored(40));
  hand.keep('c', stored(40));
  assert.equal(hand.take('a'), undefined, 'the oldest went');
  assert.ok(hand.take('b'));
  hand.keep('d', stored(60));
  assert.ok(hand.take('c'), 'there was room for both');
  assert.ok(hand.take('d'));
});

test('what is larger than everything that may be kept pushes nobody out', () => {
  const hand = createInHand(100);
  hand.keep('a', stored(40));
  hand.keep('large', stored(101));
  assert.equal(hand.take('large'), undefined);
  assert.ok(hand.take('a'));
});

test('a process that applies nothing keeps nothing', () => {
  const hand = createInHand(0);
  hand.keep('a', stored(1));
  assert.equal(hand.take('a'), undefined);
});
