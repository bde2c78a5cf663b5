/**
 * PostgreSQL refuses to run as root, so root hands it to somebody else: the owner of the data, or nobody (65534).
 * Where that owner also owns the data folder, the supervisor becomes that user altogether: root that writes into a
 * folder of somebody else can be sent anywhere by a symbolic link.
 */
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Problem } from './problem.ts';

export interface ServerUser {
  uid: number;
  gid: number;
  /** True: we are root and must step down for whatever the server has to own or reach. */
  stepDown: boolean;
}

const NOBODY = { uid: 65534, gid: 65534 };

/** `cluster` is where an earlier start left the data, if it did: its owner has the first word. */
export function chooseServerUser(dataDir: string, cluster: string | undefined): ServerUser {
  const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (me.uid !== 0) return { ...me, stepDown: false };
  // Root's extra groups would open doors (group 0 reads much) that the server, which has none, finds closed.
  become('setgroups', () => process.setgroups?.([]));
  const folder = statSync(dataDir);
  const owners = [...(cluster ? [statSync(cluster)] : []), ...(hasAccount(folder) ? [folder] : [])];
  const { uid, gid } = owners.find(owner => owner.uid !== 0) ?? NOBODY;
  if (folder.uid !== uid) return { uid, gid, stepDown: true };
  become('setgid', () => process.setgid?.(gid));
  become('setuid', () => process.setuid?.(uid));
  return { uid, gid, stepDown: false };
}

/** A folder mounted into a container often has an owner whom the container does not know; initdb insists on a name. */
function hasAccount(owner: { uid: number; gid: number }): boolean {
  return asServerUser({ ...owner, stepDown: true }, () => {
    try {
      return userInfo().uid === owner.uid;
    } catch {
      return false;
    }
  });
}

/**
 * Runs `work` with the rights of the server's user. Only for synchronous calls: the identity belongs to the whole
 * process. It lets the kernel answer "may that user?", which mode bits alone do not (lists, mounts, containers).
 */
export function asServerUser<T>(user: ServerUser, work: () => T): T {
  if (!user.stepDown) return work();
  become('setegid', () => process.setegid?.(user.gid));
  become('seteuid', () => process.seteuid?.(user.uid));
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/** For `spawn`: Node drops the extra groups by itself when it changes the user. */
export function spawnIdentity(user: ServerUser): { uid?: number; gid?: number } {
  return user.stepDown ? { uid: user.uid, gid: user.gid } : {};
}

/** In a container without the capability, or with a single mapped id, root cannot become anybody. */
function become(call: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    throw new Problem(
      `PostgreSQL does not run as root, and root may not change its user here (${call}: ${error instanceof Error ? error.message : error}). ` +
        'Start Tidings as an ordinary user, or set DATABASE_URL.',
    );
  }
}
