import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { markup, wordsOf } from './markup.ts';

test('marks are read as on the phone, nested ones too', () => {
  assert.deepEqual(markup('Hi *Ana*, _see ~you~_ at `8` 🎭'), [
    { text: 'Hi ' },
    { text: 'Ana', bold: true },
    { text: ', ' },
    { text: 'see ', italic: true },
    { text: 'you', italic: true, strike: true },
    { text: ' at ' },
    { text: '8', mono: true },
    { text: ' 🎭' },
  ]);
  assert.deepEqual(markup('```a *b*\nc```'), [{ text: 'a *b*\nc', mono: true }]);
});

test('a mark inside a word, beside a space or on two lines is a character like others', () => {
  for (const text of ['2*3*4', 'a_b_c', '* a * b', '*a\nb*', '**', 'snake_case_name', '5 * 3 * 2'])
    assert.deepEqual(markup(text), [{ text }], text);
});

test('a link keeps its underscores, also inside bold', () => {
  const link = 'https://t.example/a_b_c';
  assert.deepEqual(markup(`see ${link}.`), [{ text: 'see ' }, { text: link, link }, { text: '.' }]);
  assert.deepEqual(markup(`*see ${link} now*`), [
    { text: 'see ', bold: true },
    { text: link, bold: true, link },
    { text: ' now', bold: true },
  ]);
});

test('nothing but marks is ever lost, whatever the text is', () => {
  const odd = fc.string({ unit: fc.constantFrom('*', '_', '~', '`', ' ', '\n', 'a', 'ș', '🎭', 'https://x.y/', '.') });
  const bare = (text: string) => text.replace(/[*_~`]/g, '');
  fc.assert(fc.property(odd, text => bare(wordsOf(text)) === bare(text)));
});
