/**
 * The service of a life, as the workers run it: lease, gate, send, settle, and the round that looks after what was left
 * behind. What it decides by are the real functions; when it does so, and where it dies, is the dice's. One process with
 * two workers; what is in its memory dies with it.
 */

import { foldReceipts } from '../../../src/core/inbox/receipts.ts';
import { type Failure, followUp, retryBudget } from '../../../src/core/messages/failure.ts';
import { DEADLINE_MS, fateOf } from '../../../src/core/messages/gate.ts';
import { decide } from '../../../src/core/policy/decide.ts';
import type { Receipt, SendOutcome } from '../../../src/core/provider.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/lib/clock.ts';
import type { Life, Message } from './life.ts';
import { intentOf } from './person.ts';
import { openRescue } from './rescue.ts';

export interface Service {
  /** A webhook. */
  hear(receipt: Receipt): void;
  /** A row is new or has changed. */
  notice(message: Message): void;
  crash(): void;
}

/** Of the lease: long against everything that a worker does between it and the gate. */
const LEASE_MS = 30 * SECOND_MS;

export function openService(life: Life): Service {
  const { dice, timeline, provider, person, means, messages, change } = life;
  /** Counts the lives of the process; what an earlier one had in hand is gone. */
  let process = 1;
  let up = true;
  let upSince = timeline.now() - dice.between(0, HOUR_MS);
  let budget = retryBudget();
  let unreachedRounds = 0;
  let pausedUntil = 0;
  const fragile = dice.pick([0, 0, 0.02, 0.1]);
  const inbox = { waiting: 0, drainedSince: upSince };
  const refs = new Map<string, { messageId: string; attempt: number }>();
  let parked: Receipt[] = [];

  const crash = () => {
    if (!up) return;
    up = false;
    process += 1;
    timeline.after(dice.between(200, 20_000), () => {
      up = true;
      upSince = timeline.now();
      budget = retryBudget();
      unreachedRounds = 0;
      for (const message of messages) notice(message);
    });
  };
  /** Later, by the same process or not at all. At any such place it may die instead. */
  const then = (ms: number, work: () => void) => {
    const mine = process;
    if (dice.chance(fragile)) timeline.after(dice.between(0, ms), () => mine === process && crash());
    timeline.after(ms, () => {
      if (up && mine === process) work();
    });
  };
  const moment = (most: number, stallMs: number) =>
    dice.chance(0.98) ? dice.between(0, most) : dice.between(most, stallMs);

  const notice = (message: Message) => {
    if (message.row.state === 'queued')
      then(Math.max(message.row.dueAt, pausedUntil) - timeline.now() + dice.between(0, 300), () => lease(message));
    rescue.watch();
  };

  function lease(message: Message): void {
    const now = timeline.now();
    const { state, dueAt } = message.row;
    if (state !== 'queued') return;
    if (dueAt > now || pausedUntil > now || !means.senderActive) {
      // A blocked sender leases nothing until somebody has acted.
      if (means.senderActive) then(Math.max(dueAt, pausedUntil) - now, () => lease(message));
      return;
    }
    const owner = dice.between(1, 2);
    change(message, { kind: 'lease', owner, until: now + LEASE_MS });
    then(moment(400, 90_000), () => gate(message, owner));
  }

  function gate(message: Message, owner: number): void {
    const { row, purpose } = message;
    if (row.state !== 'leased' || row.owner !== owner) return;
    const now = timeline.now();
    const decision = decide(intentOf(purpose, means, row.dueAt, row.expiresAt), person.facts(), now);
    if (decision.outcome !== 'queue') {
      const about = { state: fateOf(decision), reason: decision.reason ?? null, dueAt: decision.dueAt };
      change(message, { kind: 'divert', ...about, now });
      return;
    }
    change(message, { kind: 'mark', owner, now, until: now + DEADLINE_MS });
    const { attempt } = message.row;
    if (attempt === 1) budget.fresh(1);
    then(moment(3, 5 * MINUTE_MS), () => {
      const { outcome, afterMs } = provider.send(message.id, attempt, message.text);
      const { retries, expiresAt } = row;
      then(afterMs, () => then(moment(50, 60_000), () => settle(message, attempt, { retries, expiresAt }, outcome)));
    });
  }

  function settle(
    message: Message,
    attempt: number,
    at: { retries: number; expiresAt: number },
    outcome: SendOutcome,
  ): void {
    const now = timeline.now();
    const failure = followUp(outcome, {
      ...at,
      now,
      random: dice.random,
      mayRetry: budget.take,
      unreachedRounds,
    });
    unreachedRounds = outcome.kind === 'unreached' ? unreachedRounds + 1 : 0;
    const providerId = outcome.kind === 'accepted' ? outcome.providerId : null;
    if (providerId !== null && !refs.has(providerId)) refs.set(providerId, { messageId: message.id, attempt });
    const { state, code, dueAt } = failure;
    life.witness.answered(message, attempt, outcome);
    learn(failure, now);
    change(message, {
      kind: 'settle',
      attempt,
      outcome: failure.outcome,
      state,
      providerId,
      code,
      dueAt,
      retries: failure.retried ? 1 : 0,
      now,
    });
    unpark();
  }

  /** What follow-up.ts writes beside the message. */
  function learn(failure: Failure, at: number): void {
    if (failure.stopped) person.says('stop', 'platform', at, 'marketing');
    if (failure.optedOut) person.says('withdraw', 'person', at);
    if (failure.holdMarketingMs) person.heldUntil = Math.max(person.heldUntil ?? 0, at + failure.holdMarketingMs);
    if (failure.pauseLaneMs) pausedUntil = Math.max(pausedUntil, at + failure.pauseLaneMs);
    if (failure.template) {
      for (const message of messages) means.templates.set(message.purpose, failure.template);
      timeline.after(dice.between(1, 300) * MINUTE_MS, () => means.templates.clear());
    }
    if (failure.disableSender && means.senderActive) {
      means.senderActive = false;
      timeline.after(dice.between(1, 300) * MINUTE_MS, () => {
        means.senderActive = true;
        for (const message of messages) notice(message);
      });
    }
  }

  /** Stored before it is answered; while nobody is there the provider repeats it. */
  function hear(receipt: Receipt): void {
    if (!up) {
      timeline.after(dice.between(5, 60) * SECOND_MS, () => hear(receipt));
      return;
    }
    inbox.waiting += 1;
    const apply = () => {
      if (!up) {
        timeline.after(SECOND_MS, apply);
        return;
      }
      inbox.waiting -= 1;
      if (inbox.waiting === 0) inbox.drainedSince = timeline.now();
      receive([receipt], true);
    };
    timeline.after(moment(500, 10 * MINUTE_MS), apply);
  }

  function receive(receipts: readonly Receipt[], mayPark: boolean): void {
    const placed = receipts.flatMap(receipt => {
      const [messageId, attempt] = receipt.correlation?.split('.') ?? [];
      const at = messageId ? { messageId, attempt: Number(attempt) } : refs.get(receipt.providerId);
      if (!at && mayPark) parked.push(receipt);
      return at ? [{ receipt, ...at }] : [];
    });
    for (const { messageId, ...rest } of foldReceipts(placed)) {
      const message = messages.find(one => one.id === messageId)!;
      const before = message.row.state;
      if (message.row.providerId !== rest.providerId && !refs.has(rest.providerId))
        refs.set(rest.providerId, { messageId, attempt: rest.attempt });
      change(message, { kind: 'receipt', ...rest, now: timeline.now() });
      const error = placed.find(one => one.messageId === messageId && one.receipt.error)?.receipt.error;
      const newly = before !== 'failed' && message.row.state === 'failed';
      if (error && error.class !== 'unclear')
        followFailed(message, rest.attempt, { ...error, class: error.class }, newly);
    }
  }

  /** What failed-receipts.ts does: what would have followed the same answer to the send. */
  function followFailed(
    message: Message,
    attempt: number,
    error: Omit<Extract<SendOutcome, { kind: 'rejected' }>, 'kind'>,
    newly: boolean,
  ): void {
    const now = timeline.now();
    const { retries, expiresAt } = message.row;
    const context = { retries, expiresAt, now, random: dice.random, mayRetry: () => true, unreachedRounds: 0 };
    const failure = followUp({ kind: 'rejected', ...error }, context);
    learn(failure, now);
    if (newly) life.witness.answered(message, attempt, { kind: 'rejected', ...error });
    if (newly && failure.state === 'queued')
      change(message, {
        kind: 'retryFailed',
        attempt,
        dueAt: failure.dueAt ?? now,
        retries: failure.retried ? 1 : 0,
        code: failure.code,
        now,
      });
  }

  /** Kept until their message is known. */
  function unpark(): void {
    const known = parked.filter(receipt => refs.has(receipt.providerId));
    if (known.length === 0) return;
    parked = parked.filter(receipt => !known.includes(receipt));
    then(dice.between(0, 1_000), () => receive(known, false));
  }

  const rescue = openRescue(life, {
    up: () => up,
    silence: () => ({
      upForMs: timeline.now() - upSince,
      drainedForMs: inbox.waiting > 0 ? 0 : timeline.now() - inbox.drainedSince,
    }),
    knownAs: providerId => refs.get(providerId)?.messageId,
    settle: (message, outcome) =>
      settle(message, message.row.attempt, { retries: message.row.retries, expiresAt: message.row.expiresAt }, outcome),
  });
  return { hear, notice, crash };
}
