import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keywordOf } from './keywords.ts';

test('a message that is nothing but the word stops, however it was typed', () => {
  // biome-ignore format: a corpus
  for (const text of ['STOP', 'stop', 'Stop.', ' stop ', 'STOP🛑', 'ＳＴＯＰ', 's t o p', 'stop please', '"Stop!"', 'st\u200bop', 'Unsubscribe', 'OPT-OUT', 'opt out', 'Oprește', 'OPREŞTE', 'dezabonare', 'Nu mai vreau!', 'arrêt']) {
    assert.equal(keywordOf(text), 'stop', text);
  }
});

test('a message that merely holds the word does not', () => {
  // biome-ignore format: a corpus
  for (const text of ["don't stop", 'Stop 2 tickets', 'see you at the bus stop', 'non-stop', 'stopping by', 'cancel my ticket', 'Where do I stop?', '', '🛑', 'ok', 'yes', undefined, `stop${' and more'.repeat(50)}`]) {
    assert.equal(keywordOf(text), undefined, text);
  }
});

test('START is a word of its own, and YES is none', () => {
  assert.equal(keywordOf('Start'), 'start');
  assert.equal(keywordOf('YES'), undefined);
});
