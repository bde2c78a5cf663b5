/**
 * Everything that leaves by HTTP. Two kinds of address: the operator's (base URLs from the environment, loopback
 * included) and strangers' (from a tenant or a message), which are judged twice: literals before connecting, because
 * the resolver never sees those, and names inside the socket's own look-up, so that the address that was judged is
 * the address that is dialled.
 */
import { lookup as dnsLookup } from 'node:dns';
import { Agent, type Dispatcher } from 'undici';
import { isPublicAddress } from './address.ts';
import { describeError } from './fault.ts';
import { assertOutsideTransaction } from './transaction-mark.ts';

export interface OutboundRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs?: number;
  /** Of the answer. Without it a mebibyte: JSON is never larger. */
  mostBytes?: number;
}

export type OutboundAnswer =
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: string; bytes: Buffer }
  | { kind: 'unreached'; detail: string }
  | { kind: 'uncertain'; detail: string };

export interface Outbound {
  request(request: OutboundRequest): Promise<OutboundAnswer>;
  close(): Promise<void>;
}

export interface OutboundOptions {
  trust: 'operator' | 'stranger';
  timeoutMs: number;
  connections: number;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

export function openOutbound(options: OutboundOptions): Outbound {
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    connect: { timeout: 5_000, ...(options.trust === 'stranger' ? { lookup: publicLookup } : {}) },
  });
  return {
    request: async request => {
      assertOutsideTransaction('the network');
      const refusal = options.trust === 'stranger' ? refuseUrl(request.url) : undefined;
      if (refusal) return { kind: 'unreached', detail: refusal };
      try {
        return await exchange(agent, request, options.timeoutMs);
      } catch (error) {
        return classify(error);
      }
    },
    close: () => agent.close(),
  };
}

async function exchange(agent: Agent, request: OutboundRequest, timeoutMs: number): Promise<OutboundAnswer> {
  const url = new URL(request.url);
  const limit = request.timeoutMs ?? timeoutMs;
  const answer = await agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method,
    headers: request.headers,
    body: request.body ?? null,
    headersTimeout: limit,
    bodyTimeout: limit,
    signal: AbortSignal.timeout(limit),
  });
  const bytes = await readCapped(answer.body, request.mostBytes ?? MAX_ANSWER_BYTES);
  return {
    kind: 'answer',
    status: answer.statusCode,
    headers: flatten(answer.headers),
    body: bytes.toString('utf8'),
    bytes,
  };
}

async function readCapped(body: Dispatcher.ResponseData['body'], mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > mostBytes) throw new Error(`the answer is larger than ${mostBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

const flatten = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );

/** Failures before a connection stood: the other side never saw a byte. TLS failures are among them. */
// biome-ignore format: a list
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'ERR_ADDRESS_REFUSED',
  'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'CERT_UNTRUSTED', 'CERT_REJECTED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH',
  'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
]);

function classify(error: unknown): OutboundAnswer {
  const { code } = error as { code?: string };
  const detail = `${code ?? ''} ${describeError(error)}`.trim().slice(0, 200);
  return { kind: code !== undefined && NEVER_CONNECTED.has(code) ? 'unreached' : 'uncertain', detail };
}

/** What can be said of a stranger's URL without asking anybody. */
export function refuseUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return 'not a URL';
  if (url.protocol !== 'https:') return 'only https is allowed';
  if (url.username !== '' || url.password !== '') return 'a URL may not carry a user name';
  if (url.port !== '' && url.port !== '8443') return 'only the ports 443 and 8443 are allowed';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // The URL parser has already turned 127.1, 0x7f.1 and 2130706433 into four plain numbers.
  if (/^[\d.]+$/.test(host) || host.includes(':'))
    return isPublicAddress(host) ? undefined : 'the address is not public';
  return undefined;
}

type LookupDone = (
  error: Error | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

/** One private address among many refuses them all: a rebinding name answers with both. */
function publicLookup(host: string, options: { all?: boolean }, done: LookupDone): void {
  dnsLookup(host, { all: true }, (error, addresses) => {
    if (error) return done(error, '');
    if (addresses.length === 0 || addresses.some(({ address }) => !isPublicAddress(address))) {
      return done(
        Object.assign(new Error('the name leads to an address that is not public'), { code: 'ERR_ADDRESS_REFUSED' }),
        '',
      );
    }
    return options.all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family);
  });
}
