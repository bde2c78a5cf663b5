import assert from 'node:assert/strict';
import { test } from 'node:test';
import { giveUp, inTurn } from './pump.ts';

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
