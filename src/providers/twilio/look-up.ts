/**
 * What became of a send whose answer was lost: the messages to that person since. Nothing of ours stands in a message's
 * resource (its callback's address is not shown), so which of them it is, if any, the core says by its text.
 */
import type { Candidate, LookUpAnswer, LookUpRequest, SenderAccess, Wire } from '#core/provider.ts';
import { call, type Json, object, readJson } from './api.ts';
import { describe, judge } from './errors.ts';
import { MESSAGE_SID } from './send.ts';

/** As many as one page holds: nobody is written to so often while one answer is waited for. */
const PAGE = 200;
/** Its times are whole seconds by its own clock, which may be a little behind ours. */
const SLACK_MS = 2_000;

export async function lookUp({ to, since }: LookUpRequest, sender: SenderAccess, wire: Wire): Promise<LookUpAnswer> {
  const { base_url: base, account_sid: account, from } = sender.account;
  // Not by `DateSent`: what still waits in Twilio's queue has none, and would look as if it were not there.
  const query = new URLSearchParams({ To: `whatsapp:${to}`, PageSize: String(PAGE) });
  const answer = await call(wire, sender, `${base}/2010-04-01/Accounts/${account}/Messages.json?${query}`);
  if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
  const list = answer.status === 200 ? readJson(answer.body)?.['messages'] : undefined;
  if (!Array.isArray(list)) return { kind: 'unavailable', detail: `HTTP ${answer.status} without a list` };
  const messages = list.map(one => readMessage(object(one) ?? {}, `whatsapp:${from}`));
  const young = messages.filter(one => one.at >= since - SLACK_MS);
  // Newest first: an older one on the page shows that none of the young ones is on the next.
  if (messages.length >= PAGE && young.length === messages.length)
    return { kind: 'unavailable', detail: 'more messages to this person than one page holds' };
  return { kind: 'listed', candidates: young.flatMap(one => one.candidate ?? []) };
}

/** With a time that can't be read it counts as young: what is not understood must not look absent. */
function readMessage(message: Json, business: string): { at: number; candidate: Candidate | undefined } {
  const created = Date.parse(String(message['date_created']));
  const at = Number.isNaN(created) ? Number.POSITIVE_INFINITY : created;
  const { sid, from, body, direction } = message;
  const ours = direction !== 'inbound' && (from === business || from === null);
  if (!ours || typeof sid !== 'string' || !MESSAGE_SID.test(sid)) return { at, candidate: undefined };
  return {
    at,
    candidate: { providerId: sid, text: typeof body === 'string' ? body : null, outcome: outcomeOf(sid, message) },
  };
}

/** Everything but a definite failure is a yes: what becomes of it from here on is for its receipts to say. */
function outcomeOf(providerId: string, { status, error_code, error_message }: Json): Candidate['outcome'] {
  if (!['failed', 'undelivered', 'canceled'].includes(String(status))) return { kind: 'accepted', providerId };
  const code = Number(error_code ?? 0);
  const judged = judge(code, 400);
  const detail = describe(code, typeof error_message === 'string' ? error_message : `it is ${String(status)}`);
  const definite = judged.class === 'unclear' ? 'undeliverable' : judged.class;
  return { kind: 'rejected', class: definite, code: code > 0 ? String(code) : String(status), detail };
}
