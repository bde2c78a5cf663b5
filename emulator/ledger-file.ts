/**
 * The independent witness on disk: one JSON line for each thing that happened. Lines that arrive in one turn of the
 * event loop share one write, and only when it is done may their callers be answered.
 *
 * The write is synchronous: into the page cache it takes a few microseconds, and handing it to a thread was measured to
 * cost three times as much. What SIGKILL leaves behind is therefore exactly what callers were told.
 */
import { closeSync, fdatasync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { LedgerEvent } from './ledger-events.ts';

/** lines nobody waits for are gathered this long: losing them in a crash costs a redelivery, no more */
const LAZY_FLUSH_MS = 25;
/** A ledger of any length is read back in the memory of this and one line. */
const READ_CHUNK_BYTES = 1 << 20;

type Waiter = { resolve: () => void; reject: (reason: Error) => void };

export class LedgerFile {
  #fd: number;
  readonly #sync: boolean;
  // How far the file is whole. What a failing write leaves beyond it is cut off again.
  #sizeBytes = 0;
  #lines: string[] = [];
  #waiters: Waiter[] = [];
  #syncing = false;
  #scheduled = false;
  #lazyTimer: NodeJS.Timeout | undefined;

  constructor(path: string, options: { sync?: boolean } = {}) {
    this.#fd = openSync(path, 'a+');
    this.#sync = options.sync ?? false;
  }

  /** Streams the file back. A torn last line is what a crash leaves behind: it was never acknowledged, so it is cut. */
  replay(take: (event: LedgerEvent) => void): void {
    const chunk = Buffer.alloc(READ_CHUNK_BYTES);
    let rest = Buffer.alloc(0);
    let goodBytes = 0;
    let lineNumber = 0;
    for (;;) {
      const length = readSync(this.#fd, chunk, 0, chunk.length, goodBytes + rest.length);
      if (length === 0) break;
      const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
      let from = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
        lineNumber++;
        if (end > from) take(parseLine(bytes.toString('utf8', from, end), lineNumber));
        from = end + 1;
      }
      goodBytes += from;
      rest = Buffer.from(bytes.subarray(from));
    }
    if (rest.length > 0) ftruncateSync(this.#fd, goodBytes);
    this.#sizeBytes = goodBytes;
  }

  get busy(): boolean {
    return this.#lines.length > 0 || this.#syncing;
  }

  /** goes out with the next write */
  append(event: LedgerEvent): void {
    this.appendLine(JSON.stringify(event));
  }

  /** For those who write their JSON by hand: the statuses, three for each message. */
  appendLine(line: string): void {
    this.#lines.push(line);
    if (!this.#scheduled) this.#lazyTimer ??= setTimeout(() => this.#flush(), LAZY_FLUSH_MS);
  }

  /** Resolves when it is written. Until then nobody may be told that it happened. */
  appendDurably(event: LedgerEvent): Promise<void> {
    this.#lines.push(JSON.stringify(event));
    return this.settled();
  }

  /** resolves when everything appended so far is written */
  settled(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (this.#scheduled || this.#syncing) return;
      this.#scheduled = true;
      // the rest of this turn of the loop still joins the same write
      setImmediate(() => this.#flush());
    });
  }

  /** empties the file and starts it anew with these lines; call it when settled */
  restart(events: LedgerEvent[]): void {
    ftruncateSync(this.#fd, 0);
    this.#sizeBytes = 0;
    for (const event of events) this.append(event);
  }

  async close(): Promise<void> {
    if (this.#fd === -1) return;
    await this.settled();
    this.abandon();
  }

  /** what SIGKILL would leave: whatever was not written is lost */
  abandon(): void {
    clearTimeout(this.#lazyTimer);
    this.#lines = [];
    if (this.#fd === -1) return;
    const fd = this.#fd;
    this.#fd = -1;
    // closing under a sync in flight would let it meet whatever file gets the number next
    if (!this.#syncing) closeSync(fd);
  }

  #flush(): void {
    clearTimeout(this.#lazyTimer);
    this.#lazyTimer = undefined;
    this.#scheduled = false;
    const waiters = this.#waiters;
    this.#waiters = [];
    // Told and not swallowed: who waits for this write would otherwise wait for ever.
    if (this.#fd === -1) {
      release(waiters, new Error('the ledger is closed'));
      return;
    }
    let failure: Error | null = null;
    if (this.#lines.length > 0) {
      const bytes = Buffer.from(`${this.#lines.join('\n')}\n`);
      this.#lines = [];
      failure = this.#write(bytes);
    }
    if (!this.#sync || failure) release(waiters, failure);
    else this.#syncThen(waiters);
  }

  #syncThen(waiters: readonly Waiter[]): void {
    this.#syncing = true;
    fdatasync(this.#fd, problem => {
      this.#syncing = false;
      release(waiters, problem);
      if (this.#waiters.length > 0) this.#flush();
    });
  }

  #write(bytes: Buffer): Error | null {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
      this.#sizeBytes += written;
      return null;
    } catch (failure) {
      // a full disk took half a line: cut it off, or the next start would call the file damaged
      ftruncateSync(this.#fd, this.#sizeBytes);
      return failure instanceof Error ? failure : new Error(String(failure));
    }
  }
}

function release(waiters: readonly Waiter[], failure: Error | null): void {
  for (const waiter of waiters) {
    if (failure) waiter.reject(failure);
    else waiter.resolve();
  }
}

function parseLine(line: string, lineNumber: number): LedgerEvent {
  try {
    return JSON.parse(line) as LedgerEvent;
  } catch {
    throw new Error(`the ledger file is damaged at line ${lineNumber}; move it away to start with empty phones`);
  }
}
