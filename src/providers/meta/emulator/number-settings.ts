/** What the platform thinks of a number and its account; controls change it, sends and look-ups obey it. */
import type { EmulatorAccount, EmulatorAnswer, EmulatorWorld } from '#core/emulation.ts';
import { graphError } from './graph-answers.ts';

export type NumberSettings = {
  quality: string;
  /** messages a second */
  throughput: number;
  status: string;
};

export type AccountSettings = {
  /** of the portfolio, such as TIER_2K */
  messagingLimit: string;
  banned: boolean;
  /** when a ban or its end was told last, as it was dated */
  standingToldAt?: number;
  restrictions: string[];
  /** `disable_marketing_messages_on_cloud_api`: marketing leaves by its own address alone */
  marketingElsewhere?: boolean;
  review: ReviewSettings;
};

/** `automatic` approves after the delay, `reject` refuses after it, `manual` waits for the control */
export type ReviewSettings = { mode: 'automatic' | 'manual' | 'reject'; delayMs: number | undefined };

/** As a number is on its first day: 80 messages a second, until it has earned 1,000. */
const NEW_NUMBER: NumberSettings = { quality: 'GREEN', throughput: 80, status: 'CONNECTED' };
/** As a business has it that has been writing for some weeks: far enough for a campaign, and a control lowers it. */
const NEW_ACCOUNT: AccountSettings = {
  messagingLimit: 'TIER_100K',
  banned: false,
  restrictions: [],
  review: { mode: 'automatic', delayMs: undefined },
};

/** What holds for everybody on the platform. */
export type PlatformRules = {
  /** marketing messages that a person gets in 24 hours; null: as many as are sent */
  marketingCap: number | null;
};

/** Ours: the real cap is nowhere written down. Two is what senders outside Europe report of people who do not answer. */
const USUAL_RULES: PlatformRules = { marketingCap: 2 };
const PLATFORM = 'platform';

export function platformRules(world: EmulatorWorld): PlatformRules {
  return world.shelf<PlatformRules>('meta_rules').get(PLATFORM) ?? USUAL_RULES;
}

export function changePlatformRules(world: EmulatorWorld, rules: PlatformRules): void {
  world.shelf<PlatformRules>('meta_rules').put(PLATFORM, rules);
}

export function numberSettings(world: EmulatorWorld, account: EmulatorAccount): NumberSettings {
  return world.shelf<NumberSettings>('meta_number').get(account.phoneNumberId) ?? NEW_NUMBER;
}

/** On a shelf, so that a restart finds the number as the controls left it. */
export function changeNumberSettings(
  world: EmulatorWorld,
  account: EmulatorAccount,
  change: Partial<NumberSettings>,
): NumberSettings {
  const changed = { ...numberSettings(world, account), ...change };
  world.shelf<NumberSettings>('meta_number').put(account.phoneNumberId, changed);
  return changed;
}

export function accountSettings(world: EmulatorWorld, businessAccountId: string): AccountSettings {
  return world.shelf<AccountSettings>('meta_account').get(businessAccountId) ?? NEW_ACCOUNT;
}

export function changeAccountSettings(
  world: EmulatorWorld,
  businessAccountId: string,
  change: Partial<AccountSettings>,
): AccountSettings {
  const changed = { ...accountSettings(world, businessAccountId), ...change };
  world.shelf<AccountSettings>('meta_account').put(businessAccountId, changed);
  return changed;
}

/** a banned account or a number that is not connected sends nothing at all */
export function standingRefusal(
  world: EmulatorWorld,
  account: EmulatorAccount,
  isTemplate: boolean,
): EmulatorAnswer | undefined {
  const standing = accountSettings(world, account.businessAccountId);
  if (standing.banned) return graphError(131031, 'Business account has been locked');
  // Of the two kinds of restriction each stops one kind of message: a business may still answer while it may not begin.
  const restriction = isTemplate ? 'RESTRICTED_BIZ_INITIATED_MESSAGING' : 'RESTRICTED_CUSTOMER_INITIATED_MESSAGING';
  if (standing.restrictions.includes(restriction))
    return graphError(368, `The business account is restricted: ${restriction}`);
  const { status } = numberSettings(world, account);
  if (status === 'CONNECTED') return undefined;
  if (status === 'BANNED' || status === 'RESTRICTED') return graphError(131031, `The phone number is ${status}`);
  return graphError(133010, `The phone number is ${status}`);
}
