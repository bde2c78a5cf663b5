/**
 * Messages as they are read: a page, one of them, its attempts, and how many wait. Nothing here takes a lock, so nobody
 * who looks can hold up what is being sent.
 */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { StoredDecision } from '../policy/decision.ts';
import type { StoredContent } from './command.ts';

const row = {
  id: c.uuid,
  purpose: c.text,
  recipient: c.text,
  content: c.document<StoredContent>(),
  reference: c.maybe(c.text),
  channel: c.text,
  provider: c.maybe(c.text),
  provider_id: c.maybe(c.text),
  state: c.text,
  reason: c.maybe(c.text),
  error_code: c.maybe(c.text),
  resolution: c.maybe(c.text),
  attempt: c.int,
  currency: c.maybe(c.text),
  estimate_micros: c.maybe(c.bigint),
  actual_micros: c.maybe(c.bigint),
  price_category: c.maybe(c.text),
  price_type: c.maybe(c.text),
  price_market: c.maybe(c.text),
  due_at: c.instant,
  expires_at: c.maybe(c.instant),
  created_at: c.instant,
  accepted_at: c.maybe(c.instant),
  sent_at: c.maybe(c.instant),
  delivered_at: c.maybe(c.instant),
  read_at: c.maybe(c.instant),
  failed_at: c.maybe(c.instant),
};
/** One list for the page and for the single message: what both show can't differ. */
const columns = `m.id, m.purpose, b.recipient, b.content, b.reference, m.channel, m.provider, m.provider_id, m.state, m.reason, m.error_code, m.resolution,
      m.attempt::integer, m.currency, m.estimate_micros, m.actual_micros, m.price_category, m.price_type, m.price_market, m.due_at, m.expires_at, m.created_at, m.accepted_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at`;

// A page of the newest first, by key and not by offset. Ids grow with time, so a span of time is a span of ids and the
// partitions outside it are not even looked at.
export const messageList = statement({
  name: 'message_list',
  owner: 'messages',
  params: {
    before: c.uuid,
    after: c.uuid,
    states: c.maybe(c.list(c.text)),
    purpose: c.maybe(c.text),
    contact: c.maybe(c.uuid),
    limit: c.int,
  },
  row,
  sql: `select ${columns} from message m join message_content b on b.tenant_id = m.tenant_id and b.message_id = m.id
    where m.tenant_id = :tenant and m.id < :before and m.id >= :after
      and (:states::text[] is null or m.state = any(:states::text[])) and (:purpose::text is null or m.purpose = :purpose)
      and (:contact::uuid is null or m.contact_id = :contact)
    order by m.id desc limit :limit`,
});

// How many due messages wait, counted up to the limit. The limit bounds the cost; below it the answer is exact.
export const queueDepth = statement({
  name: 'message_queue_depth',
  owner: 'messages',
  params: { now: c.instant, limit: c.int },
  row: { depth: c.bigint },
  sql: `select count(*) as depth from (
      select from message where tenant_id = :tenant and state = 'queued' and due_at <= :now limit :limit) waiting`,
});

// How many messages wait for a template, counted up to the limit: along the tenant's queue, which is what is rare here.
export const templateWaiting = statement({
  name: 'message_template_waiting',
  owner: 'messages',
  params: { template: c.uuid, limit: c.int },
  row: { waiting: c.bigint },
  sql: `select count(*) as waiting from (
      select from message where tenant_id = :tenant and state = 'queued' and template_id = :template
      union all select from message where tenant_id = :tenant and state = 'leased' and template_id = :template
      union all select from message where tenant_id = :tenant and state = 'sending' and template_id = :template limit :limit) waiting`,
});

// One message with all that is known of it.
export const messageRead = statement({
  name: 'message_read',
  owner: 'messages',
  params: { id: c.uuid },
  row: { ...row, decision: c.document<StoredDecision>(), origin: c.maybe(c.text) },
  sql: `select ${columns}, b.decision, b.origin from message m join message_content b on b.tenant_id = m.tenant_id and b.message_id = m.id
    where m.tenant_id = :tenant and m.id = :id`,
});

// Every attempt of a message, in order.
export const attemptList = statement({
  name: 'message_attempt_list',
  owner: 'messages',
  params: { id: c.uuid },
  row: {
    attempt: c.int,
    started_at: c.instant,
    outcome: c.text,
    provider_id: c.maybe(c.text),
    error_code: c.maybe(c.text),
    error_detail: c.maybe(c.text),
    ended_at: c.maybe(c.instant),
  },
  sql: `select attempt::integer, started_at, outcome, provider_id, error_code, error_detail, ended_at
    from message_attempt where tenant_id = :tenant and message_id = :id order by attempt`,
});
