/**
 * Consent as a fold. What the person said, what the business claims and what the platform reports are kept apart, and of
 * each kind of word only the latest: so the order in which they arrive does not matter, and nothing is lost by it. A
 * single "latest word" would forget, at a STOP, the grant that START has to bring back. Pure.
 */
import type { Instant } from '#lib/clock.ts';

export const CONSENT_PURPOSES = ['marketing', 'transactional'] as const;

/** Only whatsapp carries anything yet. For the others a consent is kept until something does. */
export const CHANNELS = ['whatsapp', 'sms', 'push'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * `restore` is START; `stop` and `resume` are the person's switch inside WhatsApp, which only they can turn; `pause` is a
 * text that may be an opt-out, `unpause` somebody's word that it was none.
 */
export const CONSENT_ACTIONS = ['grant', 'withdraw', 'restore', 'stop', 'resume', 'pause', 'unpause'] as const;
export type ConsentAction = (typeof CONSENT_ACTIONS)[number];
/** `person`: their own message or tap, which we saw. `business`: what a caller of the API says. */
export type Speaker = 'person' | 'business' | 'platform';

export interface ConsentEntry {
  action: ConsentAction;
  saidBy: Speaker;
  /** When it was said, by whoever tells it; not when we heard of it. A late webhook is no later word. */
  at: Instant;
  source: string;
  verified: boolean;
}

export interface Word {
  at: Instant;
  source: string;
}

/** Of each kind of word the latest. `proven` is the latest grant that can be shown to a regulator. */
export interface Layer {
  grant?: Word;
  proven?: Word;
  withdraw?: Word;
  restore?: Word;
  stop?: Word;
  resume?: Word;
  pause?: Word;
  unpause?: Word;
}

/** By speaker, so that nobody's word overwrites another's: which of them counts is `derive`'s to say. */
export type Words = Partial<Record<Speaker, Layer>>;

export interface Standing {
  /** `none`: a START arrived before anything that it could restore. */
  status: 'granted' | 'withdrawn' | 'none';
  since: Instant;
  source: string;
  verified: boolean;
  /** The person's own STOP, as long as they have not lifted it. */
  stoppedAt: Instant | null;
  /** Stopped inside WhatsApp; START does not lift it. */
  platformStoppedAt: Instant | null;
  /** They wrote something that may be an opt-out, and nobody has read it yet. */
  pausedAt: Instant | null;
  words: Words;
}

/** The standing after one more entry; the same object when the entry changes nothing. */
export function fold(standing: Standing | undefined, entry: ConsentEntry): Standing {
  const layer = standing?.words[entry.saidBy] ?? {};
  const word: Word = { at: entry.at, source: entry.source };
  const kinds = entry.action === 'grant' && entry.verified ? (['grant', 'proven'] as const) : [entry.action];
  const newer = kinds.filter(kind => outranks(word, layer[kind]));
  if (standing && newer.length === 0) return standing;
  const told: Layer = { ...layer, ...Object.fromEntries(newer.map(kind => [kind, word])) };
  return derive({ ...standing?.words, [entry.saidBy]: told });
}

/** Later wins; between equals the source decides, so that shuffling can't. */
const outranks = (word: Word, held: Word | undefined): boolean =>
  held === undefined || word.at > held.at || (word.at === held.at && word.source > held.source);

/** Before every instant: a word that was never said loses each comparison without being asked for. */
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * The person's own STOP outranks any grant that the business claims, whatever its time; START, or a grant of their own,
 * lifts it and what was held before holds again. A tie is a STOP.
 */
export function derive(words: Words): Standing {
  const person = words.person ?? {};
  const claim = words.business ?? {};
  const lifted = Math.max(person.grant?.at ?? NEVER, person.restore?.at ?? NEVER);
  const stopped = person.withdraw && person.withdraw.at >= lifted ? person.withdraw : undefined;
  const grant = latest(person.grant, claim.grant);
  // The business may take back also what the person granted themselves; and here too a tie is a no.
  const revoked = claim.withdraw && claim.withdraw.at >= (grant?.at ?? NEVER) ? claim.withdraw : undefined;
  const no = stopped ?? revoked;
  const base = {
    stoppedAt: stopped?.at ?? null,
    platformStoppedAt: platformStop(words.platform),
    pausedAt:
      person.pause && person.pause.at >= lifted && person.pause.at > (claim.unpause?.at ?? NEVER)
        ? person.pause.at
        : null,
    words,
  };
  if (no) return { ...base, status: 'withdrawn', since: no.at, source: no.source, verified: false };
  if (!grant) {
    const { at, source } = person.restore ?? { at: 0, source: '' };
    return { ...base, status: 'none', since: at, source, verified: false };
  }
  const proven = latest(person.grant, claim.proven);
  return {
    ...base,
    status: 'granted',
    since: Math.max(grant.at, person.withdraw ? (person.restore?.at ?? NEVER) : NEVER),
    source: grant.source,
    // A later claim without proof adds nothing and takes nothing away; a withdrawal in between does.
    verified: proven !== undefined && proven.at > (claim.withdraw?.at ?? NEVER),
  };
}

const latest = (a: Word | undefined, b: Word | undefined): Word | undefined =>
  a && b ? (outranks(a, b) ? a : b) : (a ?? b);

/** A layer of its own: neither START nor a claim reaches it, only the person's own switch. */
const platformStop = (layer: Layer | undefined): Instant | null =>
  layer?.stop && layer.stop.at >= (layer.resume?.at ?? NEVER) ? layer.stop.at : null;

/** A text was shown and the source is no bulk import: the claim can be shown to a regulator. */
export const isVerifiedClaim = (source: string, text: string | undefined): boolean =>
  text !== undefined && text.trim() !== '' && !/import/i.test(source);
