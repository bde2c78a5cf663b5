/** A message to `POST …/Messages.json` and its answer to an outcome. */
import type { SenderAccess, SendOutcome, SendRequest, TemplateContent, Wire } from '#core/provider.ts';
import { call, readError, readJson } from './api.ts';
import { describe, judge } from './errors.ts';
import { CONTENT_SID } from './templates.ts';
import { variablesOf } from './variables.ts';

/** The parameter of the callback's address that carries our id; it is signed with the rest of the address. */
export const CORRELATION = 'm';

/**
 * Without this an answer of ours other than 2xx is never repeated: a receipt that met a restart would be lost. Five times is
 * the most there is. A fragment, read by Twilio and neither requested nor signed.
 */
const REPEAT = '#rc=5&rp=all';

export async function send(request: SendRequest, sender: SenderAccess, wire: Wire): Promise<SendOutcome> {
  const { content } = request;
  // Another provider's id, or none: asked for by it, somebody else's template could answer.
  if (content.kind === 'template' && !CONTENT_SID.test(content.providerTemplateId ?? ''))
    return { kind: 'rejected', class: 'template-gone', code: 'no_content', detail: 'it was never submitted to Twilio' };
  const { base_url: base, account_sid: account } = sender.account;
  const form = toForm(request, sender);
  const answer = await call(wire, sender, `${base}/2010-04-01/Accounts/${account}/Messages.json`, { form });
  if (answer.kind !== 'answer') return answer;
  return readOutcome(answer.status, answer.body, answer.headers['retry-after']);
}

export function toForm({ to, correlation, content }: SendRequest, sender: SenderAccess): URLSearchParams {
  const { from, messaging_service_sid: service } = sender.account;
  return new URLSearchParams({
    To: `whatsapp:${to}`,
    From: `whatsapp:${from}`,
    ...(service === undefined ? {} : { MessagingServiceSid: service }),
    ...(content.kind === 'text' ? { Body: content.text } : toContent(content)),
    StatusCallback: `${sender.webhookUrl}?${CORRELATION}=${encodeURIComponent(correlation)}${REPEAT}`,
  });
}

/** Without a `Body`: a template's text in it is free text, and outside the window refused as such. */
function toContent(content: TemplateContent): Record<string, string> {
  const variables = variablesOf(content);
  return {
    ContentSid: content.providerTemplateId!,
    ...(Object.keys(variables).length > 0 ? { ContentVariables: JSON.stringify(variables) } : {}),
  };
}

export const MESSAGE_SID = /^[SM]M[0-9a-f]{32}$/;

/** Yes needs an id; no needs a readable code. Everything in between is uncertain, and said so. */
export function readOutcome(status: number, body: string, retryAfter?: string): SendOutcome {
  if (status >= 200 && status < 300) {
    const answer = readJson(body);
    const sid = answer?.['sid'];
    if (typeof sid !== 'string' || !MESSAGE_SID.test(sid))
      return { kind: 'uncertain', code: String(status), detail: 'accepted without a message id' };
    return { kind: 'accepted', providerId: sid };
  }
  const error = readError(body);
  // Too many calls at once: refused before anything was looked at, in whatever words.
  if (!error && status !== 429)
    return { kind: 'uncertain', code: String(status), detail: `HTTP ${status} without a readable error` };
  const code = error?.code ?? 20429;
  const judged = judge(code, status);
  const detail = describe(code, error?.message ?? '');
  if (judged.class === 'unclear') return { kind: 'uncertain', code: String(code), detail };
  const waitMs = Math.max(judged.retryAfterMs ?? 0, Math.min(Number(retryAfter) || 0, 3_600) * 1_000);
  return {
    kind: 'rejected',
    class: judged.class,
    code: String(code),
    detail,
    ...(waitMs > 0 ? { retryAfterMs: waitMs } : {}),
  };
}
