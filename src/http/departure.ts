/**
 * The end of a server under load. A kept-alive connection that is hung up while its caller writes the next request costs
 * that caller an answer, and nobody can see from here who is about to write. So callers are told with each answer that
 * their connection ends, and only those who ask nothing any more are hung up on.
 */
import type { Server, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '#lib/clock.ts';

/** Nobody has asked for so long: whoever is still connected is not about to. */
const QUIET_MS = 100;
/** Callers who take no notice are hung up on after this all the same. */
const MOST_GRACE_MS = 2_000;
const MOST_CLOSE_MS = 5_000;

export interface Departure {
  /** Of every request, before it is looked at. */
  meet(response: ServerResponse): void;
  close(server: FastifyInstance): Promise<void>;
}

export function createDeparture({ machine }: Pick<Clock, 'machine'>, pause: (ms: number) => Promise<void>): Departure {
  let leaving = false;
  let askedAt = 0;

  const untilQuiet = async () => {
    for (let waitedMs = 0; waitedMs < MOST_GRACE_MS && machine() - askedAt < QUIET_MS; waitedMs += 25) await pause(25);
  };

  /**
   * Requests under way are answered, kept-alive connections end as soon as they are idle. Left to itself the server waits
   * for the providers' idle connections until they time out, a minute after the orchestrator's kill.
   */
  const closeAll = async (server: FastifyInstance) => {
    let closed = false;
    const closing = server.close().finally(() => {
      closed = true;
    });
    for (let waitedMs = 0; !closed; waitedMs += 50) {
      if (waitedMs < MOST_CLOSE_MS) server.server.closeIdleConnections();
      else server.server.closeAllConnections();
      await Promise.race([closing, pause(50)]);
    }
  };

  return {
    meet: response => {
      askedAt = machine();
      if (leaving) response.shouldKeepAlive = false;
    },
    close: async server => {
      leaving = true;
      closeListener(server.server);
      await untilQuiet();
      await closeAll(server);
    },
  };
}

/** The way of a bare socket's server: HTTP's own `close` would hang up on whoever is idle in the same moment. */
function closeListener(server: Server): void {
  const bare = Object.getPrototypeOf(Object.getPrototypeOf(server)) as Server;
  if (server.listening) bare.close.call(server);
}
