/**
 * The folder of the unix socket. It cannot stand in the data folder: the kernel cuts a socket's path at 107 bytes. So
 * it has a short name in the temp folder, where anybody may have put something of that name before us: what is used
 * is a real directory, owned by the server's user, closed to everybody else.
 */
import { lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PORT } from './order.ts';
import { shortHash } from './places.ts';
import { Problem } from './problem.ts';
import { asServerUser, type ServerUser } from './server-user.ts';

const SOCKET_FILE = `.s.PGSQL.${PORT}`;
const SOCKET_PATH_LIMIT_BYTES = process.platform === 'darwin' ? 103 : 107;

export function makeSocketFolder(dataDir: string, temporaryFolders: string[], user: ServerUser): string {
  const name = `tdg-${shortHash(dataDir)}`;
  for (const parent of temporaryFolders) {
    const path = join(parent, name);
    if (Buffer.byteLength(join(path, SOCKET_FILE)) > SOCKET_PATH_LIMIT_BYTES) continue;
    // The same name each time, so that a run that was killed leaves nothing behind for long; a random one if it is taken.
    const folder = asServerUser(user, () => ownFolder(path) ?? freshFolder(parent));
    if (folder === undefined) continue;
    clear(folder, user);
    return folder;
  }
  throw new Problem(
    `No temporary folder (${temporaryFolders.join(', ')}) can hold the socket of the embedded PostgreSQL: none can be written by uid ${user.uid}, or the path is too long. Set TMPDIR to a short path, or set DATABASE_URL.`,
  );
}

/** What a killed server left: its lock file names a pid that by now may be anybody's, and would stop the next start. */
function clear(folder: string, user: ServerUser): void {
  asServerUser(user, () => {
    for (const file of [SOCKET_FILE, `${SOCKET_FILE}.lock`]) rmSync(join(folder, file), { force: true });
  });
}

export function removeSocketFolder(folder: string, user: ServerUser): void {
  asServerUser(user, () => rmSync(folder, { recursive: true, force: true }));
}

function ownFolder(path: string): string | undefined {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    // It exists, or nothing can be made here: the look below tells which.
  }
  try {
    const found = lstatSync(path); // not stat: a symbolic link is somebody's trap
    const mine = found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o777) === 0o700;
    return mine ? path : undefined;
  } catch {
    return undefined;
  }
}

function freshFolder(parent: string): string | undefined {
  try {
    return mkdtempSync(join(parent, 'tdg-'));
  } catch {
    return undefined;
  }
}
