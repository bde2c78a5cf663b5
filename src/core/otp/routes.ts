/** One-time codes over HTTP. */
import { iso, SECOND_MS } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import { LocaleText, PhoneText, Strict, Type } from '#lib/schema.ts';
import { EXAMPLE_ID, exampleDecision, SendAnswer } from '../answers.ts';
import { answerSend } from '../messages/answer-send.ts';
import type { Admission, SendCommand } from '../messages/command.ts';
import { answerAdmission } from '../messages/view.ts';
import { requirePhone } from '../people.ts';
import { route } from '../route.ts';
import { CODE, DEFAULT_TTL_SECONDS, MASK } from './otp.ts';
import { type AskedCode, askCode, enterCode } from './service.ts';

const OtpAnswer = Type.Intersect([SendAnswer, Type.Object({ expires_at: Type.String() })]);

export const otpRoutes = [
  route({
    method: 'POST',
    path: '/api/wa/send/otp',
    scope: 'messages:send',
    tag: 'One-time codes',
    summary: 'Send a one-time code',
    description:
      'Makes a code of six digits, or takes yours, and sends it through the approved template of the purpose `otp`. Asked again while the code is live, the same one is sent once more. It is never shown in an answer and stored nowhere in clear. Too many codes for one number, or for numbers side by side, are answered 429.',
    body: Strict({
      phone: PhoneText,
      code: Type.Optional(
        Type.String({ pattern: CODE.source, description: 'Your own; six digits are made when absent' }),
      ),
      ttl_seconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 900, default: DEFAULT_TTL_SECONDS })),
      language: Type.Optional(LocaleText),
    }),
    example: { phone: '+40712345678' },
    answers: {
      202: {
        description: 'Queued',
        schema: OtpAnswer,
        example: {
          message_id: EXAMPLE_ID,
          status: 'queued',
          duplicate: false,
          decision: exampleDecision,
          expires_at: '2026-11-21T08:05:00.000Z',
        },
      },
      200: {
        description: 'Refused',
        schema: OtpAnswer,
        example: {
          message_id: EXAMPLE_ID,
          status: 'refused',
          duplicate: false,
          reason: 'template_missing',
          decision: { ...exampleDecision, outcome: 'refuse', reason: 'template_missing' },
          expires_at: '2026-11-21T08:05:00.000Z',
        },
      },
    },
    handle: async (core, { tenant, body, claim }) => {
      const phone = await requirePhone(core, tenant, body.phone, 'phone');
      const ttlSeconds = body.ttl_seconds ?? DEFAULT_TTL_SECONDS;
      const carrying = ({ id, sends, expiresAt }: AskedCode): SendCommand => ({
        to: phone,
        purpose: 'otp',
        origin: 'POST /api/wa/send/otp',
        reference: `${id}.${sends}`,
        content: { kind: 'template', language: body.language, variables: () => ({ code: MASK }) },
        code: id,
        expiresAt,
      });
      // Tried before a code is made: a refused one was sent to nobody, and must not count against whoever asks again. Its
      // row names a code that does not exist, so that nothing leaves even if the reason goes away in this moment.
      const nothing = { id: newId(), sends: 0, expiresAt: core.clock.now() + ttlSeconds * SECOND_MS };
      const tried = await core.send(tenant, { ...carrying(nothing), dryRun: true });
      const refused = tried.kind === 'dry' && tried.decision.outcome === 'refuse';
      const asked = refused ? nothing : await askCode(core, tenant, { phone, code: body.code, ttlSeconds });
      const answer = (admission: Admission) => {
        const { status, body: told } = answerAdmission(admission);
        return { status, body: { ...(told as object), expires_at: iso(asked.expiresAt) } };
      };
      return answerSend(core, tenant, carrying(asked), claim, answer);
    },
  }),
  route({
    method: 'POST',
    path: '/api/wa/otp/verify',
    scope: 'messages:send',
    tag: 'One-time codes',
    summary: 'Check a one-time code',
    description:
      'A code is right once, and for the number that it was sent to. Five guesses are allowed for each; `attempts_left` is 0 when no code is live.',
    body: Strict({ phone: PhoneText, code: Type.String({ minLength: 1, maxLength: 40, format: 'storable' }) }),
    example: { phone: '+40712345678', code: '123456' },
    answers: {
      200: {
        description: 'Whether it was the code',
        schema: Type.Object({ valid: Type.Boolean(), attempts_left: Type.Integer() }),
        example: { valid: true, attempts_left: 4 },
      },
    },
    handle: async (core, { tenant, body }) => {
      const phone = await requirePhone(core, tenant, body.phone, 'phone');
      // People type what they see, with the spaces that they see.
      const code = body.code.replace(/\s+/g, '');
      const { valid, attemptsLeft } = await enterCode(core, tenant, { phone, code });
      return { status: 200, body: { valid, attempts_left: attemptsLeft } };
    },
  }),
];
