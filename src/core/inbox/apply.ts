/**
 * Applies what the inbox holds: parse, fold, one transaction for a batch, the pending rows deleted by the transaction
 * that applied them. Applying twice changes nothing, so a crash anywhere costs a repetition and no more.
 */
import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import { isUnavailable } from '#db/errors.ts';
import { describeError } from '#lib/fault.ts';
import { changeNumber } from '../contacts/number.ts';
import type { Core } from '../context.ts';
import type { SendCommand } from '../messages/command.ts';
import { FIRST_ID } from '../paging.ts';
import type { ProviderEvent } from '../provider.ts';
import { applySenderChanges, type SenderNews, tellSenderNews } from '../senders/standing.ts';
import { senderRead } from '../senders/statements.ts';
import { applyTemplateChange } from '../templates/changes.ts';
import type { Stored } from './in-hand.ts';
import { applyInbound } from './inbound.ts';
import { applyPreferences } from './preferences.ts';
import { applyReceipts } from './receipts.ts';
import { inboxClaim, inboxDone, inboxPostpone, inboxRead, parkedDrop, parkedSlice, parkedTake } from './statements.ts';

export type Lane = 'people' | 'receipts';

/** With the waits between them six minutes: longer than a failover, and a person hears of it the same hour. */
const TRIES = 6;
/** Of raw bodies in one batch: the largest legal one has three megabytes. */
const MOST_BYTES = 16 * 1024 * 1024;
/** How long a row whose answers are being sent is left alone by other workers. */
const REPLY_LEASE_MS = 30_000;

type Waiting = Values<typeof inboxClaim.row>;
/** Undefined where its bytes are gone: somebody dropped a day that was still needed. */
type Opened = Waiting & { stored: Stored | undefined };

/** Applies up to `limit` deliveries of one tenant's lane and answers how many it took. */
export async function applyLane(core: Core, tenant: string, lane: Lane, limit: number): Promise<number> {
  try {
    return await applyBatch(core, tenant, lane, limit);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    // One of them is poison. Alone, each is either applied or postponed with its reason; the neighbours lose nothing.
    core.log.warn('a batch of webhooks failed, each is tried alone', { tenant, lane, error: describeError(error) });
    let taken = 0;
    for (let index = 0; index < limit; index += 1) {
      const one = await applyOne(core, tenant, lane);
      if (one === 0) break;
      taken += one;
    }
    return taken;
  }
}

async function applyBatch(
  core: Core,
  tenant: string,
  lane: Lane,
  limit: number,
  claimed: (rows: Waiting[]) => void = () => {},
): Promise<number> {
  const { taken, replies, held, news } = await core.db.tx(tenant, async tx => {
    const waiting = await tx.run(inboxClaim, { lane, limit, most_bytes: MOST_BYTES });
    claimed(waiting);
    if (waiting.length === 0) return { taken: 0, replies: [], held: [], news: [] };
    const { replies, poisoned, news } = await applyWaiting(core, tx, tenant, await openAll(core, tx, waiting));
    const good = waiting.filter(row => !poisoned.has(row.seq)).map(row => row.seq);
    // What can't be read now can't be read later: for these there are no further tries.
    for (const [seq, error] of poisoned) await tx.run(inboxPostpone, { lane, seq, to_lane: 'dead', wait_ms: 0, error });
    // failpoint: in_webhook
    const held = replies.length > 0 ? good : [];
    if (held.length === 0) await tx.last(inboxDone, { lane, seqs: good });
    // Kept until its answers are stored too: after a crash it is applied again, which changes nothing, and answered.
    for (const seq of held)
      await tx.run(inboxPostpone, { lane, seq, to_lane: lane, wait_ms: REPLY_LEASE_MS, error: 'answering' });
    return { taken: waiting.length, replies, held, news };
  });
  tellSenderNews(core, tenant, news);
  await Promise.all(replies.map(reply => core.send(tenant, reply)));
  if (held.length > 0) await core.db.run(tenant, inboxDone, { lane, seqs: held });
  return taken;
}

async function applyOne(core: Core, tenant: string, lane: Lane): Promise<number> {
  let current: Waiting | undefined;
  try {
    return await applyBatch(core, tenant, lane, 1, ([row]) => {
      current = row;
    });
  } catch (error) {
    if (!current || isUnavailable(error)) throw error;
    const dead = current.attempts + 1 >= TRIES;
    const wait = 1_000 * 4 ** current.attempts;
    await core.db.run(tenant, inboxPostpone, {
      lane,
      seq: current.seq,
      to_lane: dead ? 'dead' : lane,
      wait_ms: wait,
      error: describeError(error).slice(0, 500),
    });
    core.log.error('a webhook could not be applied', {
      tenant,
      inbox: current.seq,
      attempt: current.attempts + 1,
      state: dead ? 'dead' : 'waiting',
      error: describeError(error),
    });
    return 1;
  }
}

