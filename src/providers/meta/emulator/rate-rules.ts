/** Meta's limits on a number and on a pair, as token buckets by the platform's clock. */
import type { EmulatedPhone, EmulatorAccount, EmulatorAnswer, EmulatorWorld } from '#core/emulation.ts';
import { graphError } from './graph-answers.ts';
import { numberSettings } from './number-settings.ts';

/** To one person from one number: 45 at once, then one in six seconds. */
const PAIR_BURST = 45;
const PAIR_REFILL_MS = 6_000;
/** For each number by itself: who wrote to one of a business's numbers can't be answered freely by another. */
const WINDOW_MS = 24 * 3_600_000;

type Bucket = { tokens: number; atMs: number };

/** not kept across restarts: a restart takes longer than a bucket needs to fill */
const buckets = new WeakMap<EmulatorWorld, Map<string, Bucket>>();

/** What people write to the number is counted too, below; it is never refused. */
export function rateRefusal(
  world: EmulatorWorld,
  account: EmulatorAccount,
  phone: EmulatedPhone,
): EmulatorAnswer | undefined {
  const perSecond = numberSettings(world, account).throughput;
  if (!takeToken(world, account.phoneNumberId, perSecond, 1_000 / perSecond)) {
    return graphError(
      130429,
      'Message failed to send because there were too many messages sent from this phone number in a short period of time',
    );
  }
  if (!takeToken(world, `${account.phoneNumberId} ${phone.phone}`, PAIR_BURST, PAIR_REFILL_MS)) {
    return graphError(
      131056,
      'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time',
    );
  }
  return undefined;
}

/** Somebody has written: that too is traffic of the number. */
export function countInbound(world: EmulatorWorld, account: EmulatorAccount): void {
  const perSecond = numberSettings(world, account).throughput;
  takeToken(world, account.phoneNumberId, perSecond, 1_000 / perSecond);
}

export function windowIsOpen(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): boolean {
  const lastMs = phone.lastInboundAt.get(account.phoneNumberId);
  return lastMs !== undefined && world.now() - lastMs < WINDOW_MS;
}

export function windowRefusal(): EmulatorAnswer {
  return graphError(
    131047,
    'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
  );
}

/** a reset has emptied the phones */
export function forgetRates(world: EmulatorWorld): void {
  buckets.delete(world);
}

function takeToken(world: EmulatorWorld, key: string, capacity: number, refillMs: number): boolean {
  let known = buckets.get(world);
  if (!known) {
    known = new Map();
    buckets.set(world, known);
  }
  const nowMs = world.now();
  const bucket = known.get(key);
  if (!bucket) {
    known.set(key, { tokens: capacity - 1, atMs: nowMs });
    return true;
  }
  // a clock that is turned back gives nothing and takes nothing
  bucket.tokens = Math.min(capacity, bucket.tokens + Math.max(0, nowMs - bucket.atMs) / refillMs);
  bucket.atMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
