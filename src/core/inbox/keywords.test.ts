import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hear, normalise } from './keywords.ts';
import { MUST_NOT_STOP, MUST_START, MUST_STOP, POSSIBLE } from './stop-corpus.ts';

const wrong = (corpus: readonly (readonly [string, string])[], right: (text: string) => boolean) =>
  corpus.filter(([, text]) => !right(text)).map(([language, text]) => `${language}: ${JSON.stringify(text)}`);

test('the corpus is large enough to mean something', () => {
  assert.ok(MUST_STOP.length >= 200 && MUST_NOT_STOP.length >= 200);
  assert.ok(new Set(MUST_STOP.map(([language]) => language)).size >= 10);
  assert.ok(new Set(MUST_NOT_STOP.map(([language]) => language)).size >= 10);
});

test('whoever wants out is heard, every one of them', () => {
  assert.deepEqual(
    wrong(MUST_STOP, text => hear(text) === 'stop'),
    [],
  );
});

test('whoever says something else is not stopped', () => {
  const stopped = wrong(MUST_NOT_STOP, text => hear(text) !== 'stop');
  assert.ok(stopped.length <= MUST_NOT_STOP.length / 100, stopped.join('\n'));
});

test('a free sentence that means it is put before a person, and stops nobody by itself', () => {
  const missed = wrong(POSSIBLE, text => hear(text) === 'doubt' || hear(text) === 'stop');
  assert.ok(missed.length <= POSSIBLE.length / 10, missed.join('\n'));
});

test('a word that also means something else stops only when nothing follows it', () => {
  for (const text of ['Cancel', 'Cancel please', 'Annulla!']) assert.equal(hear(text), 'stop', text);
  for (const text of ['Cancel\nmy ticket', 'Cancel please\nmy ticket', 'Annulla\nil biglietto'])
    assert.equal(hear(text), undefined, text);
  assert.equal(hear('STOP\nAna Pop'), 'stop', 'the control');
});

test('START is heard in every language, and YES is none', () => {
  assert.deepEqual(
    wrong(MUST_START, text => hear(text) === 'start'),
    [],
  );
  for (const text of ['YES', 'Da', 'ja', 'oui', 'sí', 'ok', undefined]) assert.equal(hear(text), undefined);
});

test('a text of any length and any kind is looked through', () => {
  const long = ['a'.repeat(1_000_000), '\u0300'.repeat(100_000), 'ﷺ'.repeat(100_000)];
  for (const text of long) assert.equal(hear(text), undefined);
  assert.equal(hear('stop '.repeat(200_000)), 'doubt');
});

test('the vowel signs of Indian scripts are part of the word', () => {
  assert.notEqual(normalise('रोकें'), normalise('रोको'));
});
