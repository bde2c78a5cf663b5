import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPunctuality, giveUp, inTurn } from './slots.ts';

const held = (id: string, priority: number, slotAt: number) => ({ id, contactId: null, priority, slotAt });

test('who is urgent takes the first of the slots that are held, and the others move up by one', () => {
  const turn = inTurn([held('a', 5, 100), held('b', 5, 150), held('code', 0, 450), held('c', 5, 200)]);
  assert.deepEqual(
    turn.map(one => [one.id, one.slotAt]),
    [
      ['code', 100],
      ['a', 150],
      ['b', 200],
      ['c', 450],
    ],
  );
});

test('of the same urgency everybody keeps the slot that they have', () => {
  const turn = [held('a', 5, 100), held('b', 5, 150)];
  assert.deepEqual(inTurn(turn.toReversed()), turn);
});

const ids = (all: readonly { id: string; slotAt: number }[]) => all.map(one => `${one.id} ${one.slotAt}`);

test('whose slot has passed goes without, and who waits for a later one keeps it', () => {
  const { kept, without } = giveUp([held('late', 5, 90), held('a', 5, 100), held('b', 5, 150)], 100, 0);
  assert.deepEqual(ids(kept), ['a 100', 'b 150']);
  assert.deepEqual(ids(without), ['late 90']);
});

test('for each that left late the next slot stays empty: the urgent move up, and the least urgent wait again', () => {
  const { kept, without } = giveUp([held('a', 5, 100), held('b', 5, 150), held('code', 0, 200)], 0, 1);
  assert.deepEqual(ids(kept), ['code 150', 'a 200']);
  assert.deepEqual(ids(without), ['b 200']);
});

test('more debts than slots leave nothing, and no debts change nothing', () => {
  const all = [held('a', 5, 100), held('b', 5, 150)];
  assert.deepEqual(giveUp(all, 0, 5), { kept: [], without: all });
  assert.deepEqual(giveUp(all, 0, 0), { kept: all, without: [] });
});

function punctuality(stepMs: number) {
  const slots = createPunctuality();
  slots.stepMs = stepMs;
  return slots;
}

test('a slow gate is expected at once, and forgotten slowly', () => {
  const slots = punctuality(12.5);
  slots.gateTook(8);
  assert.equal(slots.earlyMs(), 30, 'the least');
  slots.gateTook(60);
  assert.equal(slots.earlyMs(), 60);
  for (let gate = 0; gate < 10; gate += 1) slots.gateTook(8);
  assert.ok(slots.earlyMs() > 30 && slots.earlyMs() < 60, `${slots.earlyMs()} ms after ten quick ones`);
  slots.gateTook(2_000);
  assert.equal(slots.earlyMs(), 75, 'the most');
  assert.equal(punctuality(1).earlyMs(), 0, 'a fast lane waits for no slot');
});

test('a burst after a stall is owed for, message by message; whoever is always as late owes nothing', () => {
  const all = Array.from({ length: 20 }, (_, place) => held(`m${place}`, 5, 1_000 + place * 13));
  const slots = punctuality(13);
  // A stall of 80 ms: the six whose slots have passed leave together.
  for (const slotAt of [920, 933, 946, 959, 972, 985]) slots.left(slotAt, 1_000);
  assert.equal(slots.giveUp(all, 1_000).without.length, 5, 'those that were late by more than a step');
  slots.gaveUp();
  assert.equal(slots.giveUp(all, 1_000).without.length, 0, 'paid');
  for (let slotAt = 0; slotAt < 4_000; slotAt += 13) slots.left(slotAt, slotAt + 24);
  slots.left(4_000, 4_024);
  assert.equal(slots.giveUp(all, 4_024 + 900).kept.length, 0, 'their slots have passed, and are given up');
  const later = all.map(one => ({ ...one, slotAt: one.slotAt + 4_000 }));
  assert.equal(slots.giveUp(later, 4_024).without.length, 0, 'usual lateness shifts all of them alike');
});
