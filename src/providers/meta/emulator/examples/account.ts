/** What the platform tells an account of itself, its number and its partners. */
import type { Fields } from '../fields.ts';
import type { Example, Scene } from './example.ts';

const DAY_SECONDS = 86_400;
/** Portfolios, partners and solutions that nobody has. */
const BUSINESS = '300000000000002';

const on =
  (field: string) =>
  (example: string, says: string, value: (scene: Scene) => Fields): Example => ({
    field,
    example,
    says,
    value,
  });
/** Through the account's own events: what they change on the platform is changed. */
const event = (name: string, says: string, rest: (scene: Scene) => Fields = () => ({}), example = name): Example => ({
  field: 'account_update',
  example,
  says,
  event: scene => ({ event: name, ...rest(scene) }),
});
const ban = (state: unknown): Fields => ({ ban_info: { waba_ban_state: state, waba_ban_date: 'November 21, 2026' } });
const restriction =
  (...types: string[]) =>
  (scene: Scene): Fields => ({
    restriction_info: types.map(restriction_type => ({ restriction_type, expiration: scene.now + 7 * DAY_SECONDS })),
  });
const wabaInfo = ({ account }: Scene): Fields => ({
  waba_info: { waba_id: account.businessAccountId, owner_business_id: BUSINESS },
});

const UPDATES: Example[] = [
  event('ACCOUNT_DELETED', 'the account is gone'),
  event('ACCOUNT_OFFBOARDED', 'a partner has let the account go', wabaInfo),
  event('ACCOUNT_RECONNECTED', 'and has it back', wabaInfo),
  event(
    'ACCOUNT_RESTRICTION',
    'no conversation may be begun for a week',
    restriction('RESTRICTED_BIZ_INITIATED_MESSAGING'),
  ),
  event(
    'ACCOUNT_RESTRICTION',
    'no answers either',
    restriction('RESTRICTED_BIZ_INITIATED_MESSAGING', 'RESTRICTED_CUSTOMER_INITIATED_MESSAGING'),
    'ACCOUNT_RESTRICTION all',
  ),
  event(
    'ACCOUNT_RESTRICTION',
    'no utility templates',
    restriction('RESTRICTED_UTILITY_TEMPLATES'),
    'ACCOUNT_RESTRICTION utility',
  ),
  event(
    'ACCOUNT_RESTRICTION',
    'no utility without a template, as one of the steps of misclassified ones',
    scene => ({
      ...restriction('RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES')(scene),
      violation_info: { violation_type: 'DIRECT_SEND_UTILITY_CATEGORY_ABUSE_STRIKE_1' },
    }),
    'ACCOUNT_RESTRICTION direct send',
  ),
  event(
    'ACCOUNT_RESTRICTION',
    'no further number; its end as text',
    scene => ({
      restriction_info: [
        { restriction_type: 'RESTRICTED_ADD_PHONE_NUMBER_ACTION', expiration: String(scene.now + DAY_SECONDS) },
      ],
    }),
    'ACCOUNT_RESTRICTION numbers',
  ),
  event(
    'ACCOUNT_RESTRICTION',
    'without a list: lifted, or a warning',
    () => ({ restriction_info: [] }),
    'ACCOUNT_RESTRICTION lifted',
  ),
  event('ACCOUNT_VIOLATION', 'the policy was broken', () => ({ violation_info: { violation_type: 'SCAM' } })),
  event('AD_ACCOUNT_LINKED', 'an advertising account belongs to it now', wabaInfo),
  event('AUTH_INTL_PRICE_ELIGIBILITY_UPDATE', 'codes abroad cost the international rate', ({ now }) => ({
    auth_international_rate_eligibility: {
      start_time: now + 30 * DAY_SECONDS,
      exception_countries: [{ country_code: 'IN', start_time: now + 60 * DAY_SECONDS }],
    },
  })),
  event('BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE', 'where the business is', () => ({ country: 'RO' })),
  event('DISABLED_UPDATE', 'a ban is announced', () => ban('SCHEDULE_FOR_DISABLE'), 'DISABLED_UPDATE scheduled'),
  event('DISABLED_UPDATE', 'banned: nothing leaves any more', () => ban('DISABLE')),
  event('DISABLED_UPDATE', 'banned, the state as a list', () => ban(['DISABLE']), 'DISABLED_UPDATE list'),
  event('DISABLED_UPDATE', 'the ban is lifted', () => ban('REINSTATE'), 'DISABLED_UPDATE reinstated'),
  event('MM_LITE_TERMS_SIGNED', 'the marketing messages API may be used', wabaInfo),
  event('PARTNER_ADDED', 'a partner works with the account', wabaInfo),
  event('PARTNER_REMOVED', 'and no longer does; the entry is the portfolio’s', scene => ({
    ...wabaInfo(scene),
    disconnection_info: { reason: 'PRIMARY_INACTIVITY', initiated_by: 'SYSTEM' },
  })),
  event('PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE', 'a partner’s client was looked at', () => ({
    partner_client_certification_info: {
      client_business_id: BUSINESS,
      status: 'FAILED',
      rejection_reasons: ['LEGAL_NAME_NOT_FOUND_IN_DOCUMENTS'],
    },
  })),
  {
    field: 'account_update',
    example: 'PARTNER_APP_INSTALLED',
    says: 'an app of the partner’s; the name of the field beside the changes',
    entry: scene => ({
      id: BUSINESS,
      time: scene.now,
      field: 'account_update',
      changes: [{ value: { event: 'PARTNER_APP_INSTALLED', ...wabaInfo(scene) } }],
    }),
  },
  {
    field: 'account_update',
    example: 'PARTNER_APP_UNINSTALLED',
    says: 'and it is gone; the name of the field inside the value',
    entry: scene => ({
      id: BUSINESS,
      time: scene.now,
      changes: [{ value: { field: 'account_update', event: 'PARTNER_APP_UNINSTALLED', ...wabaInfo(scene) } }],
    }),
  },
  event('VERIFIED_ACCOUNT', 'as accounts of former years were told'),
  event('VOLUME_BASED_PRICING_TIER_UPDATE', 'the next step of the prices for utility', ({ now }) => ({
    volume_tier_info: {
      tier_update_time: now,
      pricing_category: 'UTILITY',
      tier: '25000001:50000000',
      effective_month: '2026-11',
      region: 'India',
    },
  })),
];

