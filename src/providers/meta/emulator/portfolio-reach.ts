/**
 * The portfolio's messaging limit: different people to whom any of its numbers wrote outside a window, in any 24 hours.
 * One business account is one portfolio here. Kept in memory and read anew from the messages after a restart.
 */
import type { EmulatedPhone, EmulatorAccount, EmulatorAnswer, EmulatorWorld } from '#core/emulation.ts';
import { DAY_MS } from '#lib/clock.ts';
import { graphError } from './graph-answers.ts';
import { accountSettings } from './number-settings.ts';

/** The steps since October 2025. TIER_50 and TIER_1K are not given any more; -1 stands for "unlimited". */
export const LIMITS: Readonly<Record<string, number>> = {
  TIER_250: 250,
  TIER_2K: 2_000,
  TIER_10K: 10_000,
  TIER_100K: 100_000,
  TIER_UNLIMITED: -1,
};

/** A limit as webhooks spell it: the word, or how many people. */
export const limitNamed = (value: unknown): string | undefined =>
  Object.keys(LIMITS).find(word => word === value || LIMITS[word] === value);

/** By person, when their 24 hours began; the oldest stands first. */
type Reached = Map<string, number>;
const reachedIn = new WeakMap<EmulatorWorld, Map<string, Reached>>();

function reachedBy(world: EmulatorWorld, account: EmulatorAccount): Reached {
  let portfolios = reachedIn.get(world);
  if (!portfolios) {
    portfolios = new Map();
    reachedIn.set(world, portfolios);
  }
  let reached = portfolios.get(account.businessAccountId);
  if (!reached) {
    reached = readBack(world, account);
    portfolios.set(account.businessAccountId, reached);
  }
  const nowMs = world.now();
  for (const [person, since] of reached) {
    if (nowMs - since < DAY_MS) break;
    reached.delete(person);
  }
  return reached;
}

function readBack(world: EmulatorWorld, account: EmulatorAccount): Reached {
  const numbers = world.accounts.filter(one => one.businessAccountId === account.businessAccountId);
  const ours = new Set(numbers.map(one => one.phoneNumberId));
  const found: [string, number][] = [];
  for (const phone of world.phones()) {
    let since: number | undefined;
    for (const { at, number, content } of phone.messages) {
      if (content.memo?.['first'] !== true || !ours.has(number)) continue;
      if (since === undefined || at - since >= DAY_MS) since = at;
    }
    if (since !== undefined) found.push([phone.phone, since]);
  }
  return new Map(found.sort((one, other) => one[1] - other[1]));
}

export const reachedPeople = (world: EmulatorWorld, account: EmulatorAccount): number => reachedBy(world, account).size;

/** Of a message outside the window. Somebody who was written to within the day counts once. */
export function reachRefusal(
  world: EmulatorWorld,
  account: EmulatorAccount,
  phone: EmulatedPhone,
): EmulatorAnswer | undefined {
  const limit = LIMITS[accountSettings(world, account.businessAccountId).messagingLimit] ?? -1;
  const reached = reachedBy(world, account);
  if (limit < 0 || reached.size < limit || reached.has(phone.phone)) return undefined;
  // No page of the platform names the code. This one speaks of restrictions on how many messages a number may send.
  return graphError(
    131048,
    `Message failed to send because there are restrictions on how many messages can be sent from this phone number: the messaging limit of ${limit} people in 24 hours is reached`,
  );
}

export function markReached(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): void {
  const reached = reachedBy(world, account);
  if (!reached.has(phone.phone)) reached.set(phone.phone, world.now());
}

/** a reset has emptied the phones */
export function forgetReached(world: EmulatorWorld): void {
  reachedIn.delete(world);
}
