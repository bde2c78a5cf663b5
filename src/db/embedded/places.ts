/**
 * Where things stand. Ordinarily all of it is in `<data folder>/postgres`. Started by root, the server's own user may
 * be unable to get there (a folder below /root): then a state folder elsewhere takes it, and `<data folder>/WHERE`
 * says so, to people and to the next start.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, Problem } from './problem.ts';
import { asServerUser, type ServerUser } from './server-user.ts';

interface Places {
  /** Holds the cluster, the log and copied binaries. Belongs to root where root started us, the cluster never does. */
  home: string;
  cluster: string;
  /** Said at each start where the database is not in the data folder. */
  warning?: string;
}

const STATE_PARENT = '/var/lib';

/** Eight hexadecimal digits that stand for a data folder in names outside it. */
export const shortHash = (dataDir: string): string => createHash('sha256').update(dataDir).digest('hex').slice(0, 8);

/** Root's folders let others pass, or its server could not reach what is inside; they still cannot list them. */
export function makeDataDir(dataDir: string, asRoot: boolean): void {
  const mode = asRoot ? 0o711 : 0o700;
  const first = makeFolders(dataDir, mode);
  if (first === undefined || !asRoot) return;
  // chmod too: a umask of 077 (usual for a hardened root) takes the x bits from mkdir's mode.
  for (let folder = dataDir; folder.length >= first.length; folder = dirname(folder)) chmodSync(folder, mode);
}

function makeFolders(dataDir: string, mode: number): string | undefined {
  try {
    return mkdirSync(dataDir, { recursive: true, mode });
  } catch (error) {
    // Node says ENOENT here on a read-only file system; made alone, the folder fails with the real reason.
    if (errorCode(error) !== 'ENOENT') throw error;
    mkdirSync(dataDir, { mode });
    return dataDir;
  }
}

/** The cluster that earlier starts left, if there is one. */
export function findCluster(dataDir: string): string | undefined {
  const recorded = readWhere(dataDir);
  const cluster = join(recorded ?? join(dataDir, 'postgres'), 'data');
  if (existsSync(join(cluster, 'PG_VERSION'))) return cluster;
  if (recorded === undefined) return undefined;
  // Never answer this with an empty database: in a container /var/lib may be gone while the data folder is a volume.
  throw new Problem(
    `${join(dataDir, 'WHERE')} says that the database is in ${recorded}, and it is not there. ` +
      'Bring that folder back, or delete the file WHERE to start with an empty database.',
  );
}

export function choosePlaces(dataDir: string, temporaryFolders: string[], user: ServerUser): Places {
  const usual = join(dataDir, 'postgres');
  const recorded = readWhere(dataDir);
  if (recorded !== undefined) return elsewhere(dataDir, recorded);
  makeHome(usual, user.stepDown);
  if (canReach(user, usual)) return placesIn(usual);
  if (existsSync(join(usual, 'data', 'PG_VERSION'))) {
    throw new Problem(
      `The database in ${usual} can no longer be reached by the user that runs PostgreSQL (uid ${user.uid}). ` +
        `Let others pass through the folders above it again (chmod o+x), or move the data folder.`,
    );
  }
  const home = makeStateFolder(dataDir, temporaryFolders, user);
  writeFileSync(
    join(dataDir, 'WHERE'),
    `${home}\n\nPostgreSQL does not run as root, and the user it runs as (uid ${user.uid}) cannot reach this folder.\n` +
      'So the database stands in the folder above. Back up both. Moving to another machine: move both.\n',
  );
  return elsewhere(dataDir, home);
}

const placesIn = (home: string): Places => ({ home, cluster: join(home, 'data') });

function elsewhere(dataDir: string, home: string): Places {
  const line = `The user that runs PostgreSQL cannot reach ${dataDir}: the database is in ${home}.`;
  // Cleaners of temp folders delete by age, file by file: the worst that can happen to a database.
  const temporary = !home.startsWith(STATE_PARENT);
  const warning = temporary ? `${line} The system may empty that temporary folder: this is for trying out only.` : line;
  return { ...placesIn(home), warning };
}

function readWhere(dataDir: string): string | undefined {
  const file = join(dataDir, 'WHERE');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n', 1)[0] : undefined;
}

function makeHome(folder: string, asRoot: boolean): void {
  if (!existsSync(folder)) {
    mkdirSync(folder, { mode: 0o700 });
    if (asRoot) chmodSync(folder, 0o711);
  }
}

function makeStateFolder(dataDir: string, temporaryFolders: string[], user: ServerUser): string {
  const name = `tidings-${shortHash(dataDir)}`;
  const candidates = [STATE_PARENT, ...temporaryFolders].flatMap(parent => [
    join(parent, name),
    join(parent, `${name}-2`),
  ]);
  const home = candidates.find(folder => isOurStateFolder(folder) && canReach(user, folder));
  if (home) return home;
  throw new Problem(
    `PostgreSQL cannot run as root, and the user it would run as (uid ${user.uid}) reaches neither ${dataDir} nor a folder in ${[STATE_PARENT, ...temporaryFolders].join(' or ')}. ` +
      'Choose a data folder that others can pass through, start Tidings as an ordinary user, or set DATABASE_URL.',
  );
}

/** In the temp folder anybody may have been there first: only a real directory of root that root alone writes will do. */
function isOurStateFolder(folder: string): boolean {
  try {
    makeHome(folder, true);
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
  } catch (error) {
    if (['ENOENT', 'EROFS', 'EACCES', 'EPERM', 'EEXIST', 'ENOTDIR', 'ENOSPC'].includes(errorCode(error))) return false;
    throw error;
  }
}

/** Resolving "folder/." needs the right to pass through every folder above and through the folder itself. */
function canReach(user: ServerUser, folder: string): boolean {
  return asServerUser(user, () => {
    try {
      statSync(`${folder}/.`);
      return true;
    } catch {
      return false;
    }
  });
}
