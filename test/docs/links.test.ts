/** Law 9: a link leads to a file that is there, and to a heading that it has. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { type Document, documents, ROOT, readDocument, withoutBlocks } from './documents.ts';

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

const headings = ({ text }: Document): string[] =>
  [...withoutBlocks(text).matchAll(/^#+\s+(.+)$/gm)].map(match => slug(match[1]!));

function linkComplaints(document: Document): string[] {
  const links = [...withoutBlocks(document.text).matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!);
  return links
    .filter(link => !/^[a-z]+:/.test(link))
    .flatMap(link => {
      const [file, anchor] = link.split('#');
      const target = file === '' ? document.path : normalize(join(dirname(document.path), file!));
      if (!existsSync(join(ROOT, target))) return [`${document.path}: ${link} leads nowhere`];
      if (anchor === undefined || !target.endsWith('.md')) return [];
      return headings(readDocument(target)).includes(anchor) ? [] : [`${document.path}: ${link} has no such heading`];
    });
}

test('every relative link of every document leads to a file, and its anchor to a heading', () => {
  const all = documents();
  assert.ok(all.length > 30, 'the documents were not found');
  assert.deepEqual(all.flatMap(linkComplaints), []);
});

test('every document can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    const { text } = readDocument(path);
    for (const [, link] of text.matchAll(/\]\(([^)#\s]+\.md)/g)) reached.add(normalize(join(dirname(path), link!)));
  }
  assert.deepEqual(
    documents()
      .map(document => document.path)
      .filter(path => (path.startsWith('docs/') || !path.includes('/')) && !reached.has(path)),
    [],
  );
});

test('the control: a dead link, a dead anchor, and one in a block, which is nobody’s', () => {
  const complaints = (text: string) => linkComplaints({ path: 'docs/README.md', text }).length;
  assert.equal(complaints('[a](guide/nothing.md)'), 1);
  assert.equal(complaints('[a](../README.md#the-first-minute)'), 0);
  assert.equal(complaints('[a](../README.md#the-last-minute)'), 1);
  assert.equal(complaints('```text\n[a](nothing.md)\n```'), 0);
});
