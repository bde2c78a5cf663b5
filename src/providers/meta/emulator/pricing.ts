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

export type Pricing = { type: string; category: string };

export function pricingOf(
  world: EmulatorWorld,
  account: EmulatorAccount,
  phone: EmulatedPhone,
  content: MessageContent,
): Pricing {
  const category = content.type === 'template' ? String(content.memo?.['category'] ?? 'utility') : 'service';
  return { category, type: world.rules ? typeOf(world, account, phone, category) : 'regular' };
}

function typeOf(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone, category: string): string {
  if (inEntryWindow(world, account, phone)) return 'free_entry_point';
  const charged = world.now() >= REPLIES_CHARGED_FROM;
  if (category === 'service') return !charged || takeFreeReply(world, account) ? 'free_customer_service' : 'regular';
  const free = category === 'utility' && !charged && windowIsOpen(world, account, phone);
  return free ? 'free_customer_service' : 'regular';
}

/** the first answer opens it and is free itself */
function inEntryWindow(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): boolean {
  const nowMs = world.now();
  let answeredMs = nowMs;
  for (const message of phone.messages.toReversed()) {
    if (message.at < nowMs - ANSWER_MS - ENTRY_MS) return false;
    if (message.number !== account.phoneNumberId) continue;
    if (message.direction === 'out') answeredMs = message.at;
    else if (message.content.memo?.['referral'] !== undefined)
      return answeredMs - message.at < ANSWER_MS && nowMs - answeredMs < ENTRY_MS;
  }
  return false;
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
