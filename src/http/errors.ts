/** Everything that can be thrown to one shape of answer. Never a stack, never somebody's data. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isUnavailable } from '#db/errors.ts';
import { describeError, Fault, type FieldError } from '#lib/fault.ts';
import type { FaultCode } from '#lib/faults.ts';
import type { Log } from '#lib/log.ts';

/** The framework's own complaints, by their code. */
const FRAMEWORK: Record<string, [FaultCode, message?: string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['content_type_unsupported'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed_request', 'The body is empty: send {}, or no content-type.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed_request', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed_request', 'The body is not as long as content-length says.'],
};

/** The last resort is `internal`, which says nothing: what happened goes to the log, under the caller's request id. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  // Before anything that is the caller's: a database that is away is nobody's mistake, and the same call helps later.
  if (isUnavailable(error)) return new Fault('unavailable', undefined, { detail: describeError(error), cause: error });
  const { code, statusCode, validation, validationContext } = error as FastifyError;
  if (validation) return invalid(validation as Complaint[], validationContext ?? 'body');
  const known = code === undefined ? undefined : FRAMEWORK[code];
  if (known) return new Fault(known[0], known[1], { detail: describeError(error) });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Fault('malformed_request', undefined, { detail: describeError(error) });
  return new Fault('internal', undefined, { detail: describeError(error), cause: error });
}

interface Complaint {
  instancePath: string;
  message?: string;
  keyword: string;
  params: Record<string, unknown>;
}

/** As many as help: a body of nonsense would otherwise answer with more text than it had. */
const MOST_FIELDS = 20;

function invalid(complaints: readonly Complaint[], context: string): Fault {
  const fields = new Map<string, FieldError>();
  for (const complaint of complaints) {
    const field = toField(complaint, context);
    // The branches of a union complain one by one; the first sentence about a field is enough.
    if (field && !fields.has(field.path) && fields.size < MOST_FIELDS) fields.set(field.path, field);
  }
  const list = [...fields.values()];
  const [first] = list;
  return new Fault('invalid_request', first ? `${first.path}: ${first.message}` : undefined, { fields: list });
}

const FORMATS: Record<string, string> = {
  storable: 'this holds a character that can’t be stored (NUL or half of a surrogate pair)',
  instant: 'give an instant with its offset, such as 2026-11-28T20:00:00+02:00',
  day: 'give a day as YYYY-MM-DD, such as 2026-10-01',
  zone: 'this is not an IANA time zone, such as Europe/Bucharest',
  locale: 'this is not a language, such as ro or en_US',
  'web-url': 'this is not an http or https address',
};

function toField({ instancePath, message, keyword, params }: Complaint, context: string): FieldError | undefined {
  // As callers write it, `items[2].phone`, and not as a JSON pointer.
  const base = instancePath
    .slice(1)
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
  const inside = (name: unknown) => (base === '' ? String(name) : `${base}.${String(name)}`);
  if (keyword === 'required') return { path: inside(params['missingProperty']), message: 'this is required' };
  if (keyword === 'additionalProperties')
    return { path: inside(params['additionalProperty']).slice(0, 200), message: 'there is no such field' };
  const path = base === '' ? context : base;
  if (keyword === 'format') return { path, message: FORMATS[String(params['format'])] ?? String(message) };
  if (keyword === 'enum')
    return { path, message: `this must be one of ${(params['allowedValues'] as string[]).join(', ')}` };
  return { path, message: message ?? 'this is not valid' };
}

export function sendFault(fault: Fault, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const line = {
    request_id: request.id,
    code: fault.code,
    status: fault.status,
    method: request.method,
    route: request.routeOptions.url,
    detail: fault.detail,
  };
  // What callers do wrong fills no log: a loop somewhere would bury what is ours to mend.
  if (fault.status >= 500)
    log.error('request failed', { ...line, stack: fault.cause instanceof Error ? fault.cause.stack : undefined });
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
  if (fault.status === 401) reply.header('www-authenticate', 'Bearer');
  reply.code(fault.status).header('content-type', 'application/json; charset=utf-8').send(faultBody(fault, request.id));
}

export const faultBody = (fault: Fault, requestId: string) => ({
  error: {
    code: fault.code,
    message: fault.message,
    docs: `/errors/${fault.code}`,
    request_id: requestId,
    ...(fault.fields && fault.fields.length > 0 ? { fields: fault.fields } : {}),
  },
});
