/** API keys: made here, shown once, stored as a digest. */
import { crc32 } from 'node:zlib';
import { sha256 } from '#lib/hmac.ts';
import { randomBase62 } from '#lib/id.ts';

/**
 * A key may do what its scopes name; `*` is the owner's. A digest and not a slow hash: the secret half has 190 bits,
 * so there is nothing to guess, and a slow hash on every request would let anyone exhaust the processor.
 */
export const SCOPES = {
  '*': 'everything',
  'messages:send': 'send, cancel, requeue and resolve messages',
  'messages:read': 'read messages and statistics',
  'consents:write': 'record opt-ins and opt-outs, decide on possible ones',
  'consents:read': 'read consent, its proof and possible opt-outs',
  'contacts:write': 'merge contacts and take merges back',
  'contacts:erase': 'erase people',
  'contacts:read': 'read contacts',
  'settings:write': 'change settings',
  'settings:read': 'read settings',
  'costs:write': 'import rate cards and bills, credit the balance',
  'costs:read': 'read rates, prices, bills, budgets and the balance',
  'sales:write': 'record and complete sales, with their receipts',
  'sales:read': 'read sales',
  'templates:write': 'create and submit templates',
  'templates:read': 'read templates',
} as const;

export type ScopeName = keyof typeof SCOPES;

export const isScope = (name: string): name is ScopeName => name in SCOPES;

export const allows = (granted: readonly string[], needed: string): boolean =>
  granted.includes('*') || granted.includes(needed);

export interface MadeKey {
  /** Shown once. */
  secret: string;
  handle: string;
  hash: Buffer;
}

/** `tdg_<handle>_<secret><checksum>`: the checksum lets a scanner or a typing error be told from a revoked key. */
export function makeKey(): MadeKey {
  const handle = randomBase62(8);
  const body = `tdg_${handle}_${randomBase62(32)}`;
  const secret = body + checksum(body);
  return { secret, handle, hash: sha256(secret) };
}

const KEY = /^tdg_([0-9A-Za-z]{8})_[0-9A-Za-z]{32}([0-9a-f]{8})$/;

/** The handle under which a presented key is stored, or undefined for what can't be a key at all. */
export function keyHandle(presented: string): string | undefined {
  const match = KEY.exec(presented);
  if (match) return checksum(presented.slice(0, -8)) === match[2] ? match[1] : undefined;
  // An operator's own key (TIDINGS_API_KEY) has no structure; its digest finds it.
  return presented.length >= 32 && presented.length <= 256 ? fixedHandle(presented) : undefined;
}

export const fixedHandle = (key: string): string => `fixed-${sha256(key).toString('hex').slice(0, 16)}`;

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

export const isSlug = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
