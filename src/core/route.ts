/**
 * A route is plain data: http/ mounts it, openapi.json describes it, tests throw nasty input at it. A handler gets a
 * parsed request and returns status and body; it knows nothing of sockets.
 */
import type { Static, TSchema } from '#lib/schema.ts';
import type { Core } from './context.ts';
import type { IdempotencyClaim } from './idempotency.ts';

export interface RouteRequest<B, Q, P> {
  tenant: string;
  /** The path's `{tenantId}` is already proven to be the key's. */
  params: P;
  query: Q;
  body: B;
  /** Who asks, for the record: the key by its public part. */
  actor: string;
  /** Present when the caller sent an Idempotency-Key: the work stores its answer under it. */
  claim?: IdempotencyClaim;
}

export interface RouteAnswer {
  status: number;
  body: unknown;
  /** The work has stored this answer under the claim in its own transaction. */
  stored?: boolean;
  /** The body is a page for people, whole and without scripts. */
  html?: true;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  path: string;
  /** What a key must be allowed to do. */
  scope: string;
  summary: string;
  description: string;
  tag: string;
  params?: TSchema;
  query?: TSchema;
  body?: TSchema;
  /** Work that may be refused unseen where more comes than can be taken: it asks for a message, and asks again later. */
  sheds?: true;
  /** By status. The first is the one that a newcomer meets. */
  answers: Record<number, { description: string; schema: TSchema; example: unknown }>;
  example?: unknown;
  handle(core: Core, request: RouteRequest<never, never, never>): Promise<RouteAnswer>;
}

interface RouteSource<B extends TSchema, Q extends TSchema, P extends TSchema>
  extends Omit<Route, 'handle' | 'body' | 'query' | 'params'> {
  body?: B;
  query?: Q;
  params?: P;
  handle(core: Core, request: RouteRequest<Static<B>, Static<Q>, Static<P>>): Promise<RouteAnswer>;
}

/** Ties the handler's types to the schemas; the value is the same object. */
export const route = <B extends TSchema, Q extends TSchema, P extends TSchema>(source: RouteSource<B, Q, P>): Route =>
  source as unknown as Route;
