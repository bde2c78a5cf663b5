/** Each operation of the simulation as the statement that does it in the service. */
import type pg from 'pg';
import { messageDivert, messageMarkSending, messageSettle } from '../../../src/core/messages/dispatch-statements.ts';
import { failedRetry, receiptApply } from '../../../src/core/messages/receipt-statements.ts';
import {
  leaseRescue,
  messageCancel,
  messageRequeue,
  queueExpire,
  sendingRescue,
  unknownClose,
  unknownResend,
  unknownSettle,
} from '../../../src/core/messages/resolve-statements.ts';
import type { Harness } from '../../harness.ts';
import type { Operation } from './operations.ts';

/** Of all messages here: the statements ask for a purpose only to find its key and its time. */
export const PURPOSE = 'order_confirm';
/** Two workers, whose ids PostgreSQL takes. */
const OWNERS = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];
/** Nothing runs out by itself while a slow machine is at it. */
const NEVER_MS = 2_000_000_000;

/** How many rows it met; undefined where that tells nothing. */
export async function perform(
  h: Harness,
  owner: pg.Client,
  id: string,
  operation: Operation,
  idOf: (providerId: string) => string,
): Promise<number | undefined> {
  const { db } = h.app.core;
  const ids = [id];
  const write = (set: string, state: string) =>
    owner.query(`update message set ${set} where id = $1 and state = '${state}'`, [id]);
  switch (operation.kind) {
    case 'lease':
      await write(`state = 'leased', lease_owner = '${OWNERS[operation.owner - 1]}'`, 'queued');
      return undefined;
    case 'mark': {
      const worker = OWNERS[operation.owner - 1]!;
      const marked = { ids, owner: worker, now: operation.now, deadline_ms: NEVER_MS };
      return (await db.run(h.tenant, messageMarkSending, marked)).length;
    }
    case 'divert': {
      const { state, reason, dueAt } = operation;
      const to = { ids, states: [state], reasons: [reason], dues: [dueAt], decisions: [{}] };
      return (await db.run(h.tenant, messageDivert, to)).length;
    }
    case 'settle': {
      const { attempt, outcome, state, providerId, code, dueAt, retries, now } = operation;
      await db.run(h.tenant, messageSettle, {
        ids,
        attempts: [attempt],
        outcomes: [outcome],
        states: [state],
        provider_ids: [providerId === null ? null : idOf(providerId)],
        providers: ['meta'],
        codes: [code],
        details: [null],
        dues: [dueAt],
        retries: [retries],
        now,
      });
      return undefined;
    }
    case 'rescueLease':
      await write("deadline_at = '-infinity'", 'leased');
      await db.run(h.tenant, leaseRescue, {});
      return undefined;
    case 'rescueSending':
      await write("deadline_at = '-infinity'", 'sending');
      await db.run(h.tenant, sendingRescue, { now: operation.now });
      return undefined;
    case 'expire':
      await write("expires_at = '-infinity'", 'queued');
      await db.run(h.tenant, queueExpire, { now: operation.now, limit: 1_000 });
      return undefined;
    case 'resend':
      return (await db.run(h.tenant, unknownResend, { ids, resends: operation.resends, now: operation.now })).length;
    case 'close':
      return (await db.run(h.tenant, unknownClose, { ids })).length;
    case 'receipt': {
      const { attempt, providerId, sent, delivered, read: readAt, failed, code, now } = operation;
      const none = [null];
      await db.run(h.tenant, receiptApply, {
        ids,
        attempts: [attempt],
        provider_ids: [idOf(providerId)],
        sents: [sent],
        delivereds: [delivered],
        reads: [readAt],
        faileds: [failed],
        codes: [code],
        price_ats: none,
        price_categories: none,
        price_types: none,
        price_markets: none,
        price_micros: none,
        provider: 'meta',
        currency: null,
        zone: 'UTC',
        now,
      });
      return undefined;
    }
    case 'retryFailed': {
      const { attempt, dueAt, retries, code, now } = operation;
      const again = {
        ids,
        attempts: [attempt],
        dues: [dueAt],
        retries: [retries],
        codes: [code],
        details: [null],
        now,
      };
      return (await db.run(h.tenant, failedRetry, again)).length;
    }
    case 'cancel':
      return (await db.run(h.tenant, messageCancel, { id })).length;
    case 'word': {
      const resolution = operation.state === 'accepted' ? 'sent' : 'not_sent';
      const word = { id, state: operation.state, resolution, now: operation.now };
      return (await db.run(h.tenant, unknownSettle, word)).length;
    }
    case 'requeue': {
      const again = { ids, now: operation.now, purposes: [PURPOSE], lives_ms: [operation.lifeMs] };
      return (await db.run(h.tenant, messageRequeue, again)).length;
    }
  }
}
