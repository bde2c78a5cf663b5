/** Law 1, its second half: no file over the size, no empty names, no barrels but façades. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  barrelComplaints,
  commentShares,
  declaredNameComplaints,
  fileNameComplaints,
  sizeComplaints,
} from './shape.ts';
import { isTest, readSource, repositoryFiles, repositorySources } from './sources.ts';

test('no file is longer than a person reads at once', () => {
  assert.ok(repositoryFiles().length > 100, 'the files were not found');
  assert.deepEqual(repositoryFiles().flatMap(sizeComplaints), []);
});

test('file names are nouns in kebab-case that say what is inside', () => {
  assert.deepEqual(repositoryFiles().flatMap(fileNameComplaints), []);
});

test('functions, classes and types say what they do', () => {
  assert.deepEqual(repositorySources().flatMap(declaredNameComplaints), []);
});

test('only façades re-export', () => {
  assert.deepEqual(repositorySources().flatMap(barrelComplaints), []);
});

test('comments are a tenth to a fifth of the lines (information)', t => {
  const programs = repositorySources().filter(source => source.path.startsWith('src/') && !isTest(source.path));
  for (const { folder, share, files } of commentShares(programs)) {
    const mark = share < 0.08 ? '  few' : share > 0.25 ? '  many' : '';
    t.diagnostic(`${String(Math.round(share * 100)).padStart(3)} %  ${folder} (${files} files)${mark}`);
  }
});

test('the control: a line too many is complained of, and tests have more room', () => {
  const lines = (count: number) => 'x;\n'.repeat(count);
  assert.equal(sizeComplaints({ path: 'src/a.ts', text: lines(400) }).length, 0);
  assert.equal(sizeComplaints({ path: 'src/a.ts', text: lines(401) }).length, 1);
  assert.equal(sizeComplaints({ path: 'src/a.test.ts', text: lines(600) }).length, 0);
  assert.equal(sizeComplaints({ path: 'src/a.test.ts', text: lines(601) }).length, 1);
});

test('the control: empty names are complained of', () => {
  for (const path of ['src/lib/utils.ts', 'src/http/test-helper.ts', 'src/common/id.ts', 'src/core/queue-manager.ts'])
    assert.equal(fileNameComplaints({ path, text: '' }).length, 1, path);
  for (const path of ['src/lib/camelCase.ts', 'src/lib/under_score.ts', 'src/lib/Upper.ts'])
    assert.equal(fileNameComplaints({ path, text: '' }).length, 1, path);
  const declared = (text: string) => declaredNameComplaints(readSource('src/a.ts', text)).length;
  assert.equal(declared('function sendHelper() {}'), 1);
  assert.equal(declared('export const dateUtils = () => 1;'), 1);
  assert.equal(declared('class QueueManager {}'), 1);
  assert.equal(
    declared('const common = 3; function commonly() {}'),
    0,
    'values may have the word, functions may contain it',
  );
});

test('the control: a file that only re-exports is a barrel, however it is written', () => {
  const barrel = (text: string, path = 'src/core/stats/index.ts') => barrelComplaints(readSource(path, text)).length;
  assert.equal(barrel("export * from './stats.ts';"), 1);
  assert.equal(barrel("export { a } from './a.ts'; export type { B } from './b.ts';"), 1);
  assert.equal(barrel("import { a } from './a.ts'; export { a };"), 1);
  assert.equal(barrel("export { a } from './a.ts'; export const b = 1;"), 0);
  assert.equal(barrel("import './a.ts';"), 0);
  assert.equal(barrel("export * from './stats.ts';", 'src/core/index.ts'), 0);
});
