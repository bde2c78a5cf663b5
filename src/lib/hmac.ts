/** Digests and their comparison in constant time. */
import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

export const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();

// Turning a secret into a key costs more than signing a short body with it; a process knows a handful of secrets.
const keys = new Map<string, KeyObject>();
/** Of bytes that somebody holds for as long as they are a key. */
const byBytes = new WeakMap<Uint8Array, KeyObject>();

function keyObject(key: string | Uint8Array): KeyObject {
  if (typeof key !== 'string') {
    const known = byBytes.get(key) ?? createSecretKey(key);
    byBytes.set(key, known);
    return known;
  }
  let known = keys.get(key);
  if (!known) {
    known = createSecretKey(Buffer.from(key));
    if (keys.size >= 1_000) keys.clear();
    keys.set(key, known);
  }
  return known;
}

export const hmacSha256 = (key: string | Uint8Array, data: string | Uint8Array): Buffer =>
  createHmac('sha256', keyObject(key)).update(data).digest();

/** For vendors whose signatures are older than its weakness; as a keyed digest it still holds. */
export const hmacSha1 = (key: string, data: string): Buffer =>
  createHmac('sha1', keyObject(key)).update(data, 'utf8').digest();

/** Lengths are compared first: `timingSafeEqual` throws on a difference, and a length is no secret. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** For secrets of unknown length that a caller typed: hashing first makes even the length invisible. */
export const sameText = (a: string, b: string): boolean => sameBytes(sha256(a), sha256(b));

/**
 * One spelling for one value: keys sorted, no white space, `undefined` left out. Fingerprints of requests and the
 * ledger's chain are computed over it, so a client that reorders its keys still repeats the same request.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => canonicalJson(item ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
