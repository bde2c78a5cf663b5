/** Reads a tenant's ledger from end to end and says whether it is as it was written. */
import type { Values } from '#db/column.ts';
import { alone } from '#db/db.ts';
import { iso } from '#lib/clock.ts';
import { hmacSha256 } from '#lib/hmac.ts';
import type { Core } from '../context.ts';
import { type Anchor, type AnchorStore, makeAnchor } from './anchor.ts';
import type { Speaker } from './consent.ts';
import type { LedgerAction } from './ledger.ts';
import { entrySlice, headRead } from './ledger-statements.ts';
import { createVerifier, type Flaw, type StoredEntry } from './verify.ts';

type Deps = Pick<Core, 'db' | 'keys' | 'clock'>;

/** Of the ledger's own key, so that whoever can't stamp a chain can't sign an anchor. */
const anchorKey = (ledgerKey: Buffer): Buffer => hmacSha256(ledgerKey, 'anchor');

/** Entries at a time: a ledger of any length is verified in the memory of so many. */
const SLICE = 2_000;

export interface LedgerReport {
  entries: number;
  anchors: number;
  flaw: Flaw | undefined;
}

export async function verifyLedger(
  { db, keys }: Pick<Deps, 'db' | 'keys'>,
  tenant: string,
  anchors: readonly Anchor[],
  progress: (seq: number) => void = () => {},
): Promise<LedgerReport> {
  const key = await keys.key(alone(db, tenant), tenant, 'ledger');
  // The head first: what is appended while we read is for the next time.
  const [head] = await db.run(tenant, headRead, {});
  const verifier = createVerifier(key, anchorKey(key), anchors);
  for (let after = 0; ; ) {
    const rows = await db.run(tenant, entrySlice, { after, limit: SLICE });
    for (const row of rows) if (row.seq <= (head?.seq ?? 0)) verifier.next(toStored(row));
    const last = rows.at(-1)?.seq;
    if (last === undefined || last > (head?.seq ?? 0)) break;
    after = last;
    progress(after);
  }
  return { ...verifier.end(head), anchors: anchors.length };
}

function toStored(row: Values<typeof entrySlice.row>): StoredEntry {
  return {
    seq: row.seq,
    contactId: row.contact_id,
    subjects: row.subjects,
    action: row.action as LedgerAction,
    purposes: row.purposes,
    channels: row.channels,
    saidBy: row.said_by as Speaker,
    actor: row.actor,
    source: row.source,
    textDigest: row.text_digest,
    textVersion: row.text_version,
    locale: row.locale,
    controller: row.controller,
    claimedAt: row.claimed_at,
    recordedAt: row.recorded_at,
    evidenceDigest: row.evidence_digest,
    evidence: row.evidence,
    prevHash: row.prev_hash,
    hash: row.hash,
    text: row.text,
  };
}

/** Writes down how long the ledger is, if it has grown since the last time. */
export async function anchorLedger({ db, keys, clock }: Deps, tenant: string, store: AnchorStore): Promise<boolean> {
  const [head] = await db.run(tenant, headRead, {});
  if (!head || head.seq === 0) return false;
  const last = (await store.read(tenant)).at(-1);
  // Nothing was said since. A ledger that is shorter than its anchor gets no new one: verification tells of the tail.
  if (last && last.seq >= head.seq) return false;
  const key = anchorKey(await keys.key(alone(db, tenant), tenant, 'ledger'));
  const anchor = { tenant, seq: head.seq, hash: head.hash.toString('hex'), at: iso(clock.machine()) };
  await store.append([makeAnchor(key, anchor)]);
  return true;
}
