/** The page that `error.docs` links to: what happened and how to mend it, for each code. Plain text, readable anywhere. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '#lib/fault.ts';
import { FAULTS, type FaultCode } from '#lib/faults.ts';

export function mountErrorPages(server: FastifyInstance): void {
  server.get(
    // No key is asked for: whoever has lost theirs reads here what that means.
    '/errors/:code',
    {
      schema: {
        tags: ['Service'],
        summary: 'What an error code means and how to mend it',
        params: { type: 'object', properties: { code: { type: 'string' } } },
      },
    },
    (request, reply) => {
      const { code } = request.params as { code: string };
      // Not `in`: `/errors/constructor` is no page.
      if (!Object.hasOwn(FAULTS, code)) throw new Fault('not_found');
      const entry = FAULTS[code as FaultCode];
      return reply
        .header('content-type', 'text/plain; charset=utf-8')
        .send(`${code} (HTTP ${entry.status})\n\n${entry.summary}\n\n${entry.explanation}\n`);
    },
  );
}
