/** Graph API: where a call goes, how it is authorised, how an error is read. */
import type { SenderAccess, Wire, WireAnswer } from '#core/provider.ts';

export interface GraphError {
  code: number;
  message: string;
  details: string;
  /** The finer code of template errors; the platform no longer sends it with messages. */
  subcode: number | undefined;
  transient: boolean;
}

/** Without a body it is a GET, with one a POST, unless it is said otherwise. */
export function call(
  wire: Wire,
  sender: SenderAccess,
  path: string,
  body?: unknown,
  method: 'GET' | 'POST' | 'DELETE' = body === undefined ? 'GET' : 'POST',
): Promise<WireAnswer> {
  const headers = { authorization: `Bearer ${sender.secret.accessToken}`, 'content-type': 'application/json' };
  return send(wire, sender, method, path, headers, body === undefined ? undefined : JSON.stringify(body));
}

/** With headers of its own: uploads name their token otherwise and carry bytes. */
export function send(
  wire: Wire,
  sender: SenderAccess,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array | undefined,
): Promise<WireAnswer> {
  const { base_url: base, api_version: version } = sender.account;
  const url = `${base}/${version}/${path}`;
  return wire.request({ method, url, headers, ...(body === undefined ? {} : { body }) });
}

export function readJson(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The error of an answer, or undefined when the body holds none that can be read. */
export function readError(body: string): GraphError | undefined {
  const error = readJson(body)?.['error'] as Record<string, unknown> | undefined;
  if (typeof error?.['code'] !== 'number') return undefined;
  const data = error['error_data'] as { details?: unknown } | undefined;
  const message = String(error['message'] ?? '');
  const details = [data?.details, error['error_user_msg'], message].find(
    text => typeof text === 'string' && text !== '',
  );
  return {
    code: error['code'],
    message,
    details: String(details ?? ''),
    subcode: typeof error['error_subcode'] === 'number' ? error['error_subcode'] : undefined,
    transient: error['is_transient'] === true,
  };
}
