/**
 * The states of a message and the ways between them. The drawing in docs/reference/states.md is generated from this
 * table.
 *
 * The way through this folder:
 *   command.ts, compose.ts   what is asked; the text is fixed before anything is judged
 *   admit.ts                 a batch becomes decisions and rows: a duplicate is caught here, by the business key
 *   dispatch-statements.ts   the lease: slots on the wire, nothing sent yet
 *   gate.ts                  consent is judged for the last time, under the person's lock; `sending` is committed
 *   send.ts, failure.ts      the bytes, the answer, and what follows from it; a timeout is `unknown`, never a retry
 *   receipt-statements.ts    what the provider reports later, in any order: a late receipt settles here
 *   resolve.ts               what was left behind: leases, attempts without an answer, the unknown ones
 *   view.ts, routes.ts       what callers see and may do
 */
export const STATES = {
  queued: 'Stored and waiting for its moment and a free slot.',
  leased: 'A worker has reserved it. Nothing was on the wire, so a crash only puts it back.',
  sending: 'Committed before the bytes leave. A crash from here on makes it unknown, never queued.',
  accepted: 'The provider took it and gave it an id.',
  sent: 'The provider reports that it left for the phone.',
  delivered: 'It is on the phone.',
  read: 'The person opened it.',
  refused: 'The policy said no; `reason` says why. Nothing was sent.',
  unknown: 'The bytes left and no answer came. It is listed until a receipt, a rule or a person settles it.',
  failed: 'A definite no of the provider; `error` says which.',
  dead: 'Retries are used up, or it could not be worked on at all. It waits for a person.',
  cancelled: 'Taken back by the caller before it left.',
  expired: 'Its time passed before it could be sent.',
} as const;

export type State = keyof typeof STATES;
export const STATE_NAMES = Object.keys(STATES) as State[];

/** Queued and leased ones may arrive, or fail, without being sent: the attempt before was only believed lost, and its receipt is late. */
export const TRANSITIONS: Readonly<Record<State, readonly State[]>> = {
  queued: ['leased', 'accepted', 'unknown', 'failed', 'cancelled', 'expired', 'refused', 'sent', 'delivered', 'read'],
  leased: [
    'queued',
    'sending',
    'accepted',
    'unknown',
    'failed',
    'refused',
    'expired',
    'cancelled',
    'dead',
    'sent',
    'delivered',
    'read',
  ],
  sending: ['accepted', 'queued', 'failed', 'dead', 'unknown', 'sent', 'delivered', 'read'],
  unknown: ['accepted', 'queued', 'failed', 'dead', 'sent', 'delivered', 'read'],
  accepted: ['sent', 'delivered', 'read', 'failed'],
  sent: ['delivered', 'read', 'failed'],
  delivered: ['read'],
  failed: ['queued', 'delivered', 'read'],
  dead: ['queued', 'sent', 'delivered', 'read'],
  read: [],
  refused: [],
  cancelled: [],
  expired: [],
};

/** Live or sent: as long as a message stands here, its business key is held and the same call sends nothing. */
export const HOLDS_KEY: readonly State[] = STATE_NAMES.filter(
  state => !['refused', 'cancelled', 'expired'].includes(state),
);

/** What waits for a person. `unknown` is not among them: it may have arrived, and to requeue it could send it twice. */
export const DEAD_LETTERS: readonly State[] = ['dead', 'failed'];
