import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTemplateLocale, nearLocale, spellLocale } from './locales.ts';
import { chooseLanguage } from './template.ts';
import { fill, plainText, variablesIn, variablesOf } from './text.ts';
import { variableText } from './values.ts';

test('a value is shown as it is, even when it looks like a variable or a pattern', () => {
  const values = new Map([
    ['first_name', '{order_id} $& $1'],
    ['order_id', 'A-1'],
  ]);
  assert.equal(fill('Hi {first_name}, {{ order_id }}!', values), 'Hi {order_id} $& $1, A-1!');
  assert.equal(fill('{__proto__} {constructor} {missing}', values), '{__proto__} {constructor} {missing}');
  fc.assert(fc.property(fc.string(), value => fill('<{a}>', new Map([['a', value]])) === `<${value}>`));
});

test('variables are found once each, in both spellings, with the first fallback that is given', () => {
  assert.deepEqual(variablesOf('{a} {{b}} {a} {{ c }} {1} {A}'), ['a', 'b', 'c']);
  assert.deepEqual(variablesIn('{a} {a|x} {{b| a friend }} {a|y} {c|}'), [
    { name: 'a', fallback: 'x' },
    { name: 'b', fallback: 'a friend' },
    { name: 'c', fallback: '' },
  ]);
  assert.equal(plainText('{a|x} {{b|a friend}} {1}'), '{a} {b} {1}');
});

test('a value carries no line breaks, tabs or runs of spaces: the platform would refuse it', () => {
  assert.equal(variableText(' a    b\n\n\tc '), 'a b c');
});

test('the language is the exact one, its base, the tenant’s, or the only one', () => {
  const of = (...languages: string[]) => languages.map(language => ({ language }));
  assert.equal(chooseLanguage(of('en', 'pt_BR', 'pt'), 'pt-br', 'en')?.language, 'pt_BR');
  assert.equal(chooseLanguage(of('en', 'ro'), 'ro_MD', 'en')?.language, 'ro');
  assert.equal(chooseLanguage(of('en_US', 'ro'), 'fr', 'en')?.language, 'en_US');
  assert.equal(chooseLanguage(of('ro'), 'fr', 'en')?.language, 'ro');
  assert.equal(chooseLanguage(of('ro', 'de'), 'fr', 'en'), undefined);
});

test('languages are spelt as the platform does, and what it does not know stays and is told', () => {
  assert.equal(spellLocale('pt-br'), 'pt_BR');
  assert.equal(spellLocale('EN'), 'en');
  assert.equal(spellLocale('ro_RO'), 'ro_RO');
  assert.deepEqual(
    [isTemplateLocale('ro'), isTemplateLocale('ro_RO'), isTemplateLocale('pt-BR')],
    [true, false, false],
  );
  assert.deepEqual([nearLocale('ro_RO'), nearLocale('pt'), nearLocale('xx')], ['ro', 'pt_BR', undefined]);
});
