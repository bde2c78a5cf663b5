/**
 * What must hold in every life, counted by the provider's list of copies and by tables of our own: not by the rules that
 * are on trial.
 */

import type { Purpose } from '../../../src/core/messages/purposes.ts';
import { TRANSITIONS } from '../../../src/core/messages/states.ts';
import type { SendOutcome } from '../../../src/core/provider.ts';
import { iso } from '../../../src/lib/clock.ts';
import type { Dice } from './dice.ts';
import type { Message } from './life.ts';
import type { Operation } from './operations.ts';
import type { Person } from './person.ts';
import type { FakeProvider } from './provider.ts';
import { type Row, told } from './row.ts';
import type { Timeline } from './timeline.ts';

/** How often each may reach a phone by itself, in words of the promise and not by the rule that is to keep it. */
const COPIES: Readonly<Record<Purpose, 1 | 2>> = {
  otp: 2,
  opt_in_request: 1,
  emergency: 2,
  queue_notice: 2,
  reply: 1,
  order_confirm: 2,
  receipt: 2,
  invoice: 2,
  loyalty: 2,
  reminder: 2,
  announcement: 2,
  promo: 1,
};
/** The noes after which the same message may go again. */
const NOT_FINAL = ['busy', 'pair', 'later', 'template-paused', 'sender-blocked'];
/** How often such a no may be followed by another try. */
const RETRIES = 8;
const COUNTED = ['busy', 'pair', 'later', 'template-paused'];
const ADVERTISING: readonly Purpose[] = ['promo', 'opt_in_request'];
const ANY_HOUR: readonly Purpose[] = ['otp', 'queue_notice', 'reply'];

export interface Witness {
  violations: string[];
  beforeMark(message: Message): void;
  after(message: Message, before: Row, operation: Operation): void;
  answered(message: Message, attempt: number, outcome: SendOutcome): void;
  /** A person's word: one copy more. */
  allow(message: Message): void;
  atTheEnd(messages: readonly Message[], dice: Dice): void;
}

interface World {
  person: Person;
  provider: FakeProvider;
  timeline: Timeline;
}