const review = on('account_review_update');
const alert = on('account_alerts');
const alertInfo =
  (severity: string, status: string, type: string) =>
  (scene: Scene): Fields => ({
    entity_type: 'PHONE_NUMBER',
    entity_id: scene.account.phoneNumberId,
    alert_info: {
      alert_severity: severity,
      alert_status: status,
      alert_type: type,
      alert_description: 'An example of the sandbox',
    },
  });
const capability = on('business_capability_update');
const quality = on('phone_number_quality_update');
const name = on('phone_number_name_update');
const security = on('security');
const number = ({ ours }: Scene): Fields => ({ display_phone_number: ours });

export const ACCOUNT_EXAMPLES: readonly Example[] = [
  ...UPDATES,
  ...['APPROVED', 'REJECTED', 'PENDING', 'DEFERRED'].map(decision =>
    review(decision, 'the account was looked at', () => ({ decision })),
  ),
  alert('OBA_APPROVED', 'the official business account', alertInfo('INFORMATIONAL', 'NONE', 'OBA_APPROVED')),
  alert('OBA_REJECTED', 'and not', alertInfo('WARNING', 'ACTIVE', 'OBA_REJECTED')),
  alert(
    'PROFILE_PICTURE_LOST',
    'the picture has to be set again',
    alertInfo('CRITICAL', 'ACTIVE', 'PROFILE_PICTURE_LOST'),
  ),
  ...['DEFERRED', 'FAILED', 'NEED_MORE_INFO'].map(outcome =>
    alert(
      `INCREASED_CAPABILITIES_ELIGIBILITY_${outcome}`,
      'a higher limit was not given',
      alertInfo('WARNING', 'ACTIVE', `INCREASED_CAPABILITIES_ELIGIBILITY_${outcome}`),
    ),
  ),
  capability('number', 'the portfolio’s limit as in Meta’s example', () => ({
    max_daily_conversations_per_business: 2_000,
    max_phone_numbers_per_business: 20,
  })),
  capability('word', 'as in Meta’s table', () => ({
    max_daily_conversations_per_business: 'TIER_10K',
    max_phone_numbers_per_waba: 20,
  })),
  capability('unlimited', 'no limit any more', () => ({
    max_daily_conversations_per_business: -1,
    max_phone_numbers_per_business: 20,
  })),
  capability('former', 'as until February 2026, for a number', () => ({
    max_daily_conversation_per_phone: -1,
    max_phone_numbers_per_business: 2,
  })),
  quality('ONBOARDING', 'the limit that a number begins with', scene => ({
    ...number(scene),
    event: 'ONBOARDING',
    max_daily_conversations_per_business: 'TIER_2K',
    current_limit: 'TIER_2K',
    old_limit: 'TIER_NOT_SET',
  })),
  quality('THROUGHPUT_UPGRADE', 'a thousand messages a second', scene => ({
    ...number(scene),
    event: 'THROUGHPUT_UPGRADE',
    max_daily_conversations_per_business: 'TIER_UNLIMITED',
  })),
  ...['FLAGGED', 'UNFLAGGED', 'UPGRADE', 'DOWNGRADE'].map(former =>
    quality(former, 'a word of former years', scene => ({
      ...number(scene),
      event: former,
      current_limit: 'TIER_250',
    })),
  ),
  ...['APPROVED', 'REJECTED', 'PENDING', 'DEFERRED'].map(decision =>
    name(decision, 'the display name was looked at', scene => ({
      ...number(scene),
      decision,
      requested_verified_name: 'Teatrul Mic',
      rejection_reason: decision === 'REJECTED' ? 'NAME_EMPLOYEE_INDIVIDUAL' : 'NONE',
    })),
  ),
  ...['PIN_CHANGED', 'PIN_RESET_REQUEST', 'PIN_REQUEST_SUCCESS'].map(change =>
    security(change, 'the number’s second factor', scene => ({ ...number(scene), event: change, requester: BUSINESS })),
  ),
  on('business_username_updates')('approved', 'the business’s username', scene => ({
    ...number(scene),
    username: 'teatrulmic',
    status: 'approved',
  })),
  on('business_username_updates')('revoked', 'taken back by Meta', scene => ({
    ...number(scene),
    username: 'teatrulmic',
    status: 'deleted',
    context: 'revoked',
  })),
  ...['Active', 'Needs Connecting', 'Needs Testing'].map(status =>
    on('payment_configuration_update')(status, 'a way to be paid', ({ now }) => ({
      configuration_name: 'tickets',
      provider_name: 'razorpay',
      provider_mid: 'mid-1',
      status,
      created_timestamp: now,
      updated_timestamp: now,
    })),
  ),
  ...['SOLUTION_CREATED', 'SOLUTION_UPDATED'].map(happened =>
    on('partner_solutions')(happened, 'a solution of several partners; the entry is the portfolio’s', scene => ({
      event: happened,
      solution_id: '774485461512159',
      solution_status: 'ACTIVE',
      ...wabaInfo(scene),
    })),
  ),
  {
    ...on('account_settings_update')('calling', 'a setting of the number', scene => ({
      messaging_product: 'whatsapp',
      timestamp: String(scene.now),
      type: 'phone_number_settings',
      phone_number_settings: { phone_number_id: scene.account.phoneNumberId, calling: { status: 'ENABLED' } },
    })),
    guessed: true,
  },
  {
    ...on('business_status_update')('verified', 'the business behind the account', () => ({
      business_id: BUSINESS,
      event: 'BUSINESS_VERIFICATION_STATUS_UPDATE',
      status: 'verified',
    })),
    guessed: true,
  },
];
