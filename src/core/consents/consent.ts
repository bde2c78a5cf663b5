/**
 * Consent as a fold. What the person said and what the business claims are two layers; the person's word outranks the
 * claim, whatever its time. Each layer keeps its latest entry by the time it was said, a tie being a withdrawal, so the
 * order in which entries arrive does not matter. Pure.
 */
import type { Instant } from '#lib/clock.ts';

export const CONSENT_PURPOSES = ['marketing', 'transactional'] as const;

export const CHANNELS = ['whatsapp', 'sms', 'push'] as const;

export type ConsentAction = 'grant' | 'withdraw' | 'restore';

export interface ConsentEntry {
  action: ConsentAction;
  /** `person`: their own message or tap, which we saw. `business`: what a caller of the API says. */
  saidBy: 'person' | 'business';
  at: Instant;
  source: string;
  verified: boolean;
}

export type Layer = Omit<ConsentEntry, 'saidBy'>;

export interface Layers {
  person: Layer | null;
  claim: Layer | null;
}

export interface Standing extends Layers {
  /** `none`: a START arrived before anything that it could restore. */
  status: 'granted' | 'withdrawn' | 'none';
  since: Instant;
  source: string;
  verified: boolean;
}

/** The standing after one more entry; the same object when the entry changes nothing. */
export function fold(standing: Standing | undefined, entry: ConsentEntry): Standing {
  const layers: Layers = { person: standing?.person ?? null, claim: standing?.claim ?? null };
  const { saidBy, ...layer } = entry;
  const slot = saidBy === 'person' ? 'person' : 'claim';
  if (standing && !outranks(layer, layers[slot])) return standing;
  return derive({ ...layers, [slot]: layer });
}

/** Later wins; at one instant a withdrawal wins, and between equals the source decides, so that shuffling can't. */
function outranks(layer: Layer, held: Layer | null): boolean {
  if (held === null || layer.at !== held.at) return held === null || layer.at > held.at;
  if (layer.action !== held.action)
    return layer.action === 'withdraw' || (layer.action === 'grant' && held.action === 'restore');
  return layer.source !== held.source ? layer.source > held.source : layer.verified && !held.verified;
}

/** A restore (START) lifts the person's own stop and leaves what the claim holds: what was held before. */
export function derive({ person, claim }: Layers): Standing {
  const decisive = person && person.action !== 'restore' ? person : claim;
  const since = person?.action === 'restore' ? Math.max(person.at, claim?.at ?? 0) : (decisive?.at ?? 0);
  return {
    person,
    claim,
    status: decisive === null ? 'none' : decisive.action === 'withdraw' ? 'withdrawn' : 'granted',
    since,
    source: decisive?.source ?? person?.source ?? '',
    verified: decisive?.action === 'grant' && decisive.verified,
  };
}

/** A text was shown and the source is no bulk import: the claim can be shown to a regulator. */
export const isVerifiedClaim = (source: string, text: string | undefined): boolean =>
  text !== undefined && text.trim() !== '' && !/import/i.test(source);
