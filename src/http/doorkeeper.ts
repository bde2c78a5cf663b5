/**
 * Turns requests to send away before the framework, the key or the database see them: where more come than can be taken,
 * what a refusal costs decides how much is left for those who are let in. Everything else goes by.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from '#core/index.ts';
import { Fault } from '#lib/fault.ts';
import { newId, publicId } from '#lib/id.ts';
import { faultBody } from './errors.ts';
import type { LoadDoor } from './load-door.ts';

/** Answers whether the request was turned away. */
export function createDoorkeeper(
  door: LoadDoor,
  routes: readonly Route[],
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const sends = new Set(routes.filter(route => route.sheds).map(route => `${route.method} ${route.path}`));
  const fault = new Fault('overloaded');
  return (request, response) => {
    const path = request.url!.split('?', 1)[0]!.replace(/\/$/, '');
    if (!sends.has(`${request.method} ${path}`)) return false;
    const leave = door.enter();
    if (leave) {
      // Also of a caller who hung up: what they asked for is no longer waited for.
      response.once('close', leave);
      return false;
    }
    const id = publicId('request', newId());
    const body = JSON.stringify(faultBody(fault, id));
    // The connection is kept: to make a new one for each refusal would cost more than the refusal.
    response
      .writeHead(fault.status, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'retry-after': String(fault.retryAfterSeconds),
        'x-request-id': id,
      })
      .end(body);
    return true;
  };
}
