/** Records what was said: the ledger's entry, the standing it folds to, under the person's lock. */
import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { sha256 } from '#lib/hmac.ts';
import { suppressionLift } from '../contacts/erase-statements.ts';
import { contactLock, contactRead, identityList } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { tenantRead } from '../tenants/statements.ts';
import {
  CHANNELS,
  CONSENT_ACTIONS,
  CONSENT_PURPOSES,
  type ConsentAction,
  derive,
  fold,
  isVerifiedClaim,
  type Speaker,
  type Standing,
} from './consent.ts';
import { entryHash, evidenceDigest, FIRST_HASH, type LedgerAction } from './ledger.ts';
import { type entriesOf, entryAppend, entryFindInbound, headCreate, headLock, textKeep } from './ledger-statements.ts';
import { consentClear, consentRead, consentSave } from './statements.ts';

export interface LedgerWord<A extends LedgerAction = LedgerAction> {
  contactId: string;
  action: A;
  purposes: readonly string[];
  channels: readonly string[];
  saidBy: Speaker;
  /** Who wrote it down: `api key <handle>`, `webhook`, a member of the team. */
  actor: string;
  /** Where it was said, in the speaker's words: checkout, a keyword, a provider's error. */
  source: string;
  /** The text that the business showed, or what the person wrote: the latter is evidence, which can be erased. */
  text?: string | undefined;
  /** The business's text that a person's word answered. */
  shown?: string | undefined;
  textVersion?: string | undefined;
  locale?: string | undefined;
  at: Instant;
  /** Personal details (IP, browser, the message): kept erasable, only their digest enters the chain. */
  evidence: Record<string, unknown>;
}

export type ConsentWord = LedgerWord<ConsentAction>;

export interface Recorded {
  seq: number;
  hash: Buffer;
  standing: Map<string, Standing>;
}

type Deps = Pick<Core, 'clock' | 'keys'>;

/** Lock order: contact, then the ledger's head, which every writer of the tenant holds last and shortest. */
export async function recordConsent(core: Deps, tx: Tx, tenant: string, said: ConsentWord): Promise<Recorded> {
  const person = await lockPerson(tx, said.contactId);
  const word = { ...said, contactId: person.id };
  const standing = await readWords(tx, word.contactId);
  const replayed =
    typeof word.evidence['inbound'] === 'string' &&
    (await tx.run(entryFindInbound, { inbound: word.evidence['inbound'] }))[0];
  if (replayed) return { seq: replayed.seq, hash: replayed.hash, standing: suppress(standing, person.suppressedAt) };
  const changed = foldWord(standing, word);
  if (changed.length > 0) await saveStanding(tx, word.contactId, changed);
  for (const row of changed) standing.set(`${row.purpose}/${row.channel}`, row);
  const lifted = person.suppressedAt !== null && liftsSuppression(word) && word.at > person.suppressedAt;
  if (lifted) await tx.run(suppressionLift, { contact: word.contactId });
  const recorded = await append(core, tx, tenant, word);
  return { ...recorded, standing: suppress(standing, lifted ? null : person.suppressedAt) };
}

/** After an erasure only the person's own act counts, as after a STOP. */
const liftsSuppression = ({ saidBy, action }: LedgerWord): boolean =>
  saidBy === 'person' && (action === 'grant' || action === 'restore');

/** Locks a contact and answers who the person is by now: another transaction may have merged them since they were found. */
async function lockPerson(tx: Tx, contact: string): Promise<{ id: string; suppressedAt: Instant | null }> {
  for (let at = contact; ; ) {
    const [row] = await tx.run(contactLock, { ids: [at] });
    // Found before an erasure and locked after it. Said again it is said of whoever has the identity by then.
    if (row?.erased_at) throw new Fault('conflict', 'the contact was erased in this moment: say it again');
    if (!row?.merged_into) return { id: at, suppressedAt: row?.suppressed_at ?? null };
    at = row.merged_into;
  }
}

/** What holds a message back. */
const NOES: readonly string[] = ['withdraw', 'stop', 'pause'];

/** The noes among these entries, said of another contact as well. */
export async function passOnNoes(
  core: Deps,
  tx: Tx,
  tenant: string,
  entries: readonly EntryRow[],
  to: { contactId: string; because: string; key: string },
): Promise<void> {
  for (const row of entries.filter(entry => NOES.includes(entry.action))) {
    await recordConsent(core, tx, tenant, {
      ...(wordOf(row) as Omit<ConsentWord, 'contactId'>),
      contactId: to.contactId,
      // The text stays with the entry that it was shown for, which the evidence names.
      text: undefined,
      source: to.because,
      evidence: { inbound: `${to.key} ${row.seq}`, entry: row.seq },
    });
  }
}

