/**
 * Double opt-in: what somebody entered on a form is asked on their phone, and only their own YES grants it. YES grants
 * nothing else, at no other time: a chat is full of questions.
 */
import type { Tx } from '#db/db.ts';
import { DAY_MS, type Instant } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import type { Core } from '../context.ts';
import type { SendCommand } from '../messages/command.ts';
import { requestAnswer, requestDrop, requestFind, requestOpen } from './double-opt-in-statements.ts';
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

/** The question stands before it is sent: a crash in between is mended by the same call, which sends it once. */
export async function openQuestion(
  core: Core,
  tx: Tx,
  tenant: string,
  question: Question,
): Promise<{ id: string; expiresAt: Instant }> {
  const now = core.clock.now();
  const expiresAt = now + ANSWER_WITHIN_MS;
  const { contactId, purposes, channels, source, text } = question;
  const asked = { purposes: purposes.toSorted(), channels: channels.toSorted(), source, text };
  const [opened] = await tx.run(requestOpen, {
    id: newId(),
    contact: contactId,
    ...asked,
    text_version: question.textVersion ?? null,
    locale: question.locale ?? null,
    asked_at: now,
    expires_at: expiresAt,
  });
  if (!opened) {
    const [open] = await tx.run(requestFind, { contact: contactId, at: now });
    return { id: open!.id, expiresAt: open!.expires_at };
  }
  await append(core, tx, tenant, { ...question, action: 'ask', saidBy: 'business', at: now });
  return { id: opened.id, expiresAt };
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
  const [open] = await tx.run(requestFind, { contact: said.contactId, at: said.at });
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

export const dropQuestions = (tx: Tx, contacts: readonly string[]): Promise<unknown> =>
  tx.run(requestDrop, { contacts });
