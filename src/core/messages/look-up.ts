/**
 * Unknown messages looked up at the providers that can tell afterwards. What is found settles the attempt exactly as its
 * answer would have; that nothing is found only lets the silence be judged. No network inside a transaction: read, asked,
 * and written in three steps, and a receipt or a person who was faster wins by the fence of the attempt.
 */
import type { Values } from '#db/column.ts';
import { MINUTE_MS, SECOND_MS } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import { MASK } from '../otp/otp.ts';
import type { Candidate } from '../provider.ts';
import type { OpenSender } from '../senders/sender.ts';
import type { StoredContent } from './command.ts';
import { idText } from './correlation.ts';
import { lookUpRivals, lookUpTake } from './look-up-statements.ts';
import { refFind } from './receipt-statements.ts';
import { unknownAsked, type unknownOpen } from './resolve-statements.ts';
import { settle } from './send.ts';

/** The receipt that resolves most of them comes within seconds, and costs no call. */
const FIRST_MS = 5 * SECOND_MS;
const AGAIN_MS = [15 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS];
/** A provider that does not answer holds up nobody else's look-ups. */
const REST_MS = 30 * SECOND_MS;
/** One behind the other, and no more in a round: the calls come out of what the sends may use. */
const MOST = 20;

/** `impossible`: the provider can't tell afterwards. `pending`: it was not asked since it mattered, or could not say. */
export type Look = 'impossible' | 'pending' | 'absent';
export type Unknown = Values<typeof unknownOpen.row>;
type Asked = Values<typeof unknownAsked.row>;

interface Known {
  times: number;
  nextAt: number;
  absent: boolean;
  /** Asked when nothing but this answer stood between the message and its resend. */
  decisive: boolean;
}

/** What this process has asked. Another one asks too: a question changes nothing. */
export class LookUps {
  readonly #known = new Map<string, Map<string, Known>>();
  readonly rests = new Map<string, number>();

  /** Those of the tenant that are still unknown; the others are forgotten. */
  of(tenant: string, open: readonly Unknown[]): Map<string, Known> {
    const before = this.#known.get(tenant);
    const keys = open.map(keyOf).filter(key => before?.has(key));
    const kept = new Map(keys.map(key => [key, before!.get(key)!]));
    this.#known.set(tenant, kept);
    return kept;
  }
}

const keyOf = ({ id, resends }: Unknown): string => `${id}.${resends}`;

/**
 * Pure: which of what the provider has is the one that was lost. In doubt it is nobody's: of two that say the same, or
 * where something else that is on its way to this person without an answer (`rivals`) says it too.
 */
export function choose(
  candidates: readonly Candidate[],
  content: StoredContent,
  rivals: readonly StoredContent[] = [],
): Candidate | 'absent' | 'unclear' {
  if (candidates.length === 0) return 'absent';
  const says = (what: StoredContent, { text }: Candidate) => text !== null && saysSame(what, text);
  const fitting = candidates.filter(candidate => says(content, candidate));
  const [found] = fitting;
  if (!found || fitting.length > 1) return 'unclear';
  return rivals.some(rival => says(rival, found)) ? 'unclear' : found;
}

function saysSame(content: StoredContent, text: string): boolean {
  if (content.kind === 'erased') return false;
  const wanted = (content.kind === 'text' ? content.text : content.rendered.body).trim();
  if (content.kind === 'text' || content.code === undefined) return text.trim() === wanted;
  // A code was sent in clear and is stored in none: whatever stands in the place of its mask.
  const parts = wanted.split(MASK);
  const [first, last] = [parts[0]!, parts.at(-1)!];
  return parts.length > 1 && text.trim().startsWith(first) && text.trim().endsWith(last);
}

