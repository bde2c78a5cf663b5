/** What each purpose needs and how much it may be repeated: the table of the API's promises, as data. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#lib/clock.ts';

export interface PurposeRules {
  /** `request`: the person's own asking; `window`: an open service window; `no-stop`: nothing but that they never said no. */
  needs: 'transactional' | 'marketing' | 'request' | 'window' | 'no-stop';
  category: 'UTILITY' | 'MARKETING' | 'AUTHENTICATION' | 'SERVICE';
  /** How long a message helps after it is due, if its caller does not say. */
  expiresAfterMs: number;
  /** How long a caller may say that it does. */
  expiresAtMostMs: number;
  /** What is done when nobody can say whether it was sent; nothing any more when less than `leadMs` is left of it. */
  unknown: { resends: 0 | 1; afterMs: number; leadMs?: number };
  /** 0 leaves first. A quarter of the places on the wire is kept for 0 and 1 (workers/pump.ts). */
  priority: 0 | 1 | 2 | 3;
}

const WEEK_MS = 7 * DAY_MS;
const resendOnce = (afterMs: number) => ({ resends: 1, afterMs }) as const;
/** A promotion that comes twice is worse than one that does not come, and whoever waits for a reply asks again. */
const never = { resends: 0, afterMs: 10 * MINUTE_MS } as const;

const confirmation: PurposeRules = {
  needs: 'transactional',
  category: 'UTILITY',
  expiresAfterMs: DAY_MS,
  expiresAtMostMs: WEEK_MS,
  unknown: resendOnce(2 * MINUTE_MS),
  priority: 1,
};

export const PURPOSES = {
  // Whoever waits at a login waits for seconds: by then the second try has to be on its way, and it is the same code.
  otp: {
    needs: 'request',
    category: 'AUTHENTICATION',
    expiresAfterMs: 5 * MINUTE_MS,
    expiresAtMostMs: 15 * MINUTE_MS,
    unknown: resendOnce(15 * SECOND_MS),
    priority: 0,
  },
  // Once, whatever becomes of it: a question that is asked twice is a nuisance to somebody who has agreed to nothing yet.
  opt_in_request: {
    needs: 'no-stop',
    category: 'UTILITY',
    expiresAfterMs: DAY_MS,
    expiresAtMostMs: DAY_MS,
    unknown: never,
    priority: 1,
  },
  emergency: { ...confirmation, unknown: resendOnce(30 * SECOND_MS), priority: 0 },
  queue_notice: {
    needs: 'window',
    category: 'SERVICE',
    expiresAfterMs: 15 * MINUTE_MS,
    expiresAtMostMs: HOUR_MS,
    unknown: resendOnce(30 * SECOND_MS),
    priority: 1,
  },
  reply: {
    needs: 'window',
    category: 'SERVICE',
    expiresAfterMs: DAY_MS,
    expiresAtMostMs: DAY_MS,
    unknown: never,
    priority: 1,
  },
  order_confirm: confirmation,
  receipt: confirmation,
  invoice: confirmation,
  loyalty: confirmation,
  // Half an hour before the event people are on their way: a second one would only disturb.
  reminder: { ...confirmation, unknown: { ...confirmation.unknown, leadMs: 30 * MINUTE_MS }, priority: 2 },
  announcement: { ...confirmation, priority: 2 },
  promo: {
    needs: 'marketing',
    category: 'MARKETING',
    expiresAfterMs: DAY_MS,
    expiresAtMostMs: WEEK_MS,
    unknown: never,
    priority: 3,
  },
} as const satisfies Record<string, PurposeRules>;

export type Purpose = keyof typeof PURPOSES;
export const PURPOSE_NAMES = Object.keys(PURPOSES) as Purpose[];
export const rulesOf = (purpose: string): PurposeRules => PURPOSES[purpose as Purpose];

/** Advertising, and the question whether somebody wants it: to ask is no way round a stop. */
export const asksForMarketing = (purpose: string): boolean => {
  const { needs } = rulesOf(purpose);
  return needs === 'marketing' || needs === 'no-stop';
};
