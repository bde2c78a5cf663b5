/**
 * Verification of a ledger: walks the chain and names the first entry that is not as it was written. Pure, over rows as
 * they come; what the chain alone can't tell (a tail cut off, everything stamped anew with the stolen key) the anchors do.
 */
import { sameBytes, sha256 } from '#lib/hmac.ts';
import { type Anchor, anchorHolds } from './anchor.ts';
import { ERASED, entryHash, evidenceDigest, FIRST_HASH, type LedgerEntry } from './ledger.ts';

export interface StoredEntry extends LedgerEntry {
  evidence: unknown;
  prevHash: Buffer;
  hash: Buffer;
  /** The text that the digest names, where it is kept apart. */
  text: string | null;
}

export interface LedgerHead {
  seq: number;
  hash: Buffer;
}

export interface Flaw {
  /** The first entry that is wrong; 0 for the ledger as a whole. */
  seq: number;
  flaw: string;
}

export interface LedgerVerifier {
  /** Takes the next entry and answers what is wrong with it; after the first flaw nothing more is said. */
  next(entry: StoredEntry): void;
  /** After the last one: how many there were, and the first flaw, if there is one. */
  end(head: LedgerHead | undefined): { entries: number; flaw: Flaw | undefined };
}

export function createVerifier(key: Buffer, anchorKey: Buffer, anchors: readonly Anchor[]): LedgerVerifier {
  let last: LedgerHead = { seq: 0, hash: FIRST_HASH };
  let flaw: Flaw | undefined;
  // Only those that hold may judge an entry. One that was changed is a flaw of its own, told at the end.
  const anchored = new Map(
    anchors.filter(anchor => anchorHolds(anchorKey, anchor)).map(anchor => [anchor.seq, anchor]),
  );
  // Of each contact the first entry whose evidence is gone, until an `erase` further on explains it.
  const erasedEvidence = new Map<string, number>();
  const found = (seq: number, words: string) => {
    flaw ??= { seq, flaw: words };
  };

  // Place before content, content before what hangs on it: the first sentence that fits names what was really done.
  const judge = (entry: StoredEntry) => {
    if (entry.seq !== last.seq + 1)
      return found(last.seq + 1, `the entry is missing: ${last.seq} is followed by ${entry.seq}`);
    if (!sameBytes(entry.prevHash, last.hash))
      return found(entry.seq, 'the entry does not follow its predecessor: one of them was put here');
    if (!sameBytes(entryHash(key, last.hash, entry), entry.hash)) return found(entry.seq, 'the entry was changed');
    if (isErased(entry.evidence)) erasedEvidence.set(entry.contactId, erasedEvidence.get(entry.contactId) ?? entry.seq);
    else if (!sameBytes(evidenceDigest(key, entry.evidence), entry.evidenceDigest))
      return found(entry.seq, 'the evidence of the entry was changed');
    if (entry.textDigest && entry.text === null) return found(entry.seq, 'the text that was shown is gone');
    if (entry.text !== null && (!entry.textDigest || !sameBytes(sha256(entry.text), entry.textDigest)))
      return found(entry.seq, 'the text that was shown was changed');
    if (entry.action === 'erase') erasedEvidence.delete(entry.contactId);
    const anchor = anchored.get(entry.seq);
    if (anchor && anchor.hash !== entry.hash.toString('hex'))
      found(entry.seq, `the chain was stamped anew: at ${anchor.at} this entry had another hash`);
  };

  return {
    next: entry => {
      if (flaw) return;
      judge(entry);
      last = { seq: entry.seq, hash: entry.hash };
    },
    end: head => {
      const [unexplained] = [...erasedEvidence.values()].sort((a, b) => a - b);
      if (unexplained !== undefined) found(unexplained, 'the evidence is gone and no erasure explains it');
      // The head is a row of its own: whoever cuts off the tail has to change it too, and then the anchors know.
      if (!head ? last.seq > 0 : head.seq !== last.seq || !sameBytes(head.hash, last.hash))
        found(last.seq + 1, `the ledger ends here, and its head says ${head?.seq ?? 'nothing'}`);
      for (const anchor of anchors) {
        if (!anchorHolds(anchorKey, anchor)) found(0, `the anchor of entry ${anchor.seq} was changed`);
        else if (anchor.seq > last.seq)
          found(last.seq + 1, `the tail is cut off: at ${anchor.at} the ledger had ${anchor.seq} entries`);
      }
      return { entries: last.seq, flaw };
    },
  };
}

const isErased = (evidence: unknown): boolean => (evidence as { erased?: unknown } | null)?.erased === ERASED.erased;
