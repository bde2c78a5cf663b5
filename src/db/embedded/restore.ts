/** A backup put into an empty data folder, as the supervisor would find it after a crash: its log is replayed at the start. */

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { chown, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Unpacked, unpackCluster } from '../backup/unpack-cluster.ts';
import { lockFolder } from './folder-lock.ts';
import { nativeFolder, packageVersion } from './package-files.ts';
import { choosePlaces, findCluster, makeDataDir } from './places.ts';
import { Problem } from './problem.ts';
import { chooseServerUser } from './server-user.ts';

export interface RestoreOrder {
  backup: string;
  dataDir: string;
  say(line: string): void;
  progress(bytes: number): void;
  /** Once the files are whole, and before the database is where a start would find it. */
  beforeMove(unpacked: Unpacked): Promise<void>;
}

/** Of the PostgreSQL that this Tidings brings; undefined where it brings none. */
export function embeddedMajor(): number | undefined {
  const native = nativeFolder();
  return native === undefined ? undefined : Number.parseInt(packageVersion(native), 10);
}

export async function restoreCluster({ backup, dataDir, say, progress, beforeMove }: RestoreOrder): Promise<Unpacked> {
  makeDataDir(resolve(dataDir), process.getuid?.() === 0);
  const folder = realpathSync(resolve(dataDir));
  refuseToOverwrite(folder);
  const user = chooseServerUser(folder, undefined);
  const lock = await lockFolder(folder, process.pid, say, new AbortController().signal);
  try {
    const places = choosePlaces(folder, [...new Set([tmpdir(), '/tmp', '/var/tmp'])], user);
    if (places.warning) say(places.warning);
    // A name that the next start clears away, should we end before ours is its own (cluster.ts).
    const unfinished = await mkdtemp(`${places.cluster}.new-`);
    try {
      const unpacked = await unpackCluster(backup, unfinished, user, progress);
      if (user.stepDown) await chown(unfinished, user.uid, user.gid);
      await beforeMove(unpacked);
      await rm(places.cluster, { recursive: true, force: true }); // at most an empty folder, looked at above
      await rename(unfinished, places.cluster);
      return unpacked;
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  } finally {
    lock.release();
  }
}

function refuseToOverwrite(dataDir: string): void {
  const usual = join(dataDir, 'postgres', 'data');
  const found = findCluster(dataDir) ?? (existsSync(usual) && readdirSync(usual).length > 0 ? usual : undefined);
  if (found === undefined) return;
  throw new Problem(
    `There is a database in ${found} already, and nothing is overwritten: move it away, or give the restore a data folder of its own (TIDINGS_DATA).`,
  );
}
