/** Who looks on: the page's event stream. Nobody looking costs nothing. */
import type { ServerResponse } from 'node:http';

/** What has changed, and not how: the page asks for the rest. Many of one kind on one phone are one line. */
export type Change = {
  phone?: string;
  kind: 'message' | 'status' | 'phone' | 'clock' | 'faults' | 'template' | 'reset';
};

/** a campaign changes thousands of things a second; an eye sees ten */
const GATHER_MS = 80;
/** So that nobody on the way takes a quiet stream for a dead one. */
const KEEP_ALIVE_MS = 20_000;

export class Changes {
  readonly #onlookers = new Set<ServerResponse>();
  #gathered = new Map<string, Change>();
  #timer: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;

  tell(kind: Change['kind'], phone?: string): void {
    if (this.#onlookers.size === 0) return;
    this.#gathered.set(`${kind} ${phone ?? ''}`, phone === undefined ? { kind } : { phone, kind });
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  add(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // A proxy such as nginx would otherwise gather the stream until its buffer is full.
      'x-accel-buffering': 'no',
    });
    // An emulator that is started anew is found again within a second.
    response.write('retry: 1000\n\n');
    this.#onlookers.add(response);
    this.#keepAlive ??= setInterval(() => this.#write(': still here\n\n'), KEEP_ALIVE_MS).unref();
    response.on('close', () => this.#onlookers.delete(response));
  }

  close(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#keepAlive);
    for (const onlooker of this.#onlookers) onlooker.end();
    this.#onlookers.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const lines = [...this.#gathered.values()].map(change => `data: ${JSON.stringify(change)}\n\n`);
    this.#gathered = new Map();
    this.#write(lines.join(''));
  }

  #write(text: string): void {
    for (const onlooker of this.#onlookers) onlooker.write(text);
  }
}
