/**
 * Where a run of tests keeps what it throws away. A test database is some six hundred files, and PostgreSQL flushes more of
 * them for every cluster that is made: on a disk of ext4 a copy took 0.3 to 0.5 s, in memory 0.05 s. What is tried here
 * are deaths of processes, which no file system notices; of a power cut nothing is claimed (docs/explain/guarantees.md).
 */
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Several clusters at once and the log of each. In a container /dev/shm has 64 MB, and the disk is taken. */
const ROOM = 3 * 2 ** 30;

export interface Scratch {
  /** For TMPDIR: what a process and its children make below `tmpdir()` lies in it. */
  folder: string;
  close(): void;
}

export function openScratch(): Scratch {
  const inMemory = freemem() > 2 * ROOM && freeIn(MEMORY) > ROOM;
  const folder = mkdtempSync(join(inMemory ? MEMORY : tmpdir(), 'tidings-run-'));
  // PostgreSQL runs as another user than root, and makes its socket's folder here; sticky, as a temporary folder is.
  chmodSync(folder, 0o1777);
  return { folder, close: () => rmSync(folder, { recursive: true, force: true }) };
}

function freeIn(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
