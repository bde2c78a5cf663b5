/** The Idempotency-Key around a handler: claim, work, store; or the first answer again. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type Core,
  claimKey,
  idempotencyRelease,
  type Route,
  type RouteAnswer,
  type RouteRequest,
  storeAnswers,
} from '#core/index.ts';
import { invalidField } from '#lib/fault.ts';
import { canonicalJson } from '#lib/hmac.ts';

/** POST only: a PATCH that is said again says the same. */
export function readKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined || request.method !== 'POST') return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw invalidField('Idempotency-Key', 'use 1 to 255 printable characters without spaces');
  return key;
}

type Handled = RouteRequest<never, never, never>;

export async function handleOnce(
  core: Core,
  route: Route,
  key: string,
  request: FastifyRequest,
  handled: Handled,
  reply: FastifyReply,
): Promise<RouteAnswer | undefined> {
  const { tenant } = handled;
  // The path is part of what was asked: one key on two addresses is two requests. Of the body only what it says counts:
  // a client that is built anew may write its fields in another order.
  const said = canonicalJson({ method: request.method, url: request.url, body: request.body ?? null });
  const fingerprint = await core.keys.fingerprint(core.db, tenant, said);
  const claimed = await claimKey(core.db, tenant, key, fingerprint);
  if (claimed.kind === 'answered') {
    // The stored text and not the parsed value: the replay is the same to the byte.
    reply
      .code(claimed.status)
      .header('idempotent-replayed', 'true')
      .header('content-type', 'application/json; charset=utf-8')
      .send(claimed.body);
    return undefined;
  }
  const { claim } = claimed;
  try {
    const answer = await route.handle(core, { ...handled, claim });
    // Left to us by handlers that wrote nothing, such as a dry run.
    if (!answer.stored)
      await core.db.tx(tenant, tx => storeAnswers(tx, [{ claim, status: answer.status, body: answer.body }]));
    return answer;
  } catch (error) {
    // What failed before it was stored may be tried again at once. A failing release only costs the claim's 30 seconds.
    await core.db.run(tenant, idempotencyRelease, claim).catch(() => {});
    throw error;
  }
}
