/** Codes are asked for, sent and entered; none of them stands anywhere in clear. */
import { randomInt } from 'node:crypto';
import type { Values } from '#db/column.ts';
import { alone, type Tx } from '#db/db.ts';
import { type Instant, SECOND_MS } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { hmacSha256, sameBytes } from '#lib/hmac.ts';
import { newId } from '#lib/id.ts';
import type { Phone } from '#lib/phone.ts';
import { ensureContacts, findContacts, identityOf, keyOf } from '../contacts/contact.ts';
import { contactLock } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import {
  ATTEMPTS,
  type KnownCode,
  liveCode,
  MOST_NEIGHBOURS,
  NEIGHBOURS_WITHIN_MS,
  neighbourhood,
  planCode,
  REMEMBERED_MS,
} from './otp.ts';
import {
  otpAgain,
  otpCreate,
  otpExpire,
  otpNeighbours,
  otpNeighboursLock,
  otpRecent,
  otpSealed,
  otpTry,
} from './statements.ts';

export interface AskedCode {
  id: string;
  /** Which sending of this code it is: each is a message of its own. */
  sends: number;
  expiresAt: Instant;
}

const placeOf = (tenant: string, id: string): string => `${tenant}/otp/${id}`;

/** Bound to its own row: the digest of the same code for somebody else is another. */
const digestOf = async (core: Pick<Core, 'keys'>, tx: Tx, tenant: string, id: string, code: string): Promise<Buffer> =>
  hmacSha256(await core.keys.key(tx, tenant, 'pepper'), `otp:${id}:${code}`);

/** Makes a code, or finds the live one; the message is the caller's next step, and a crash before it costs a second asking. */
export async function askCode(
  core: Core,
  tenant: string,
  asked: { phone: Phone; code: string | undefined; ttlSeconds: number },
): Promise<AskedCode> {
  const identity = identityOf(asked.phone);
  const now = core.clock.now();
  const people = await ensureContacts(core, alone(core.db, tenant), tenant, [{ identity }], now);
  const contact = people.get(keyOf(identity))!;
  return core.db.tx(tenant, async tx => {
    // Of two that ask at once the second finds the first one's code, and waits.
    await tx.run(contactLock, { ids: [contact] });
    const known = await readCodes(tx, contact, now);
    const [address] = await core.keys.digests(tx, tenant, [identity]);
    // The limits are the person's; what may be entered, or sent again, is of this number.
    const live = liveCode(sentTo(known, address!), now);
    const other = await isOther(core, tx, tenant, live, asked.code);
    const plan = planCode(known, live, now, other);
    if (plan.kind === 'wait') throw tooMany(plan.why, plan.seconds);
    if (plan.kind === 'again') {
      const [row] = await tx.run(otpAgain, { id: plan.id, now });
      return { id: plan.id, sends: row!.sends, expiresAt: row!.expires_at };
    }
    await refuseNeighbours(tx, asked.phone, now);
    const id = newId();
    // Six digits, each as likely as any other.
    const code = asked.code ?? String(randomInt(1_000_000)).padStart(6, '0');
    const expiresAt = now + asked.ttlSeconds * SECOND_MS;
    await tx.run(otpCreate, {
      id,
      contact,
      address: address!,
      neighbourhood: neighbourhood(asked.phone),
      digest: await digestOf(core, tx, tenant, id, code),
      sealed: core.secrets.seal(placeOf(tenant, id), code),
      expires_at: expiresAt,
      attempts: ATTEMPTS,
      now,
    });
    return { id, sends: 1, expiresAt };
  });
}

async function isOther(
  core: Core,
  tx: Tx,
  tenant: string,
  live: { id: string; digest: Buffer } | undefined,
  code: string | undefined,
): Promise<boolean> {
  if (code === undefined || !live) return false;
  return !sameBytes(await digestOf(core, tx, tenant, live.id, code), live.digest);
}

/** Of numbers that nobody enters codes for, and that lie side by side, each message earns somebody money. */
async function refuseNeighbours(tx: Tx, phone: Phone, now: Instant): Promise<void> {
  const asked = { neighbourhood: neighbourhood(phone), since: now - NEIGHBOURS_WITHIN_MS };
  // One behind the other, or all that ask at once would be counted by none.
  await tx.run(otpNeighboursLock, { neighbourhood: asked.neighbourhood });
  const [row] = await tx.run(otpNeighbours, { ...asked, limit: MOST_NEIGHBOURS * 5 });
  if (row!.people >= MOST_NEIGHBOURS)
    throw tooMany('too many neighbouring numbers asked for codes that were never entered', 600);
}

const tooMany = (why: string, seconds: number): Fault =>
  new Fault('too_many_requests', `${why}: try again later`, { retryAfterSeconds: seconds });

/** Every guess counts, and the right one counts once. Used, expired and never sent look alike. */
export async function enterCode(
  core: Core,
  tenant: string,
  entered: { phone: Phone; code: string },
): Promise<{ valid: boolean; attemptsLeft: number }> {
  const identity = identityOf(entered.phone);
  const now = core.clock.now();
  const contact = (await findContacts(alone(core.db, tenant), [identity])).get(keyOf(identity));
  if (contact === undefined) return { valid: false, attemptsLeft: 0 };
  return core.db.tx(tenant, async tx => {
    await tx.run(contactLock, { ids: [contact] });
    const [address] = await core.keys.digests(tx, tenant, [identity]);
    const live = liveCode(sentTo(await readCodes(tx, contact, now), address!), now);
    if (!live) return { valid: false, attemptsLeft: 0 };
    const valid = sameBytes(await digestOf(core, tx, tenant, live.id, entered.code), live.digest);
    const [row] = await tx.run(otpTry, { id: live.id, right: valid, now });
    return { valid: valid && row !== undefined, attemptsLeft: row?.attempts_left ?? 0 };
  });
}

type Row = Values<typeof otpRecent.row>;

interface StoredCode extends KnownCode {
  digest: Buffer;
  address: Buffer;
}

/** A person may have several numbers: a code proves the one that it was sent to. */
const sentTo = (codes: readonly StoredCode[], address: Buffer): StoredCode[] =>
  codes.filter(code => sameBytes(code.address, address));

async function readCodes(tx: Tx, contact: string, now: Instant): Promise<StoredCode[]> {
  const rows = await tx.run(otpRecent, { contact, since: now - REMEMBERED_MS });
  return rows.map(toKnown);
}

const toKnown = (row: Row): StoredCode => ({
  id: row.id,
  address: row.address,
  digest: row.digest,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastSentAt: row.last_sent_at,
  sends: row.sends,
  attemptsLeft: row.attempts_left,
  over: row.verified_at !== null || row.replaced_at !== null,
});

/** For the gate, a moment before the bytes: the codes that may still be sent. */
export async function openCodes(
  { secrets }: Pick<Core, 'secrets'>,
  tx: Tx,
  tenant: string,
  ids: readonly string[],
  now: Instant,
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.run(otpSealed, { ids, now });
  return new Map(rows.map(row => [row.id, secrets.open(placeOf(tenant, row.id), row.sealed!)]));
}

export const expireCodes = async ({ db, clock }: Pick<Core, 'db' | 'clock'>, tenant: string): Promise<number> => {
  const now = clock.now();
  return (await db.run(tenant, otpExpire, { now, forgotten: now - REMEMBERED_MS })).length;
};
