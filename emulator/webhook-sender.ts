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

/** one for each origin: a platform may call another address for every message */
type Target = {
  host: string;
  port: number;
  idle: WebhookLine[];
  all: Set<WebhookLine>;
  closed: boolean;
};

/** no target: not plain http, so the general client has to do it */
type Address = { target: Target | undefined; start: string };

const MOST_ADDRESSES = 1_000;

export function openWebhookSender(): WebhookSender {
  const targets = new Map<string, Target>();
  // addresses that were taken apart: most platforms call one, again and again
  const addresses = new Map<string, Address>();
  const addressOf = (url: string): Address => {
    const known = addresses.get(url) ?? readAddress(url, targets);
    if (addresses.size >= MOST_ADDRESSES) addresses.clear();
    addresses.set(url, known);
    return known;
  };
  const sweep = setInterval(() => {
    for (const target of targets.values()) for (const line of target.all) line.destroyIfOlderThan(TIMEOUT_MS);
  }, 1_000).unref();

  return {
    post(url, body, headers, done) {
      const address = addressOf(url);
      if (address.target) postPlain(address.target, address.start, body, headers, done);
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
      for (const target of targets.values()) closeTarget(target);
    },
  };
}

function closeTarget(target: Target): void {
  target.closed = true;
  for (const line of target.all) line.destroy();
}

function readAddress(url: string, targets: Map<string, Target>): Address {
  const { protocol, hostname, port, host, pathname, search } = new URL(url);
  if (protocol !== 'http:') return { target: undefined, start: '' };
  let target = targets.get(host);
  if (!target) {
    target = {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      idle: [],
      all: new Set(),
      closed: false,
    };
    targets.set(host, target);
  }
  return { target, start: `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n` };
}

function postPlain(
  target: Target,
  start: string,
  body: string,
  headers: Record<string, string>,
  done: (status: number) => void,
): void {
  let request = start;
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
