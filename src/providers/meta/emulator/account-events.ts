/** What happens to a number and to an account: quality, throughput, limits, bans, restrictions. */
import type { ControlOutcome, EmulatorAccount, EmulatorAnswer, EmulatorWorld, Webhook } from '#core/emulation.ts';
import { type Fields, fields, list, string } from './fields.ts';
import { graphJson, parameterError } from './graph-answers.ts';
import { earlyRetries } from './marketing-cap.ts';
import {
  accountSettings,
  changeAccountSettings,
  changeNumberSettings,
  changePlatformRules,
  numberSettings,
  platformRules,
} from './number-settings.ts';
import { LIMITS, reachedPeople } from './portfolio-reach.ts';
import { FREE_REPLIES, freeRepliesLeft, setFreeReplies } from './pricing.ts';
import { fieldWebhook, PORTFOLIO_ID } from './webhooks.ts';

/**
 * Of the last seven days. A bad one lowers no limit by itself any more; restrictions are told by events of their own.
 */
const QUALITIES = ['GREEN', 'YELLOW', 'RED', 'NA'];
const NUMBER_STATUSES = ['CONNECTED', 'DISCONNECTED', 'BANNED', 'RESTRICTED', 'PENDING', 'UNVERIFIED'];
/** Messages a second from which the platform speaks of an upgrade: 1,000 in place of 80. */
const HIGH_THROUGHPUT = 1_000;

export function changeNumber(
  world: EmulatorWorld,
  account: EmulatorAccount,
  change: Record<string, unknown>,
): ControlOutcome {
  const { quality, throughput, status, messaging_limit: limit, free_replies: replies } = change;
  if (quality !== undefined && !QUALITIES.includes(String(quality))) return invalid('quality', QUALITIES);
  if (status !== undefined && !NUMBER_STATUSES.includes(String(status))) return invalid('status', NUMBER_STATUSES);
  if (limit !== undefined && !(String(limit) in LIMITS)) return invalid('messaging_limit', Object.keys(LIMITS));
  if (throughput !== undefined && !(typeof throughput === 'number' && throughput >= 1 && throughput <= 100_000)) {
    return invalid('throughput', ['a number of messages a second, from 1 on']);
  }
  if (
    replies !== undefined &&
    !(Number.isInteger(replies) && Number(replies) >= 0 && Number(replies) <= FREE_REPLIES)
  ) {
    return invalid('free_replies', [`a number from 0 to ${FREE_REPLIES}`]);
  }
  const cap = change['marketing_cap'];
  if (cap !== undefined && cap !== null && !(Number.isInteger(cap) && Number(cap) >= 0)) {
    return invalid('marketing_cap', ['a whole number from 0 on', 'null for none']);
  }
  if (cap !== undefined) changePlatformRules(world, { marketingCap: cap as number | null });
  if (replies !== undefined) setFreeReplies(world, account, Number(replies));
  // What is not named stays as it is: a control that changes one thing must not mend another.
  const before = numberSettings(world, account);
  changeNumberSettings(world, account, {
    quality: string(quality) ?? before.quality,
    throughput: typeof throughput === 'number' ? throughput : before.throughput,
    status: string(status) ?? before.status,
  });
  const webhooks: Webhook[] = [];
  // quality itself is told nowhere any more: it has to be asked for
  if (before.throughput < HIGH_THROUGHPUT && numberSettings(world, account).throughput >= HIGH_THROUGHPUT) {
    // Both limits were to leave this webhook in 2026 and still stand in Meta's examples: told, and equal.
    const tier = accountSettings(world, account.businessAccountId).messagingLimit;
    webhooks.push(qualityUpdate(world, account, { event: 'THROUGHPUT_UPGRADE', current_limit: tier, old_limit: tier }));
  }
  if (typeof limit === 'string') webhooks.push(changeLimit(world, account, limit));
  return { webhooks, answer: describeNumber(world, account) };
}

/** What the controls can change, and how far it is used up. */
export function describeNumber(world: EmulatorWorld, account: EmulatorAccount): Record<string, unknown> {
  const numbers = world.accounts.filter(one => one.businessAccountId === account.businessAccountId);
  return {
    id: account.phoneNumberId,
    ...numberSettings(world, account),
    messaging_limit: accountSettings(world, account.businessAccountId).messagingLimit,
    people_reached: reachedPeople(world, account),
    marketing_cap: platformRules(world).marketingCap,
    marketing_early_retries: earlyRetries(
      world,
      numbers.map(one => one.phoneNumberId),
    ),
    free_replies: freeRepliesLeft(world, account),
  };
}

