/** Whose call it is, how fast they may call, and how their templates are reviewed. */
import { randomBytes } from 'node:crypto';
import type {
  EmulatedPhone,
  EmulatorAccount,
  EmulatorAnswer,
  EmulatorRequest,
  EmulatorWorld,
} from '#core/emulation.ts';
import { refusal } from './answers.ts';

export const PROVIDER = 'twilio';

/** `automatic` approves after the delay, `reject` refuses after it, `manual` waits for the control */
export const REVIEW_MODES = ['automatic', 'manual', 'reject'] as const;

export type AccountSettings = {
  /** calls a second; beyond them 429. (The pace of a sender is another thing: the platform queues by itself.) */
  throughput: number;
  review: { mode: (typeof REVIEW_MODES)[number]; delayMs: number | undefined };
  /** whether the platform keeps the STOP of each person itself, and refuses what is sent to them (21610) */
  keepsStops: boolean;
};

const NEW: AccountSettings = { throughput: 100, keepsStops: false, review: { mode: 'automatic', delayMs: undefined } };

export const accountSettings = (world: EmulatorWorld, accountSid: string): AccountSettings =>
  world.shelf<AccountSettings>('twilio_account').get(accountSid) ?? NEW;

export function changeAccount(world: EmulatorWorld, accountSid: string, change: Partial<AccountSettings>): void {
  const changed = { ...accountSettings(world, accountSid), ...change };
  world.shelf<AccountSettings>('twilio_account').put(accountSid, changed);
}

export const accountsOf = (world: EmulatorWorld): EmulatorAccount[] =>
  world.accounts.filter(account => account.provider === PROVIDER);

/**
 * One account may have several senders; what is asked of the account is asked of any of them. Only the account's own token is
 * taken: API keys exist, and sign no webhook, so nothing of ours could use one alone.
 */
export function authenticate(request: EmulatorRequest, world: EmulatorWorld): EmulatorAccount[] | EmulatorAnswer {
  const [scheme, encoded] = (request.headers.authorization ?? '').split(' ');
  const [user, ...rest] = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':');
  if (scheme !== 'Basic') return refusal(20003);
  const mine = accountsOf(world).filter(
    account =>
      account.businessAccountId === user &&
      (account.accessToken === undefined || account.accessToken === rest.join(':')),
  );
  if (mine.length === 0) return refusal(20003);
  return takeToken(world, user!) ? mine : refusal(20429);
}

type Bucket = { tokens: number; atMs: number };

/** not kept across restarts: a restart takes longer than a bucket needs to fill */
const buckets = new WeakMap<EmulatorWorld, Map<string, Bucket>>();

// By the platform's clock. The real limit counts calls that are under way; answered at once, as here, they never are.
function takeToken(world: EmulatorWorld, accountSid: string): boolean {
  if (!world.rules) return true;
  const { throughput } = accountSettings(world, accountSid);
  const known = buckets.get(world) ?? new Map<string, Bucket>();
  buckets.set(world, known);
  const nowMs = world.now();
  const bucket = known.get(accountSid) ?? { tokens: throughput, atMs: nowMs };
  known.set(accountSid, bucket);
  const gained = (Math.max(0, nowMs - bucket.atMs) * throughput) / 1_000;
  bucket.tokens = Math.min(throughput, bucket.tokens + gained);
  bucket.atMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

const STOPS = ['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit'];
const STARTS = ['start', 'yes', 'unstop'];

/** the whole text is the word, as the vendor's own list has it; the latest one counts, whoever was told of it */
export function hasStopped(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): boolean {
  if (!accountSettings(world, account.businessAccountId).keepsStops) return false;
  const words = phone.messages
    .filter(message => message.direction === 'in' && message.number === account.phoneNumberId)
    .map(message => message.content.text.trim().toLowerCase());
  const word = words.findLast(text => STOPS.includes(text) || STARTS.includes(text));
  return word !== undefined && STOPS.includes(word);
}

/** two letters and 32 hexadecimal digits */
export const newSid = (letters: 'SM' | 'HX'): string => letters + randomBytes(16).toString('hex');
