/**
 * The server's own log, `postgres/server.log`: at most two files of 5 MB. PostgreSQL's collector rotates by time and
 * bounds the number of files but not their size, and is one more process; here the supervisor reads stderr anyway.
 */
import { appendFileSync, renameSync, statSync } from 'node:fs';

const LIMIT_BYTES = 5_000_000;
const REMEMBERED_LINES = 40;

export class ServerLog {
  readonly path: string;
  /** The last lines, for the sentence about a start that failed. */
  readonly recent: string[] = [];
  #bytes: number;
  #rest = '';

  constructor(path: string) {
    this.path = path;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Returns the lines that `chunk` completed. */
  take(chunk: string): string[] {
    this.#store(chunk);
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    this.recent.push(...lines);
    this.recent.splice(0, this.recent.length - REMEMBERED_LINES);
    return lines;
  }

  /** Losing a line of the log is the lesser evil: a full disk must not also take away who stops the server. */
  #store(chunk: string): void {
    try {
      if (this.#bytes > LIMIT_BYTES) {
        renameSync(this.path, `${this.path}.1`);
        this.#bytes = 0;
      }
      appendFileSync(this.path, chunk, { mode: 0o600 });
      this.#bytes += Buffer.byteLength(chunk);
    } catch {
      // see above
    }
  }
}
