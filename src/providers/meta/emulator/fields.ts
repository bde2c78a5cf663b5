/** Reading JSON that strangers wrote: nothing is what it should be until it has been looked at. */
export type Fields = Record<string, unknown>;

/** One for all that is not there; frozen, since everybody reads the same. */
const NONE: Fields = Object.freeze({});

/** Lists are objects too, and never meant where fields are. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is no object has no fields: each is then missing by its own name, and the refusal can say so. */
export function fields(value: unknown): Fields {
  return isFields(value) ? value : NONE;
}

export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

export function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** JSON or form encoding: Graph takes both, and older clients send the latter */
export function parseBody(body: Buffer, contentType: string | undefined): Fields | undefined {
  const text = body.toString('utf8');
  // `subscribed_apps` is posted without a body.
  if (text.length === 0) return {};
  if (contentType?.startsWith('application/x-www-form-urlencoded')) return formFields(text);
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** values that are JSON themselves (`components`) are unpacked, as Graph does */
function formFields(text: string): Fields {
  const result: Fields = {};
  for (const [name, value] of new URLSearchParams(text)) {
    try {
      result[name] = /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value;
    } catch {
      result[name] = value;
    }
  }
  return result;
}
