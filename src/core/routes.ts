/** Every route of the core, in the order in which the documentation shows them. */
import { spendRoutes } from './budgets/routes.ts';
import { consentRoutes } from './consents/routes.ts';
import { contactRoutes } from './contacts/routes.ts';
import { doubtRoutes } from './inbox/routes.ts';
import { messageRoutes } from './messages/routes.ts';
import { sendRoutes } from './messages/send-routes.ts';
import { otpRoutes } from './otp/routes.ts';
import { billRoutes } from './rates/bill-routes.ts';
import { priceRoutes } from './rates/price-routes.ts';
import { rateRoutes } from './rates/routes.ts';
import type { Route } from './route.ts';
import { senderRoutes } from './senders/routes.ts';
import { statRoutes } from './stats/routes.ts';
import { templateRoutes } from './templates/routes.ts';
import { quarantineRoutes } from './tenants/quarantine-routes.ts';
import { settingRoutes } from './tenants/routes.ts';

export const coreRoutes: readonly Route[] = [
  ...consentRoutes,
  ...doubtRoutes,
  ...contactRoutes,
  ...templateRoutes,
  ...sendRoutes,
  ...otpRoutes,
  ...messageRoutes,
  ...statRoutes,
  ...settingRoutes,
  ...senderRoutes,
  ...rateRoutes,
  ...priceRoutes,
  ...billRoutes,
  ...spendRoutes,
  ...quarantineRoutes,
];
