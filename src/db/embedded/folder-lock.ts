/**
 * One Tidings on one data folder. The lock is the kernel's, taken through SQLite (Node itself has no flock): it ends
 * with the process that holds it, however that dies, also as a zombie. A file with a pid in it would need a test for
 * staleness, and two starters at once can both find the same file stale.
 *
 * The supervisor holds it, because it outlives Tidings by the time that the server needs to stop. Beside it stands
 * who that Tidings is: for the words of the refusal, and because a Tidings whose supervisor was killed still uses the
 * server. Two files, since closing any handle on a locked file drops the POSIX lock of the whole process.
 */
import { accessSync, constants, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, Problem } from './problem.ts';
import { look } from './process-table.ts';

interface Owner {
  pid: number;
  started: string;
}

/** SQLite cuts at 512 bytes, and names a journal beside the file. PostgreSQL would bear twice as much. */
const PATH_LIMIT_BYTES = 480;

/** A fast stop may take 10 s, an immediate one 15 s more. */
const PATIENCE_MS = 30_000;

interface FolderLock {
  release(): void;
}

export async function lockFolder(
  dataDir: string,
  ownerPid: number,
  say: (line: string) => void,
  lifeline: AbortSignal,
): Promise<FolderLock> {
  if (Buffer.byteLength(dataDir) > PATH_LIMIT_BYTES) {
    throw new Problem(
      `The path ${dataDir} is too long. Choose a data folder with a shorter path, or set DATABASE_URL.`,
    );
  }
  const begun = performance.now();
  for (let waited = false; ; waited = true) {
    const lock = tryLock(join(dataDir, 'in-use.lock'));
    const owner = readOwner(dataDir);
    const ownerLives = owner !== undefined && lives(owner);
    if (lock && !(ownerLives && owner.pid !== ownerPid)) return keep(lock, dataDir, ownerPid);
    lock?.close();
    // Without a name the holder has just begun; a second is enough to write it.
    const patienceMs = owner ? PATIENCE_MS : 1_000;
    if (ownerLives || performance.now() - begun > patienceMs) throw refusal(dataDir, owner, ownerLives);
    if (owner && !waited) say('The database of the previous run is still shutting down: waiting for it.');
    await sleep(50, undefined, { signal: lifeline });
  }
}

function tryLock(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // SQLite opens what it cannot write read-only, and then "exclusive" is only a shared lock.
    accessSync(path, constants.W_OK);
    // A transaction that never writes; the journal in memory, or an empty file would stay behind.
    database.exec('pragma journal_mode = memory; begin exclusive');
    return database;
  } catch (error) {
    database?.close();
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5;
    if (busy) return undefined;
    if (errorCode(error) !== 'ERR_SQLITE_ERROR') throw error;
    throw new Problem(
      `The data folder ${dirname(path)} cannot be locked (${(error as Error).message}). It must belong to the user who starts Tidings and stand on a local disk; otherwise set DATABASE_URL.`,
    );
  }
}

function keep(lock: DatabaseSync, dataDir: string, ownerPid: number): FolderLock {
  const owner: Owner = { pid: ownerPid, started: look(ownerPid).started };
  writeFileSync(join(dataDir, 'in-use.by'), JSON.stringify(owner));
  return {
    release: () => {
      rmSync(join(dataDir, 'in-use.by'), { force: true });
      // The lock file itself stays: unlinking a file that somebody else has just opened makes two locks of one.
      lock.close();
    },
  };
}

function readOwner(dataDir: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'in-use.by'), 'utf8')) as Owner;
  } catch {
    return undefined; // not there, or just being written
  }
}

function lives(owner: Owner): boolean {
  const view = look(owner.pid);
  return view.life === 'alive' && view.started === owner.started;
}

function refusal(dataDir: string, owner: Owner | undefined, ownerLives: boolean): Problem {
  const who = owner && ownerLives ? ` (process ${owner.pid})` : '';
  const stop = owner && ownerLives ? `Stop it first (kill ${owner.pid})` : 'Stop it first';
  return new Problem(
    `Another Tidings${who} is using the data folder ${dataDir}. ${stop}, or give this one a data folder of its own.`,
  );
}
