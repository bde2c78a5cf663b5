/** What PostgreSQL's and the socket's errors mean for a caller. Kept beside the seam: nobody else reads a SQLSTATE. */
import { Fault } from '#lib/fault.ts';

interface DriverError {
  code?: string;
  message: string;
}

/** The database went away, is full, or refuses work: nothing was promised and the same call may succeed later. */
const AWAY = new Set([
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '53100',
  '53200',
  '53300',
  '53400',
  '55P03',
  '57014',
  '58000',
  '58030',
  'XX000',
  '25P03',
  '25P04',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EACCES',
]); // 57014: our own statement_timeout; 55P03: our own lock_timeout; 25P03: our own limit for an idle transaction

/** The driver reports several of its own deaths without a code. */
const AWAY_SENTENCE =
  /connection terminated|connection error|not queryable|timeout exceeded when trying to connect|client was closed|query read timeout/i;

export const isUnavailable = (error: unknown): boolean => {
  const { code, message } = error as DriverError;
  return (
    (error instanceof Fault && error.code === 'unavailable') ||
    (code !== undefined && (AWAY.has(code) || code.startsWith('08'))) ||
    AWAY_SENTENCE.test(message ?? '')
  );
};

/** Deadlock and serialisation failure: the transaction rolled back by no fault of its own and may simply run again. */
export const isRetryable = (error: unknown): boolean => {
  const { code } = error as DriverError;
  return code === '40P01' || code === '40001';
};

/** A row with this key is there already; nothing of the transaction was kept. */
export const isDuplicate = (error: unknown): boolean => (error as DriverError).code === '23505';

export function translateError(error: unknown, statementName: string): unknown {
  if (error instanceof Fault || !isUnavailable(error)) return error;
  const { code, message } = error as DriverError;
  return new Fault('unavailable', undefined, { detail: `${statementName}: ${code ?? ''} ${message}`, cause: error });
}
