/** The round of a life that looks after what was left behind, as resolve.ts does it; what silence means is judged there. */

import { choose, type Look, type Unknown } from '../../../src/core/messages/look-up.ts';
import { judgeSilence, type Silence } from '../../../src/core/messages/resolve.ts';
import type { SendOutcome } from '../../../src/core/provider.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/lib/clock.ts';
import type { Life, Message } from './life.ts';

interface Surroundings {
  up(): boolean;
  silence(): Silence;
  /** Whose an id of the provider's is, as far as an answer or a receipt has said. */
  knownAs(providerId: string): string | undefined;
  settle(message: Message, outcome: SendOutcome): void;
}

const FIRST_MS = 5 * SECOND_MS;

export function openRescue(life: Life, around: Surroundings): { watch(): void } {
  const { timeline, dice, messages, provider, change } = life;
  let watching = false;
  let rest = 0;

  const isOpen = ({ row }: Message) =>
    ['queued', 'leased', 'sending'].includes(row.state) || (row.state === 'unknown' && row.resolution === 'open');

  function watch(): void {
    rest = SECOND_MS;
    if (watching) return;
    watching = true;
    timeline.after(rest, round);
  }

  function round(): void {
    const open = messages.filter(isOpen);
    watching = open.length > 0;
    if (!watching) return;
    if (around.up()) for (const message of open) look(message);
    // Always the same while anything moves; rarer and rarer while everything only waits for its end.
    rest = Math.min(rest * 1.5, 10 * MINUTE_MS);
    timeline.after(rest + dice.between(0, 1_000), round);
  }

  function look(message: Message): void {
    const now = timeline.now();
    const { state, deadlineAt, expiresAt } = message.row;
    if (state === 'leased' && deadlineAt! < now) change(message, { kind: 'rescueLease' });
    else if (state === 'queued' && expiresAt <= now) change(message, { kind: 'expire', now });
    else if (state === 'sending' && deadlineAt! < now) change(message, { kind: 'rescueSending', now });
    else if (state === 'unknown') judge(message, now);
  }

  function judge(message: Message, now: number): void {
    const unknown: Unknown = {
      id: message.id,
      purpose: message.purpose,
      resends: message.row.resends,
      sender_id: 'sender',
      silent_ms: now - message.row.unknownAt!,
      expires_at: message.row.expiresAt,
      first_at: null,
      receipts_missing: messages.some(
        ({ row: { state, acceptedAt } }) =>
          state === 'accepted' && acceptedAt! >= now - HOUR_MS && acceptedAt! <= now - MINUTE_MS,
      ),
    };
    const look = lookUp(message, unknown, now);
    if (look === 'settled') return;
    const verdict = judgeSilence(unknown, around.silence(), now, look);
    if (verdict === 'resend') change(message, { kind: 'resend', resends: message.row.resends, now });
    if (verdict === 'close') change(message, { kind: 'close' });
  }

  /** Asked where nothing but the answer stands before the resend, and sometimes sooner. */
  function lookUp(message: Message, unknown: Unknown, now: number): Look | 'settled' {
    if (!provider.tells) return 'impossible';
    const decisive = judgeSilence(unknown, around.silence(), now, 'absent') === 'resend';
    if (!decisive && (unknown.silent_ms < FIRST_MS || dice.chance(0.7))) return 'pending';
    const found = provider.lookUp(startedAt(message));
    if (found === 'unavailable') return 'pending';
    const rivals = messages.filter(other => other !== message && isDoubted(other));
    const chosen = choose(
      found.filter(one => (around.knownAs(one.providerId) ?? message.id) === message.id),
      { kind: 'text', text: message.text },
      rivals.map(rival => ({ kind: 'text', text: rival.text })),
    );
    if (typeof chosen === 'string') return chosen === 'absent' && decisive ? 'absent' : 'pending';
    around.settle(message, chosen.outcome);
    return 'settled';
  }

  const isDoubted = ({ row: { state, resends, resolution, providerId } }: Message) =>
    state === 'sending' || (resolution !== null && (providerId === null || resends > 0));
  const startedAt = ({ journal }: Message) =>
    journal.findLast(entry => entry.operation.kind === 'mark' && entry.changed)?.at ?? 0;
  return { watch };
}
