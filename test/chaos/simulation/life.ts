/** One life: a person, some messages to them, a service that dies now and then, and a provider that nothing can be relied on. */
import { PURPOSE_NAMES, type Purpose, rulesOf } from '../../../src/core/messages/purposes.ts';
import { decide } from '../../../src/core/policy/decide.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/lib/clock.ts';
import { type Dice, openDice } from './dice.ts';
import { openWitness, type Witness } from './invariants.ts';
import { type Operation, operate } from './operations.ts';
import { intentOf, type Means, openPerson, type Person } from './person.ts';
import { type FakeProvider, openProvider } from './provider.ts';
import { newRow, type Row } from './row.ts';
import { openService } from './service.ts';
import { openTimeline, type Timeline } from './timeline.ts';

export interface Message {
  id: string;
  purpose: Purpose;
  text: string;
  /** As it was admitted. */
  first: Row;
  row: Row;
  /** All that was ever done to it, for the agreement with the statements and for reading. */
  journal: { at: number; operation: Operation; row: Row; changed: boolean }[];
}

/** What all parts of a life share. */
export interface Life {
  dice: Dice;
  timeline: Timeline;
  person: Person;
  means: Means;
  provider: FakeProvider;
  messages: Message[];
  witness: Witness;
  /** The only way in which a row changes; answers whether it did. */
  change(message: Message, operation: Operation): boolean;
}

export interface Lived {
  seed: number;
  messages: readonly Message[];
  violations: readonly string[];
  copies: number;
  /** Rows that were ever unknown, and those that stay it. */
  doubted: number;
  open: number;
}

/** A Friday evening before the quiet hours. */
const START = Date.UTC(2026, 10, 20, 18);
/** What has not come to rest by then never will. */
const MOST_STEPS = 20_000;

export function live(seed: number): Lived {
  const dice = openDice(seed);
  const timeline = openTimeline(START + dice.between(0, 2 * DAY_MS));
  const means: Means = { senderActive: true, templates: new Map() };
  const person = openPerson(means);
  const provider: FakeProvider = openProvider(dice, timeline, receipt => service.hear(receipt));
  const witness = openWitness({ person, provider, timeline });
  const life: Life = {
    dice,
    timeline,
    person,
    means,
    provider,
    messages: [],
    witness,
    change: (message, operation) => {
      const before = message.row;
      if (operation.kind === 'mark' && before.owner === operation.owner) witness.beforeMark(message);
      message.row = operate(before, operation);
      const changed = message.row !== before;
      message.journal.push({ at: timeline.now(), operation, row: message.row, changed });
      witness.after(message, before, operation);
      if (changed) service.notice(message);
      return changed;
    },
  };
  const service = openService(life);
  begin(life);
  for (let count = dice.between(1, 3); count > 0; count -= 1) ask(life, service.notice);
  talk(life);
  interfere(life);
  for (let crashes = dice.between(0, 2); crashes > 0; crashes -= 1)
    timeline.after(dice.chance(0.5) ? dice.between(0, MINUTE_MS) : dice.between(0, DAY_MS), service.crash);
  if (timeline.run(MOST_STEPS) === MOST_STEPS) witness.violations.push('it does not come to rest');
  witness.atTheEnd(life.messages, dice);
  return {
    seed,
    messages: life.messages,
    violations: witness.violations,
    copies: provider.copies.length,
    doubted: life.messages.filter(message => message.row.resolution !== null).length,
    open: life.messages.filter(message => message.row.state === 'unknown').length,
  };
}

function begin({ dice, person, timeline }: Life): void {
  const now = timeline.now();
  if (dice.chance(0.95)) person.says('grant', 'business', now - HOUR_MS);
  if (dice.chance(0.5)) person.writes(now - dice.between(0, 23) * HOUR_MS);
}

/** Admission: what the policy lets in waits; what it refuses is a row that says why, and no more happens to it. */
function ask({ dice, timeline, person, means, messages }: Life, notice: (message: Message) => void): void {
  timeline.after(dice.chance(0.7) ? dice.between(0, 5) * SECOND_MS : dice.between(0, 12) * HOUR_MS, () => {
    const now = timeline.now();
    const purpose = dice.pick(PURPOSE_NAMES);
    const dueAt = dice.chance(0.8) ? now : now + dice.between(1, 600) * MINUTE_MS;
    const lifeMs = dice.chance(0.6) ? rulesOf(purpose).expiresAfterMs : dice.between(1, 120) * MINUTE_MS;
    const decision = decide(intentOf(purpose, means, dueAt, dueAt + lifeMs), person.facts(), now);
    const waits = newRow(decision.dueAt, dueAt + lifeMs);
    const refused = { state: 'refused', reason: decision.reason ?? null, holdsKey: false } as const;
    const first = decision.outcome === 'refuse' ? { ...waits, ...refused } : waits;
    const message: Message = {
      id: `m${messages.length}`,
      purpose,
      // Two that say the same can't be told apart by whoever looks one of them up.
      text: dice.chance(0.8) ? `text ${messages.length}` : 'the same text',
      first,
      row: first,
      journal: [],
    };
    messages.push(message);
    notice(message);
  });
}

/** What the person says meanwhile, and when it reaches us. */
function talk({ dice, timeline, person }: Life): void {
  const words = dice.pick([
    [],
    [],
    ['withdraw'],
    ['withdraw'],
    ['withdraw', 'restore'],
    ['stop'],
    ['stop', 'resume'],
  ] as const);
  let after = 0;
  for (const word of words) {
    after += dice.chance(0.6) ? dice.between(0, 20) * SECOND_MS : dice.between(0, 12) * HOUR_MS;
    const at = timeline.now() + after;
    // Late, and with the time at which it was said.
    timeline.after(after + (dice.chance(0.8) ? 0 : dice.between(0, 10) * MINUTE_MS), () => {
      if (word === 'stop' || word === 'resume') person.says(word, 'platform', at, 'marketing');
      else {
        person.says(word, 'person', at);
        person.writes(at);
      }
    });
    // A business that records a consent afterwards lifts nothing.
    if (word === 'withdraw' && dice.chance(0.3))
      timeline.after(after + SECOND_MS, () => person.says('grant', 'business', timeline.now()));
  }
  if (dice.chance(0.3)) timeline.after(dice.between(0, 6) * HOUR_MS, () => person.writes(timeline.now()));
}

/** What people at the business do by hand: take back, decide doubts, put failed ones back. */
function interfere({ dice, timeline, messages, change, witness }: Life): void {
  for (let times = dice.pick([0, 0, 0, 1, 2]); times > 0; times -= 1)
    timeline.after(dice.chance(0.5) ? dice.between(0, MINUTE_MS) : dice.between(0, DAY_MS), () => {
      const message = messages[dice.between(0, 2)];
      if (!message) return;
      const now = timeline.now();
      const { state } = message.row;
      if (state === 'unknown' && dice.chance(0.5)) {
        witness.allow(message);
        change(message, { kind: 'resend', resends: -1, now });
      } else if (state === 'unknown') change(message, { kind: 'word', state: dice.pick(['accepted', 'failed']), now });
      else if (state === 'failed' || state === 'dead') {
        witness.allow(message);
        change(message, { kind: 'requeue', now, lifeMs: rulesOf(message.purpose).expiresAfterMs });
      } else change(message, { kind: 'cancel', now });
    });
}
