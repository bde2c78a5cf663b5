/** The scorecard's checks, in the order of reliability. */
import type { Check } from '../scorecard.ts';
import { killsCheck } from './01-kills.ts';
import { failpointsCheck } from './04-failpoints.ts';

export const CHECKS: readonly Check[] = [killsCheck, failpointsCheck];
