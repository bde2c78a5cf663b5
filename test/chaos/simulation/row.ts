/**
 * The row of a message and what the statements of src/core/messages do to it, written a second time in TypeScript: where
 * SQL is the state machine there is no pure code to call. What is judged (the gate, the failure table, silence) is not
 * here: the simulation calls the real functions. agreement.test.ts runs the journals of simulated lives through the
 * statements themselves, row by row, and so keeps this file honest. Not in it: money, stats, texts and erased people.
 */
import type { Folded } from '../../../src/core/inbox/receipts.ts';
import type { State } from '../../../src/core/messages/states.ts';

export type AttemptOutcome = 'sending' | 'accepted' | 'rejected' | 'unreached' | 'uncertain';

export interface Row {
  state: State;
  attempt: number;
  retries: number;
  resends: number;
  closedAttempt: number;
  resolution: 'open' | 'resent' | 'closed' | 'sent' | 'not_sent' | null;
  reason: string | null;
  errorCode: string | null;
  providerId: string | null;
  owner: number | null;
  dueAt: number;
  expiresAt: number;
  /** Machine time: of the lease or the attempt. */
  deadlineAt: number | null;
  unknownAt: number | null;
  acceptedAt: number | null;
  sentAt: number | null;
  deliveredAt: number | null;
  readAt: number | null;
  failedAt: number | null;
  /** Of each attempt, the first at 0. */
  outcomes: readonly AttemptOutcome[];
  /** The same call decides anew once it is not. */
  holdsKey: boolean;
}

export const newRow = (dueAt: number, expiresAt: number): Row => ({
  state: 'queued',
  attempt: 0,
  retries: 0,
  resends: 0,
  closedAttempt: 0,
  resolution: null,
  reason: null,
  errorCode: null,
  providerId: null,
  owner: null,
  dueAt,
  expiresAt,
  deadlineAt: null,
  unknownAt: null,
  acceptedAt: null,
  sentAt: null,
  deliveredAt: null,
  readAt: null,
  failedAt: null,
  outcomes: [],
  holdsKey: true,
});

/** What an answer says of the attempt that it answers. */
export interface Settled {
  attempt: number;
  outcome: AttemptOutcome;
  state: State;
  providerId: string | null;
  code: string | null;
  dueAt: number | null;
  retries: number;
}

/** What receipts say of one attempt, folded. */
export type Told = Omit<Folded, 'messageId' | 'price'>;

const FREE = { owner: null, deadlineAt: null } as const;

export const withOutcome = (row: Row, attempt: number, outcome: AttemptOutcome): Row['outcomes'] =>
  attempt < 1 || attempt > row.outcomes.length ? row.outcomes : row.outcomes.with(attempt - 1, outcome);

/** `endOrDoubt`: what was in doubt once may have arrived that time, whatever became of the next. */
export function ended(row: Row, target: State, now: number): Row {
  const doubt = row.resends > 0 && ['refused', 'expired', 'cancelled'].includes(target);
  const state = doubt ? 'unknown' : target;
  return {
    ...row,
    state,
    ...(doubt ? { resolution: 'closed', unknownAt: now } : {}),
    holdsKey: !['refused', 'expired', 'cancelled'].includes(state),
  };
}

/** `message_settle` */
export function settled(
  row: Row,
  { attempt, outcome, state, providerId, code, dueAt, retries }: Settled,
  now: number,
): Row {
  if (attempt <= row.closedAttempt) return row;
  const tried = { ...row, outcomes: withOutcome(row, attempt, outcome) };
  const was = row.state;
  const counts = was === 'sending' || (was === 'unknown' && state !== 'unknown') || providerId !== null;
  if (attempt !== row.attempt || !counts) return tried;
  const waits = was === 'queued' || was === 'leased';
  const moves = was === 'sending' || was === 'unknown' || (waits && state === 'accepted');
  return {
    ...tried,
    ...FREE,
    state: moves ? state : was,
    providerId: providerId ?? row.providerId,
    acceptedAt: providerId === null ? row.acceptedAt : (row.acceptedAt ?? now),
    errorCode: was === 'failed' ? row.errorCode : outcome === 'accepted' ? null : code,
    reason: state === 'queued' || state === 'accepted' ? null : outcome,
    failedAt: state === 'failed' || state === 'dead' ? now : row.failedAt,
    dueAt: dueAt ?? row.dueAt,
    retries: row.retries + retries,
    unknownAt: state === 'unknown' ? (row.unknownAt ?? now) : row.unknownAt,
    resolution: resolutionOf(row, state),
  };
}

function resolutionOf(row: Row, state: State): Row['resolution'] {
  if (state === 'unknown') return 'open';
  if (['unknown', 'queued', 'leased'].includes(row.state) && state === 'accepted')
    return row.state === 'unknown' || row.resolution === 'resent' ? 'sent' : row.resolution;
  return row.state === 'unknown' ? 'not_sent' : row.resolution;
}

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));

/** `receipt_apply` */
export function told(row: Row, receipt: Told, now: number): Row {
  const was = row.state;
  const { attempt, sent, delivered, read, failed, code } = receipt;
  const arrived = delivered !== null || read !== null;
  const over = was === 'refused' || was === 'cancelled' || was === 'expired';
  if (over && !(arrived && attempt >= 1 && attempt <= row.attempt)) return row;
  const open = row.outcomes[attempt - 1] === 'sending' || row.outcomes[attempt - 1] === 'uncertain';
  const out = ['accepted', 'sent', 'delivered', 'read'].includes(was);
  const outcomes =
    open && (!out || attempt < row.attempt)
      ? withOutcome(row, attempt, failed === null ? 'accepted' : 'rejected')
      : row.outcomes;
  const may = ['queued', 'leased', 'sending', 'unknown', 'accepted', 'sent', 'delivered', 'read', 'failed'];
  const fails = failed !== null && attempt === row.attempt && attempt > row.closedAttempt && may.includes(was);
  const leftAt = attempt > row.closedAttempt ? sent : null;
  if (leftAt === null && !arrived && !fails) return { ...row, outcomes };
  const all = {
    sentAt: least(row.sentAt, leftAt),
    deliveredAt: least(row.deliveredAt, delivered),
    readAt: least(row.readAt, read),
  };
  return {
    ...row,
    ...FREE,
    ...all,
    outcomes,
    failedAt: fails ? least(row.failedAt, failed) : row.failedAt,
    errorCode: fails ? (code ?? row.errorCode) : was === 'unknown' ? null : row.errorCode,
    reason: was === 'unknown' || was === 'queued' || was === 'leased' ? null : row.reason,
    acceptedAt: row.acceptedAt ?? now,
    providerId: row.providerId ?? receipt.providerId,
    resolution: was === 'unknown' ? 'sent' : row.resolution,
    state: stateOf(all, was === 'failed' || fails, was),
  };
}

function stateOf(at: Pick<Row, 'sentAt' | 'deliveredAt' | 'readAt'>, failed: boolean, was: State): State {
  if (at.readAt !== null) return 'read';
  if (at.deliveredAt !== null) return 'delivered';
  if (failed) return 'failed';
  return at.sentAt === null ? was : 'sent';
}

/** `message_requeue` and `message_failed_retry`: what is told of the old attempt later is no news of the next. */
export const afresh = (row: Row, dueAt: number): Row => ({
  ...row,
  state: 'queued',
  dueAt,
  reason: null,
  failedAt: null,
  closedAttempt: row.attempt,
  sentAt: null,
  acceptedAt: null,
  providerId: null,
});
