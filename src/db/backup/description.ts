/** What a backup says of itself. Written last: a folder without it is a backup that did not come to its end. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../embedded/problem.ts';
import type { BaseBackup } from './base-backup.ts';

const FILE = 'tidings-backup.json';

export interface Description extends BaseBackup {
  format: 1;
  /** A server of ours can be put back by us; one of the operator's is theirs. */
  server: 'embedded' | 'own';
  postgresMajor: number;
  /** The newest migration: an older program does not open it. */
  migration: number;
  /** What was committed before it is in the copy for certain. */
  beganAt: string;
}

export const writeDescription = (folder: string, description: Description): Promise<void> =>
  writeFile(join(folder, FILE), `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600, flush: true });

export async function readDescription(folder: string): Promise<Description> {
  const text = await readFile(join(folder, FILE), 'utf8').catch((error: { code?: string }) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new Problem(`${folder} is no backup of Tidings, or one that did not come to its end: it has no ${FILE}.`);
  });
  const description = JSON.parse(text) as Description;
  if (description.format !== 1)
    throw new Problem(`${folder} was written by a later Tidings: restore it with that one.`);
  return description;
}
