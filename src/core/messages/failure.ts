/**
 * What is done about an outcome: the failure table. Providers say what an error means, this says what follows, once
 * for all of them. Pure; the one retry layer of the system.
 */
import { type Backoff, backoffMs } from '#lib/backoff.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '#lib/clock.ts';
import type { ErrorClass, SendOutcome } from '../provider.ts';

/** What an answer does to its message, and beside it to the lane, the template, the sender. */
export interface Failure {
  state: 'accepted' | 'queued' | 'failed' | 'dead' | 'unknown';
  outcome: 'accepted' | 'rejected' | 'unreached' | 'uncertain';
  code: string | null;
  detail: string | null;
  /** When a queued one is tried again, in business time; null leaves the row's own. */
  dueAt: Instant | null;
  /** Counts against the retries that a message may have. */
  retried: boolean;
  /** By the machine's clock: nothing leaves by this sender meanwhile. */
  pauseLaneMs?: number;
  template?: 'paused' | 'disabled';
  disableSender?: boolean;
  /** The person stopped this business's marketing inside the app. */
  stopped?: boolean;
  /** The person wrote STOP, and the provider knows it, whether or not we were told. */
  optedOut?: boolean;
  /** No marketing to this person meanwhile, whoever asks for it. */
  holdMarketingMs?: number;
}

/** The platform counts its cap on marketing over days, and punishes who asks again within one. */
export const HELD_MS = DAY_MS;

/** Of definite noes. What never reached the provider counts for nothing, or an outage would bury a whole queue. */
export const MAX_RETRIES = 8;

const BUSY: Backoff = { baseMs: 2 * SECOND_MS, capMs: 5 * MINUTE_MS, factor: 2 };
/** The platform asks for 4^n seconds between two messages to one person that met its pair limit. */
const PAIR: Backoff = { baseMs: 8 * SECOND_MS, capMs: 10 * MINUTE_MS, factor: 4 };
/** The provider's "not now": the port means minutes by it. */
const LATER: Backoff = { baseMs: 2 * MINUTE_MS, capMs: HOUR_MS, factor: 2 };

const RETRIED: Partial<Record<ErrorClass, Backoff>> = { busy: BUSY, pair: PAIR, later: LATER };

export interface FailureContext {
  retries: number;
  now: Instant;
  expiresAt: Instant | null;
  random(): number;
  /** How many rounds in a row the provider could not be reached at all. */
  unreachedRounds: number;
  /** Whether the lane may retry just now: retries are a tenth of fresh traffic at most. */
  mayRetry(): boolean;
}

export function followUp(outcome: SendOutcome, context: FailureContext): Failure {
  const base = { code: null, detail: null, dueAt: null, retried: false };
  switch (outcome.kind) {
    case 'accepted':
      return { ...base, state: 'accepted', outcome: 'accepted' };
    case 'uncertain':
      return { ...base, state: 'unknown', outcome: 'uncertain', code: outcome.code ?? null, detail: outcome.detail };
    case 'unreached':
      return unreached(outcome.detail, context);
    case 'rejected':
      return rejected(outcome, context);
  }
}

/**
 * Nothing of it was ever seen, so it is always safe to try again; and the whole lane has the same trouble, so the lane
 * rests, longer each round, and no message's retries are used up by an outage. Only its expiry ends the waiting.
 */
function unreached(detail: string, context: FailureContext): Failure {
  const pauseLaneMs = Math.min(MINUTE_MS, SECOND_MS * 2 ** Math.min(context.unreachedRounds, 6));
  return {
    state: 'queued',
    outcome: 'unreached',
    code: 'unreached',
    detail,
    // A moment only: what is waited for is the end of the lane's pause.
    dueAt: context.now + SECOND_MS,
    retried: false,
    pauseLaneMs,
  };
}

function rejected(outcome: Extract<SendOutcome, { kind: 'rejected' }>, context: FailureContext): Failure {
  const failure: Failure = {
    state: 'failed',
    outcome: 'rejected',
    code: outcome.code,
    detail: outcome.detail,
    dueAt: null,
    retried: false,
  };
  const backoff = RETRIED[outcome.class];
  if (backoff) {
    const pause = outcome.class === 'busy' ? { pauseLaneMs: outcome.retryAfterMs ?? SECOND_MS } : {};
    return retry({ ...failure, ...pause }, backoff, outcome.retryAfterMs, context);
  }
  switch (outcome.class) {
    case 'template-paused':
      // Held by the gate until the pause is lifted. What was filled from a text before has no pause here that would hold
      // it: so it counts as a retry, and ends.
      return retry({ ...failure, template: 'paused' }, LATER, outcome.retryAfterMs, context);
    case 'template-gone':
      return { ...failure, template: 'disabled' };
    case 'sender-blocked':
      // A revoked token is the operator's to mend: until then nothing is lost but what expires in its own time.
      return { ...failure, state: 'queued', dueAt: context.now + MINUTE_MS, disableSender: true };
    case 'stopped':
      return { ...failure, stopped: true };
    case 'opted-out':
      return { ...failure, optedOut: true };
    case 'held-back':
      // No second try of this one: the cap lasts a day or more, and an early one is counted against the account.
      return { ...failure, holdMarketingMs: HELD_MS };
    // Definite, so no second try.
    default:
      return failure;
  }
}

function retry(failure: Failure, backoff: Backoff, retryAfterMs: number | undefined, context: FailureContext): Failure {
  if (context.retries >= MAX_RETRIES) return { ...failure, state: 'dead' };
  const wait = Math.max(backoffMs(backoff, context.retries + 1, context.random), retryAfterMs ?? 0);
  // Out of budget is not out of retries: it waits longer, so that a broken provider meets a trickle and not a wave.
  const longer = context.mayRetry() ? 0 : 30 * SECOND_MS * (1 + context.random());
  const dueAt = context.now + wait + Math.round(longer);
  if (context.expiresAt !== null && dueAt >= context.expiresAt) return { ...failure, state: 'dead' };
  return { ...failure, state: 'queued', dueAt, retried: true };
}

/** Retries are paid from what fresh sends put in: a tenth each, some in advance so that a quiet lane may retry too. */
export function retryBudget(): { fresh(count: number): void; take(): boolean } {
  // Saved up at most: a provider that breaks after a good day meets so many at their usual pace, then a trickle.
  const most = 100;
  let tokens = 10;
  return {
    fresh: count => {
      tokens = Math.min(most, tokens + count / 10);
    },
    take: () => {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