/** Asks about those whose turn it is; answers how many it settled, and what is known of each. */
export async function lookUpUnknown(
  core: Core,
  tenant: string,
  open: readonly Unknown[],
  lookUps: LookUps,
  wouldResend: (message: Unknown) => boolean,
): Promise<{ settled: number; lookOf(message: Unknown): Look }> {
  const known = lookUps.of(tenant, open);
  const now = core.clock.machine();
  const senders = await sendersOf(core, tenant, open);
  const able = (message: Unknown) => (message.sender_id === null ? undefined : senders.get(message.sender_id));
  const isDue = (message: Unknown): boolean => {
    const before = known.get(keyOf(message));
    if (!able(message) || (lookUps.rests.get(message.sender_id!) ?? 0) > now) return false;
    if (!before) return message.silent_ms >= FIRST_MS || wouldResend(message);
    return now >= before.nextAt || (wouldResend(message) && before.absent && !before.decisive);
  };
  const due = open.filter(isDue).slice(0, MOST);
  let settled = 0;
  for (const asked of due.length > 0 ? await core.db.run(tenant, unknownAsked, { ids: due.map(one => one.id) }) : []) {
    const message = due.find(one => one.id === asked.id)!;
    const sender = able(message)!;
    if ((lookUps.rests.get(sender.id) ?? 0) > now) continue;
    const found = await ask(core, tenant, sender, asked);
    if (found === 'unavailable') lookUps.rests.set(sender.id, now + REST_MS);
    const times = (known.get(keyOf(message))?.times ?? 0) + 1;
    const nextAt = now + AGAIN_MS[Math.min(times, AGAIN_MS.length) - 1]!;
    known.set(keyOf(message), { times, nextAt, absent: found === 'absent', decisive: wouldResend(message) });
    if (typeof found === 'string') continue;
    if (await settleFound(core, tenant, sender, asked, found)) settled += 1;
  }
  return {
    settled,
    lookOf: message => {
      if (!able(message)) return 'impossible';
      const { absent = false, decisive = false } = known.get(keyOf(message)) ?? {};
      return absent && decisive ? 'absent' : 'pending';
    },
  };
}

/** The senders of these messages whose provider can be asked. */
async function sendersOf(core: Core, tenant: string, open: readonly Unknown[]): Promise<Map<string, OpenSender>> {
  const ids = [...new Set(open.flatMap(message => message.sender_id ?? []))];
  const found = await Promise.all(ids.map(id => core.senders.byId(tenant, id)));
  return new Map(
    found.flatMap(sender =>
      sender && core.providers.get(sender.provider)?.lookUp ? [[sender.id, sender] as const] : [],
    ),
  );
}

async function ask(
  core: Core,
  tenant: string,
  sender: OpenSender,
  asked: Asked,
): Promise<Candidate | 'absent' | 'unclear' | 'unavailable'> {
  const { id, attempt, to_address: to, started_at: since, content } = asked;
  const request = { to, correlation: idText(id, attempt), since };
  const answer = await core.providers.get(sender.provider)!.lookUp!(request, sender, core.wire);
  if (answer.kind === 'unavailable') {
    core.log.warn('a lost send could not be looked up', { tenant, message: id, detail: answer.detail });
    return 'unavailable';
  }
  // Before the ids are looked up: what has its answer by now has its id too, and what has left since is not in the list.
  const rivals = await core.db.run(tenant, lookUpRivals, { id });
  const ids = answer.candidates.map(candidate => candidate.providerId);
  const refs =
    ids.length > 0 ? await core.db.run(tenant, refFind, { provider: sender.provider, provider_ids: ids }) : [];
  // Another message's answer has named it already.
  const others = new Set(refs.filter(ref => ref.message_id !== id).map(ref => ref.provider_id));
  return choose(
    answer.candidates.filter(candidate => !others.has(candidate.providerId)),
    content,
    rivals.map(rival => rival.content),
  );
}

/** Answers whether it was still to be settled, and nobody else's. */
async function settleFound(
  core: Core,
  tenant: string,
  sender: OpenSender,
  asked: Asked,
  found: Candidate,
): Promise<boolean> {
  const { id, attempt, to_address: to, template_id: templateId, retries, expires_at: expiresAt } = asked;
  const about = { id, attempt, provider: sender.provider, provider_id: found.providerId };
  if ((await core.db.run(tenant, lookUpTake, about)).length === 0) return false;
  const context = { tenant, senderId: sender.id, provider: sender.provider, unreachedRounds: 0, mayRetry: () => true };
  await settle(core, context, [
    { cleared: { id, attempt, to, templateId, retries, expiresAt }, outcome: found.outcome },
  ]);
  core.log.info('a lost send was found', { tenant, message: id });
  return true;
}
