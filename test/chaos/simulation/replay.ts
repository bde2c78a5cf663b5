/** The journal of a simulated message, done to a real row by the real statements. */
import type pg from 'pg';
import type { Harness } from '../../harness.ts';
import type { Message } from './life.ts';
import { PURPOSE, perform } from './perform.ts';
import type { Row } from './row.ts';

type Compared = Omit<Row, 'owner' | 'deadlineAt' | 'unknownAt' | 'expiresAt'> & { owned: boolean; doubted: boolean };

export interface Replayed {
  row: Compared;
  /** Of the statements that answer which rows they met: whether they did, and whether the simulation says so. */
  changed: string[];
  expected: string[];
  idOf(providerId: string): string;
}

/** The simulation's row in the shape in which the database's is read: machine time is the machine's in either. */
export const livedAgain = (
  { owner, deadlineAt: _deadline, unknownAt, expiresAt: _expires, ...row }: Row,
  idOf: (providerId: string) => string,
): Compared => ({
  ...row,
  providerId: row.providerId === null ? null : idOf(row.providerId),
  owned: owner !== null,
  doubted: unknownAt !== null,
});

/** `owner`: a connection of its own, for what no statement does. */
export async function replay(h: Harness, owner: pg.Client, id: string, { first, journal }: Message): Promise<Replayed> {
  const idOf = (providerId: string) => `${id}/${providerId}`;
  await owner.query(
    `with made as (insert into message (tenant_id, id, purpose, channel, provider, priority, state, due_at, expiry_fixed, created_at)
        values ($1, $2, $3, 'whatsapp', 'meta', 1, 'queued', $4, true, $4)),
      content as (insert into message_content (tenant_id, message_id, recipient, content, reference, decision)
        values ($1, $2, '+40700000000', '{}', $2::uuid::text, '{}'))
    insert into business_key (tenant_id, key, message_id, fingerprint) values ($1, $5, $2, '')`,
    [h.tenant, id, PURPOSE, new Date(first.dueAt), keyOf(id)],
  );
  const changed: string[] = [];
  const expected: string[] = [];
  for (const [index, { operation, changed: should }] of journal.entries()) {
    const rows = await perform(h, owner, id, operation, idOf);
    // Of the rounds that look after everybody's rows at once a neighbour may have done our part.
    if (rows === undefined || !TELLING.includes(operation.kind)) continue;
    changed.push(`${index} ${operation.kind} ${rows > 0}`);
    expected.push(`${index} ${operation.kind} ${should}`);
  }
  return { row: await read(owner, id), changed, expected, idOf };
}

/** A receipt or an answer may change the attempt alone, which these do not tell. */
const TELLING = ['mark', 'divert', 'resend', 'close', 'retryFailed', 'cancel', 'word', 'requeue'];

const keyOf = (id: string) => `${PURPOSE}:${id}:+40700000000`;

async function read(owner: pg.Client, id: string): Promise<Compared> {
  const { rows } = await owner.query(
    `select m.*, exists (select from business_key where key = $2) as holds,
      array(select outcome from message_attempt where message_id = $1 order by attempt) as outcomes
    from message m where m.id = $1`,
    [id, keyOf(id)],
  );
  const row = rows[0];
  const at = (value: Date | null) => (value === null ? null : value.getTime());
  return {
    state: row.state,
    attempt: row.attempt,
    retries: row.retries,
    resends: row.resends,
    closedAttempt: row.closed_attempt,
    resolution: row.resolution,
    reason: row.reason,
    errorCode: row.error_code,
    providerId: row.provider_id,
    dueAt: row.due_at.getTime(),
    acceptedAt: at(row.accepted_at),
    sentAt: at(row.sent_at),
    deliveredAt: at(row.delivered_at),
    readAt: at(row.read_at),
    failedAt: at(row.failed_at),
    outcomes: row.outcomes,
    holdsKey: row.holds,
    owned: row.lease_owner !== null,
    doubted: row.unknown_at !== null,
  };
}
