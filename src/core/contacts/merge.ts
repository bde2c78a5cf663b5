/**
 * Two contacts turn out to be one person, or one turns out to be two. Nothing is thrown away: the ledger's entries keep
 * the contact that they were written for, and the standing is folded anew over all that belong together. So a STOP that
 * either of them wrote holds for both, and a merge can be taken back.
 */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { newId } from '#lib/id.ts';
import { entriesOf } from '../consents/ledger-statements.ts';
import { append, passOnNoes, refold } from '../consents/service.ts';
import { consentClear } from '../consents/statements.ts';
import type { Core } from '../context.ts';
import { messageAdopt, messageGiveBack } from '../messages/person-statements.ts';
import { otpAdopt } from '../otp/statements.ts';
import { NO_WINDOW, windowClear, windowPass, windowRefold, windowReset } from '../windows/statements.ts';
import {
  changeStore,
  changeUndo,
  contactFamily,
  contactMergedInto,
  identityGive,
  identityMoveAll,
} from './change-statements.ts';
import { type Identity, listsOf } from './contact.ts';
import { restraintPass, suppressionRecount } from './erase-statements.ts';
import { contactAddresses, contactLock, contactRead } from './statements.ts';

type Deps = Pick<Core, 'clock' | 'keys'>;

export interface Merge {
  into: string;
  from: string;
  /** Why they are one: shown to people, so without anybody's number. */
  reason: string;
  actor: string;
}

export async function mergeContacts(
  core: Deps,
  tx: Tx,
  tenant: string,
  { into, from, reason, actor }: Merge,
): Promise<void> {
  if (into === from) throw new Fault('conflict', 'a contact can’t be merged with itself');
  const now = core.clock.now();
  // By id, as everywhere: the same two merged from both sides at once wait for each other and never in a circle.
  const locked = await tx.run(contactLock, { ids: [into, from].sort() });
  if (locked.some(row => row.merged_into !== null)) throw new Fault('conflict', 'that contact was merged already');
  await refuseErased(tx, [into, from]);
  await tx.run(contactMergedInto, { id: from, into });
  // Whoever still comes with the old contact's id finds nothing that was granted there.
  await tx.run(consentClear, { contact: from });
  await tx.run(windowPass, { source: from, target: into });
  await tx.run(windowClear, { contact: from });
  await tx.run(restraintPass, { source: from, target: into });
  const identities = await tx.run(identityMoveAll, { old_contact: from, new_contact: into });
  await tx.run(messageAdopt, { old_contact: from, new_contact: into });
  await tx.run(otpAdopt, { old_contact: from, new_contact: into });
  // In the ledger too: whoever checks a proof sees since when the words of two contacts are read as one person's.
  await note(core, tx, tenant, { contactId: into, action: 'merge', actor, at: now, evidence: { other: from, reason } });
  await settle(tx, into, now);
  await tx.run(changeStore, {
    id: newId(),
    contact: into,
    change: 'merge',
    other: from,
    reason,
    identities: identities as Identity[],
    actor,
    at: now,
    // Of our own doing: only what the platform tells has a name by which it happens once.
    event: null,
    recorded_at: core.clock.machine(),
  });
}

/** Takes a merge back: the identities that had moved are the other's again, and each has the standing of its own words. */
export async function undoMerge(core: Deps, tx: Tx, tenant: string, change: string, actor: string): Promise<void> {
  const now = core.clock.now();
  // Before anything else, so that of two who take the same merge back the second stops here.
  const [merge] = await tx.run(changeUndo, { id: change, now });
  if (!merge?.other_id) throw new Fault('conflict', 'there is no such merge, or it was undone already');
  const { contact_id: into, other_id: other, identities } = merge;
  const locked = await tx.run(contactLock, { ids: [into, other].sort() });
  if (locked.some(row => row.id === into && row.merged_into !== null))
    throw new Fault('conflict', 'the contact was merged into another one since: take that merge back first');
  await refuseErased(tx, [into]);
  await tx.run(contactMergedInto, { id: other, into: null });
  await tx.run(identityGive, {
    // Only what is still theirs to give: a number that has changed hands since stays where it is.
    old_contact: into,
    new_contact: other,
    ...listsOf(identities),
  });
  await tx.run(messageGiveBack, {
    old_contact: into,
    new_contact: other,
    recipients: identities.map(identity => identity.value),
  });
  for (const [contactId, evidence] of [
    [into, { other }],
    [other, { other: into }],
  ] as const) {
    await tx.run(suppressionRecount, { contact: contactId });
    await note(core, tx, tenant, { contactId, action: 'split', actor, at: now, evidence });
    await settle(tx, contactId, now);
  }
  // What was said while they were one may have been said by either: a no holds for both.
  // By the machine's time on both sides: the sandbox may have turned business time between merge and split.
  const since = (await tx.run(entriesOf, { contacts: [into] })).filter(entry => entry.recorded_at >= merge.recorded_at);
  await passOnNoes(core, tx, tenant, since, { contactId: other, because: 'said while merged', key: `split ${change}` });
}

/**
 * Two contacts that were shown to be one person. A contact with a number of its own is somebody's for a reason, and one
 * person has one scoped id: then nothing is merged, and a person may look. A number that changed hands shows strangers
 * together.
 */
export async function joinIfSame(
  core: Deps & Pick<Core, 'log'>,
  tx: Tx,
  tenant: string,
  into: string,
  from: string,
): Promise<boolean> {
  const known = await tx.run(contactAddresses, { ids: [into, from] });
  const of = (contact: string, kind: string) =>
    known.filter(row => row.contact_id === contact && row.kind === kind).map(row => row.value);
  const refuse = (message: string) => {
    core.log.warn(message, { tenant, contact: into, other: from });
    return false;
  };
  if (of(from, 'phone').length > 0) return refuse('two contacts with numbers of their own were shown to be one');
  const [ours, theirs] = [of(into, 'bsuid'), of(from, 'bsuid')];
  if (ours.length > 0 && theirs.length > 0 && !theirs.some(id => ours.includes(id)))
    return refuse('two contacts with scoped ids of their own were shown to be one');
  await mergeContacts(core, tx, tenant, { into, from, reason: 'the platform named both as one', actor: 'webhook' });
  return true;
}

/** Nobody knows any more whose record it was. */
async function refuseErased(tx: Tx, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const [row] = await tx.run(contactRead, { id });
    if (row?.erased_at) throw new Fault('conflict', 'that contact was erased');
  }
}

interface Note {
  contactId: string;
  action: 'merge' | 'split';
  actor: string;
  at: Instant;
  evidence: Record<string, unknown>;
}

/**
 * It names no purpose and no channel, so nothing is folded from it. That two are one is said on the business's side.
 */
const note = (core: Deps, tx: Tx, tenant: string, { action, ...rest }: Note) =>
  append(core, tx, tenant, { ...rest, action, purposes: [], channels: [], saidBy: 'business', source: action });

/** Standing and windows as what belongs together says them. */
async function settle(tx: Tx, contact: string, now: Instant): Promise<void> {
  const contacts = (await tx.run(contactFamily, { id: contact })).map(row => row.id);
  await refold(tx, contact, await tx.run(entriesOf, { contacts }));
  await tx.run(windowReset, { contact });
  await tx.run(windowRefold, { contact, contacts, without: NO_WINDOW, now });
}
