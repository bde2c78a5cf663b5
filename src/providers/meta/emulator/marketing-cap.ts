/**
 * The platform's own cap on marketing: accepted like every message, and reported as failed (131049) a moment later.
 * The real one adapts to each person and is told to nobody. Here it is a number that a control sets: so many in 24
 * hours, whoever sent them.
 */
import type { EmulatedPhone, EmulatorAccount, EmulatorWorld, MessageContent } from '#core/emulation.ts';
import { DAY_MS } from '#lib/clock.ts';
import { parsePhone } from '#lib/phone.ts';
import { failureReason } from './graph-answers.ts';
import { platformRules } from './number-settings.ts';
import { windowIsOpen } from './rate-rules.ts';

/** No cap for businesses and people of the European Economic Area, the United Kingdom, Japan and South Korea. */
const UNCAPPED = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK ES GB JP KR'.split(' '),
);
const CAPPED_CODE = 131049;

/** Why this marketing message will not arrive, put into the content; what arrives outside a window is marked as counting. */
export function capMarketing(
  world: EmulatorWorld,
  account: EmulatorAccount,
  phone: EmulatedPhone,
  content: MessageContent,
): void {
  if (phone.marketingStopped) {
    content.failure = failureReason(131050, 'User has stopped receiving marketing messages');
    return;
  }
  // Since April 2025, and with no end named: not even inside a window.
  if (countryOf(phone.phone) === 'US') {
    fail(content, 'Marketing templates are not delivered to numbers of the United States');
    return;
  }
  if (windowIsOpen(world, account, phone)) return;
  const { marketingCap } = platformRules(world);
  if (marketingCap === null || isUncapped(phone.phone) || isUncapped(account.displayPhoneNumber)) return;
  const { counted, heldBack } = lastDay(world, phone);
  // Whoever tries again within the day is held back again, and the day begins anew.
  if (heldBack) content.memo = { ...content.memo, early_retry: true };
  if (heldBack || counted >= marketingCap) {
    fail(content, 'The person has had as many marketing messages as they are likely to read');
  } else content.memo = { ...content.memo, capped: true };
}

/** By the whole number: +1 is Canada and the islands too, and +44 the Channel's. */
const countryOf = (number: string): string | undefined =>
  parsePhone(number)?.country ?? (number.startsWith('+44') ? 'GB' : undefined);
const isUncapped = (number: string): boolean => UNCAPPED.has(countryOf(number) ?? '');

function fail(content: MessageContent, details: string): void {
  content.failure = failureReason(CAPPED_CODE, details);
}

/** What is still on its way counts like what has arrived, or ten sent in one second would all be below the cap. */
function lastDay(world: EmulatorWorld, phone: EmulatedPhone): { counted: number; heldBack: boolean } {
  const nowMs = world.now();
  let counted = 0;
  let heldBack = false;
  for (const { at, lost, content } of phone.messages) {
    if (at > nowMs || nowMs - at >= DAY_MS) continue;
    if (content.memo?.['capped'] === true && !lost) counted += 1;
    if (content.failure?.code === CAPPED_CODE) heldBack = true;
  }
  return { counted, heldBack };
}

/** Tries within a day of a refusal: the platform counts them against the whole account. */
export function earlyRetries(world: EmulatorWorld, numbers: readonly string[]): number {
  let count = 0;
  for (const phone of world.phones())
    for (const { number, content } of phone.messages)
      if (content.memo?.['early_retry'] === true && numbers.includes(number)) count += 1;
  return count;
}
