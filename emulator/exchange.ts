/** One request and its answer on the plain HTTP server: bodies in, JSON out, nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** resolves to undefined when the body is over the limit; the caller answers 413 */
export function readBody(request: IncomingMessage, limitBytes: number, done: (body: Buffer | undefined) => void): void {
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    // Read to its end and not kept: who is cut off in the middle of sending seldom reads the answer.
    if (length > limitBytes) return;
    // nearly every body is one chunk: no list, no copy
    if (!first) first = chunk;
    else if (more) more.push(chunk);
    else more = [first, chunk];
  });
  request.on('end', () => {
    if (length > limitBytes) done(undefined);
    else done(more ? Buffer.concat(more) : (first ?? EMPTY));
  });
}

const EMPTY = Buffer.alloc(0);

export function answerText(response: ServerResponse, status: number, body: string | Buffer, contentType: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  answerText(response, status, JSON.stringify(value), 'application/json; charset=utf-8');
}

export type FieldProblem = { path: string; message: string };

/** The shape of the service's own errors: one reader does for both. */
export function answerProblem(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  fields?: FieldProblem[],
): void {
  answerJson(response, status, { error: fields ? { code, message, fields } : { code, message } });
}
