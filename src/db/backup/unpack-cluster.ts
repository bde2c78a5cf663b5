/** A backup's files put down as a cluster, each compared with the checksum that the server gave it when it was copied. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { chown, type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../embedded/problem.ts';
import type { ServerUser } from '../embedded/server-user.ts';
import { unpack } from './archive.ts';
import { ARCHIVE, MANIFEST } from './base-backup.ts';

interface ListedFile {
  Path?: string;
  'Encoded-Path'?: string;
  Size: number;
  'Checksum-Algorithm'?: string;
  Checksum?: string;
}

export interface Unpacked {
  files: number;
  bytes: number;
  archiveSha256: string;
}

/** The log's segments stand in the archive and not in the list: the server checks those when it replays them. */
const UNLISTED = /^(pg_wal\/|backup_manifest$)/;

export async function unpackCluster(
  backup: string,
  target: string,
  user: ServerUser,
  progress: (bytes: number) => void,
): Promise<Unpacked> {
  const listed = readManifest(join(backup, MANIFEST));
  const whole = createHash('sha256');
  const archive = createReadStream(join(backup, ARCHIVE), { highWaterMark: 1 << 20 });
  const hashed = async function* () {
    for await (const chunk of archive as AsyncIterable<Buffer>) {
      whole.update(chunk);
      yield chunk;
    }
  };
  const counted = { files: 0, bytes: 0 };
  let current: { handle: FileHandle; hash: Hash } | undefined;
  // As root the tree is closed to everybody else until it is whole, so nobody can put a link in our way.
  const own = async (path: string) => {
    if (user.stepDown) await chown(path, user.uid, user.gid);
  };
  try {
    await unpack(hashed(), {
      begin: async ({ path, kind }) => {
        const at = join(target, path);
        if (kind === 'folder') {
          await mkdir(at, { recursive: true, mode: 0o700 });
          await own(at);
        } else current = { handle: await open(at, 'wx', 0o600), hash: createHash('sha256') };
      },
      data: async bytes => {
        current!.hash.update(bytes);
        await current!.handle.writeFile(bytes);
        counted.bytes += bytes.length;
        progress(counted.bytes);
      },
      end: async ({ path, kind, size }) => {
        if (kind === 'folder' || !current) return;
        await current.handle.sync();
        await current.handle.close();
        await own(join(target, path));
        compare(listed, path, size, current.hash.digest('hex'));
        current = undefined;
        counted.files += 1;
      },
    });
  } finally {
    await current?.handle.close();
    archive.destroy();
  }
  // What is left was listed and is not in the archive.
  const [missing] = listed.keys();
  if (missing !== undefined) throw new Problem(`The backup is incomplete: ${missing} is missing.`);
  return { ...counted, archiveSha256: whole.digest('hex') };
}

function readManifest(file: string): Map<string, ListedFile> {
  const { Files } = JSON.parse(readFileSync(file, 'utf8')) as { Files: ListedFile[] };
  return new Map(
    Files.map(one => [one.Path ?? Buffer.from(one['Encoded-Path'] ?? '', 'hex').toString('utf8'), one] as const),
  );
}

function compare(listed: Map<string, ListedFile>, path: string, size: number, sha256: string): void {
  const known = listed.get(path);
  if (!known && UNLISTED.test(path)) return;
  if (!known) throw new Problem(`The backup holds ${path}, which its manifest does not know.`);
  if (known.Size !== size || known.Checksum !== sha256)
    throw new Problem(`The backup is damaged: ${path} is not as it was copied.`);
  listed.delete(path);
}
