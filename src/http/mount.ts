/** Routes as data become routes that answer: key, tenant, scope, schema, handler, in this order. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { allows, authenticate, type Caller, type Core, type Route } from '#core/index.ts';
import { Fault } from '#lib/fault.ts';
import { handleOnce, readKey } from './idempotency.ts';

export function mountRoutes(server: FastifyInstance, core: Core, routes: readonly Route[]): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  for (const route of routes) {
    server.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      schema: {
        summary: route.summary,
        description: route.description,
        tags: [route.tag],
        security: [{ key: [] }],
        ...(route.params ? { params: route.params } : {}),
        ...(route.query ? { querystring: route.query } : {}),
        ...(route.body ? { body: route.body } : {}),
      },
      // For openapi.ts, which finds there what the framework does not know: answers and examples.
      config: { route },
      // Before the body is even read: a stranger can't make us parse 256 KiB.
      onRequest: async request => {
        const caller = await authenticate(core, request.headers.authorization);
        const { tenantId } = request.params as { tenantId?: string };
        // 404 and not 403: which tenants there are is nobody's business.
        if (tenantId !== undefined && tenantId !== caller.slug && !sameTenant(tenantId, caller.tenant))
          throw new Fault('not_found');
        if (!allows(caller.scopes, route.scope))
          throw new Fault('forbidden', `this API key lacks the scope ${route.scope}`);
        callers.set(request, caller);
      },
      handler: (request, reply) => answer(core, route, callers.get(request)!, request, reply),
    });
  }
}

const sameTenant = (text: string, tenant: string): boolean =>
  text === tenant || text === `ten_${tenant.replaceAll('-', '')}`;

async function answer(
  core: Core,
  route: Route,
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const handled = {
    tenant: caller.tenant,
    params: request.params as never,
    query: request.query as never,
    body: request.body as never,
    actor: caller.actor,
  };
  const key = readKey(request);
  const result =
    key === undefined ? await route.handle(core, handled) : await handleOnce(core, route, key, request, handled, reply);
  // Answers hold people's details: no proxy on the way keeps them.
  if (result && !reply.sent) {
    reply.code(result.status).header('cache-control', 'no-store');
    // Our own pages bring their own style and nothing else.
    if (result.html)
      reply
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        .type('text/html; charset=utf-8');
    reply.send(result.body);
  }
  await reply;
}
