/**
 * The ledger's chain: every entry carries a keyed hash over itself and its predecessor's hash. Keyed, because a plain
 * chain can be stamped anew by anyone who can write; and over digests in place of personal data, so that a person can
 * be erased while the chain stays whole.
 */
import type { Instant } from '#lib/clock.ts';
import { iso } from '#lib/clock.ts';
import { canonicalJson, hmacSha256 } from '#lib/hmac.ts';
import type { ConsentAction } from './consent.ts';

export interface LedgerEntry {
  seq: number;
  contactId: string;
  action: ConsentAction;
  purposes: readonly string[];
  channels: readonly string[];
  saidBy: 'person' | 'business';
  source: string;
  textDigest: Buffer | null;
  textVersion: string | null;
  locale: string | null;
  claimedAt: Instant;
  recordedAt: Instant;
  evidenceDigest: Buffer;
}

export const FIRST_HASH = Buffer.alloc(32);

export function entryHash(key: Buffer, prevHash: Buffer, entry: LedgerEntry): Buffer {
  const bytes = canonicalJson({
    ...entry,
    textDigest: entry.textDigest?.toString('hex') ?? null,
    evidenceDigest: entry.evidenceDigest.toString('hex'),
    claimedAt: iso(entry.claimedAt),
    recordedAt: iso(entry.recordedAt),
  });
  return hmacSha256(key, Buffer.concat([prevHash, Buffer.from(bytes)]));
}

/** Keyed like the chain: an IP address or a phone has so few values that a plain digest can be looked up. */
export const evidenceDigest = (key: Buffer, evidence: unknown): Buffer => hmacSha256(key, canonicalJson(evidence));