/** Appends an entry. Whoever calls it holds the contact's lock, and takes no other after this one. */
export async function append(
  { clock, keys }: Deps,
  tx: Tx,
  tenant: string,
  word: LedgerWord,
): Promise<{ seq: number; hash: Buffer }> {
  // All that can be read is read before the head is locked: every other word of the tenant waits for that lock.
  const key = await keys.key(tx, tenant, 'ledger');
  const [settings] = await tx.run(tenantRead, {});
  const identities = await tx.run(identityList, { contact: word.contactId });
  const recordedAt = clock.machine();
  // What a person wrote stands in the evidence, under a keyed digest: a plain one of a short text can be looked up.
  const shown = word.shown ?? (word.saidBy === 'business' ? word.text : undefined);
  const textDigest = shown === undefined ? null : sha256(shown);
  if (textDigest) await tx.run(textKeep, { digest: textDigest, body: shown!, now: recordedAt });
  await tx.run(headCreate, { hash: FIRST_HASH });
  const [head] = await tx.run(headLock, {});
  const entry = {
    seq: head!.seq + 1,
    contactId: word.contactId,
    // As they are known now, and sorted: a later change of number takes nothing away from what is stamped here.
    subjects: identities.map(identity => identity.digest.toString('hex')).sort(),
    action: word.action,
    purposes: word.purposes,
    channels: word.channels,
    saidBy: word.saidBy,
    actor: word.actor,
    source: word.source,
    textDigest,
    textVersion: word.textVersion ?? null,
    locale: word.locale ?? null,
    controller: settings!.name,
    claimedAt: word.at,
    recordedAt,
    evidenceDigest: evidenceDigest(key, word.evidence),
  };
  const hash = entryHash(key, head!.hash, entry);
  await tx.run(entryAppend, {
    seq: entry.seq,
    contact: entry.contactId,
    subjects: entry.subjects,
    action: entry.action,
    purposes: entry.purposes,
    channels: entry.channels,
    said_by: entry.saidBy,
    actor: entry.actor,
    source: entry.source,
    text_digest: entry.textDigest,
    text_version: entry.textVersion,
    locale: entry.locale,
    controller: entry.controller,
    claimed_at: entry.claimedAt,
    recorded_at: entry.recordedAt,
    evidence: word.evidence,
    evidence_digest: entry.evidenceDigest,
    prev_hash: head!.hash,
    hash,
  });
  return { seq: entry.seq, hash };
}

/** A standing has a place, `purpose/channel`; a word names several of them and is folded onto each by itself. */
type Placed = Standing & { purpose: string; channel: string };

function foldWord(standing: ReadonlyMap<string, Standing>, word: ConsentWord): Placed[] {
  const entry = {
    action: word.action,
    saidBy: word.saidBy,
    at: word.at,
    source: word.source,
    // What a person or the platform said we have seen; only a claim has to prove itself.
    verified: word.saidBy !== 'business' || isVerifiedClaim(word.source, word.text),
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

/** As the person's standing is shown: whoever was erased before holds nothing, whatever was claimed for them since. */
export async function readStanding(tx: Tx, contact: string): Promise<Map<string, Standing>> {
  const [[row], standing] = await Promise.all([tx.run(contactRead, { id: contact }), readWords(tx, contact)]);
  return suppress(standing, row?.erased_at === null ? row.suppressed_at : null);
}

function suppress(standing: Map<string, Standing>, at: Instant | null): Map<string, Standing> {
  if (at === null) return standing;
  const no = derive({ person: { withdraw: { at, source: 'erased' } } });
  const places = CONSENT_PURPOSES.flatMap(purpose => CHANNELS.map(channel => `${purpose}/${channel}`));
  return new Map(places.map(place => [place, { ...no, words: standing.get(place)?.words ?? {} }]));
}

/**
 * Derived from the words and not read from the flat columns beside them: those are for the gate, which parses no JSON.
 */
async function readWords(tx: Tx, contact: string): Promise<Map<string, Standing>> {
  const rows = await tx.run(consentRead, { contact });
  return new Map(rows.map(row => [`${row.purpose}/${row.channel}`, derive(row.words)]));
}

const isConsentAction = (action: string): boolean => (CONSENT_ACTIONS as readonly string[]).includes(action);

type EntryRow = Values<typeof entriesOf.row>;

/** The standing that these entries fold to, whatever it was: after two people turned out to be one, or one to be two. */
export async function refold(tx: Tx, contact: string, entries: readonly EntryRow[]): Promise<void> {
  const standing = foldEntries(entries);
  await tx.run(consentClear, { contact });
  if (standing.size > 0) await saveStanding(tx, contact, [...standing.values()]);
}

/** By purpose and channel. A merge, an erasure or a question is no word of consent. */
export function foldEntries(entries: readonly EntryRow[]): Map<string, Placed> {
  const standing = new Map<string, Placed>();
  for (const row of entries.filter(entry => isConsentAction(entry.action))) {
    const word = { ...wordOf(row), contactId: row.contact_id } as ConsentWord;
    for (const placed of foldWord(standing, word)) standing.set(`${placed.purpose}/${placed.channel}`, placed);
  }
  return standing;
}

const wordOf = (row: EntryRow): Omit<LedgerWord, 'contactId'> => ({
  action: row.action as LedgerAction,
  purposes: row.purposes,
  channels: row.channels,
  saidBy: row.said_by as Speaker,
  actor: row.actor,
  source: row.source,
  // A digest means that a text was shown; the fold asks no more of it.
  text: row.text_digest ? (row.text ?? 'shown') : undefined,
  at: row.claimed_at,
  evidence: {},
});

async function saveStanding(tx: Tx, contact: string, rows: readonly Placed[]): Promise<void> {
  await tx.run(consentSave, {
    contact,
    purposes: rows.map(row => row.purpose),
    channels: rows.map(row => row.channel),
    statuses: rows.map(row => row.status),
    sinces: rows.map(row => row.since),
    sources: rows.map(row => row.source),
    verifieds: rows.map(row => row.verified),
    stops: rows.map(row => row.stoppedAt),
    platform_stops: rows.map(row => row.platformStoppedAt),
    pauses: rows.map(row => row.pausedAt),
    words: rows.map(row => row.words),
  });
}
