/**
 * As what the platform charges a message: decided when it is accepted, so that each of its webhooks says the same. By the
 * platform's clock, in UTC, which is the calendar of every emulated account.
 */
import type { EmulatedPhone, EmulatorAccount, EmulatorWorld, MessageContent } from '#core/emulation.ts';
import { HOUR_MS, utcDay } from '#lib/clock.ts';
import { windowIsOpen } from './rate-rules.ts';

/** until then replies were free, and utility templates inside the window too */
const REPLIES_CHARGED_FROM = Date.UTC(2026, 9, 1);
/** a number's free replies in a month since then; the real platform counts deliveries, which come a moment later */
export const FREE_REPLIES = 1_000;

/** somebody who came by an ad has to be answered within a day, and is then free for three */
const ANSWER_MS = 24 * HOUR_MS;
const ENTRY_MS = 72 * HOUR_MS;

/** `free_until`: the end of what somebody opened who came by an ad. */
export type Pricing = { type: string; category: string; free_until?: number };

export function pricingOf(
  world: EmulatorWorld,
  account: EmulatorAccount,
  phone: EmulatedPhone,
  content: MessageContent,
): Pricing {
  const category = content.type === 'template' ? String(content.memo?.['category'] ?? 'utility') : 'service';
  if (!world.rules) return { category, type: 'regular' };
  const until = entryWindowEnd(world, account, phone);
  if (until !== undefined) return { category, type: 'free_entry_point', free_until: until };
  return { category, type: typeOf(world, account, phone, category) };
}

function typeOf(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone, category: string): string {
  const charged = world.now() >= REPLIES_CHARGED_FROM;
  if (category === 'service') return !charged || takeFreeReply(world, account) ? 'free_customer_service' : 'regular';
  const free = category === 'utility' && !charged && windowIsOpen(world, account, phone);
  return free ? 'free_customer_service' : 'regular';
}

/** as the control has it, or as an example of the catalogue spells it on the wire */
const isByAd = (memo: MessageContent['memo']): boolean =>
  memo?.['referral'] !== undefined || (memo?.['wire'] as { referral?: unknown } | undefined)?.referral !== undefined;

/** the first answer opens it and is free itself */
function entryWindowEnd(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): number | undefined {
  const nowMs = world.now();
  let answeredMs = nowMs;
  for (const message of phone.messages.toReversed()) {
    if (message.at < nowMs - ANSWER_MS - ENTRY_MS) return undefined;
    if (message.number !== account.phoneNumberId) continue;
    if (message.direction === 'out') answeredMs = message.at;
    else if (isByAd(message.content.memo))
      return answeredMs - message.at < ANSWER_MS && nowMs - answeredMs < ENTRY_MS ? answeredMs + ENTRY_MS : undefined;
  }
  return undefined;
}

type Replies = { month: string; used: number };

const shelf = (world: EmulatorWorld) => world.shelf<Replies>('meta_replies');

function repliesOf(world: EmulatorWorld, account: EmulatorAccount): Replies {
  const month = utcDay(world.now()).slice(0, 7);
  const known = shelf(world).get(account.phoneNumberId);
  return known?.month === month ? known : { month, used: 0 };
}

function takeFreeReply(world: EmulatorWorld, account: EmulatorAccount): boolean {
  const { month, used } = repliesOf(world, account);
  if (used >= FREE_REPLIES) return false;
  shelf(world).put(account.phoneNumberId, { month, used: used + 1 });
  return true;
}

export const freeRepliesLeft = (world: EmulatorWorld, account: EmulatorAccount): number =>
  FREE_REPLIES - repliesOf(world, account).used;

/** for the control: nobody wants to send a thousand of them to see the next one charged */
export function setFreeReplies(world: EmulatorWorld, account: EmulatorAccount, left: number): void {
  shelf(world).put(account.phoneNumberId, { ...repliesOf(world, account), used: FREE_REPLIES - left });
}
