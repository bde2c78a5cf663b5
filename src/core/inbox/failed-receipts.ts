/** Failures that a receipt tells: what follows from them is what would have followed the same answer to the send. */
import type { Tx } from '#db/db.ts';
import type { Core } from '../context.ts';
import { type Failure, followUp } from '../messages/failure.ts';
import { learnFromFailures } from '../messages/follow-up.ts';
import { failedRead, failedRetry } from '../messages/receipt-statements.ts';
import type { ErrorClass, Receipt } from '../provider.ts';

export interface FailedReceipt {
  receipt: Receipt;
  messageId: string;
  attempt: number;
}

/** `newly`: messages that failed by this batch. What had failed before has had its follow-up. */
export async function followFailures(
  core: Core,
  tx: Tx,
  tenant: string,
  failed: readonly FailedReceipt[],
  newly: ReadonlySet<string>,
): Promise<void> {
  const told = failed.flatMap(one => {
    const error = one.receipt.error;
    return error && isDefinite(error.class) ? [{ ...one, error: { ...error, class: error.class } }] : [];
  });
  if (told.length === 0) return;
  const now = core.clock.now();
  const ids = [...new Set(told.map(one => one.messageId))];
  const known = new Map((await tx.run(failedRead, { ids })).map(row => [row.id, row]));
  const lessons = told.flatMap(({ messageId, attempt, receipt, error }) => {
    const row = known.get(messageId);
    if (!row) return [];
    const failure = followUp(
      { kind: 'rejected', ...error },
      {
        retries: row.retries,
        now,
        expiresAt: row.expires_at,
        random: core.random,
        unreachedRounds: 0,
        // A receipt's retry comes long after the wave that it belonged to.
        mayRetry: () => true,
      },
    );
    return [{ messageId, attempt, senderId: row.sender_id, templateId: row.template_id, failure, at: receipt.at }];
  });
  await learnFromFailures(core, tx, tenant, lessons);
  const again = lessons.filter(({ messageId, failure }) => newly.has(messageId) && failure.state === 'queued');
  if (again.length > 0) await retry(tx, again, now);
}

/** Failed is failed, but where the provider itself does not know why there is no telling whether a retry would help. */
const isDefinite = (kind: ErrorClass): kind is Exclude<ErrorClass, 'unclear'> => kind !== 'unclear';

async function retry(
  tx: Tx,
  again: readonly { messageId: string; attempt: number; failure: Failure }[],
  now: number,
): Promise<void> {
  const first = [...new Map(again.map(one => [one.messageId, one])).values()];
  await tx.run(failedRetry, {
    ids: first.map(one => one.messageId),
    attempts: first.map(one => one.attempt),
    dues: first.map(one => one.failure.dueAt ?? now),
    retries: first.map(one => (one.failure.retried ? 1 : 0)),
    codes: first.map(one => one.failure.code),
    details: first.map(one => one.failure.detail?.slice(0, 500) ?? null),
    now,
  });
}