/** From this process's memory where they came in here, and from the database otherwise. */
async function openAll(core: Core, tx: Tx, waiting: readonly Waiting[]): Promise<Opened[]> {
  const opened = waiting.map(row => ({ ...row, stored: core.inHand.take(row.seq) }));
  const missing = opened.filter(row => row.stored === undefined);
  if (missing.length === 0) return opened;
  const read = await tx.run(inboxRead, { days: missing.map(row => row.day), ids: missing.map(row => row.inbox_id) });
  const byId = new Map(read.map(row => [row.id, row]));
  for (const row of missing) {
    const found = byId.get(row.inbox_id);
    if (found) row.stored = { sender: found.sender_id, at: found.received_at, query: found.query, body: found.body };
  }
  return opened;
}

async function applyWaiting(
  core: Core,
  tx: Tx,
  tenant: string,
  waiting: readonly Opened[],
): Promise<{ replies: SendCommand[]; poisoned: Map<string, string>; news: SenderNews[] }> {
  const replies: SendCommand[] = [];
  const news: SenderNews[] = [];
  const poisoned = new Map<string, string>();
  const bySender = new Map<string, { seq: string; stored: Stored }[]>();
  for (const { seq, stored } of waiting) {
    if (!stored) poisoned.set(seq, 'its bytes are gone');
    else bySender.set(stored.sender, [...(bySender.get(stored.sender) ?? []), { seq, stored }]);
  }
  for (const [senderId, rows] of bySender) {
    const [sender] = await tx.run(senderRead, { id: senderId });
    const webhook = sender && core.providers.get(sender.provider)?.webhook;
    const events: ProviderEvent[] = [];
    for (const { seq, stored } of rows) {
      try {
        if (!webhook) throw new Error('its sender is gone');
        events.push(...webhook.parse(stored.body, { query: stored.query, at: stored.at }));
      } catch (error) {
        poisoned.set(seq, describeError(error).slice(0, 500));
      }
    }
    if (!sender) continue;
    const source = { tenant, senderId, provider: sender.provider };
    replies.push(...(await applyEvents(core, tx, source, events)));
    const changes = events.flatMap(event => (event.kind === 'sender' ? [event] : []));
    news.push(...(await applySenderChanges(tx, sender.provider, changes)));
  }
  return { replies, poisoned, news };
}

interface Source {
  tenant: string;
  senderId: string;
  provider: string;
}

async function applyEvents(
  core: Core,
  tx: Tx,
  source: Source,
  events: readonly ProviderEvent[],
): Promise<SendCommand[]> {
  const of = <K extends ProviderEvent['kind']>(kind: K) =>
    events.filter((event): event is Extract<ProviderEvent, { kind: K }> => event.kind === kind);
  await applyReceipts(core, tx, source, of('receipt'), true);
  // One by one: of two changes of one template in this batch the second must see what the first has written.
  for (const change of of('template')) await applyTemplateChange(tx, change, core.clock.now());
  for (const event of of('ignored'))
    core.log.info('webhook item without effect', { tenant: source.tenant, kind: nameOnly(event.what) });
  const replies: SendCommand[] = [];
  let rest = of('inbound');
  for (const change of of('identity').sort((a, b) => a.at - b.at)) {
    // What was written before the change came from the old number: it is said while that is still theirs.
    const before = rest.filter(event => event.at <= change.at);
    rest = rest.filter(event => event.at > change.at);
    replies.push(...(await applyInbound(core, tx, { ...source, events: before })));
    await changeNumber(core, tx, source, change);
  }
  replies.push(...(await applyInbound(core, tx, { ...source, events: rest })));
  await applyPreferences(core, tx, source.tenant, source.provider, of('preference'));
  return replies;
}

/** A name of the platform's, whatever stood in its place: words and underscores. */
const nameOnly = (what: string): string => what.replace(/[^a-z_ ]+/gi, '').slice(0, 60);

const PARKED_SLICE = 500;

/** Receipts that came before anybody knew their message: one slice of them, and where the next one begins. */
export async function applyParked(core: Core, tenant: string, after: string): Promise<{ taken: number; next: string }> {
  return core.db.tx(tenant, async tx => {
    const slice = await tx.run(parkedSlice, { after, limit: PARKED_SLICE });
    const rows = slice.length > 0 ? await tx.run(parkedTake, { ids: slice.map(row => row.id) }) : [];
    for (const provider of new Set(rows.map(row => row.provider))) {
      const receipts = rows
        .filter(row => row.provider === provider)
        .flatMap(row => (row.event.kind === 'receipt' ? [row.event] : []));
      await applyReceipts(core, tx, { tenant, provider }, receipts, false);
    }
    return { taken: rows.length, next: slice.length === PARKED_SLICE ? slice.at(-1)!.id : FIRST_ID };
  });
}

/** A receipt is parked for as long as its provider repeats webhooks; what nobody knows by then is counted and dropped. */
export async function dropParked(core: Core, tenant: string): Promise<number> {
  let dropped = 0;
  for (const { id, capabilities } of core.providers.values()) {
    const keep_seconds = capabilities.webhookRetrySeconds;
    dropped += (await core.db.run(tenant, parkedDrop, { provider: id, keep_seconds, limit: 5_000 })).length;
  }
  if (dropped > 0)
    core.log.warn('receipts of messages that never became known were dropped', { tenant, count: dropped });
  return dropped;
}
