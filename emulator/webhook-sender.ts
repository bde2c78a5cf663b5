/** The network under the webhook queue; only the status code of an answer matters. */
import { request } from 'undici';
import { WebhookLine } from './webhook-line.ts';

/** An answer that takes longer counts as none, and the webhook is tried again. */
const TIMEOUT_MS = 20_000;

export type WebhookSender = {
  /** status 0: no answer */
  post(url: string, body: string, headers: Record<string, string>, done: (status: number) => void): void;
  get(url: string): Promise<{ status: number; body: string }>;
  close(): void;
};

type Target = {
  host: string;
  port: number;
  start: string;
  idle: WebhookLine[];
  all: Set<WebhookLine>;
  closed: boolean;
};

export function openWebhookSender(): WebhookSender {
  // Each address is read once. `undefined` is remembered too: an address that the short way can't take.
  const targets = new Map<string, Target | undefined>();
  const sweep = setInterval(() => {
    for (const target of targets.values()) for (const line of target?.all ?? []) line.destroyIfOlderThan(TIMEOUT_MS);
  }, 1_000).unref();

  return {
    post(url, body, headers, done) {
      if (!targets.has(url)) targets.set(url, readTarget(url));
      const target = targets.get(url);
      if (target) postPlain(target, body, headers, done);
      else postElsewhere(url, body, headers).then(done);
    },
    async get(url) {
      try {
        const answer = await request(url, { headersTimeout: TIMEOUT_MS });
        return { status: answer.statusCode, body: await answer.body.text() };
      } catch {
        return { status: 0, body: '' };
      }
    },
    close() {
      clearInterval(sweep);
      for (const target of targets.values()) if (target) closeTarget(target);
    },
  };
}

function closeTarget(target: Target): void {
  target.closed = true;
  for (const line of target.all) line.destroy();
}

/** undefined: not plain http, so the general client has to do it */
function readTarget(url: string): Target | undefined {
  const { protocol, hostname, port, host, pathname, search } = new URL(url);
  if (protocol !== 'http:') return undefined;
  const start = `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n`;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 80),
    start,
    idle: [],
    all: new Set(),
    closed: false,
  };
}

function postPlain(
  target: Target,
  body: string,
  headers: Record<string, string>,
  done: (status: number) => void,
): void {
  let request = target.start;
  for (const name in headers) request += `${name}: ${headers[name]}\r\n`;
  request += `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const kept = target.idle.pop();
  if (!kept) openLine(target).send(request, done);
  // the other side may close a kept connection at the very moment it is used again: that is no refusal
  else {
    kept.send(request, status => {
      if (status === 0 && !target.closed) openLine(target).send(request, done);
      else done(status);
    });
  }
}

function openLine(target: Target): WebhookLine {
  const line = new WebhookLine(
    target.host,
    target.port,
    free => target.idle.push(free),
    gone => {
      target.all.delete(gone);
      const index = target.idle.indexOf(gone);
      if (index !== -1) target.idle.splice(index, 1);
    },
  );
  target.all.add(line);
  return line;
}

/** https, for those who try it through a tunnel. Slower, and nobody measures with it. */
async function postElsewhere(url: string, body: string, headers: Record<string, string>): Promise<number> {
  try {
    const answer = await request(url, { method: 'POST', body, headers, headersTimeout: TIMEOUT_MS });
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return 0;
  }
}
