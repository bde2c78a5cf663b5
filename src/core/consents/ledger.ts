/**
 * The ledger's chain: every entry carries a keyed hash over itself and its predecessor's hash. Keyed, because a plain
 * chain can be stamped anew by anyone who can write; over digests in place of personal data, so that a person can be
 * erased while the chain stays whole; and anchored outside the database, because a chain whose tail was cut off is a
 * chain that holds.
 */
import type { Instant } from '#lib/clock.ts';
import { iso } from '#lib/clock.ts';
import { canonicalJson, hmacSha256 } from '#lib/hmac.ts';
import type { ConsentAction, Speaker } from './consent.ts';

/** Beside words of consent: a question that waits for its YES, and what happened to the person's record itself. */
export type LedgerAction = ConsentAction | 'ask' | 'merge' | 'split' | 'erase';

export interface LedgerEntry {
  seq: number;
  contactId: string;
  /** Keyed hashes of the identities by which the person was known, sorted. */
  subjects: readonly string[];
  action: LedgerAction;
  purposes: readonly string[];
  channels: readonly string[];
  saidBy: Speaker;
  actor: string;
  source: string;
  textDigest: Buffer | null;
  textVersion: string | null;
  locale: string | null;
  /** The business by the name that it had then: consent was given to that name, whatever it is called since. */
  controller: string;
  /** By the speaker's side, in business time; recorded by the machine's, which nobody turns. */
  claimedAt: Instant;
  recordedAt: Instant;
  evidenceDigest: Buffer;
}

/** What a ledger's first entry follows: nothing, in as many bytes as a hash has. */
export const FIRST_HASH = Buffer.alloc(32);

export function entryHash(key: Buffer, prevHash: Buffer, entry: LedgerEntry): Buffer {
  // Field by field, so that whatever else a caller's object holds stays out of the hash.
  const { seq, contactId, subjects, action, purposes, channels, saidBy, actor, source } = entry;
  const { textVersion, locale, controller } = entry;
  const bytes = canonicalJson({
    ...{ seq, contactId, subjects, action, purposes, channels, saidBy, actor, source, textVersion, locale, controller },
    textDigest: entry.textDigest?.toString('hex') ?? null,
    evidenceDigest: entry.evidenceDigest.toString('hex'),
    claimedAt: iso(entry.claimedAt),
    recordedAt: iso(entry.recordedAt),
  });
  // The predecessor's hash has one length, so that no two pairs of hash and entry run into the same bytes.
  return hmacSha256(key, Buffer.concat([prevHash, Buffer.from(bytes)]));
}

/** Keyed like the chain: an IP address or a phone has so few values that a plain digest can be looked up. */
export const evidenceDigest = (key: Buffer, evidence: unknown): Buffer => hmacSha256(key, canonicalJson(evidence));

/** What is left of an entry's evidence when its person was erased. */
export const ERASED = { erased: true } as const;
