/** A standing as callers see it. */
import { iso, isoOrNull } from '#lib/clock.ts';
import { Nullable, OneOf, Type } from '#lib/schema.ts';
import type { Standing } from './consent.ts';

/** The API's words, on which callers branch. The fold has its own, so that either may change without the other. */
const WORDS = { granted: 'opted_in', withdrawn: 'opted_out', none: 'none' } as const;

export const ConsentAnswer = Type.Object({
  status: OneOf(['opted_in', 'opted_out', 'none']),
  since: Nullable(Type.String()),
  source: Nullable(Type.String()),
  verified: Type.Boolean(),
  stopped_in_whatsapp_at: Nullable(Type.String({ description: 'Only the person can resume it, inside WhatsApp' })),
  paused_at: Nullable(Type.String({ description: 'They wrote what may be an opt-out, and nobody has read it yet' })),
});

export const viewStanding = (standing: Standing | undefined) => ({
  status: WORDS[standing?.status ?? 'none'],
  since: standing && standing.status !== 'none' ? iso(standing.since) : null,
  source: standing && standing.status !== 'none' ? standing.source : null,
  verified: standing?.verified ?? false,
  stopped_in_whatsapp_at: isoOrNull(standing?.platformStoppedAt),
  paused_at: isoOrNull(standing?.pausedAt),
});

/** All that somebody holds, by purpose and channel. */
export const viewConsents = (standing: ReadonlyMap<string, Standing>) =>
  [...standing].map(([place, held]) => {
    const [purpose, channel] = place.split('/') as [string, string];
    return { purpose, channel, ...viewStanding(held) };
  });

/** On WhatsApp, the channel that callers of an opt-in ask about. */
export const viewBoth = (standing: ReadonlyMap<string, Standing>) => ({
  marketing: viewStanding(standing.get('marketing/whatsapp')),
  transactional: viewStanding(standing.get('transactional/whatsapp')),
});
