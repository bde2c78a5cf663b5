/**
 * The programs from npm, made to run. The package needs links between its libraries that its install script would
 * make; we run none, and node_modules is not ours to write. So each start links every library, under all its names,
 * into a folder beside the socket: 1 ms, and one short path for the loader (which splits its list at colons).
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { packageVersion } from './package-files.ts';
import { Problem } from './problem.ts';
import { asServerUser, type ServerUser, spawnIdentity } from './server-user.ts';

export interface Binaries {
  postgres: string;
  initdb: string;
  major: string;
  environment: Record<string, string>;
}

type Attempt = Binaries | { reason: string };

/** Tries the package itself, then copies of it; `homes` are the folders that may hold a copy, best first. */
export function findBinaries(
  native: string,
  homes: string[],
  socketFolder: string,
  user: ServerUser,
  say: (line: string) => void,
): Binaries {
  const inPlace = tryBinaries(native, socketFolder, user);
  if ('postgres' in inPlace) return inPlace;
  let reason = inPlace.reason;
  for (const home of homes) {
    const copied = useCopy(native, join(home, `binaries-${packageVersion(native)}`), socketFolder, user);
    if ('postgres' in copied) {
      say(`PostgreSQL cannot be run from node_modules here (${reason.trim()}): running a copy below ${home}.`);
      return copied;
    }
    reason = copied.reason;
  }
  throw new Problem(
    `The PostgreSQL programs of ${native} do not run here (${reason.trim()}). Move Tidings to a folder that allows running programs, or set DATABASE_URL.`,
  );
}

/** Running it answers everything at once: rights on every folder, noexec, a lost x bit, a missing library. 8 ms. */
function tryBinaries(native: string, socketFolder: string, user: ServerUser): Attempt {
  // initdb calls its sister program through a shell, its path between double quotes and nothing escaped.
  if (/["$`\\]/.test(native)) return { reason: `its path ${native} holds characters that a shell interprets` };
  const libraries = linkLibraries(native, socketFolder, user);
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  const environment = { [variable]: libraries, LC_ALL: 'C', PATH: '/usr/bin:/bin' };
  const postgres = join(native, 'bin', 'postgres');
  const run = spawnSync(postgres, ['--version'], { cwd: '/', env: environment, ...spawnIdentity(user) });
  const major = /\(PostgreSQL\) (\d+)/.exec(run.stdout?.toString() ?? '')?.[1];
  if (major === undefined) return { reason: whyNot(run) };
  if (!canRead(user, join(native, 'share', 'postgresql', 'postgres.bki'))) {
    return { reason: `${join(native, 'share')} cannot be read` };
  }
  return { postgres, initdb: join(native, 'bin', 'initdb'), major, environment };
}

function whyNot(run: SpawnSyncReturns<Buffer>): string {
  return run.error?.message ?? (run.stderr?.toString() || `it ended with ${run.signal ?? run.status}`);
}

function canRead(user: ServerUser, file: string): boolean {
  return asServerUser(user, () => {
    try {
      closeSync(openSync(file, 'r'));
      return true;
    } catch {
      return false;
    }
  });
}

function linkLibraries(native: string, socketFolder: string, user: ServerUser): string {
  const source = join(native, 'lib');
  const target = join(socketFolder, 'lib');
  const links = new Map(libraryNames(source).map(name => [name, name]));
  const pairs = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const pair of pairs) links.set(basename(pair.target), basename(pair.source));
  asServerUser(user, () => {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { mode: 0o700 });
    for (const [name, file] of links) symlinkSync(join(source, file), join(target, name));
  });
  return target;
}

const libraryNames = (folder: string): string[] => readdirSync(folder).filter(name => /\.so(\.|$)|\.dylib$/.test(name));

/** Copies, no hard links: a umask of 077 at `npm ci` leaves files that only root reads, and a link keeps their mode. */
function useCopy(native: string, copy: string, socketFolder: string, user: ServerUser): Attempt {
  try {
    const earlier: Attempt = existsSync(copy) ? tryBinaries(copy, socketFolder, user) : { reason: 'no copy yet' };
    if ('postgres' in earlier) return earlier;
    // Anew also when a copy is there but does not run: a power cut may have emptied its files.
    for (const name of readdirSync(dirname(copy)).filter(name => name.startsWith('binaries-'))) {
      rmSync(join(dirname(copy), name), { recursive: true, force: true });
    }
    copyTree(native, `${copy}.new`);
    renameSync(`${copy}.new`, copy);
    return tryBinaries(copy, socketFolder, user);
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function copyTree(from: string, to: string): void {
  mkdirSync(to);
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name.endsWith('.a') || entry.name === 'pkgconfig') continue; // for compiling only
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) copyTree(source, target);
    else {
      copyFileSync(source, target);
      chmodSync(target, basename(from) === 'bin' ? 0o755 : 0o644);
    }
  }
}
