/**
 * One-time codes: when one is made, sent again or refused. Pure. The limits are against two kinds of thieves: those who
 * guess codes, and those who have codes sent to numbers that earn them money for each message.
 */
import { DAY_MS, HOUR_MS, type Instant, SECOND_MS } from '#lib/clock.ts';

export const CODE = /^[0-9A-Za-z-]{4,15}$/;
export const DEFAULT_TTL_SECONDS = 300;

/** Of one code: guesses, and how often it may be sent again within its life. */
export const ATTEMPTS = 5;
const MOST_SENDS = 3;
/** Less than this left, a code is over before it has been read: another one is made. */
const LEAST_LIFE_MS = 30 * SECOND_MS;
/** Between two messages to one person: the first may still be on its way. */
const AGAIN_AFTER_MS = 30 * SECOND_MS;
/** Different codes for one person: with five guesses each, 25 of a million an hour. */
const MOST_IN_HOUR = 5;
const MOST_IN_DAY = 10;
/** Different numbers that differ in their last three digits only, and never entered their code: nobody has such customers. */
export const MOST_NEIGHBOURS = 20;
export const NEIGHBOURS_WITHIN_MS = HOUR_MS;
/** What the limits look back on; older codes are dropped. */
export const REMEMBERED_MS = DAY_MS;

export interface KnownCode {
  id: string;
  createdAt: Instant;
  expiresAt: Instant;
  lastSentAt: Instant;
  sends: number;
  attemptsLeft: number;
  over: boolean;
}

export type CodePlan =
  | { kind: 'new' }
  /** The same code once more: whoever asks twice may enter the one of either message. */
  | { kind: 'again'; id: string }
  | { kind: 'wait'; seconds: number; why: string };

/** The one that a person may enter now: the newest, unless it was used up. */
export const liveCode = <C extends KnownCode>(known: readonly C[], now: Instant): C | undefined => {
  const newest = known.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))[0];
  return newest && !newest.over && newest.expiresAt > now && newest.attemptsLeft > 0 ? newest : undefined;
};

/** `other`: the caller gave a code of its own, and it is not the live one. */
export function planCode(
  known: readonly KnownCode[],
  live: KnownCode | undefined,
  now: Instant,
  other: boolean,
): CodePlan {
  const plan = planAt(known, live, now, other);
  if (plan.kind !== 'wait') return plan;
  // Another limit may hold when this one ends: the wait that is told is the whole one, or callers would be sent round.
  let { until } = plan;
  for (let next = planAt(known, live, until, other); next.kind === 'wait'; next = planAt(known, live, until, other))
    until = next.until;
  return { kind: 'wait', seconds: Math.max(1, Math.ceil((until - now) / SECOND_MS)), why: plan.why };
}

type Planned = Exclude<CodePlan, { kind: 'wait' }> | { kind: 'wait'; until: Instant; why: string };

function planAt(known: readonly KnownCode[], held: KnownCode | undefined, now: Instant, other: boolean): Planned {
  const wait = (until: Instant, why: string): Planned => ({ kind: 'wait', until, why });
  const latest = Math.max(0, ...known.map(code => code.lastSentAt));
  if (latest + AGAIN_AFTER_MS > now)
    return wait(latest + AGAIN_AFTER_MS, 'a code was sent to this number a moment ago');
  const live = held && held.expiresAt - now >= LEAST_LIFE_MS ? held : undefined;
  if (live && !other) {
    if (live.sends < MOST_SENDS) return { kind: 'again', id: live.id };
    return wait(live.expiresAt, `the code was sent ${MOST_SENDS} times already`);
  }
  for (const [spanMs, most, words] of [
    [HOUR_MS, MOST_IN_HOUR, 'the last hour'],
    [DAY_MS, MOST_IN_DAY, 'the last day'],
  ] as const) {
    const within = known.map(code => code.createdAt).filter(at => at > now - spanMs);
    const freed = within.toSorted((a, b) => a - b)[within.length - most];
    if (freed !== undefined) return wait(freed + spanMs, `this number had ${most} codes in ${words}`);
  }
  return { kind: 'new' };
}

/** Numbers that were bought in a row share all but their end. */
export const neighbourhood = (phone: string): string => phone.slice(0, -3);

/** In templates and on the record, in place of the code. */
export const MASK = '••••••';
