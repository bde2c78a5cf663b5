/**
 * Anchors: how long a tenant's ledger was and what its head's hash was, signed, written down outside the database. Whoever
 * can rewrite the database can't rewrite them, and whoever has an old copy of the file can still show what was cut off.
 */
import { canonicalJson, hmacSha256, sameText } from '#lib/hmac.ts';

/** One line of the file: the ledger had `seq` entries, and the last one's hash was this. `at` is for people to read. */
export interface Anchor {
  tenant: string;
  seq: number;
  hash: string;
  at: string;
  mac: string;
}

/** Over canonical bytes: an anchor that went through a file and back is signed as before. */
const mac = (key: Buffer, anchor: Omit<Anchor, 'mac'>): string => {
  const { tenant, seq, hash, at } = anchor;
  return hmacSha256(key, canonicalJson({ tenant, seq, hash, at })).toString('hex');
};

export const makeAnchor = (key: Buffer, anchor: Omit<Anchor, 'mac'>): Anchor => ({ ...anchor, mac: mac(key, anchor) });

export const anchorHolds = (key: Buffer, anchor: Anchor): boolean => sameText(mac(key, anchor), anchor.mac);

/** Where anchors are kept. Not the database: that is the point. */
export interface AnchorStore {
  /** Returns when they are kept: a worker that believes so does not write them again. */
  append(anchors: readonly Anchor[]): Promise<void>;
  /** In the order in which they were appended. */
  read(tenant: string): Promise<Anchor[]>;
}
