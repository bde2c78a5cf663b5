/** What every control is made of: a call, an answer, and a sentence when it cannot be done. */
import type { ServerResponse } from 'node:http';
import type { ControlOutcome, Written } from '#core/emulation.ts';
import type { FieldProblem } from '../exchange.ts';
import type { World } from '../world.ts';

/** `onClock` tells whoever runs the emulator: both sides have to live by the same time. */
export type ControlContext = { world: World; onClock: ((offsetMs: number) => void) | undefined };

export type ControlCall = {
  context: ControlContext;
  world: World;
  params: Record<string, string>;
  query: URLSearchParams;
  /** Empty when nothing was sent: most controls need none. */
  body: Record<string, unknown>;
  response: ServerResponse;
};

/** `streaming`: the control writes the response by itself */
export type ControlAnswer = { status: number; value: unknown } | 'streaming';
export type Control = (call: ControlCall) => ControlAnswer | Promise<ControlAnswer>;

export function done(value: unknown, status = 200): ControlAnswer {
  return { status, value };
}

/** The shape of the service's own errors: a code to branch on, a sentence to read, the fields that were wrong. */
export function refuse(status: number, code: string, message: string, fields?: FieldProblem[]): ControlAnswer {
  return { status, value: { error: fields ? { code, message, fields } : { code, message } } };
}

/** 422: the call was understood, and what it asks for can't be. */
export function invalid(path: string, message: string): ControlAnswer {
  return refuse(422, 'invalid', `${path}: ${message}`, [{ path, message }]);
}

/** sends what the part wants to be told, and answers what it says */
export function conclude(world: World, outcome: ControlOutcome): ControlAnswer {
  if ('refused' in outcome) {
    return refuse(outcome.refused === 'not_found' ? 404 : 422, outcome.refused, outcome.message, outcome.fields);
  }
  // Before the webhook, so that whatever it causes meets the switch as it is now.
  const { marketing } = outcome;
  if (marketing) world.changePhone(marketing.phone, { marketing_stopped: marketing.stopped });
  for (const webhook of outcome.webhooks) world.sendWebhook(webhook);
  const written = (outcome.written ?? []).map(one => write(world, one));
  const sent = outcome.webhooks.length + written.length;
  return done({ ...outcome.answer, webhooks: sent, ...(written.length > 0 ? { messages: written } : {}) });
}

/** First the message, then its webhook: the file tells them in the order in which they happened. */
export function write(world: World, { account, phone, content }: Written): string | undefined {
  const part = world.part(account.provider);
  if (!part) return undefined;
  const message = world.receive(account, phone, part.newInboundId(phone), content);
  world.sendWebhook(part.inboundWebhook(world, account, world.phone(phone), message));
  return message.id;
}

/** `+40 712…`, `%2B40712…`, `0040712…` or bare digits, to E.164; undefined when it is no phone number */
export function readPhone(text: string): string | undefined {
  const digits = text.replace(/[\s().-]/g, '').replace(/^(\+|00)/, '');
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined;
}

/** Lists are objects too, and never meant where fields are. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
