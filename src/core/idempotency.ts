/**
 * Idempotency-Key: the claim commits before the work begins, the answer is stored with the work. Only requests that
 * carry the header pay for it. Machine time.
 */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import type { Db, Tx } from '#db/db.ts';
import { statement } from '#db/statement.ts';
import { Fault } from '#lib/fault.ts';
import { sameBytes } from '#lib/hmac.ts';
import { newId } from '#lib/id.ts';
import type { RouteAnswer } from './route.ts';

export interface IdempotencyClaim {
  key: string;
  /** Whose claim it is: a request that outlived its claim must not answer for the one that took it over. */
  token: string;
}

/** As long as the longest honest request takes; a claim that outlives it belongs to a crash. */
const CLAIM_MS = 30_000;

// A stale claim with the same body is taken over; another body never is.
export const idempotencyClaim = statement({
  name: 'idempotency_claim',
  owner: 'idempotency',
  params: { key: c.text, fingerprint: c.bytes, token: c.uuid, claim_ms: c.int },
  row: { key: c.text },
  sql: `insert into idempotency_key as k (tenant_id, key, fingerprint, token, claimed_until, created_at)
    values (:tenant, :key, :fingerprint, :token, clock_timestamp() + :claim_ms::integer * interval '1 millisecond', clock_timestamp())
    on conflict (tenant_id, key) do update set claimed_until = excluded.claimed_until, token = excluded.token
      where k.status is null and k.fingerprint = excluded.fingerprint and k.claimed_until < clock_timestamp()
    returning key`,
});

// What is known of a key that another request holds: its body's fingerprint and, once given, its answer.
export const idempotencyRead = statement({
  name: 'idempotency_read',
  owner: 'idempotency',
  params: { key: c.text },
  row: { fingerprint: c.bytes, status: c.maybe(c.int), body: c.maybe(c.text) },
  sql: 'select fingerprint, status, body from idempotency_key where tenant_id = :tenant and key = :key',
});

// Only under a claim that is still the caller's. Answers the keys that were stored.
export const idempotencyStore = statement({
  name: 'idempotency_store',
  owner: 'idempotency',
  params: { keys: c.list(c.text), tokens: c.list(c.uuid), statuses: c.list(c.int), bodies: c.list(c.text) },
  row: { key: c.text },
  sql: `update idempotency_key k set status = i.status, body = i.body
    from (${batch({ key: 'keys text', token: 'tokens uuid', status: 'statuses integer', body: 'bodies text' })}) i
    where ${byKey('k', { tenant_id: 'i.tenant_id', key: 'i.key' })} and k.token = i.token and k.status is null
    returning k.key`,
});

// A request that failed before it did anything may be sent again at once.
export const idempotencyRelease = statement({
  name: 'idempotency_release',
  owner: 'idempotency',
  params: { key: c.text, token: c.uuid },
  row: {},
  sql: 'delete from idempotency_key where tenant_id = :tenant and key = :key and token = :token and status is null',
});

// Answers older than the promise; a slice at a time.
export const idempotencyExpire = statement({
  name: 'idempotency_expire',
  owner: 'idempotency',
  params: { keep_days: c.int, limit: c.int },
  row: { key: c.text },
  sql: `delete from idempotency_key k using (
      select tenant_id, key from idempotency_key
      where tenant_id = :tenant and created_at < clock_timestamp() - :keep_days::integer * interval '1 day'
      order by created_at limit :limit for update skip locked) old
    where ${byKey('k', { tenant_id: 'old.tenant_id', key: 'old.key' })} returning k.key`,
});

export type Claimed = { kind: 'mine'; claim: IdempotencyClaim } | { kind: 'answered'; status: number; body: string };

export async function claimKey(db: Db, tenant: string, key: string, fingerprint: Buffer): Promise<Claimed> {
  const token = newId();
  const won = await db.run(tenant, idempotencyClaim, { key, fingerprint, token, claim_ms: CLAIM_MS });
  if (won.length > 0) return { kind: 'mine', claim: { key, token } };
  const [held] = await db.run(tenant, idempotencyRead, { key });
  if (!held) throw new Fault('idempotency_in_progress'); // released a moment ago: the next try gets it
  if (!sameBytes(held.fingerprint, fingerprint)) throw new Fault('idempotency_mismatch');
  if (held.status === null || held.body === null) throw new Fault('idempotency_in_progress');
  return { kind: 'answered', status: held.status, body: held.body };
}

/** Stripe prunes after a day; a shop that replays last week's orders needs more. */
const KEEP_DAYS = 30;
const SLICE = 5_000;

/** Drops one slice of answers that are older than the promise. */
export const expireKeys = async (db: Db, tenant: string): Promise<number> =>
  (await db.run(tenant, idempotencyExpire, { keep_days: KEEP_DAYS, limit: SLICE })).length;

export interface StoredAnswer {
  claim: IdempotencyClaim;
  status: number;
  body: unknown;
}

/** In the transaction of the work: if the claim was taken over meanwhile, the work is undone with its answer. */
export async function storeAnswers(tx: Tx, answers: readonly StoredAnswer[]): Promise<void> {
  if (answers.length === 0) return;
  const stored = await tx.run(idempotencyStore, {
    keys: answers.map(answer => answer.claim.key),
    tokens: answers.map(answer => answer.claim.token),
    statuses: answers.map(answer => answer.status),
    bodies: answers.map(answer => JSON.stringify(answer.body)),
  });
  if (stored.length < answers.length) throw new Fault('idempotency_in_progress');
}

/** For handlers: the answer, stored with the work when the caller sent a key. */
export async function answerWith(
  tx: Tx,
  claim: IdempotencyClaim | undefined,
  answer: { status: number; body: unknown },
): Promise<RouteAnswer> {
  if (claim) await storeAnswers(tx, [{ claim, ...answer }]);
  return { ...answer, stored: claim !== undefined };
}
