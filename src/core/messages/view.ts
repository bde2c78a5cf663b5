/** A message as callers see it. */
import type { Values } from '#db/column.ts';
import { iso, isoOrNull } from '#lib/clock.ts';
import { publicId } from '#lib/id.ts';
import { moneyOrNull } from '#lib/money.ts';
import { type Decision, readDecision } from '../policy/decision.ts';
import type { Admission, Held } from './command.ts';
import type { attemptList, messageRead } from './read-statements.ts';

type Row = Omit<Values<typeof messageRead.row>, 'decision' | 'origin'>;
type Attempt = Values<typeof attemptList.row>;

export const viewMessage = (row: Row) => ({
  id: publicId('message', row.id),
  type: row.purpose,
  purpose: row.purpose,
  to: row.recipient,
  template: row.content.kind === 'template' ? row.content.name : null,
  language: row.content.kind === 'template' ? row.content.language : null,
  reference: row.reference,
  channel: row.channel,
  provider: row.provider,
  provider_id: row.provider_id,
  status: row.state,
  reason: row.reason,
  // A failure that was reported beside an arrival stays among the events; the message itself did arrive.
  error: row.error_code === null || row.delivered_at !== null || row.read_at !== null ? null : { code: row.error_code },
  resolution: row.resolution,
  attempts: row.attempt,
  // Null and not zero where nobody knows. `actual` comes with the arrival: what does not arrive is not charged.
  cost: {
    estimated: moneyOrNull(row.estimate_micros, row.currency),
    actual: moneyOrNull(row.actual_micros, row.currency),
  },
  due_at: iso(row.due_at),
  expires_at: isoOrNull(row.expires_at),
  created_at: iso(row.created_at),
  accepted_at: isoOrNull(row.accepted_at),
  sent_at: isoOrNull(row.sent_at),
  delivered_at: isoOrNull(row.delivered_at),
  read_at: isoOrNull(row.read_at),
  failed_at: isoOrNull(row.failed_at),
});

export const viewDetail = (row: Values<typeof messageRead.row>, attempts: readonly Attempt[]) => ({
  ...viewMessage(row),
  origin: row.origin,
  // As what the provider charges it, by its own receipts.
  charged_as:
    row.price_category === null
      ? null
      : { category: row.price_category, type: row.price_type, market: row.price_market },
  rendered:
    row.content.kind === 'template'
      ? row.content.rendered
      : row.content.kind === 'text'
        ? { text: row.content.text }
        : null,
  decision: viewDecision(readDecision(row.decision)),
  events: events(row, attempts),
});

/** What happened, in order, each with its instant: the story of a message that a person can follow. */
function events(row: Row, attempts: readonly Attempt[]) {
  const facets = [
    ['created', row.created_at, null],
    ['sent', row.sent_at, null],
    ['delivered', row.delivered_at, null],
    ['read', row.read_at, null],
    ['failed', row.failed_at, row.error_code],
  ] as const;
  // Both ends of every attempt, so that a minute between them is seen as the provider's and not as ours.
  const tries = attempts.flatMap(attempt => [
    ['sending', attempt.started_at, `attempt ${attempt.attempt}`] as const,
    ...(attempt.outcome === 'sending' || attempt.ended_at === null
      ? []
      : [
          [
            attempt.outcome,
            attempt.ended_at,
            [attempt.error_code, attempt.error_detail].filter(Boolean).join(': ') || null,
          ] as const,
        ]),
  ]);
  return [...facets, ...tries]
    .flatMap(([event, at, detail]) => (at === null ? [] : [{ event, at, detail }]))
    .sort((a, b) => a.at - b.at)
    .map(({ event, at, detail }) => ({ event, at: iso(at), detail }));
}

/** The decision of admission; once the gate has held or refused the message, that of the gate. */
export const viewDecision = (decision: Decision) => ({
  outcome: decision.outcome,
  reason: decision.reason ?? null,
  channel: decision.channel,
  sender: decision.senderId === undefined ? null : publicId('sender', decision.senderId),
  category: decision.category,
  not_before: isoOrNull(decision.notBefore),
  estimated_cost: decision.estimate ?? null,
  trace: decision.trace,
});

const viewHeld = ({ messageId, status, differs }: Held) => ({
  message_id: publicId('message', messageId),
  status,
  duplicate: true,
  ...(differs ? { differs: true } : {}),
});

/** The answer to a send, by what became of it. */
export function answerAdmission(admission: Admission): { status: number; body: unknown } {
  switch (admission.kind) {
    case 'queued':
      return {
        status: 202,
        body: {
          message_id: publicId('message', admission.messageId),
          status: 'queued',
          duplicate: false,
          decision: viewDecision(admission.decision),
        },
      };
    case 'duplicate':
      return {
        status: 200,
        body: viewHeld(admission),
      };
    // 200 and no error: the call was understood, and the answer to it is a no with its reason.
    case 'refused':
      return {
        status: 200,
        body: {
          message_id: publicId('message', admission.messageId),
          status: 'refused',
          duplicate: false,
          reason: admission.reason,
          decision: viewDecision(admission.decision),
        },
      };
    case 'dry':
      return {
        status: 200,
        body: {
          dry_run: true,
          ...(admission.held ? viewHeld(admission.held) : {}),
          decision: viewDecision(admission.decision),
          rendered: admission.rendered,
        },
      };
  }
}