export function openWitness({ person, provider, timeline }: World): Witness {
  const violations: string[] = [];
  const allowed = new Map<string, number>();
  const noes = new Map<string, number>();
  const finalNo = new Set<string>();
  const complain = (message: Message, what: string) =>
    violations.push(`${message.id} (${message.purpose}) at ${iso(timeline.now())}: ${what}`);

  function beforeMark(message: Message): void {
    const { purpose, row } = message;
    const asked = purpose === 'otp';
    const answers = purpose === 'queue_notice' || purpose === 'reply';
    if (person.stopped() && !asked && (answers ? person.silentSinceStop() : true))
      complain(message, 'it leaves after a STOP that was applied');
    if (person.stoppedInApp() && ADVERTISING.includes(purpose))
      complain(message, 'it leaves after the switch in the app');
    if (row.expiresAt <= timeline.now()) complain(message, 'it leaves after its end');
    if (finalNo.has(message.id)) complain(message, 'it leaves after a definite no');
    if ((noes.get(message.id) ?? 0) > RETRIES) complain(message, 'it leaves after more noes than it has retries');
    const hour = new Date(timeline.now()).getUTCHours();
    if (purpose === 'promo' && (hour < 9 || hour >= 20)) complain(message, 'it leaves in the night');
    if (ANY_HOUR.includes(purpose) && row.resends > COPIES[purpose] - 1 + (allowed.get(message.id) ?? 0))
      complain(message, 'it is sent again once too often');
  }

  function after(message: Message, before: Row, operation: Operation): void {
    const { state } = message.row;
    // What a receipt brings at once may be two ways of the drawing: accepted by it, and then what it says.
    if (state !== before.state && !TRANSITIONS[before.state].includes(state) && !isLateArrival(before, operation))
      complain(message, `${operation.kind} leads from ${before.state} to ${state}, which the drawing does not know`);
  }

  function answered(message: Message, attempt: number, outcome: SendOutcome): void {
    // Of an attempt that is not the last one the answer is no news; nor where silence has put its message back before.
    if (message.row.state === 'queued' || message.row.state === 'leased') return;
    if (outcome.kind !== 'rejected' || attempt !== message.row.attempt || attempt <= message.row.closedAttempt) return;
    if (!NOT_FINAL.includes(outcome.class)) finalNo.add(message.id);
    if (COUNTED.includes(outcome.class)) noes.set(message.id, (noes.get(message.id) ?? 0) + 1);
  }

  function atTheEnd(messages: readonly Message[], dice: Dice): void {
    for (const message of messages) {
      const mine = provider.copies.filter(copy => copy.message === message.id);
      const onPhone = mine.filter(copy => copy.fate !== 'fails').length;
      const bound = COPIES[message.purpose] + (allowed.get(message.id) ?? 0);
      if (onPhone > bound) complain(message, `${onPhone} copies, ${bound} are allowed`);
      compare(message, mine.length, onPhone);
      sameInAnyOrder(message, dice);
    }
  }

  /** What the row says, and what the provider knows. */
  function compare(message: Message, taken: number, onPhone: number): void {
    const { row, journal } = message;
    const { state, resolution, reason } = row;
    if (['queued', 'leased', 'sending'].includes(state)) complain(message, `it is ${state} for ever`);
    if (state === 'unknown' && resolution !== 'closed') complain(message, 'its doubt is open for ever');
    if (['refused', 'expired'].includes(state) && reason === null)
      complain(message, `it is ${state} and nobody knows why`);
    const byWord = journal.some(({ operation, changed }) => operation.kind === 'word' && changed);
    if (['accepted', 'sent', 'delivered', 'read'].includes(state) && taken === 0 && !byWord)
      complain(message, `it is called ${state} and was never taken`);
    if (['refused', 'expired', 'cancelled'].includes(state) && onPhone > 0 && !byWord)
      complain(message, `it is called ${state} and is on the phone`);
    if (['failed', 'dead'].includes(state) && onPhone > 0 && resolution === null)
      complain(message, `it is called ${state}, is on the phone, and was never in doubt`);
  }

  /** From any moment of its life on, its receipts give the same row: in any order, however often. */
  function sameInAnyOrder(message: Message, dice: Dice): void {
    const { journal } = message;
    if (journal.length === 0) return;
    const from = dice.pick(journal).row;
    // Of attempts that had been made by then.
    const receipts = journal.flatMap(({ operation }) =>
      operation.kind === 'receipt' && operation.attempt <= from.attempt ? [operation] : [],
    );
    if (receipts.length < 2) return;
    const now = timeline.now();
    const folded = (order: typeof receipts) => standing(order.reduce((row, receipt) => told(row, receipt, now), from));
    const straight = folded(receipts);
    const disorder = folded(dice.shuffled([...receipts, ...receipts]));
    if (straight !== disorder)
      complain(message, `its receipts in another order, from ${from.state}: ${disorder} and not ${straight}`);
  }

  return {
    violations,
    beforeMark,
    after,
    answered,
    allow: message => {
      allowed.set(message.id, (allowed.get(message.id) ?? 0) + 1);
      finalNo.delete(message.id);
      noes.delete(message.id);
    },
    atTheEnd,
  };
}

const standing = ({ state, sentAt, deliveredAt, readAt, failedAt, resolution, attempt }: Row): string =>
  JSON.stringify({ state, sentAt, deliveredAt, readAt, failedAt, resolution, attempt });

/** A message that has ended may arrive all the same: the attempt before was only believed lost. */
const isLateArrival = ({ state }: Row, { kind }: Operation): boolean =>
  kind === 'receipt' && ['refused', 'expired', 'cancelled'].includes(state);
