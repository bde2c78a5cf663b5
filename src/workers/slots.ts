/**
 * Slots are what a lane's messages wait for where its number may send few a second: each is a moment before which one
 * message does not leave. Here is what keeps departures near their slots, and what a process does about those that were
 * not: no second may hold more departures than the number may send (ADR 12).
 */
import type { Instant } from '#lib/clock.ts';
import type { Leased } from '../core/messages/gate.ts';

/** Slots at least so far apart are waited for: 200 a second. Above that a batch is a small part of a second. */
const SPARSE_MS = 5;
/**
 * A slot that was missed by more than this is given up: after a stall all that were missed would leave at once. The lease
 * spaces slots a little wider than the limit (dispatch-statements.ts), which pays for the rest.
 */
const LATE_MS = 25;
/**
 * The gate begins before the slot, by as long as gates take: what has passed it leaves at its slot, and not later by
 * whatever the disk or a distant database took. Not earlier than need be, since what a person says after the gate is too late.
 */
const EARLY_MS = { least: 30, most: 75 };
/** A departure counts as one of the second that it left in for so long. */
const SECOND_MS = 1_000;

/** The urgent have the earliest of the slots that are held: a code does not wait for what was reserved before it came. */
export function inTurn(held: readonly Leased[]): Leased[] {
  const slots = held.map(one => one.slotAt).sort((a, b) => a - b);
  return held
    .toSorted((a, b) => a.priority - b.priority || a.slotAt - b.slotAt)
    .map((one, place) => ({ ...one, slotAt: slots[place]! }));
}

/**
 * Slots that are given up, and the messages that go without: whose slot has passed, and for each that left late the next
 * slot that is held. The others move up to the slots that are left, and the least urgent wait again.
 */
export function giveUp(held: readonly Leased[], latest: Instant, debts: number): { kept: Leased[]; without: Leased[] } {
  const turn = inTurn(held.filter(one => one.slotAt >= latest));
  const given = Math.min(debts, turn.length);
  const kept = turn.slice(0, turn.length - given);
  return {
    kept: kept.map((one, place) => ({ ...one, slotAt: turn[place + given]!.slotAt })),
    without: [...held.filter(one => one.slotAt < latest), ...turn.slice(kept.length)],
  };
}

export interface Punctuality {
  /** How far apart the lane's slots are, as the lease tells it. */
  stepMs: number;
  /** Whether slots are what the lane waits for. */
  isSparse(): boolean;
  /** How long before a slot its gate begins. */
  earlyMs(): number;
  gateTook(ms: number): void;
  left(slotAt: Instant, now: Instant): void;
  /** What of the held is given up now. */
  giveUp(held: readonly Leased[], now: Instant): ReturnType<typeof giveUp>;
  /** It was: nothing is owed any more. */
  gaveUp(): void;
}

export function createPunctuality(): Punctuality {
  /** As long as the last gate took, or nearly as long as the longest before it. */
  let gateMs = 0;
  /** Late is later than usual: where all leave twenty milliseconds after their slots, none comes into another's second. */
  let usuallyLateMs = 0;
  let leftLate: Instant[] = [];
  const self: Punctuality = {
    stepMs: 0,
    isSparse: () => self.stepMs >= SPARSE_MS,
    earlyMs: () => (self.isSparse() ? Math.min(EARLY_MS.most, Math.max(EARLY_MS.least, gateMs)) : 0),
    gateTook: ms => {
      gateMs = Math.max(ms, gateMs * 0.95);
    },
    left: (slotAt, now) => {
      const lateMs = Math.max(0, now - slotAt);
      if (self.isSparse() && lateMs > usuallyLateMs + Math.min(self.stepMs, LATE_MS)) leftLate.push(now);
      usuallyLateMs = usuallyLateMs * 0.98 + lateMs * 0.02;
    },
    giveUp: (held, now) => {
      if (!self.isSparse()) return { kept: [...held], without: [] };
      leftLate = leftLate.filter(at => at > now - SECOND_MS);
      return giveUp(held, now - LATE_MS, leftLate.length);
    },
    gaveUp: () => {
      leftLate = [];
    },
  };
  return self;
}
