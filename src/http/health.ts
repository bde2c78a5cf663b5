/** Liveness, readiness and figures. Readiness fails before anything else on shutdown, so that no new work is sent here. */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

export interface Readiness {
  ready: boolean;
  draining: boolean;
  database: boolean;
  /** False when one has failed three times in a row; once is a deadlock or a failover. */
  workers: boolean;
  /** Webhooks that wait to be applied, and for how long the oldest has. */
  inbox: { waiting: number; oldest_seconds: number };
  /** Tenants that send nothing since a restore, until somebody releases them. Not unready: they take requests. */
  quarantine: { tenants: number };
}

export interface HealthOptions {
  readiness(): Promise<Readiness>;
  metrics: Registry;
}

export function mountHealth(server: FastifyInstance, { readiness, metrics }: HealthOptions): void {
  const schema = (summary: string) => ({ tags: ['Service'], summary });
  // Asks nothing: if it asked the database, an outage there would have every process restarted on top of it.
  server.get('/health', { schema: schema('Liveness: the process answers') }, async () => ({ status: 'ok' }));
  server.get(
    '/health/ready',
    { schema: schema('Readiness: database and workers do their work') },
    async (_request, reply) => {
      const state = await readiness();
      return reply
        .code(state.ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status: state.ready ? 'ready' : 'not_ready', ...state });
    },
  );
  server.get('/metrics', { schema: schema('Figures for Prometheus') }, async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  );
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}
