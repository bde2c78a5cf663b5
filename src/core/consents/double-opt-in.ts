/**
 * Double opt-in: what somebody entered on a form is asked on their phone, and only their own YES grants it. YES grants
 * nothing else, at no other time: a chat is full of questions.
 */
import type { Tx } from '#db/db.ts';
import { DAY_MS, type Instant } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import { contactFamily } from '../contacts/change-statements.ts';
import { contactLock } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import type { SendCommand } from '../messages/command.ts';
import { requestAnswer, requestDrop, requestFind, requestOpen, requestSame } from './double-opt-in-statements.ts';
import { append, recordConsent } from './service.ts';

/** A YES that comes a week later is still meant; one of next month is an answer to something else. */
const ANSWER_WITHIN_MS = 7 * DAY_MS;

export interface Question {
  contactId: string;
  purposes: readonly string[];
  channels: readonly string[];
  source: string;
  text: string;
  textVersion?: string | undefined;
  locale?: string | undefined;
  actor: string;
  evidence: Record<string, unknown>;
}

/** The question stands before it is sent, and can't be answered before its message left: a crash in between asks again. */
export async function openQuestion(
  core: Core,
  tx: Tx,
  tenant: string,
  question: Question,
): Promise<{ id: string; expiresAt: Instant }> {
  const now = core.clock.now();
  const { contactId, purposes, channels, source, text } = question;
  await tx.run(contactLock, { ids: [contactId] });
  const asked = { contact: contactId, purposes: purposes.toSorted(), channels: channels.toSorted(), text };
  const [same] = await tx.run(requestSame, { ...asked, now });
  if (same) return { id: same.id, expiresAt: same.expires_at };
  const [id, expiresAt] = [newId(), now + ANSWER_WITHIN_MS];
  await tx.run(requestOpen, {
    id,
    ...asked,
    source,
    text_version: question.textVersion ?? null,
    locale: question.locale ?? null,
    asked_at: now,
    expires_at: expiresAt,
  });
  await append(core, tx, tenant, { ...question, action: 'ask', saidBy: 'business', at: now });
  return { id, expiresAt };
}

export const questionCommand = (
  to: SendCommand['to'],
  id: string,
  {
    template,
    language,
    variables,
  }: { template?: string | undefined; language?: string | undefined; variables: Record<string, string> },
): SendCommand => ({
  to,
  purpose: 'opt_in_request',
  reference: id,
  origin: 'POST /api/wa/optin',
  content: { kind: 'template', name: template, language, variables: () => variables },
});

/** Grants what was asked, by the person's own word. False when nothing was asked: then the YES was said to somebody else. */
export async function answerQuestion(
  core: Pick<Core, 'clock' | 'keys'>,
  tx: Tx,
  tenant: string,
  said: { contactId: string; inbound: string; at: Instant; text: string | undefined },
): Promise<boolean> {
  const contacts = await familyOf(tx, said.contactId);
  const [open] = await tx.run(requestFind, { contacts, at: said.at });
  if (!open) return false;
  await recordConsent(core, tx, tenant, {
    contactId: said.contactId,
    action: 'grant',
    purposes: open.purposes as readonly string[],
    channels: open.channels as readonly string[],
    saidBy: 'person',
    actor: 'webhook',
    source: 'double opt-in',
    shown: open.text,
    textVersion: open.text_version ?? undefined,
    locale: open.locale ?? undefined,
    at: said.at,
    evidence: { inbound: said.inbound, text: said.text, question: open.id },
  });
  await tx.run(requestAnswer, { id: open.id, at: said.at });
  return true;
}

/** A merge leaves questions with the contact that was asked. */
const familyOf = async (tx: Tx, contact: string): Promise<string[]> =>
  (await tx.run(contactFamily, { id: contact })).map(row => row.id);

/**
 * A no ends the questions before it, in whatever order it arrives: a YES that was given after it, and heard before it,
 * granted nothing.
 */
export async function dropQuestions(
  core: Pick<Core, 'clock' | 'keys'>,
  tx: Tx,
  tenant: string,
  no: { contactId: string; at: Instant; key: string; saidBy: 'person' | 'business'; actor: string },
): Promise<void> {
  const contacts = await familyOf(tx, no.contactId);
  for (const row of await tx.run(requestDrop, { contacts, at: no.at })) {
    if (row.answered_at === null) continue;
    await recordConsent(core, tx, tenant, {
      contactId: no.contactId,
      action: 'withdraw',
      purposes: row.purposes,
      channels: row.channels,
      saidBy: no.saidBy,
      actor: no.actor,
      source: 'stopped before the answer',
      at: row.answered_at,
      evidence: { inbound: `${no.key} question ${row.id}` },
    });
  }
}
