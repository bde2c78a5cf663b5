/** The subscription handshake of the providers, and what openapi.json says of the addresses that the intake answers. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#lib/fault.ts';
import { type IntakeOptions, SHORT_PATH, senderFinder } from './intake.ts';

const PATHS = [SHORT_PATH, '/api/webhooks/:provider/:sender'] as const;

export function mountHandshake(server: FastifyInstance, options: IntakeOptions): void {
  const find = senderFinder(options);
  const handshake = async (request: FastifyRequest, reply: FastifyReply) => {
    const sender = await find(request.url.split('?', 1)[0]!);
    if (!sender) throw new Fault('not_found');
    // A name said twice arrives as an array, which no platform sends.
    const said = Object.entries(request.query as Record<string, unknown>);
    const query = Object.fromEntries(said.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    const challenge = options.core.providers.get(sender.provider)?.webhook.handshake(query, sender.secret.verifyToken);
    if (challenge === undefined) throw new Fault('verify_token_invalid');
    return reply.code(200).header('content-type', 'text/plain; charset=utf-8').send(challenge);
  };
  for (const url of PATHS) server.get(url, { schema: handshakeSchema(url) }, handshake);
}

const whose = (url: string) =>
  url === SHORT_PATH ? ' The short address belongs to the default tenant’s default sender.' : '';

const handshakeSchema = (url: string) => ({
  tags: ['Webhooks'],
  summary: 'Subscription handshake of the provider',
  description: `Answers the challenge when the verify token is the configured one.${whose(url)}`,
});

const received = { description: 'Stored', content: { 'application/json': { example: { received: true } } } };

/** The intake is no route of the framework, so its description is given to the document by hand. */
export const intakePaths = Object.fromEntries(
  PATHS.map(url => [
    url.replace(/:(\w+)/g, '{$1}'),
    {
      post: {
        tags: ['Webhooks'],
        summary: 'A signed webhook of the provider',
        description: `Stored raw before the 200; 401 for a wrong signature, 413 above 4 MiB, 503 when it could not be stored.${whose(url)}`,
        parameters: [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
          name,
          in: 'path',
          required: true,
          schema: { type: 'string' },
        })),
        responses: { 200: received },
      },
    },
  ]),
);
