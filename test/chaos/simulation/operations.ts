/** Everything that is ever done to a row, as data: a life is a journal of these, and can be lived again by other means. */
import type { State } from '../../../src/core/messages/states.ts';
import { afresh, ended, type Row, type Settled, settled, type Told, told, withOutcome } from './row.ts';

export type Operation =
  | { kind: 'lease'; owner: number; until: number }
  | { kind: 'mark'; owner: number; now: number; until: number }
  | { kind: 'divert'; state: 'queued' | 'refused' | 'expired'; reason: string | null; dueAt: number; now: number }
  | ({ kind: 'settle'; now: number } & Settled)
  | { kind: 'rescueLease' }
  | { kind: 'rescueSending'; now: number }
  | { kind: 'expire'; now: number }
  | { kind: 'resend'; resends: number; now: number }
  | { kind: 'close' }
  | ({ kind: 'receipt'; now: number } & Told)
  | { kind: 'retryFailed'; attempt: number; dueAt: number; retries: number; code: string | null; now: number }
  | { kind: 'cancel'; now: number }
  | { kind: 'word'; state: 'accepted' | 'failed'; now: number }
  | { kind: 'requeue'; now: number; lifeMs: number };

/** The same row where nothing is to be done: each statement judges the state in which it finds the row. */
export function operate(row: Row, operation: Operation): Row {
  const waits = row.state === 'queued' || row.state === 'leased';
  switch (operation.kind) {
    case 'lease':
      return row.state === 'queued'
        ? { ...row, state: 'leased', owner: operation.owner, deadlineAt: operation.until }
        : row;
    case 'mark':
      return row.owner === operation.owner ? marked(row, operation.now, operation.until) : row;
    case 'divert':
      return waits ? diverted(row, operation) : row;
    case 'settle':
      return settled(row, operation, operation.now);
    case 'rescueLease':
      return row.state === 'leased' ? { ...row, state: 'queued', owner: null, deadlineAt: null } : row;
    case 'rescueSending':
      return row.state === 'sending' ? lost(row, operation.now) : row;
    case 'expire':
      return row.state === 'queued' ? { ...ended(row, 'expired', operation.now), reason: 'expired' } : row;
    case 'resend':
      return row.state === 'unknown' && (operation.resends < 0 || row.resends === operation.resends)
        ? resent(row, operation.now, operation.resends < 0)
        : row;
    case 'close':
      return row.state === 'unknown' && row.resolution === 'open' ? { ...row, resolution: 'closed' } : row;
    case 'receipt':
      return told(row, operation, operation.now);
    case 'retryFailed':
      return row.state === 'failed' && operation.attempt === row.attempt ? triedAgain(row, operation) : row;
    case 'cancel':
      return waits ? { ...ended(row, 'cancelled', operation.now), owner: null, deadlineAt: null } : row;
    case 'word':
      return row.state === 'unknown' ? spoken(row, operation.state, operation.now) : row;
    case 'requeue':
      return row.state === 'failed' || row.state === 'dead'
        ? { ...afresh(row, operation.now), retries: 0, errorCode: null, expiresAt: operation.now + operation.lifeMs }
        : row;
  }
}

const marked = (row: Row, now: number, until: number): Row => ({
  ...row,
  state: 'sending',
  attempt: row.attempt + 1,
  unknownAt: null,
  owner: null,
  dueAt: Math.max(row.dueAt, now),
  deadlineAt: until,
  outcomes: [...row.outcomes, 'sending'],
});

const diverted = (row: Row, to: { state: State; reason: string | null; dueAt: number; now: number }): Row => ({
  ...ended(row, to.state, to.now),
  reason: to.reason,
  dueAt: to.dueAt,
  owner: null,
  deadlineAt: null,
});

const lost = (row: Row, now: number): Row => ({
  ...row,
  state: 'unknown',
  unknownAt: now,
  resolution: 'open',
  reason: 'uncertain',
  deadlineAt: null,
  outcomes: row.outcomes.at(-1) === 'sending' ? withOutcome(row, row.attempt, 'uncertain') : row.outcomes,
});

const resent = (row: Row, now: number, byPerson: boolean): Row => ({
  ...row,
  state: 'queued',
  resolution: 'resent',
  resends: row.resends + 1,
  dueAt: now,
  reason: null,
  expiresAt: byPerson ? Math.max(row.expiresAt, now + 600_000) : row.expiresAt,
});

const triedAgain = (row: Row, again: { dueAt: number; retries: number; code: string | null }): Row => ({
  ...afresh(row, again.dueAt),
  retries: row.retries + again.retries,
  errorCode: again.code,
  resolution: row.resolution === null ? null : 'not_sent',
  outcomes: withOutcome(row, row.attempt, 'rejected'),
});

const spoken = (row: Row, state: 'accepted' | 'failed', now: number): Row => ({
  ...row,
  state,
  resolution: state === 'accepted' ? 'sent' : 'not_sent',
  acceptedAt: state === 'accepted' ? (row.acceptedAt ?? now) : row.acceptedAt,
  failedAt: state === 'failed' ? now : row.failedAt,
});
