/**
 * What becomes of messages that were left behind: leases and attempts that ran out, and the unknown ones, which wait
 * for a receipt, then for silence that means something, then for their purpose's rule.
 */
import type { Tx } from '#db/db.ts';
import { MINUTE_MS, SECOND_MS } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { hold, lockPurse, type SpendLimits } from '../budgets/spend.ts';
import { reservationFind } from '../budgets/statements.ts';
import type { Core } from '../context.ts';
import type { Replies } from '../rates/forecast.ts';
import { type Look, LookUps, lookUpUnknown, type Unknown } from './look-up.ts';
import { messageCosts } from './price-statements.ts';
import { PURPOSE_NAMES, type PurposeRules, rulesOf } from './purposes.ts';
import {
  leaseRescue,
  messageRequeue,
  queueExpire,
  sendingRescue,
  unknownClose,
  unknownOpen,
  unknownResend,
  unknownSettle,
} from './resolve-statements.ts';

export interface Silence {
  /** For how long every webhook that arrived has been applied. A backlog may hold the very receipt that is missed. */
  drainedForMs: number;
  /** For how long this process has been there to take webhooks; the provider may still be waiting to repeat one. */
  upForMs: number;
}

/** Before the first repetition by the same key, and doubled with each: what takes down a worker may be the message itself. */
const KEYED_MS = SECOND_MS;
/** What is sent again within its key's time has to arrive within it too. */
const KEY_MARGIN_MS = 2 * MINUTE_MS;

/**
 * Pure: what silence allows for one unknown message now. A provider that can be asked is asked first: only what it does
 * not have is sent again, and that it could not say is no reason to. `keyedMs`: for how long it folds what is sent by one
 * key. Until then silence need not mean anything: sent again, it is the same message.
 */
export function judgeSilence(
  message: Unknown,
  silence: Silence,
  now: number,
  look: Look = 'impossible',
  keyedMs = 0,
): 'wait' | 'resend' | 'close' {
  const rule: PurposeRules['unknown'] = rulesOf(message.purpose).unknown;
  const tooLate = message.expires_at !== null && message.expires_at - (rule.leadMs ?? 0) <= now;
  const foldable = message.first_at !== null && now - message.first_at < keyedMs - KEY_MARGIN_MS;
  if (foldable && rule.resends > 0 && !tooLate)
    return message.silent_ms < Math.min(KEYED_MS * 2 ** message.resends, MINUTE_MS) ? 'wait' : 'resend';
  // The shortest of three: the message without news, the inbox without a backlog, this process there to listen.
  const silentMs = Math.min(message.silent_ms, silence.drainedForMs, silence.upForMs);
  const expired = message.expires_at !== null && message.expires_at <= now;
  if (silentMs < rule.afterMs) return 'wait';
  // Silence of a sender whose receipts don't come at all says nothing about this message.
  if (message.receipts_missing && look !== 'absent' && !expired) return 'wait';
  if (message.resends >= rule.resends || tooLate) return 'close';
  return look === 'pending' ? 'wait' : 'resend';
}

/** One round for one tenant; answers how many rows it moved. */
export async function rescueTenant(
  core: Core,
  tenant: string,
  silence: Silence,
  lookUps: LookUps = new LookUps(),
): Promise<number> {
  const now = core.clock.now();
  const returned = await core.db.run(tenant, leaseRescue, {});
  const expired = await core.db.run(tenant, queueExpire, { now, limit: 1_000 });
  const lost = await core.db.run(tenant, sendingRescue, { now });
  // A warning, since each is a doubt that nobody asked for; leases that ran out are only work that is done later.
  if (lost.length > 0) core.log.warn('sends without an answer', { tenant, count: lost.length });
  // The oldest thousand: of the longest silence it is known soonest what it means.
  const open = await core.db.run(tenant, unknownOpen, { limit: 1_000, now });
  const keyedMs = await keyedMsOf(core, tenant, open);
  const wouldResend = (message: Unknown) =>
    judgeSilence(message, silence, now, 'absent', keyedMs(message)) === 'resend';
  const { settled, lookOf } = await lookUpUnknown(core, tenant, open, lookUps, wouldResend);
  const by = (verdict: string) =>
    open
      .filter(message => judgeSilence(message, silence, now, lookOf(message), keyedMs(message)) === verdict)
      .map(message => message.id);
  // One round for each count of resends: each is fenced by what was judged.
  const again = by('resend');
  const closed = by('close');
  for (const resends of new Set(open.map(message => message.resends))) {
    const ids = open
      .filter(message => message.resends === resends && again.includes(message.id))
      .map(message => message.id);
    if (ids.length > 0) await core.db.run(tenant, unknownResend, { ids, resends, now });
  }
  if (closed.length > 0) await core.db.run(tenant, unknownClose, { ids: closed });
  // Expired and closed ones free no slot: only what waits again is worth a wake.
  if (returned.length + again.length > 0) core.wake('messages');
  return returned.length + expired.length + lost.length + settled + again.length + closed.length;
}

