/** The scorecard's checks, in the order of their numbers. */
import type { Check } from '../scorecard.ts';
import { killsCheck } from './01-kills.ts';
import { keysCheck } from './02-keys.ts';
import { confirmationsCheck } from './03-confirmations.ts';
import { failpointsCheck } from './04-failpoints.ts';
import { doubleCrashCheck } from './05-double-crash.ts';
import { cutConnectionsCheck } from './06-cut-connections.ts';
import { diskFullCheck } from './07-disk-full.ts';
import { clocksCheck } from './08-clocks.ts';
import { webhooksCheck } from './09-webhooks.ts';
import { poisonCheck } from './10-poison.ts';
import { slowTenantCheck } from './11-slow-tenant.ts';
import { massRefusalsCheck } from './12-mass-refusals.ts';
import { idempotencyCheck } from './13-idempotency.ts';
import { racesCheck } from './14-races.ts';
import { optOutsCheck } from './15-opt-outs.ts';
import { overloadCheck } from './16-overload.ts';
import { sigtermCheck } from './17-sigterm.ts';
import { migrationCheck } from './18-migration.ts';
import { restoreCheck } from './19-restore.ts';

export const CHECKS: readonly Check[] = [
  killsCheck,
  keysCheck,
  confirmationsCheck,
  failpointsCheck,
  doubleCrashCheck,
  cutConnectionsCheck,
  diskFullCheck,
  clocksCheck,
  webhooksCheck,
  poisonCheck,
  slowTenantCheck,
  massRefusalsCheck,
  idempotencyCheck,
  racesCheck,
  optOutsCheck,
  overloadCheck,
  sigtermCheck,
  migrationCheck,
  restoreCheck,
];
