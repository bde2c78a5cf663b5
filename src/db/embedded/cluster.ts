/** The data folder of PostgreSQL itself: made once, all or nothing, and never touched if it is of another version. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Binaries } from './binaries.ts';
import { NAME } from './order.ts';
import { Problem } from './problem.ts';
import { asServerUser, type ServerUser, spawnIdentity } from './server-user.ts';
import { settingsFile } from './settings.ts';

const INITDB_OPTIONS = [
  `--username=${NAME}`,
  '--encoding=UTF8',
  // Compares bytes but knows Unicode's cases, and is the same on every system. A libc or ICU collation changes with
  // the system's update and leaves indexes broken; this build's ICU is of 2017.
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  // The socket's folder is 0700: who can reach it, owns the data anyway.
  '--auth-local=trust',
  '--auth-host=reject',
  '--no-instructions',
];

export async function prepareCluster(
  cluster: string,
  binaries: Binaries,
  user: ServerUser,
  settings: Record<string, string>,
  say: (line: string) => void,
  lifeline: AbortSignal,
): Promise<void> {
  if (existsSync(cluster) && readdirSync(cluster).length > 0) refuseOtherVersion(cluster, binaries.major);
  else await createCluster(cluster, binaries, user, say, lifeline);
  asServerUser(user, () => writeFileSync(join(cluster, 'tidings.conf'), settingsFile(settings), { mode: 0o600 }));
}

function refuseOtherVersion(cluster: string, major: string): void {
  const file = join(cluster, 'PG_VERSION');
  if (!existsSync(file)) {
    throw new Problem(`${cluster} holds files but no PostgreSQL data. Move them away, or choose another data folder.`);
  }
  const found = readFileSync(file, 'utf8').trim();
  if (found === major) return;
  throw new Problem(
    `The database in ${cluster} was written by PostgreSQL ${found}; this Tidings brings ${major} and cannot read it. ` +
      `Start it with the Tidings that wrote it and export there, or let a PostgreSQL ${found} serve it and set DATABASE_URL.`,
  );
}

/**
 * Beside its place, then renamed: whatever ends us meanwhile, there is either a whole cluster or none. Under a new
 * name each time: an initdb that outlived its supervisor may still be writing into the one before.
 */
async function createCluster(
  cluster: string,
  binaries: Binaries,
  user: ServerUser,
  say: (line: string) => void,
  lifeline: AbortSignal,
): Promise<void> {
  say(`Creating the database in ${cluster}.`);
  removeUnfinished(cluster);
  const unfinished = mkdtempSync(`${cluster}.new-`);
  if (user.stepDown) chownSync(unfinished, user.uid, user.gid);
  try {
    await runInitdb(unfinished, binaries, user, lifeline);
    asServerUser(user, () => appendFileSync(join(unfinished, 'postgresql.conf'), "\ninclude 'tidings.conf'\n"));
    rmSync(cluster, { recursive: true, force: true }); // at most an empty folder, looked at above
    renameSync(unfinished, cluster);
  } catch (error) {
    removeUnfinished(cluster);
    throw error;
  }
}

function removeUnfinished(cluster: string): void {
  for (const name of readdirSync(dirname(cluster)).filter(name => name.startsWith(`${basename(cluster)}.new-`))) {
    try {
      rmSync(join(dirname(cluster), name), { recursive: true, force: true });
    } catch {
      // Somebody is still writing there. It is in nobody's way, and the next start tries again.
    }
  }
}

async function runInitdb(folder: string, binaries: Binaries, user: ServerUser, lifeline: AbortSignal): Promise<void> {
  const child = spawn(binaries.initdb, ['-D', folder, ...INITDB_OPTIONS], {
    cwd: '/',
    env: binaries.environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: lifeline,
    ...spawnIdentity(user),
  });
  const [stderr, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (code === 0) return;
  throw new Error(`initdb failed in ${dirname(folder)} (${signal ?? `code ${code}`}): ${stderr.trim().slice(-1_000)}`);
}
