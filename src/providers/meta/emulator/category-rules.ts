/** What a template may not be sent as, although it is there and approved: by its category as it is now. */
import type { EmulatorAccount, EmulatorAnswer, EmulatorWorld, MessageContent } from '#core/emulation.ts';
import { graphError } from './graph-answers.ts';
import { accountSettings } from './number-settings.ts';

export function categoryRefusal(
  world: EmulatorWorld,
  account: EmulatorAccount,
  { memo }: MessageContent,
  byUserId: boolean,
): EmulatorAnswer | undefined {
  const { restrictions, marketingElsewhere } = accountSettings(world, account.businessAccountId);
  const category = memo?.['category'];
  // Codes are for numbers: a scoped id may be another phone's tomorrow.
  if (category === 'authentication' && byUserId) {
    return graphError(131062, 'Business-scoped user id recipients are not supported for this message');
  }
  if (category === 'utility' && restrictions.includes('RESTRICTED_UTILITY_TEMPLATES')) {
    return graphError(131064, 'Utility templates are restricted after template classification violations');
  }
  // `marketing_lite` came by the other door.
  if (category === 'marketing' && marketingElsewhere) {
    return graphError(131063, 'Marketing templates are disabled on Cloud API for this account');
  }
  return undefined;
}
