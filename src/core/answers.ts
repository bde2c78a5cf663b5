/** Shapes of answers that several routes share, with their examples. */
import { MaybeMoney, Nullable, Type } from '#lib/schema.ts';
import { PURPOSE_NAMES } from './messages/purposes.ts';
import { STATE_NAMES } from './messages/states.ts';
import { REASON_NAMES } from './policy/decision.ts';

const words = (values: readonly string[]) => Type.Unsafe<string>({ type: 'string', enum: [...values] });
const instant = Type.String({ format: 'date-time' });
const maybeInstant = Nullable(instant);

export const DecisionAnswer = Type.Object(
  {
    outcome: words(['queue', 'later', 'refuse']),
    reason: Nullable(words(REASON_NAMES)),
    channel: Type.String(),
    sender: Nullable(Type.String()),
    category: Type.String(),
    not_before: maybeInstant,
    estimated_cost: MaybeMoney,
    trace: Type.Array(
      Type.Object({
        rule: Type.String(),
        verdict: words(['pass', 'refuse', 'later']),
        detail: Type.String(),
        change: Type.Optional(Type.String({ description: 'What would change this verdict' })),
        channel: Type.Optional(Type.String({ description: 'Of a plan with several steps: which one' })),
      }),
    ),
  },
  { description: 'Why it will be sent, later or not at all: every rule with its verdict' },
);

export const SendAnswer = Type.Object({
  message_id: Type.Optional(Type.String()),
  status: Type.Optional(words(STATE_NAMES)),
  duplicate: Type.Optional(Type.Boolean()),
  differs: Type.Optional(Type.Boolean()),
  reason: Type.Optional(words(REASON_NAMES)),
  dry_run: Type.Optional(Type.Boolean()),
  rendered: Type.Optional(Type.Unknown()),
  decision: Type.Optional(DecisionAnswer),
});

export const MessageAnswer = Type.Object({
  id: Type.String(),
  type: words(PURPOSE_NAMES),
  purpose: words(PURPOSE_NAMES),
  to: Type.String(),
  template: Nullable(Type.String()),
  language: Nullable(Type.String()),
  reference: Nullable(Type.String()),
  channel: Type.String(),
  provider: Nullable(Type.String()),
  provider_id: Nullable(Type.String()),
  status: words(STATE_NAMES),
  reason: Nullable(Type.String()),
  error: Nullable(Type.Object({ code: Type.String() })),
  resolution: Nullable(Type.String()),
  attempts: Type.Integer(),
  cost: Type.Object({ estimated: MaybeMoney, actual: MaybeMoney }),
  due_at: instant,
  expires_at: maybeInstant,
  created_at: instant,
  accepted_at: maybeInstant,
  sent_at: maybeInstant,
  delivered_at: maybeInstant,
  read_at: maybeInstant,
  failed_at: maybeInstant,
});

export const EXAMPLE_ID = 'msg_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b';

export const exampleDecision = {
  outcome: 'queue',
  reason: null,
  channel: 'whatsapp',
  sender: 'snd_019ab3f05c1e7d0f8a2b4c6d8e0f1a2c',
  category: 'UTILITY',
  not_before: null,
  estimated_cost: { amount_micros: 23_900, currency: 'EUR' },
  trace: [
    { rule: 'consent', verdict: 'pass', detail: 'transactional consent since 2026-11-21T08:00:00.000Z (checkout)' },
  ],
};

export const exampleMessage = {
  id: EXAMPLE_ID,
  type: 'order_confirm',
  purpose: 'order_confirm',
  to: '+40712345678',
  template: 'order_confirm',
  language: 'ro',
  reference: '1001',
  channel: 'whatsapp',
  provider: 'meta',
  provider_id: 'wamid.HBgLNDA3MTIzNDU2Nzg',
  status: 'read',
  reason: null,
  error: null,
  resolution: null,
  attempts: 1,
  cost: { estimated: { amount_micros: 23_900, currency: 'EUR' }, actual: { amount_micros: 23_900, currency: 'EUR' } },
  due_at: '2026-11-21T08:00:00.000Z',
  expires_at: '2026-11-22T08:00:00.000Z',
  created_at: '2026-11-21T08:00:00.000Z',
  accepted_at: '2026-11-21T08:00:00.120Z',
  sent_at: '2026-11-21T08:00:01.000Z',
  delivered_at: '2026-11-21T08:00:02.000Z',
  read_at: '2026-11-21T08:01:00.000Z',
  failed_at: null,
};
