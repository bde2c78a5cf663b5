/** Twilio's REST APIs: where a call goes, how it is authorised, how an error is read. */
import type { SenderAccess, Wire, WireAnswer, WireRequest } from '#core/provider.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface ApiError {
  code: number;
  message: string;
}

/** The older API takes forms, the newer one JSON. */
export type Payload = { form: URLSearchParams } | { json: unknown };

/** With the account's own token. (An API key would do here, and could not judge a webhook.) */
export function call(wire: Wire, sender: SenderAccess, url: string, payload?: Payload): Promise<WireAnswer> {
  const user = `${sender.account['account_sid']}:${sender.secret.accessToken}`;
  const headers = { accept: 'application/json', authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  const request: WireRequest = { method: 'GET', url, headers };
  if (payload === undefined) return wire.request(request);
  const [type, body] =
    'form' in payload
      ? ['application/x-www-form-urlencoded', payload.form.toString()]
      : ['application/json', JSON.stringify(payload.json)];
  return wire.request({ ...request, method: 'POST', headers: { ...headers, 'content-type': type }, body });
}

export function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

export function readJson(body: string): Json | undefined {
  try {
    return object(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/**
 * Two shapes: `{code, message, more_info, status}` of the older APIs and the problem document `{type, title, detail, code}`
 * of the newer ones. Without a code it is a page of some machine on the way, and says nothing.
 */
export function readError(body: string): ApiError | undefined {
  const error = readJson(body);
  const code = Number(error?.['code'] ?? Number.NaN);
  if (!Number.isInteger(code) || code <= 0) return undefined;
  const words = [error?.['message'], error?.['detail'], error?.['title']];
  return { code, message: String(words.find(text => typeof text === 'string' && text !== '') ?? '') };
}
