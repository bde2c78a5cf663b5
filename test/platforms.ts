/** The two platforms that a harness can stand on: what the emulator is told of the number, and the tenant's sender. */
import type { EmulatorAccount } from '#core/emulation.ts';
import type { SenderConfig } from '../src/config.ts';

export const PNID = '100000000000001';
export const APP_SECRET = 'harness-app-secret';
export const VERIFY_TOKEN = 'harness-verify-token';
export const ACCOUNT_SID = 'AC0123456789abcdef0123456789abcdef';
export const AUTH_TOKEN = 'harness-auth-token';
const NUMBER = '+12025550100';

export interface Platform {
  account: EmulatorAccount;
  /** With the emulator's address, which is known a little later. */
  sender(emulatorUrl: string): SenderConfig;
}

export type PlatformName = 'meta' | 'twilio';

export const PLATFORMS: Readonly<Record<PlatformName, Platform>> = {
  meta: {
    account: {
      provider: 'meta',
      phoneNumberId: PNID,
      businessAccountId: '200000000000001',
      displayPhoneNumber: NUMBER,
      appSecret: APP_SECRET,
      verifyToken: VERIFY_TOKEN,
    },
    sender: url => ({
      provider: 'meta',
      account: {
        base_url: `${url}/graph`,
        api_version: 'v26.0',
        phone_number_id: PNID,
        business_account_id: '200000000000001',
      },
      secret: { accessToken: 'harness-access-token', webhookSecrets: [APP_SECRET], verifyToken: VERIFY_TOKEN },
      number: NUMBER,
    }),
  },
  twilio: {
    account: {
      provider: 'twilio',
      phoneNumberId: NUMBER,
      businessAccountId: ACCOUNT_SID,
      displayPhoneNumber: NUMBER,
      accessToken: AUTH_TOKEN,
      appSecret: AUTH_TOKEN,
    },
    sender: url => ({
      provider: 'twilio',
      account: {
        base_url: `${url}/twilio`,
        content_base_url: `${url}/twilio`,
        account_sid: ACCOUNT_SID,
        from: NUMBER,
      },
      secret: { accessToken: AUTH_TOKEN, webhookSecrets: [AUTH_TOKEN], verifyToken: '' },
      number: NUMBER,
    }),
  },
};
