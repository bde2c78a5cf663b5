/** Hands a request on to a server of our own on loopback, both ways as streams: event streams stay open. */
import { type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';

/** Belong to one connection and never travel on. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'content-length']);

export function forward(
  base: string,
  incoming: IncomingMessage,
  body: Buffer | undefined,
  outgoing: ServerResponse,
  onError: () => void,
): void {
  const path = incoming.url ?? '/';
  // A target with a host of its own would be dialled in place of ours.
  const target = new URL(path.startsWith('/') && !path.startsWith('//') ? path : '/', base);
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  const upstream = openRequest(
    target,
    { method: incoming.method, headers: { ...headers, ...(body ? { 'content-length': body.length } : {}) } },
    answer => {
      const kept = Object.entries(answer.headers).filter(
        ([name, value]) => !HOP_BY_HOP.has(name) && value !== undefined,
      );
      outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept) as Record<string, string>);
      answer.pipe(outgoing);
    },
  );
  upstream.on('error', () => (outgoing.headersSent ? outgoing.destroy() : onError()));
  outgoing.on('close', () => upstream.destroy());
  upstream.end(body);
}
