/** openapi.json from the routes: what is mounted is what is described, with an example for each operation. */
import type { SwaggerTransform } from '@fastify/swagger';
import type { Route } from '#core/index.ts';
import { FAULTS } from '#lib/faults.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { intakePaths } from './webhooks.ts';

const ErrorBody = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'docs', 'request_id'],
      properties: {
        code: { type: 'string', enum: Object.keys(FAULTS) },
        message: { type: 'string' },
        docs: { type: 'string' },
        request_id: { type: 'string' },
        fields: {
          type: 'array',
          items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
        },
      },
    },
  },
} as const;

const errorExample = {
  error: {
    code: 'invalid_request',
    message: 'customer.phone: this is required',
    docs: '/errors/invalid_request',
    request_id: 'req_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
    fields: [{ path: 'customer.phone', message: 'this is required' }],
  },
};

const json = (schema: unknown, example: unknown) => ({ 'application/json': { schema, example } });

const document = () => ({
  openapi: '3.1.0',
  info: {
    title: 'Tidings',
    version: '0.1.0',
    description: 'Consent-first WhatsApp messaging. Every send and every non-send explained.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  // A copy: what is added to this server's document must not stay in what the next one begins with.
  paths: structuredClone({ ...intakePaths, ...sandboxPaths }) as Record<string, object>,
  components: {
    securitySchemes: { key: { type: 'http' as const, scheme: 'bearer', description: 'An API key: tdg_…' } },
  },
});

/** Fastify knows a route's schemas for validation; what it answers and its examples are told here. */
const transform = (({
  schema,
  url,
  route,
}: {
  schema: Record<string, unknown>;
  url: string;
  route: { config?: { route?: Route } };
}) => {
  const known = route.config?.route;
  if (!known) return { schema: url.startsWith('/docs') || !schema?.['tags'] ? { ...schema, hide: true } : schema, url };
  const answers = Object.entries(known.answers).map(
    ([status, answer]) =>
      [status, { description: answer.description, content: json(answer.schema, answer.example) }] as const,
  );
  const response = {
    ...Object.fromEntries(answers),
    '4xx': { description: 'What was wrong, in a code and a sentence', content: json(ErrorBody, errorExample) },
  };
  const body = known.body && known.example ? { body: { ...known.body, examples: [known.example] } } : {};
  return { schema: { ...schema, ...body, response }, url };
}) as unknown as SwaggerTransform;

export const describeDocument = Object.assign(document, { transform });
