/**
 * Every code that a caller can meet, its HTTP status and its sentences. The error reference and its pages are
 * generated from here (docs/reference/errors/), so a code without an explanation can't exist.
 */
export interface FaultEntry {
  status: number;
  /** What the caller reads when the place that throws has nothing more precise to say. */
  summary: string;
  /** What happened and how to mend it: the body of the page that `error.docs` links to. */
  explanation: string;
  retryAfterSeconds?: number;
}

const entries = {
  malformed_request: {
    status: 400,
    summary: 'The request could not be read.',
    explanation:
      'The body is not valid JSON in UTF-8, is cut short, nests too deeply, or holds a key that is never allowed (`__proto__`). Check what your HTTP client really sends; nothing was processed.',
  },
  content_type_unsupported: {
    status: 400,
    summary: 'Send the body as application/json.',
    explanation: 'The `Content-Type` of the request is not `application/json`. Set the header and send JSON.',
  },
  unauthorized: {
    status: 401,
    summary: 'A valid API key is needed: Authorization: Bearer tdg_…',
    explanation:
      'The `Authorization` header is missing, is not of the form `Bearer <key>`, or names a key that is unknown, expired or revoked. All of these look alike on purpose. `tidings keys create` makes a new key.',
  },
  signature_invalid: {
    status: 401,
    summary: 'The webhook signature does not fit the body.',
    explanation:
      'The signature header is missing or was made with another secret than the one stored for this sender. Nothing of the body was kept. Compare the app secret in the provider’s settings with the one configured here; behind a proxy make sure that the body arrives unchanged.',
  },
  forbidden: {
    status: 403,
    summary: 'This API key may not do that.',
    explanation:
      'The key is valid but lacks the scope that the operation asks for; the message names it. Make a key with that scope, or use one that has it.',
  },
  verify_token_invalid: {
    status: 403,
    summary: 'The verify token is not the configured one.',
    explanation:
      'The provider’s handshake carried a `hub.verify_token` that differs from the configured one. Copy `WHATSAPP_VERIFY_TOKEN` into the provider’s webhook settings.',
  },
  sandbox_closed: {
    status: 403,
    summary: 'The sandbox answers on loopback only.',
    explanation:
      'The controls under `/_sandbox` turn clocks and read every phone, without a key; so they answer only to requests from the same machine. Use them there, or through a tunnel.',
  },
  not_found: {
    status: 404,
    summary: 'There is nothing at this address.',
    explanation:
      'The path does not exist, or the thing it names does not exist for your tenant. Things of other tenants look exactly like things that never were.',
  },
  conflict: {
    status: 409,
    summary: 'The thing is not in a state that allows this.',
    explanation:
      'The operation does not fit the present state, for instance cancelling a message that already left. The message says which state it is in.',
  },
  approval_is_metas: {
    status: 409,
    summary: 'Only Meta approves templates.',
    explanation:
      'Approving a template by hand is possible in the sandbox, where an emulator stands in for Meta. With a real provider, hand the template in and wait for its review: the status follows by webhook, mostly within minutes.',
  },
  idempotency_in_progress: {
    status: 409,
    retryAfterSeconds: 1,
    summary: 'A request with this Idempotency-Key is still being worked on.',
    explanation:
      'Another request with the same `Idempotency-Key` has not finished. Wait for `Retry-After` seconds and send the same request again: you get the first answer.',
  },
  payload_too_large: {
    status: 413,
    summary: 'The body is larger than this address takes.',
    explanation: 'JSON bodies may have 256 KiB, webhooks 4 MiB. Split the request.',
  },
  invalid_request: {
    status: 422,
    summary: 'The request was understood but is not valid.',
    explanation:
      'One or more fields are missing, unknown, of the wrong type or out of range; `fields` names each with its path. Nothing was processed. Unknown fields are refused so that a misspelt one is not silently ignored.',
  },
  idempotency_mismatch: {
    status: 422,
    summary: 'This Idempotency-Key was used with another request.',
    explanation:
      'The key is remembered with the fingerprint of its first request; this one differs. Use a new key for a new request.',
  },
  template_refused: {
    status: 422,
    summary: 'The provider refused the template.',
    explanation:
      'The template breaks one of the provider’s rules; the message repeats the provider’s reason. Nothing was changed there; correct the template and submit it again.',
  },
  too_many_requests: {
    status: 429,
    retryAfterSeconds: 1,
    summary: 'Too many requests at once.',
    explanation:
      'More work is waiting than this service can take in time. Nothing of the request was processed. Try again after `Retry-After` seconds.',
  },
  internal: {
    status: 500,
    summary: 'Something went wrong on our side.',
    explanation:
      'A fault of the service, logged under the `request_id` of the answer. The request may or may not have been processed; repeating it with the same `Idempotency-Key` or business reference is safe.',
  },
  provider_unavailable: {
    status: 503,
    retryAfterSeconds: 5,
    summary: 'The provider does not answer.',
    explanation:
      'The provider could not be reached or did not answer in time, so its word could not be waited for. What was stored here is kept; try again after `Retry-After` seconds.',
  },
  overloaded: {
    status: 503,
    retryAfterSeconds: 1,
    summary: 'More requests come than can be answered in time.',
    explanation:
      'Sends have begun to wait, so new ones are turned away at the door until those inside are answered in time again. Nothing of the request was read or processed; send it again after `Retry-After` seconds. Webhooks, consents and one-time codes are never turned away like this.',
  },
  unavailable: {
    status: 503,
    retryAfterSeconds: 1,
    summary: 'The service can’t do this just now.',
    explanation:
      'The database is away or full, or the service is shutting down. Nothing was promised: repeat the request after `Retry-After` seconds.',
  },
} as const satisfies Record<string, FaultEntry>;

export type FaultCode = keyof typeof entries;
export const FAULTS: Readonly<Record<FaultCode, FaultEntry>> = entries;
