import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseLanguage, fill, lint, variablesOf, variableText } from './template.ts';

test('a value is shown as it is, even when it looks like a variable or a pattern', () => {
  const values = new Map([
    ['first_name', '{order_id} $& $1'],
    ['order_id', 'A-1'],
  ]);
  assert.equal(fill('Hi {first_name}, {{ order_id }}!', values), 'Hi {order_id} $& $1, A-1!');
  assert.equal(fill('{__proto__} {constructor} {missing}', values), '{__proto__} {constructor} {missing}');
  fc.assert(fc.property(fc.string(), value => fill('<{a}>', new Map([['a', value]])) === `<${value}>`));
});

test('variables are found once each, in both spellings', () => {
  assert.deepEqual(variablesOf('{a} {{b}} {a} {{ c }} {1} {A}'), ['a', 'b', 'c']);
});

test('a value carries no line breaks, tabs or runs of spaces: the platform would refuse it', () => {
  assert.equal(variableText(' a    b\n\n\tc '), 'a b c');
});

test('lint names what the provider would refuse', () => {
  const rules = (body: string, more: { header?: string; footer?: string; name?: string } = {}) =>
    lint(more.name ?? 'a', { header: more.header ?? null, body, footer: more.footer ?? null }).map(line => line.rule);
  assert.deepEqual(rules('Hi {first_name}, all is well.'), []);
  assert.deepEqual(rules('{first_name}, hi'), ['edge_variable']);
  assert.deepEqual(rules('Hi {first_name}'), ['edge_variable']);
  assert.deepEqual(rules('Hi {a} {b}.'), ['adjacent_variables']);
  assert.deepEqual(rules('Hi {a\n.'), ['unbalanced']);
  assert.deepEqual(rules('Hi.', { name: 'Order' }), ['name']);
  assert.deepEqual(rules('Hi.', { footer: 'by {a}' }), ['footer_variable']);
  assert.deepEqual(rules('Hi.', { header: '{a} and {b}' }), ['header_variables']);
  assert.deepEqual(rules(`${'x'.repeat(1_025)}`), ['body_length']);
});

test('the language is the exact one, its base, the tenant’s, or the only one', () => {
  const of = (...languages: string[]) => languages.map(language => ({ language }));
  assert.equal(chooseLanguage(of('en', 'pt_BR', 'pt'), 'pt-br', 'en')?.language, 'pt_BR');
  assert.equal(chooseLanguage(of('en', 'ro'), 'ro_MD', 'en')?.language, 'ro');
  assert.equal(chooseLanguage(of('en_US', 'ro'), 'fr', 'en')?.language, 'en_US');
  assert.equal(chooseLanguage(of('ro'), 'fr', 'en')?.language, 'ro');
  assert.equal(chooseLanguage(of('ro', 'de'), 'fr', 'en'), undefined);
});
