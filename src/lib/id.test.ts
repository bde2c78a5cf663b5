import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  firstIdAt,
  ID_PREFIXES,
  idInstant,
  isUuid,
  newId,
  parsePublicId,
  publicId,
  randomBase62,
  uuidV7,
} from './id.ts';

test('ids are uuid v7, grow with time and tell their instant', () => {
  const before = Date.now();
  for (const id of [newId(), uuidV7()]) {
    assert.ok(isUuid(id));
    assert.match(id, /^.{14}7.{4}[89ab]/);
    assert.ok(idInstant(id) >= before - 5 && idInstant(id) <= Date.now() + 5);
  }
  assert.ok(firstIdAt(before) <= newId());
  assert.ok(firstIdAt(before + 60_000) > newId());
  assert.ok(uuidV7(1_000) < uuidV7(2_000));
});

test('an id is shown with its prefix and read back only as its own kind', () => {
  const id = newId();
  const shown = publicId('message', id);
  assert.match(shown, /^msg_[0-9a-f]{32}$/);
  assert.equal(parsePublicId('message', shown), id);
  assert.equal(parsePublicId('contact', shown), undefined);
  for (const wrong of ['', 'msg_', `msg_${'g'.repeat(32)}`, `${shown}0`, shown.toUpperCase()])
    assert.equal(parsePublicId('message', wrong), undefined, wrong);
});

test('no two kinds share a prefix', () => {
  const prefixes = Object.values(ID_PREFIXES);
  assert.equal(new Set(prefixes).size, prefixes.length);
});

test('random text has the asked length and uses the whole alphabet', () => {
  const text = randomBase62(10_000);
  assert.equal(text.length, 10_000);
  assert.equal(new Set(text).size, 62);
});