/** For how long each one's provider folds what is sent by one key; 0 of those that don't. */
async function keyedMsOf(core: Core, tenant: string, open: readonly Unknown[]): Promise<(message: Unknown) => number> {
  const known = new Map<string, number>();
  const keyed = [...core.providers.values()].some(provider => provider.capabilities.idempotency !== 'none');
  for (const id of keyed ? new Set(open.flatMap(message => message.sender_id ?? [])) : []) {
    const sender = await core.senders.byId(tenant, id);
    const { idempotency = 'none' } = (sender && core.providers.get(sender.provider)?.capabilities) ?? {};
    if (idempotency !== 'none') known.set(id, idempotency.keySeconds * SECOND_MS);
  }
  return message => known.get(message.sender_id ?? '') ?? 0;
}

/** `sent` makes it accepted and no more: that it reached a phone is for a receipt to say. */
export type Word = 'sent' | 'not_sent' | 'resend';

/** A person's word about an unknown message. `resend` overrides every rule: they have seen it and chose. */
export async function resolveByPerson(tx: Tx, id: string, word: Word, now: number): Promise<void> {
  const moved =
    word === 'resend'
      ? await tx.run(unknownResend, { ids: [id], resends: -1, now })
      : await tx.run(unknownSettle, {
          id,
          now,
          ...(word === 'sent'
            ? { state: 'accepted', resolution: 'sent' }
            : { state: 'failed', resolution: 'not_sent' }),
        });
  if (moved.length === 0) throw new Fault('conflict', 'only a message whose outcome is unknown can be resolved');
}

/**
 * Answers the ids that were dead letters and wait again. Their time is the purpose's own, counted from now; their money is
 * put aside anew, and what it no longer suffices for is left where it is.
 */
export async function requeue(
  tx: Tx,
  ids: readonly string[],
  limits: SpendLimits | undefined,
  replies: Replies | undefined,
  now: number,
): Promise<{ moved: string[]; unpaid: string[] }> {
  if (!limits) return { moved: await requeueAll(tx, ids, now), unpaid: [] };
  // Under the lock from here on, so that what is given back for an earlier end is given back before or not at all.
  const purse = await lockPurse(tx, limits, now, replies);
  const held = new Set((await tx.run(reservationFind, { ids })).map(row => row.id));
  const needs = (await tx.run(messageCosts, { ids }))
    .filter(row => !held.has(row.id))
    .map(row => ({
      id: row.id,
      purpose: row.purpose,
      micros: row.estimate_micros ?? 0,
      at: now,
      // Of what was thought to cost nothing there is only so much in a month: it is counted as one of those.
      freeReply: row.estimate_micros === 0,
    }));
  const unpaid = new Set<string>();
  for (const need of needs) {
    if (purse.fits(need)) purse.take(need);
    else unpaid.add(need.id);
  }
  const payable = ids.filter(id => !unpaid.has(id));
  const moved = new Set(await requeueAll(tx, payable, now));
  await hold(
    tx,
    limits,
    purse,
    needs.filter(need => moved.has(need.id)),
    now,
  );
  return { moved: [...moved], unpaid: [...unpaid] };
}

async function requeueAll(tx: Tx, ids: readonly string[], now: number): Promise<string[]> {
  if (ids.length === 0) return [];
  const moved = await tx.run(messageRequeue, {
    ids,
    now,
    purposes: PURPOSE_NAMES,
    lives_ms: PURPOSE_NAMES.map(purpose => rulesOf(purpose).expiresAfterMs),
  });
  return moved.map(row => row.id);
}
