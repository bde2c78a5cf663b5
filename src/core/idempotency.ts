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

export interface IdempotencyClaim {
  key: string;
}

/** As long as the longest honest request takes; a claim that outlives it belongs to a crash. */
const CLAIM_MS = 30_000;

export const idempotencyClaim = statement({
  name: 'idempotency_claim',
  owner: 'idempotency',
  params: { key: c.text, fingerprint: c.bytes, claim_ms: c.int },
  row: { key: c.text },
  // A stale claim with the same body is taken over; another body never is.
  sql: `insert into idempotency_key as k (tenant_id, key, fingerprint, claimed_until, created_at)
    values (:tenant, :key, :fingerprint, clock_timestamp() + :claim_ms::integer * interval '1 millisecond', clock_timestamp())
    on conflict (tenant_id, key) do update set claimed_until = excluded.claimed_until
      where k.status is null and k.fingerprint = excluded.fingerprint and k.claimed_until < clock_timestamp()
    returning key`,
});

export const idempotencyRead = statement({
  name: 'idempotency_read',
  owner: 'idempotency',
  params: { key: c.text },
  row: { fingerprint: c.bytes, status: c.maybe(c.int), body: c.maybe(c.text) },
  sql: 'select fingerprint, status, body from idempotency_key where tenant_id = :tenant and key = :key',
});

export const idempotencyStore = statement({
  name: 'idempotency_store',
  owner: 'idempotency',
  params: { keys: c.list(c.text), statuses: c.list(c.int), bodies: c.list(c.text) },
  row: {},
  sql: `update idempotency_key k set status = i.status, body = i.body
    from (${batch({ key: 'keys text', status: 'statuses integer', body: 'bodies text' })}) i
    where ${byKey('k', { tenant_id: 'i.tenant_id', key: 'i.key' })}`,
});

// A request that failed before it did anything may be sent again at once.
export const idempotencyRelease = statement({
  name: 'idempotency_release',
  owner: 'idempotency',
  params: { key: c.text },
  row: {},
  sql: 'delete from idempotency_key where tenant_id = :tenant and key = :key and status is null',
});

export type Claimed = { kind: 'mine' } | { kind: 'answered'; status: number; body: string };

export async function claimKey(db: Db, tenant: string, key: string, fingerprint: Buffer): Promise<Claimed> {
  const won = await db.run(tenant, idempotencyClaim, { key, fingerprint, claim_ms: CLAIM_MS });
  if (won.length > 0) return { kind: 'mine' };
  const [held] = await db.run(tenant, idempotencyRead, { key });
  if (!held) throw new Fault('idempotency_in_progress'); // released a moment ago: the next try gets it
  if (!sameBytes(held.fingerprint, fingerprint)) throw new Fault('idempotency_mismatch');
  if (held.status === null || held.body === null) throw new Fault('idempotency_in_progress');
  return { kind: 'answered', status: held.status, body: held.body };
}

export interface StoredAnswer {
  key: string;
  status: number;
  body: unknown;
}

export async function storeAnswers(tx: Tx | { run: Tx['run'] }, answers: readonly StoredAnswer[]): Promise<void> {
  if (answers.length === 0) return;
  await tx.run(idempotencyStore, {
    keys: answers.map(answer => answer.key),
    statuses: answers.map(answer => answer.status),
    bodies: answers.map(answer => JSON.stringify(answer.body)),
  });
}
