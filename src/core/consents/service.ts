/** Records what was said: the ledger's entry, the standing it folds to, under the person's lock. */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { sha256 } from '#lib/hmac.ts';
import { contactLock } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { type ConsentAction, derive, fold, isVerifiedClaim, type Standing } from './consent.ts';
import { entryHash, evidenceDigest, FIRST_HASH } from './ledger.ts';
import { consentRead, consentSave, entryAppend, entryFindInbound, headCreate, headLock } from './statements.ts';

export interface ConsentWord {
  contactId: string;
  action: ConsentAction;
  purposes: readonly string[];
  channels: readonly string[];
  saidBy: 'person' | 'business';
  source: string;
  /** The text that was shown or written. */
  text?: string | undefined;
  textVersion?: string | undefined;
  locale?: string | undefined;
  at: Instant;
  /** Personal details (IP, browser, the message): kept erasable, only their digest enters the chain. */
  evidence: Record<string, unknown>;
}

export interface Recorded {
  seq: number;
  hash: Buffer;
  standing: Map<string, Standing>;
}

/** Lock order: contact, then the ledger's head, which every writer of the tenant holds last and shortest. */
export async function recordConsent(
  { clock, secrets }: Pick<Core, 'clock' | 'secrets'>,
  tx: Tx,
  tenant: string,
  word: ConsentWord,
): Promise<Recorded> {
  await tx.run(contactLock, { ids: [word.contactId] });
  const standing = await readStanding(tx, word.contactId);
  const replayed =
    typeof word.evidence['inbound'] === 'string' &&
    (await tx.run(entryFindInbound, { inbound: word.evidence['inbound'] }))[0];
  if (replayed) return { seq: replayed.seq, hash: replayed.hash, standing };

  const changed = foldWord(standing, word);
  if (changed.length > 0) await saveStanding(tx, word.contactId, changed);

  const key = secrets.derive(`ledger/${tenant}`);
  await tx.run(headCreate, { hash: FIRST_HASH });
  const [head] = await tx.run(headLock, {});
  const recordedAt = clock.machine();
  const entry = {
    seq: head!.seq + 1,
    contactId: word.contactId,
    action: word.action,
    purposes: word.purposes,
    channels: word.channels,
    saidBy: word.saidBy,
    source: word.source,
    textDigest: word.text === undefined ? null : sha256(word.text),
    textVersion: word.textVersion ?? null,
    locale: word.locale ?? null,
    claimedAt: word.at,
    recordedAt,
    evidenceDigest: evidenceDigest(key, word.evidence),
  };
  const hash = entryHash(key, head!.hash, entry);
  await tx.run(entryAppend, {
    seq: entry.seq,
    contact: word.contactId,
    action: word.action,
    purposes: word.purposes,
    channels: word.channels,
    said_by: word.saidBy,
    source: word.source,
    text_digest: entry.textDigest,
    text_version: entry.textVersion,
    locale: entry.locale,
    claimed_at: word.at,
    recorded_at: recordedAt,
    evidence: word.evidence,
    evidence_digest: entry.evidenceDigest,
    prev_hash: head!.hash,
    hash,
  });
  for (const row of changed) standing.set(`${row.purpose}/${row.channel}`, row);
  return { seq: entry.seq, hash, standing };
}

type Placed = Standing & { purpose: string; channel: string };

function foldWord(standing: ReadonlyMap<string, Standing>, word: ConsentWord): Placed[] {
  const entry = {
    action: word.action,
    saidBy: word.saidBy,
    at: word.at,
    source: word.source,
    verified: word.saidBy === 'person' || isVerifiedClaim(word.source, word.text),
  };
  const changed: Placed[] = [];
  for (const purpose of word.purposes) {
    for (const channel of word.channels) {
      const before = standing.get(`${purpose}/${channel}`);
      const after = fold(before, entry);
      if (after !== before) changed.push({ ...after, purpose, channel });
    }
  }
  return changed;
}

async function readStanding(tx: Tx, contact: string): Promise<Map<string, Standing>> {
  const rows = await tx.run(consentRead, { contact });
  return new Map(rows.map(row => [`${row.purpose}/${row.channel}`, derive(row)]));
}

async function saveStanding(tx: Tx, contact: string, rows: readonly Placed[]): Promise<void> {
  await tx.run(consentSave, {
    contact,
    purposes: rows.map(row => row.purpose),
    channels: rows.map(row => row.channel),
    statuses: rows.map(row => row.status),
    sinces: rows.map(row => row.since),
    sources: rows.map(row => row.source),
    verifieds: rows.map(row => row.verified),
    persons: rows.map(row => row.person),
    claims: rows.map(row => row.claim),
  });
}
