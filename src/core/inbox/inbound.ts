/** What people wrote: kept once, windows opened, STOP and START obeyed. */
import type { Tx } from '#db/db.ts';
import { newId } from '#lib/id.ts';
import { CHANNELS, CONSENT_PURPOSES } from '../consents/consent.ts';
import { answerQuestion, dropQuestions } from '../consents/double-opt-in.ts';
import { recordConsent } from '../consents/service.ts';
import type { Recipient } from '../contacts/contact.ts';
import { contactLock } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import type { SendCommand } from '../messages/command.ts';
import { OPT_OUT_CONFIRMATION } from '../messages/gate.ts';
import type { Inbound } from '../provider.ts';
import { NO_WINDOW, WINDOW_MS, windowOpen } from '../windows/statements.ts';
import { doubtStore } from './doubt-statements.ts';
import { type Heard, hear, saysYes } from './keywords.ts';
import { recognise } from './recognise.ts';
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
  address: Recipient;
  contactId: string;
  others: readonly string[];
  heard: Heard | undefined;
}

/** A confirmation that comes much later is one more message to somebody who asked for none. */
const CONFIRM_WITHIN_MS = 5 * 60_000;

/** Answers what has to be sent back, after the commit: inside it nothing may be waited for. */
export async function applyInbound(core: Core, tx: Tx, batch: InboundBatch): Promise<SendCommand[]> {
  const now = core.clock.now();
  const people = await recognise(core, tx, batch.tenant, batch.events, now);
  const known = batch.events.flatMap((event): Known[] => {
    const person = people.get(event);
    return person ? [{ event, ...person, heard: hear(event.text) }] : [];
  });
  if (known.length === 0) return [];
  await store(tx, batch, known, now);
  // Whatever they write opens it, a STOP as well: its confirmation is free text and needs the window.
  await openWindows(tx, batch.senderId, known);
  const spoken = known.filter(one => one.heard !== undefined || saysYes(one.event.text));
  if (spoken.length === 0) return [];
  // All of them first and by id: two workers with the same people in another order would wait for each other.
  await tx.run(contactLock, { ids: [...new Set(spoken.map(one => one.contactId))].sort() });
  const replies: SendCommand[] = [];
  for (const one of spoken) {
    await obey(core, tx, batch, one);
    if (one.heard === 'stop' && now - one.event.at <= CONFIRM_WITHIN_MS) replies.push(confirmation(one, now));
  }
  return replies;
}

/** A reaction, or the platform's own note about somebody, is no message to the business. */
async function openWindows(tx: Tx, sender: string, known: readonly Known[]): Promise<void> {
  const opening = known.filter(one => !(NO_WINDOW as readonly string[]).includes(one.event.type));
  if (opening.length === 0) return;
  await tx.run(windowOpen, {
    sender,
    contacts: opening.map(one => one.contactId),
    ats: opening.map(one => one.event.at),
    // The answer opens what is free for longer, and is free itself if it comes within the window.
    frees: opening.map(one => (one.event.entry ? one.event.at + WINDOW_MS : null)),
    open_ms: WINDOW_MS,
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

/**
 * STOP means everything, everywhere; START lifts that stop and leaves what was held before. A longer text with such a word
 * in it may mean either: marketing waits until a person has read it.
 */
async function obey(core: Core, tx: Tx, batch: InboundBatch, one: Known): Promise<void> {
  const { event, contactId, heard } = one;
  const { tenant } = batch;
  const inbound = `${batch.provider} ${event.providerId}`;
  if (heard === undefined) {
    await answerQuestion(core, tx, tenant, { contactId, inbound, at: event.at, text: event.text });
    return;
  }
  const base = {
    contactId,
    saidBy: 'person',
    actor: 'webhook',
    text: event.text,
    at: event.at,
    evidence: { inbound, from: one.address, text: event.text },
  } as const;
  if (heard === 'doubt') {
    await recordConsent(core, tx, tenant, {
      ...base,
      action: 'pause',
      purposes: ['marketing'],
      channels: CHANNELS,
      source: 'possible opt-out',
    });
    await tx.run(doubtStore, {
      id: newId(),
      contact: contactId,
      inbound,
      text: event.text!,
      at: event.at,
    });
    return;
  }
  await recordConsent(core, tx, tenant, {
    ...base,
    action: heard === 'stop' ? 'withdraw' : 'restore',
    purposes: CONSENT_PURPOSES,
    channels: CHANNELS,
    source: `keyword ${heard}`,
  });
  if (heard !== 'stop') return;
  for (const no of [contactId, ...one.others])
    await dropQuestions(core, tx, tenant, {
      contactId: no,
      at: event.at,
      key: inbound,
      saidBy: 'person',
      actor: 'webhook',
    });
  for (const [index, other] of one.others.entries()) {
    await recordConsent(core, tx, tenant, {
      ...base,
      contactId: other,
      action: 'withdraw',
      purposes: CONSENT_PURPOSES,
      channels: CHANNELS,
      source: 'keyword stop',
      evidence: { ...base.evidence, inbound: `${inbound} ${index + 2}` },
    });
  }
}

const confirmation = (one: Known, now: number): SendCommand => ({
  to: one.address,
  purpose: 'reply',
  content: { kind: 'text', text: confirmationText(one.address, one.event.text) },
  reference: `stop-${one.event.providerId}`,
  origin: OPT_OUT_CONFIRMATION,
  expiresAt: now + CONFIRM_WITHIN_MS,
  confirmsOptOut: true,
});
