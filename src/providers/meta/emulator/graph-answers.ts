/** What the Graph API answers: successes as plain JSON, failures in the shape that every client branches on. */
import { randomBytes } from 'node:crypto';
import type { EmulatorAnswer, MessageFailure } from '#core/emulation.ts';

/**
 * The title that stands behind "(#code)" and the HTTP status that goes with it. The limits on rates are 400 and not
 * 429, and bring no Retry-After: a client that looks at the status takes them for its own mistake. Titles are for
 * people; a client branches on the code.
 */
const ERRORS: Record<number, { title: string; status: number }> = {
  1: { title: 'An unknown error occurred', status: 400 },
  2: { title: 'Service temporarily unavailable', status: 503 },
  4: { title: 'Application request limit reached', status: 400 },
  10: { title: 'Application does not have permission for this action', status: 403 },
  100: { title: 'Invalid parameter', status: 400 },
  190: { title: 'Error validating access token', status: 401 },
  368: { title: 'The action attempted has been deemed abusive or is otherwise disallowed', status: 403 },
  2200: { title: 'Callback verification failed', status: 400 },
  80007: { title: 'Rate limit issues', status: 400 },
  130429: { title: 'Rate limit hit', status: 400 },
  130472: { title: "User's number is part of an experiment", status: 400 },
  130497: { title: 'Business account is restricted from messaging users in this country', status: 403 },
  131000: { title: 'Something went wrong', status: 500 },
  131005: { title: 'Access denied', status: 403 },
  131008: { title: 'Required parameter is missing', status: 400 },
  131009: { title: 'Parameter value is not valid', status: 400 },
  131016: { title: 'Service unavailable', status: 500 },
  131021: { title: 'Recipient cannot be sender', status: 400 },
  131026: { title: 'Message undeliverable', status: 400 },
  131031: { title: 'Account has been locked', status: 403 },
  131042: { title: 'Business eligibility payment issue', status: 400 },
  131045: { title: 'Incorrect certificate', status: 500 },
  131047: { title: 'Re-engagement message', status: 400 },
  131048: { title: 'Spam rate limit hit', status: 400 },
  131049: { title: 'This message was not delivered to maintain healthy ecosystem engagement.', status: 400 },
  131050: { title: 'User has stopped receiving marketing messages from you on WhatsApp', status: 400 },
  131051: { title: 'Unsupported message type', status: 400 },
  131052: { title: 'Media download error', status: 400 },
  131053: { title: 'Media upload error', status: 400 },
  131055: { title: 'Method not allowed', status: 400 },
  131056: { title: '(Business Account, Consumer Account) pair rate limit hit', status: 400 },
  131057: { title: 'Account in maintenance mode', status: 500 },
  131059: { title: 'Invalid cursor', status: 400 },
  131062: { title: 'Business-scoped User ID (BSUID) recipients are not supported for this message', status: 400 },
  131063: { title: 'Marketing templates are disabled on Cloud API', status: 400 },
  131064: { title: 'Limit reached due to template classification violations', status: 400 },
  132000: { title: 'Number of parameters does not match the expected number of params', status: 400 },
  132001: { title: 'Template name does not exist in the translation', status: 404 },
  132005: { title: 'Translated text too long', status: 400 },
  132012: { title: 'Parameter format does not match format in the created template', status: 400 },
  132015: { title: 'Template is paused', status: 400 },
  132016: { title: 'Template is disabled', status: 400 },
  132018: { title: 'Invalid template parameters', status: 400 },
  133004: { title: 'Server temporarily unavailable', status: 503 },
  133010: { title: 'Account not registered', status: 400 },
};

export function graphJson(value: unknown): EmulatorAnswer {
  return { status: 200, body: JSON.stringify(value) };
}

/** A refusal of the messaging kind: title, code and the sentence in `error_data.details` that says what to mend. */
export function graphError(code: number, details: string): EmulatorAnswer {
  const { title, status } = ERRORS[code] ?? { title: 'Something went wrong', status: code < 1000 ? 400 : 500 };
  // Without a subcode: messaging errors have had none since v16.
  return errorAnswer(status, {
    message: `(#${code}) ${title}`,
    type: 'OAuthException',
    code,
    error_data: { messaging_product: 'whatsapp', details },
  });
}

/** `(#100) …` with the whole sentence in the message and no details, as Meta writes for its own parameters */
export function parameterError(sentence: string): EmulatorAnswer {
  return errorAnswer(400, { message: `(#100) ${sentence}`, type: 'OAuthException', code: 100 });
}

/** the template editor's kind: a subcode, and a title and sentence meant for a person */
export function templateError(subcode: number, userTitle: string, userMessage: string): EmulatorAnswer {
  return errorAnswer(400, {
    message: 'Invalid parameter',
    type: 'OAuthException',
    code: 100,
    error_subcode: subcode,
    is_transient: false,
    error_user_title: userTitle,
    error_user_msg: userMessage,
  });
}

/** Code 0, which Graph calls an AuthException. A token that is there and wrong is 190. */
export function tokenMissing(): EmulatorAnswer {
  return errorAnswer(401, { message: 'AuthException: no access token was sent', type: 'OAuthException', code: 0 });
}

export function tokenRefused(): EmulatorAnswer {
  return errorAnswer(401, {
    message: 'Error validating access token: The session has been invalidated or the token is unknown',
    type: 'OAuthException',
    code: 190,
  });
}

/** One answer for what is not there, not allowed and not supported: Graph does not say which of them it was. */
export function unknownObject(method: string, id: string): EmulatorAnswer {
  return errorAnswer(400, {
    message:
      `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to ` +
      'missing permissions, or does not support this operation',
    type: 'GraphMethodException',
    code: 100,
    error_subcode: 33,
  });
}

/** title and message of an error inside a `failed` status: Meta repeats one in the other */
export function failureReason(code: number, details: string): MessageFailure {
  const title = ERRORS[code]?.title ?? 'Something went wrong';
  const href = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';
  return { code, title, message: title, error_data: { details }, href };
}

function errorAnswer(status: number, error: Record<string, unknown>): EmulatorAnswer {
  return { status, body: JSON.stringify({ error: { ...error, fbtrace_id: traceId() } }) };
}

/** Another one each time, like a real one: it belongs into a client's log, beside the code. */
function traceId(): string {
  return `A${randomBytes(16).toString('base64url')}`;
}
