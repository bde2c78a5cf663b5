/** Anchors in a file of the data folder, one JSON line each, only ever appended. Copy it to where nobody edits it. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Anchor, AnchorStore } from './core/consents/anchor.ts';

/** One for all tenants: it is one file that has to be copied away. */
export const ANCHOR_FILE = 'ledger-anchors.jsonl';

export function fileAnchors(dataDir: string): AnchorStore {
  const file = join(dataDir, ANCHOR_FILE);
  return {
    append: async anchors => {
      // With a database and keys of the operator's own nothing else may ever have made this folder.
      await mkdir(dataDir, { recursive: true });
      // A write that was cut off left half a line: the next one begins on its own.
      const lines = anchors.map(anchor => `\n${JSON.stringify(anchor)}`).join('');
      // Flushed, and for the owner's eyes: an anchor that a power cut takes along leaves its tail free to be cut off.
      await appendFile(file, lines, { mode: 0o600, flush: true });
    },
    read: async tenant => (await readLines(file)).filter(anchor => anchor.tenant === tenant),
  };
}

async function readLines(file: string): Promise<Anchor[]> {
  const text = await readFile(file, 'utf8').catch((error: { code?: string }) => {
    // No file yet is no anchor yet. One that can't be read is told, or a ledger would pass for want of anchors.
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap(readAnchor);
}

/** A line that can't be read was cut off by a crash, or made unreadable: either way it says as much as one that is gone. */
function readAnchor(line: string): Anchor[] {
  try {
    return [JSON.parse(line) as Anchor];
  } catch {
    return [];
  }
}
