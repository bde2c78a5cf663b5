/** The documents of the repository, and what of them can be looked at by a program: links, blocks, tables. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SKIPPED = new Set(['node_modules', 'data', 'dist', 'fixtures', 'results']);

export interface Document {
  /** From the root. */
  path: string;
  text: string;
}

function paths(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return [];
    return entry.isDirectory() ? paths(path) : [path];
  });
}

export const readDocument = (path: string): Document => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });

export const documents = (): Document[] =>
  paths('')
    .filter(path => path.endsWith('.md'))
    .map(readDocument);

export interface Block {
  language: string;
  text: string;
  /** Of the opening fence. */
  line: number;
  /** The nearest heading above. */
  heading: string;
  /** Why the tests leave it alone: `<!-- not run: … -->` above it. */
  notRun: string | undefined;
}

export function blocksOf({ text }: Document): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let heading = '';
  let notRun: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\w*)\s*$/.exec(line);
    if (open) {
      if (fence) open = undefined;
      else open.text += `${line}\n`;
    } else if (fence) {
      open = { language: fence[1]!, text: '', line: index + 1, heading, notRun };
      blocks.push(open);
      notRun = undefined;
    } else if (line.startsWith('#')) heading = line.replace(/^#+\s*/, '');
    else if (line.trim() !== '') notRun = /^<!-- not run: (.+) -->$/.exec(line)?.[1];
  }
  return blocks;
}

/** Without what stands in fences: links and headings there are somebody else's. */
export const withoutBlocks = (text: string): string => text.replace(/^```.*?^```\s*$/gms, '');

/** The first cells of all tables, without the marks of code: `state`, `NAME`, a link's text. */
export function firstCells({ text }: Document): string[] {
  const rows = text.split('\n').filter(line => line.startsWith('| ') && !/^\|[\s|-]+$/.test(line));
  return rows
    .map(row => row.split('|')[1]!.trim())
    .map(cell => /`([^`]+)`/.exec(cell)?.[1])
    .filter(name => name !== undefined);
}
