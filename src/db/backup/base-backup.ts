/**
 * A physical copy of a running PostgreSQL, as pg_basebackup makes it: the replication protocol's BASE_BACKUP. The server
 * reads its own files, adds the log that makes them consistent and a manifest with a checksum of each; here the stream is
 * only written down. It needs no program of PostgreSQL's, which the embedded package lacks, and no sight of the files.
 */
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { Problem } from '../embedded/problem.ts';

export const ARCHIVE = 'base.tar';
export const MANIFEST = 'backup_manifest';

export interface BaseBackup {
  startLsn: string;
  endLsn: string;
  bytes: number;
  archiveSha256: string;
  manifestSha256: string;
}

/** The parts of the driver that its types leave out: what a query of one's own is handed. */
interface Wire {
  query(text: string): void;
  stream: { pause(): void; resume(): void };
}

/** Writes the archive and the manifest into `folder`; `progress` is told the bytes so far, and how many are expected. */
export async function takeBaseBackup(
  connection: pg.ClientConfig,
  folder: string,
  progress: (bytes: number, expected: number) => void,
): Promise<BaseBackup> {
  const client = new pg.Client({ ...connection, replication: 'database' } as pg.ClientConfig);
  client.on('error', () => {}); // the query fails with the same words
  await client.connect().catch(refuseReplication);
  const sink = new Sink(folder, progress);
  try {
    await ask(
      client,
      "BASE_BACKUP (LABEL 'tidings', PROGRESS true, CHECKPOINT 'fast', WAL true, MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')",
      sink,
    ).catch(refuseReplication);
    return await sink.finish();
  } finally {
    sink.destroy();
    await client.end().catch(() => {});
  }
}

function refuseReplication(error: unknown): never {
  const { code, message } = error as { code?: string; message: string };
  // 42501: the role may not replicate; 28000: pg_hba.conf refuses it; 53300: no walsender is left.
  if (code === '42501' || code === '28000' || /replication|wal sender/i.test(message))
    throw new Problem(
      `The database does not hand out a copy of its files (${message}). Let its role do so (alter role … replication), or back it up with your provider's snapshots or pg_dump. ` +
        'However it is restored: Tidings notices it, and sends nothing until you release it.',
    );
  throw error;
}

/** One command in a protocol that the driver does not know: rows, a stream of copied bytes, rows again. */
function ask(client: pg.Client, command: string, sink: Sink): Promise<void> {
  return new Promise((resolve, reject) => {
    let wire: Wire | undefined;
    let paused = false;
    const resume = () => {
      paused = false;
      wire?.stream.resume();
    };
    sink.failed = reject;
    const nothing = () => {};
    client.query({
      submit: (connection: Wire) => {
        wire = connection;
        connection.query(command);
      },
      handleRowDescription: nothing,
      handleDataRow: ({ fields }: { fields: (Buffer | null)[] }) => sink.onRow(fields),
      handleCopyData: ({ chunk }: { chunk: Buffer }) => {
        const full = sink.onData(chunk);
        if (!full || !wire) return;
        // The disk is slower than the server: what is not read is not sent. More may be on its way to us already.
        const { stream } = wire;
        if (!paused) full.then(resume, reject);
        paused = true;
        stream.pause();
      },
      handleCommandComplete: nothing,
      handlePortalSuspended: nothing,
      handleEmptyQuery: nothing,
      handleError: (error: Error) => reject(error),
      handleReadyForQuery: () => resolve(),
    } as unknown as pg.Submittable);
  });
}

class Sink {
  failed: (error: Error) => void = () => {};
  readonly #folder: string;
  readonly #progress: (bytes: number, expected: number) => void;
  readonly #lsns: string[] = [];
  #files: { stream: WriteStream; hash: Hash; bytes: number }[] = [];
  #expected = 0;
  #complaint: Error | undefined;
  #draining: Promise<void> | undefined;

  constructor(folder: string, progress: (bytes: number, expected: number) => void) {
    this.#folder = folder;
    this.#progress = progress;
  }

  /** Where it begins (two columns), what is to be copied (three, the size in kilobytes last), where it ends. */
  onRow(fields: (Buffer | null)[]): void {
    const words = fields.map(field => (field === null ? '' : String(field)));
    if (words.length === 2) this.#lsns.push(words[0]!);
    else this.#expected += Number(words[2] ?? 0) * 1_024;
  }

  /** Each message begins with its kind: a new archive, the manifest, bytes of the one or the other, progress. */
  onData(chunk: Buffer): Promise<void> | undefined {
    const kind = String.fromCharCode(chunk[0]!);
    if (kind === 'n' && this.#files.length > 0) {
      this.#complaint = new Problem('This database has tablespaces outside its folder: back it up with pg_basebackup.');
    } else if (kind === 'n') this.#open(ARCHIVE);
    else if (kind === 'm') this.#open(MANIFEST);
    else if (kind === 'd') return this.#write(chunk.subarray(1));
    else if (kind === 'p') this.#progress(Number(chunk.readBigInt64BE(1)), this.#expected);
    return undefined;
  }

  #open(name: string): void {
    const stream = createWriteStream(join(this.#folder, name), { mode: 0o600, flush: true });
    stream.on('error', error => this.failed(error));
    this.#files.push({ stream, hash: createHash('sha256'), bytes: 0 });
  }

  #write(bytes: Buffer): Promise<void> | undefined {
    const file = this.#files.at(-1);
    if (!file || this.#complaint) return undefined;
    file.hash.update(bytes);
    file.bytes += bytes.length;
    // Copied: the driver reads the next message into the same memory.
    if (!file.stream.write(Buffer.from(bytes)))
      this.#draining ??= once(file.stream, 'drain').then(() => {
        this.#draining = undefined;
      });
    return this.#draining;
  }

  async finish(): Promise<BaseBackup> {
    if (this.#complaint) throw this.#complaint;
    const [archive, manifest] = this.#files;
    const [startLsn, endLsn] = this.#lsns;
    if (!archive || !manifest || !startLsn || !endLsn) throw new Error('the copy of the database ended too early');
    for (const { stream } of this.#files) {
      stream.end();
      await once(stream, 'close');
    }
    return {
      startLsn,
      endLsn,
      bytes: archive.bytes,
      archiveSha256: archive.hash.digest('hex'),
      manifestSha256: manifest.hash.digest('hex'),
    };
  }

  destroy(): void {
    for (const { stream } of this.#files) stream.destroy();
  }
}
