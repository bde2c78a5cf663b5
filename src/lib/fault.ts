/**
 * One error type with two sentences that can't be mixed up: `message` is for the caller, `detail` only for the log.
 * A fault is thrown for what a caller did or must know; business outcomes (a refusal, a rejection by a provider) are
 * values and never thrown.
 */
import { FAULTS, type FaultCode } from './faults.ts';

export interface FieldError {
  path: string;
  message: string;
}

export interface FaultOptions {
  /** For the log only: may hold what the caller must not see, never secrets or bodies. */
  detail?: string;
  fields?: FieldError[];
  retryAfterSeconds?: number;
  cause?: unknown;
}

export class Fault extends Error {
  readonly code: FaultCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly fields: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: FaultCode, message?: string, options: FaultOptions = {}) {
    super(message ?? FAULTS[code].summary, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.status = FAULTS[code].status;
    this.detail = options.detail;
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds ?? FAULTS[code].retryAfterSeconds;
  }
}

/** 422 for a single field, the most frequent complaint. */
export const invalidField = (path: string, message: string): Fault =>
  new Fault('invalid_request', `${path}: ${message}`, { fields: [{ path, message }] });

export const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));
