/** What people wrote: kept once, windows opened, STOP and START obeyed. */
import type { Tx } from '#db/db.ts';
import { HOUR_MS } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import { type Phone, parsePhone } from '#lib/phone.ts';
import { CHANNELS, CONSENT_PURPOSES } from '../consents/consent.ts';
import { recordConsent } from '../consents/service.ts';
import { ensureContacts, findContacts } from '../contacts/contact.ts';
import { contactLock, contactPhones } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import type { SendCommand } from '../messages/command.ts';
import { OPT_OUT_CONFIRMATION } from '../messages/gate.ts';
import type { Inbound } from '../provider.ts';
import { windowOpen } from '../windows/statements.ts';
import { type Keyword, keywordOf } from './keywords.ts';
import { inboundStore } from './statements.ts';
import { confirmationText } from './texts.ts';

export interface InboundBatch {
  tenant: string;
  senderId: string;
  provider: string;
  events: readonly Inbound[];
}

interface Known {
  event: Inbound;
  phone: Phone;
  contactId: string;
  keyword: Keyword | undefined;
}

const WINDOW_MS = 24 * HOUR_MS;
/** A confirmation that comes much later is one more message to somebody who asked for none. */
const CONFIRM_WITHIN_MS = 5 * 60_000;

/** Answers what has to be sent back, after the commit: inside it nothing may be waited for. */
export async function applyInbound(core: Core, tx: Tx, batch: InboundBatch): Promise<SendCommand[]> {
  const now = core.clock.now();
  const known = await recognise(core, tx, batch.events, now);
  if (known.length === 0) return [];
  await store(tx, batch, known, now);
  // Whatever they write opens it, a STOP as well: its confirmation is free text and needs the window.
  await tx.run(windowOpen, {
    sender: batch.senderId,
    contacts: known.map(one => one.contactId),
    ats: known.map(one => one.event.at),
    open_ms: WINDOW_MS,
  });
  const spoken = known.filter(one => one.keyword !== undefined);
  if (spoken.length === 0) return [];
  // All of them first and by id: two workers with the same people in another order would wait for each other.
  await tx.run(contactLock, { ids: [...new Set(spoken.map(one => one.contactId))].sort() });
  const replies: SendCommand[] = [];
  for (const one of spoken) {
    await obey(core, tx, batch.tenant, one);
    if (one.keyword === 'stop' && now - one.event.at <= CONFIRM_WITHIN_MS) replies.push(confirmation(one, now));
  }
  return replies;
}

/**
 * Who wrote: by the platform's own digits where they are known to be another spelling of somebody's number, then by the
 * number, and where the digits are no number that exists, by themselves. Nobody's STOP is dropped for its spelling.
 */
async function recognise(core: Core, tx: Tx, events: readonly Inbound[], now: number): Promise<Known[]> {
  const told = events.filter(event => event.from !== undefined);
  if (told.length < events.length) {
    core.log.warn('somebody without a number wrote', { count: events.length - told.length });
  }
  const digits = (event: Inbound) => event.from!.replace(/^\+/, '') as Phone;
  const byWa = await findContacts(tx, told.map(digits), 'wa');
  const own = new Map(
    (await tx.run(contactPhones, { ids: [...byWa.values()] })).map(row => [row.contact_id, row.phone as Phone]),
  );
  const unknown = told.filter(event => !byWa.has(digits(event)));
  const phoneOf = new Map(unknown.map(event => [event, parsePhone(event.from!)?.phone]));
  const named = (event: Inbound, phone: Phone) => ({ phone, firstName: event.profileName });
  const byPhone = await ensureContacts(
    tx,
    unknown.flatMap(event => (phoneOf.get(event) ? [named(event, phoneOf.get(event)!)] : [])),
    now,
  );
  const strangers = unknown.filter(event => !phoneOf.get(event));
  const made = await ensureContacts(
    tx,
    strangers.map(event => named(event, digits(event))),
    now,
    'wa',
  );
  return told.flatMap(event => {
    const phone = phoneOf.get(event);
    const contactId = byWa.get(digits(event)) ?? (phone ? byPhone.get(phone) : made.get(digits(event)));
    if (contactId === undefined) return [];
    const answerTo = phone ?? own.get(contactId) ?? (event.from as Phone);
    return [{ event, phone: answerTo, contactId, keyword: keywordOf(event.text) }];
  });
}

async function store(tx: Tx, batch: InboundBatch, known: readonly Known[], now: number): Promise<void> {
  await tx.run(inboundStore, {
    ids: known.map(() => newId()),
    sender: batch.senderId,
    contacts: known.map(one => one.contactId),
    provider: batch.provider,
    provider_ids: known.map(one => one.event.providerId),
    kinds: known.map(one => one.event.type),
    texts: known.map(one => one.event.text ?? null),
    payloads: known.map(one => one.event.payload),
    ats: known.map(one => one.event.at),
    now,
  });
}

/** STOP means everything, everywhere; START lifts that stop and leaves what was held before. */
async function obey(core: Core, tx: Tx, tenant: string, one: Known): Promise<void> {
  await recordConsent(core, tx, tenant, {
    contactId: one.contactId,
    action: one.keyword === 'stop' ? 'withdraw' : 'restore',
    purposes: CONSENT_PURPOSES,
    channels: CHANNELS,
    saidBy: 'person',
    source: `keyword ${one.keyword}`,
    text: one.event.text,
    at: one.event.at,
    evidence: { inbound: one.event.providerId, from: one.phone },
  });
}

const confirmation = (one: Known, now: number): SendCommand => ({
  to: one.phone,
  purpose: 'reply',
  content: { kind: 'text', text: confirmationText(one.phone) },
  reference: `stop-${one.event.providerId}`,
  origin: OPT_OUT_CONFIRMATION,
  expiresAt: now + CONFIRM_WITHIN_MS,
  confirmsOptOut: true,
});
