/** Law 9: every error, setting, state, reason, purpose, scope, id and table has its sentence and its place, and no page more. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { TABLE_OWNERS } from '#db/schema-manifest.ts';
import { registeredStatements } from '#db/statement.ts';
import { FAULTS } from '#lib/faults.ts';
import { ID_PREFIXES } from '#lib/id.ts';
// Registers every statement: the composition root reaches all of them.
import '../../src/app.ts';
import { REASON_ADVICE } from '../../src/cli/generate/policy.ts';
import { SETTINGS } from '../../src/config.ts';
import { PURPOSE_NAMES } from '../../src/core/messages/purposes.ts';
import { STATE_NAMES, STATES } from '../../src/core/messages/states.ts';
import { REASON_NAMES, REASONS } from '../../src/core/policy/decision.ts';
import { SCOPES } from '../../src/core/tenants/tenant.ts';
import { documents, firstCells, ROOT, readDocument } from './documents.ts';

const PLACES: readonly [page: string, names: readonly string[]][] = [
  ['settings', SETTINGS.map(setting => setting.name)],
  ['states', STATE_NAMES],
  ['reasons', REASON_NAMES],
  ['purposes', PURPOSE_NAMES],
  ['scopes', Object.keys(SCOPES)],
  ['ids', Object.values(ID_PREFIXES).map(prefix => `${prefix}_`)],
  ['tables', Object.keys(TABLE_OWNERS)],
];

for (const [page, names] of PLACES) {
  test(`docs/reference/${page}.md has a line for each of its things, and for nothing else`, () => {
    assert.deepEqual(firstCells(readDocument(`docs/reference/${page}.md`)).sort(), [...names].sort());
  });
}

test('every error has its page, and every page its error', () => {
  const pages = readdirSync(join(ROOT, 'docs/reference/errors')).map(file => basename(file, '.md'));
  assert.deepEqual(pages.sort(), Object.keys(FAULTS).sort());
  const overview = readDocument('docs/reference/errors.md').text;
  for (const [code, { explanation }] of Object.entries(FAULTS)) {
    assert.ok(overview.includes(`(errors/${code}.md)`), code);
    assert.ok(readDocument(`docs/reference/errors/${code}.md`).text.includes(explanation), code);
  }
});

test('.env.example has every setting, all of them commented out', () => {
  const lines = readFileSync(join(ROOT, '.env.example'), 'utf8').split('\n');
  const named = lines.flatMap(line => /^#([A-Z_]+)=/.exec(line)?.[1] ?? []);
  assert.deepEqual(
    named,
    SETTINGS.map(setting => setting.name),
  );
  assert.deepEqual(
    lines.filter(line => line !== '' && !line.startsWith('#')),
    [],
  );
});

test('a sentence is a sentence: it begins large and ends with a stop', () => {
  const sentences = [
    ...SETTINGS.map(setting => setting.description),
    ...Object.values(STATES),
    ...Object.values(REASONS),
    ...Object.values(FAULTS).flatMap(({ summary, explanation }) => [summary, explanation]),
  ];
  assert.deepEqual(
    sentences.filter(sentence => !/^[\p{Lu}`].*[.…]$/u.test(sentence)),
    [],
  );
});

/** Our programs, without their tests and without the place where the words are defined. */
const programs = (folder: string, but: string): string =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith(but))
    .map(file => readFileSync(join(ROOT, folder, file), 'utf8'))
    .join('\n');

/** Known, each with the mend it waits for. */
const NEVER_THROWN: Readonly<Record<string, string>> = {};

test('every error that is explained can be met', () => {
  const text = programs('src', 'lib/faults.ts');
  assert.deepEqual(
    Object.keys(FAULTS).filter(code => !text.includes(`'${code}'`)),
    Object.keys(NEVER_THROWN),
  );
});

test('a reason is called reserved as long as no rule gives it, and no longer', () => {
  const text = programs('src/core/policy/rules', '.test.ts');
  assert.deepEqual(
    REASON_NAMES.filter(reason => text.includes(`'${reason}'`)),
    REASON_NAMES.filter(reason => REASON_ADVICE[reason].rule !== null),
  );
});

test('a statement that a document names with its file stands in that file', () => {
  const known = new Set(registeredStatements().map(statement => statement.name));
  const named = documents().flatMap(({ path, text }) =>
    [...text.matchAll(/\[`([a-z_]+)`\]\(([^)]+\.ts)\)/g)].map(([, name, file]) => ({
      name: name!,
      path,
      file: normalize(join(dirname(path), file!)),
    })),
  );
  const statements = named.filter(({ file }) => file.endsWith('statements.ts'));
  assert.ok(statements.length > 10, 'the names were not found');
  assert.deepEqual(
    statements.filter(
      ({ name, file }) => !known.has(name) || !readFileSync(join(ROOT, file), 'utf8').includes(`name: '${name}'`),
    ),
    [],
  );
});

test('every noun of the core is explained', () => {
  const words = readDocument('docs/explain/words.md').text.toLowerCase();
  const nouns = readdirSync(join(ROOT, 'src/core'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name.replace(/s$/, ''));
  assert.deepEqual(
    nouns.filter(noun => !new RegExp(`\\*\\*${noun}s?\\*\\*`).test(words)),
    [],
  );
});

const EXAMPLE_NUMBERS = new Set(['+40712345678', '+12025550100']);

test('documents call nobody: every phone number is one of the two examples', () => {
  const found = documents().flatMap(({ path, text }) =>
    [...text.matchAll(/\+\d{9,15}\b/g)].map(([number]) => `${path} ${number}`),
  );
  assert.ok(found.length > 10);
  assert.deepEqual(
    found.filter(line => !EXAMPLE_NUMBERS.has(line.split(' ').at(-1)!)),
    [],
  );
});
