/**
 * What a definite no teaches beside its own message: about the lane, the template, the sender, the person. The same
 * whether the answer to the send said it or a receipt hours later; so everything here goes by the moment of the no, and
 * doing it twice changes nothing.
 */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { recordOwnStops, recordPlatformStops } from '../consents/provider-stop.ts';
import { contactHold } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { lanePause, senderDisable } from '../senders/statements.ts';
import { templateMark } from '../templates/standing-statements.ts';
import type { Failure } from './failure.ts';
import { messagePerson, messageTemplateId } from './person-statements.ts';

export interface Lesson {
  messageId: string;
  attempt: number;
  senderId: string | null;
  templateId: string | null;
  failure: Failure;
  /** When the provider said so. */
  at: Instant;
}

export async function learnFromFailures(
  core: Pick<Core, 'clock' | 'keys' | 'log' | 'random'>,
  tx: Tx,
  tenant: string,
  lessons: readonly Lesson[],
): Promise<void> {
  const refused = (which: (failure: Failure) => boolean | undefined) =>
    lessons
      .filter(lesson => which(lesson.failure))
      .map(({ messageId, attempt, failure, at }) => ({ messageId, attempt, code: failure.code ?? '', at }));
  const stopped = refused(failure => failure.stopped);
  const optedOut = refused(failure => failure.optedOut);
  await recordPlatformStops(core, tx, tenant, stopped);
  await recordOwnStops(core, tx, tenant, optedOut);
  await holdMarketing(tx, lessons);
  await pauseLanes(core, tx, lessons);
  await markTemplates(core, tx, lessons);
  await disableSenders(core, tx, lessons);
}

/** A batch may say the same thing of one sender or template a hundred times: the last of it is enough. */
function latest(
  lessons: readonly Lesson[],
  keyOf: (lesson: Lesson) => string | false | null | undefined,
): Map<string, Lesson> {
  const found = new Map<string, Lesson>();
  for (const lesson of lessons) {
    const key = keyOf(lesson);
    if (key && (found.get(key)?.at ?? 0) <= lesson.at) found.set(key, lesson);
  }
  // By id: two batches that lock the same rows in another order would wait for each other for ever.
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const wordsOf = ({ code, detail }: Failure): string => `${code ?? ''} ${detail ?? ''}`.trim().slice(0, 300);

async function holdMarketing(tx: Tx, lessons: readonly Lesson[]): Promise<void> {
  const held = lessons.filter(lesson => lesson.failure.holdMarketingMs !== undefined);
  if (held.length === 0) return;
  const until = new Map<string, Instant>();
  const people = await tx.run(messagePerson, { ids: [...new Set(held.map(one => one.messageId))] });
  for (const { id, contact_id: contact } of people) {
    if (contact === null) continue;
    const ends = held.filter(one => one.messageId === id).map(one => one.at + one.failure.holdMarketingMs!);
    until.set(contact, Math.max(until.get(contact) ?? 0, ...ends));
  }
  const contacts = [...until.keys()].sort();
  if (contacts.length > 0) await tx.run(contactHold, { contacts, untils: contacts.map(id => until.get(id)!) });
}

/** The longest wait that anybody asked of a lane, less what of it has passed on the way here. */
async function pauseLanes(core: Pick<Core, 'clock' | 'random'>, tx: Tx, lessons: readonly Lesson[]): Promise<void> {
  const now = core.clock.now();
  const pauses = new Map<string, number>();
  for (const { senderId, failure, at } of lessons) {
    const left = (failure.pauseLaneMs ?? 0) - Math.max(0, now - at);
    if (senderId !== null && left > 0) pauses.set(senderId, Math.max(pauses.get(senderId) ?? 0, left));
  }
  for (const [sender, pause] of [...pauses].sort())
    await tx.run(lanePause, {
      sender,
      // Spread, and never shorter than was asked: lanes that were told to wait in one moment must not come back in one.
      pause_ms: Math.round(pause * (1 + core.random() / 2)),
      reason: 'the provider asked for less',
    });
}

async function markTemplates(core: Pick<Core, 'clock'>, tx: Tx, lessons: readonly Lesson[]): Promise<void> {
  const now = core.clock.now();
  const marking = lessons.filter(one => one.failure.template && one.templateId);
  if (marking.length === 0) return;
  const ids = [...new Set(marking.map(one => one.messageId))];
  const texts = new Map((await tx.run(messageTemplateId, { ids })).map(row => [row.id, row.provider_template_id]));
  // One by one text: where each has an id of its own there, that of the text before says nothing of this one.
  const textOf = ({ templateId, messageId }: Lesson) => `${templateId} ${texts.get(messageId) ?? ''}`;
  for (const { templateId, messageId, failure, at } of latest(marking, textOf).values()) {
    const provider_template_id = texts.get(messageId) ?? null;
    const mark = { status: failure.template!, reason: wordsOf(failure), at, now };
    await tx.run(templateMark, { id: templateId!, provider_template_id, ...mark });
  }
}

async function disableSenders(core: Pick<Core, 'log'>, tx: Tx, lessons: readonly Lesson[]): Promise<void> {
  for (const [id, { failure, at }] of latest(lessons, one => one.failure.disableSender && one.senderId)) {
    const disabled = await tx.run(senderDisable, { id, reason: wordsOf(failure), at });
    if (disabled.length > 0)
      // The provider's words are kept with the message and not told here: they may repeat what was sent.
      core.log.error('sender blocked by its provider', { sender: id, code: failure.code });
  }
}