function changeLimit(world: EmulatorWorld, account: EmulatorAccount, limit: string): Webhook {
  changeAccountSettings(world, account.businessAccountId, { messagingLimit: limit });
  // A number, as in Meta's example. Its table shows a word such as TIER_2K there: a client has to take either.
  const value = { max_daily_conversations_per_business: LIMITS[limit], max_phone_numbers_per_business: 20 };
  return fieldWebhook(account, 'business_capability_update', value, world.now());
}

function qualityUpdate(world: EmulatorWorld, account: EmulatorAccount, value: Record<string, unknown>): Webhook {
  // Digits alone, as in every webhook: without the plus and the spaces of the settings.
  const display_phone_number = account.displayPhoneNumber.replace(/\D/g, '');
  return fieldWebhook(account, 'phone_number_quality_update', { display_phone_number, ...value }, world.now());
}

/** `POST /{account}`: the one switch of an account that a message feels */
export function configureAccount(world: EmulatorWorld, account: EmulatorAccount, body: Fields): EmulatorAnswer {
  const wanted = String(body['disable_marketing_messages_on_cloud_api']);
  if (wanted !== 'true' && wanted !== 'false') {
    return parameterError('Param disable_marketing_messages_on_cloud_api must be a boolean');
  }
  changeAccountSettings(world, account.businessAccountId, { marketingElsewhere: wanted === 'true' });
  return graphJson({ success: true });
}

/** what the platform tells an account about itself, with what it changes */
export function accountEvent(
  world: EmulatorWorld,
  account: EmulatorAccount,
  event: Record<string, unknown>,
): ControlOutcome {
  const name = string(event['event']);
  if (!name || !/^[A-Z_]+$/.test(name)) {
    return invalid('event', ['an account_update event such as DISABLED_UPDATE or ACCOUNT_RESTRICTION']);
  }
  const { provider: _provider, number: _number, ...given } = event;
  const value: Record<string, unknown> = { ...defaultsFor(world, name, given), ...given };
  applyEvent(world, account, name, value);
  const at = STANDINGS.has(name) ? momentOfItsOwn(world, account) : world.now();
  const { banned, restrictions } = accountSettings(world, account.businessAccountId);
  const entryId = name.startsWith('PARTNER_') ? PORTFOLIO_ID : account.businessAccountId;
  return {
    webhooks: [fieldWebhook(account, 'account_update', value, at, entryId)],
    answer: { event: name, banned, restrictions },
  };
}

/** a ban or its end, in some of their words */
const STANDINGS = new Set(['DISABLED_UPDATE', 'ACCOUNT_DELETED']);

/** Dates are whole seconds: what a script does within one would be told in no order, and on the platform it takes days. */
function momentOfItsOwn(world: EmulatorWorld, account: EmulatorAccount): number {
  const { standingToldAt = 0 } = accountSettings(world, account.businessAccountId);
  const at = Math.max(world.now(), standingToldAt + 1_000);
  changeAccountSettings(world, account.businessAccountId, { standingToldAt: at });
  return at;
}

function defaultsFor(world: EmulatorWorld, name: string, given: Record<string, unknown>): Record<string, unknown> {
  // the date is prose on the wire, and no part has a calendar: clients only ever show it
  if (name === 'DISABLED_UPDATE')
    return { ban_info: { waba_ban_state: 'DISABLE', waba_ban_date: 'November 21, 2026' } };
  if (name === 'ACCOUNT_VIOLATION') return { violation_info: { violation_type: 'SCAM' } };
  if (name === 'ACCOUNT_RESTRICTION' && given['restriction_info'] === undefined) {
    // An integer. Meta has sent it as a string as well.
    const expiration = Math.floor(world.now() / 1_000) + 7 * 86_400;
    return { restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration }] };
  }
  return {};
}

function applyEvent(
  world: EmulatorWorld,
  account: EmulatorAccount,
  name: string,
  value: Record<string, unknown>,
): void {
  const id = account.businessAccountId;
  if (name === 'DISABLED_UPDATE') {
    // As a list it has been seen as well.
    const state = [fields(value['ban_info'])['waba_ban_state']].flat()[0];
    // A ban that is only announced (SCHEDULE_FOR_DISABLE) stops nothing yet.
    if (state === 'DISABLE') changeAccountSettings(world, id, { banned: true });
    if (state === 'REINSTATE') changeAccountSettings(world, id, { banned: false });
  }
  if (name === 'ACCOUNT_RESTRICTION') {
    // an empty list, or none, lifts what was there
    const restrictions = list(value['restriction_info']).map(restriction => String(restriction['restriction_type']));
    changeAccountSettings(world, id, { restrictions });
  }
}

function invalid(path: string, allowed: string[]): ControlOutcome {
  const message = `one of ${allowed.join(', ')}`;
  return { refused: 'invalid', message: `${path} has to be ${message}.`, fields: [{ path, message }] };
}
