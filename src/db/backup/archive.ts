/** Reads a tar archive as PostgreSQL writes it (ustar): plain files, folders, and nothing that leads out of the folder. */
import { Problem } from '../embedded/problem.ts';

export interface Entry {
  path: string;
  kind: 'file' | 'folder';
  size: number;
}

export interface Unpacker {
  begin(entry: Entry): Promise<void>;
  data(bytes: Buffer): Promise<void>;
  end(entry: Entry): Promise<void>;
}

const BLOCK = 512;

/** Entry after entry, never more than one chunk in memory. */
export async function unpack(archive: AsyncIterable<Buffer>, { begin, data, end }: Unpacker): Promise<void> {
  const source = chunks(archive);
  for (;;) {
    const header = await source.exactly(BLOCK);
    // Two empty blocks end an archive; PostgreSQL's may end without.
    if (!header || header.every(byte => byte === 0)) return;
    const entry = readHeader(header);
    await begin(entry);
    for (let left = entry.size; left > 0; ) {
      const bytes = await source.some(left);
      if (!bytes) throw cutOff(entry.path);
      left -= bytes.length;
      await data(bytes);
    }
    const padding = (BLOCK - (entry.size % BLOCK)) % BLOCK;
    if (padding > 0 && !(await source.exactly(padding))) throw cutOff(entry.path);
    await end(entry);
  }
}

const cutOff = (path: string) => new Problem(`The backup is cut off at ${path}.`);

function readHeader(header: Buffer): Entry {
  const text = (from: number, length: number) => {
    const field = header.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.toString('utf8', 0, end < 0 ? length : end);
  };
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (Number.parseInt(text(148, 8), 8) !== sum) throw new Problem('The backup is damaged: it is no archive any more.');
  const prefix = text(345, 155);
  const path = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  // Ours never holds such names: this one was made to write elsewhere.
  if (path.startsWith('/') || path.split('/').includes('..')) throw new Problem(`The backup holds a bad path: ${path}`);
  const type = text(156, 1);
  if (type === '5') return { path, kind: 'folder', size: 0 };
  if (type === '0' || type === '') return { path, kind: 'file', size: readSize(header) };
  throw new Problem(`The backup holds ${path}, which is neither a file nor a folder.`);
}

/** Octal digits, or, above eight gigabytes, a number of bytes with the first bit set. */
function readSize(header: Buffer): number {
  const field = header.subarray(124, 136);
  if ((field[0]! & 0x80) === 0) return Number.parseInt(field.toString('latin1'), 8);
  return Number(field.readBigUInt64BE(4));
}

function chunks(archive: AsyncIterable<Buffer>) {
  const iterator = archive[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const fill = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done) return false;
    rest = next.value;
    return true;
  };
  const some = async (most: number): Promise<Buffer | undefined> => {
    if (rest.length === 0 && !(await fill())) return undefined;
    const taken = rest.subarray(0, most);
    rest = rest.subarray(taken.length);
    return taken;
  };
  return {
    some,
    exactly: async (size: number): Promise<Buffer | undefined> => {
      const parts: Buffer[] = [];
      for (let left = size; left > 0; ) {
        const part = await some(left);
        if (!part) return undefined;
        left -= part.length;
        parts.push(part);
      }
      return Buffer.concat(parts);
    },
  };
}
