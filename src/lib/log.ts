/**
 * The log. Fields are an allow-list: ids, codes, counts and durations pass, everything else is dropped before it is
 * written, because a list of things to hide is never complete. Phones, names, bodies, variables and secrets have no
 * name on the list.
 */
import { pino, stdTimeFunctions } from 'pino';

// biome-ignore format: one block, read as a list
const ALLOWED = new Set([
  'code', 'status', 'method', 'route', 'request_id', 'ms', 'tenant', 'sender', 'provider', 'message', 'messages',
  'contact', 'template', 'worker', 'lane', 'count', 'attempt', 'state', 'reason', 'class', 'signal', 'port', 'pid',
  'url', 'version', 'migration', 'statement', 'sqlstate', 'detail', 'error', 'stack', 'offset_ms', 'role', 'seed',
  'inbox', 'kind', 'dropped',
]);

export type LogFields = Record<string, string | number | boolean | null | undefined>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
}

/** Anything that looks like a phone, a bearer token or a key, wherever it hides inside an allowed sentence. */
const SENSITIVE = /\+?\d[\d\s().-]{6,}\d|Bearer\s+\S+|tdg_\w+|EAA\w{8,}/g;

export const redact = (text: string): string => text.replace(SENSITIVE, '[redacted]');

function clean(fields: LogFields): LogFields {
  const kept: LogFields = {};
  let dropped = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (!ALLOWED.has(name)) dropped += 1;
    else kept[name] = typeof value === 'string' && FREE_TEXT.has(name) ? redact(value).slice(0, 2_000) : value;
  }
  return dropped > 0 ? { ...kept, dropped } : kept;
}

const FREE_TEXT = new Set(['detail', 'error', 'stack', 'reason']);

export function createLog(level: string, destination?: { write(line: string): void }): Log {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime, messageKey: 'event' };
  const logger = destination ? pino(options, destination) : pino(options);
  const at = (method: 'info' | 'warn' | 'error' | 'debug') => (event: string, fields?: LogFields) =>
    fields ? logger[method](clean(fields), event) : logger[method](event);
  return { info: at('info'), warn: at('warn'), error: at('error'), debug: at('debug') };
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
