/**
 * What may go wrong on somebody's machine, as sentences that say what to do. A `Problem` is already such a sentence;
 * `explain` finds one for what the operating system or PostgreSQL said.
 */
export class Problem extends Error {
  override readonly name = 'Problem'; // the command line prints it without a stack
}

const OTHERWISE = 'or set DATABASE_URL to a PostgreSQL of your own';

/** Causes in the order in which they are looked for: the first that matches is the most precise one. */
const CAUSES: [RegExp, (where: string) => string][] = [
  [
    /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded|wrote only \d+ of/i,
    where => `The disk that holds ${where} is full. Free some space (a few hundred MB) and start again.`,
  ],
  [
    /EROFS|Read-only file system/i,
    where => `${where} is on a read-only file system. Choose a data folder that can be written, ${OTHERWISE}.`,
  ],
  [
    /wrong ownership/i,
    where =>
      `${where} belongs to another user than the one that runs PostgreSQL. Give it back (chown -R <user> "${where}", as root), or start Tidings as its owner.`,
  ],
  [
    /could not look up effective user ID/i,
    () =>
      `The user that runs PostgreSQL has no name on this system, and initdb insists on one. Add it to /etc/passwd, start Tidings as another user, ${OTHERWISE}.`,
  ],
  [
    /could not (?:create|resize|map) shared memory|Cannot allocate memory|ENOMEM/i,
    () => `There is not enough memory for PostgreSQL (it needs about 200 MB). Free some, ${OTHERWISE}.`,
  ],
  [
    /EACCES|EPERM|Permission denied|Operation not permitted/i,
    where =>
      `Permission denied below ${where}. Start Tidings as the user who owns that folder, choose another data folder, ${OTHERWISE}.`,
  ],
  [
    /EEXIST|ENOTDIR/,
    where => `${where}, or something above it, is a file and not a folder. Choose another data folder.`,
  ],
  [
    /ENAMETOOLONG|too long/i,
    where => `The path ${where} is too long. Choose a data folder with a shorter path, ${OTHERWISE}.`,
  ],
];

/** One sentence for `error`, with the raw words behind it: the guess may be wrong, the words are not. */
export function explain(error: unknown, where: string): string {
  if (error instanceof Problem) return error.message;
  const raw = error instanceof Error ? error.message : String(error);
  const cause = CAUSES.find(([pattern]) => pattern.test(raw));
  return cause ? `${cause[1](where)} (${raw})` : raw;
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
