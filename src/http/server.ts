/** The HTTP server: limits, headers, errors, documents. Knows the routes it is handed and no provider or vertical. */
import { createServer as createHttpServer } from 'node:http';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Core, Route } from '#core/index.ts';
import { Fault } from '#lib/fault.ts';
import { newId, publicId } from '#lib/id.ts';
import type { Departure } from './departure.ts';
import { createDoorkeeper } from './doorkeeper.ts';
import { mountErrorPages } from './error-pages.ts';
import { sendFault, toFault } from './errors.ts';
import { type HealthOptions, mountHealth } from './health.ts';
import { createIntake, type IntakeOptions } from './intake.ts';
import type { LoadDoor } from './load-door.ts';
import { mountRoutes } from './mount.ts';
import { describeDocument } from './openapi.ts';
import { validatorCompiler } from './validation.ts';
import { mountHandshake } from './webhooks.ts';

export interface ServerOptions {
  core: Core;
  routes: readonly Route[];
  intake: IntakeOptions;
  door: LoadDoor;
  departure: Departure;
  health: HealthOptions;
  /** The sandbox's controls and page, where they exist. */
  extend?(server: FastifyInstance): Promise<void>;
}

/** Several times the largest honest body: a thousand ids. Webhooks, which are larger, come in by the intake. */
const BODY_LIMIT_BYTES = 256 * 1024;

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { core } = options;
  const server = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    serverFactory: handler => {
      const intake = createIntake(options.intake);
      const turnAway = createDoorkeeper(options.door, options.routes);
      // Longer than balancers keep theirs (a minute, mostly): they must not send on a connection that is being closed.
      const timeouts = { requestTimeout: 30_000, connectionsCheckingInterval: 5_000, keepAliveTimeout: 72_000 };
      return createHttpServer(timeouts, (request, response) => {
        options.departure.meet(response);
        // Webhooks first, and past the door: a STOP waits behind nobody who wants to send.
        if (!intake(request, response) && !turnAway(request, response)) handler(request, response);
      });
    },
    // Whatever a header says of an address. The sandbox, which alone decides by one, asks the socket.
    trustProxy: false,
    genReqId: () => publicId('request', newId()),
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true },
    return503OnClosing: true,
    // Refused, and not silently taken out: nobody sends `__proto__` by mistake.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // A path that can't be decoded never reaches a route, and still gets a sentence.
    frameworkErrors: (error, request, reply) => sendFault(toFault(error), request, reply, core.log),
  });
  // JSON is all that is understood: a body that says to be something else is refused as that, and not as wrong JSON.
  server.removeContentTypeParser('text/plain');
  server.setValidatorCompiler(validatorCompiler as never);
  // Answers are built by our own code from typed rows: a serialiser that checks them again costs a third of a request.
  server.setSerializerCompiler(() => value => JSON.stringify(value));
  server.setErrorHandler((error, request, reply) => sendFault(toFault(error), request, reply, core.log));
  server.setNotFoundHandler((request, reply) => sendFault(new Fault('not_found'), request, reply, core.log));
  server.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
    },
    strictTransportSecurity: { maxAge: 31_536_000 },
  });
  await server.register(swagger, { openapi: describeDocument(), transform: describeDocument.transform });
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  mountRoutes(server, core, options.routes);
  mountHandshake(server, options.intake);
  mountHealth(server, options.health);
  mountErrorPages(server);
  if (options.extend) await options.extend(server);
  // After this the framework takes no further route: what is mounted is what the document says.
  await server.ready();
  return server;
}
