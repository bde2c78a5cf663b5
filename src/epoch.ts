/** How far the database has lived, kept in the data folder beside it: what a restore does not put back. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochStore } from '#core/index.ts';

const FILE = 'epoch.json';

export function fileEpoch(dataDir: string): EpochStore {
  const file = join(dataDir, FILE);
  return {
    read: async () => {
      const text = await readFile(file, 'utf8').catch((error: { code?: string }) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      try {
        return text === '' ? undefined : JSON.parse(text);
      } catch {
        return undefined; // cut off by a power cut: that is no memory, and no proof of anything
      }
    },
    // Whole or not at all: half a file would be no memory.
    write: async kept => {
      await mkdir(dataDir, { recursive: true });
      const unfinished = join(dataDir, `${FILE}.${process.pid}`);
      await writeFile(unfinished, `${JSON.stringify(kept)}\n`, { mode: 0o600, flush: true });
      await rename(unfinished, file);
    },
  };
}

/** The word of a restore: whatever the database says of itself, it is an earlier one. */
export const markRestored = (dataDir: string): Promise<void> =>
  fileEpoch(dataDir).write({ id: '', beat: 0, restored: true });
