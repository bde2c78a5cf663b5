import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurn } from './pump.ts';

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
