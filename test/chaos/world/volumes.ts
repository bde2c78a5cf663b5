/** Small disks of memory that fill up. Only root may mount them. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Volume {
  folder: string;
  /** Leaves no more than that free. */
  squeeze(leftMb: number): Promise<void>;
  /** Gives the space back, and more. */
  widen(): void;
  close(): Promise<void>;
}

/** Or the reason why there is none. */
export async function openVolume(megabytes: number): Promise<Volume | string> {
  if (process.platform !== 'linux') return 'small volumes are made of tmpfs, which only Linux has';
  if (process.getuid?.() !== 0) return 'mounting a small volume needs root';
  const folder = await mkdtemp(join(tmpdir(), 'tidings-chaos-disk-'));
  const refused = mount('-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'tidings-chaos', folder);
  if (refused !== undefined) {
    await rm(folder, { recursive: true, force: true });
    return `mounting a small volume is refused here (${refused})`;
  }
  // Root's temporary folders are closed to the user that PostgreSQL runs as.
  await chmod(folder, 0o711);
  const resize = (size: number) => {
    const failed = mount('-o', `remount,size=${size}k`, folder);
    if (failed !== undefined) throw new Error(`the volume could not be resized: ${failed}`);
  };
  return {
    folder,
    squeeze: async leftMb => {
      const { bsize, blocks, bfree } = await statfs(folder);
      resize(Math.ceil(((blocks - bfree) * bsize) / 1_024) + leftMb * 1_024);
    },
    widen: () => resize(2 * megabytes * 1_024),
    close: async () => {
      // Lazily: somebody may still be ending in it, and nothing of it is worth keeping.
      spawnSync('umount', ['-l', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function mount(...args: string[]): string | undefined {
  const run = spawnSync('mount', args, { encoding: 'utf8' });
  return run.status === 0 ? undefined : (run.error?.message ?? run.stderr.trim());
}
