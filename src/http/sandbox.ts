/**
 * The sandbox's controls and page on the service's own port, handed on to the emulator. They ask for no key, so they
 * answer loopback only: the socket's address, the Host that was asked for (a name that was rebound to 127.0.0.1 is not
 * ours) and, from browsers, the page's own origin.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Fault } from '#lib/fault.ts';
import { forward } from '#lib/forward.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const HOSTS = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

function refuseStrangers(request: FastifyRequest): void {
  const { host = '', origin } = request.headers;
  const ours =
    LOOPBACK.has(request.socket.remoteAddress ?? '') &&
    HOSTS.test(host) &&
    (origin === undefined || origin === `http://${host}`);
  // Behind a proxy on the same machine everybody comes from loopback. HTTP/1.0 is what nginx speaks to its backends
  // when nobody has told it otherwise, and no browser does.
  const proxied = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'].some(
    name => request.headers[name] !== undefined,
  );
  if (!ours || proxied || request.raw.httpVersion === '1.0') throw new Fault('sandbox_closed');
}

export async function mountSandbox(server: FastifyInstance, emulatorUrl: () => string): Promise<void> {
  await server.register(async scope => {
    // Bytes as they came: what is right or wrong about them is for the emulator to say, in its platform's words.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    for (const url of ['/_sandbox', '/_sandbox/*']) {
      scope.all(url, { schema: { hide: true } }, async (request, reply) => {
        refuseStrangers(request);
        reply.hijack();
        const body = Buffer.isBuffer(request.body) ? request.body : undefined;
        forward(emulatorUrl(), request.raw, body, reply.raw, () => {
          reply.raw
            .writeHead(503, { 'content-type': 'application/json' })
            .end('{"error":{"code":"unavailable","message":"the emulator does not answer"}}');
        });
        return reply;
      });
    }
  });
}
