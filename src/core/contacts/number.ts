/**
 * A person has a new number, or a new scoped id. The contact stays the same, and so do its consent and its stops; the old
 * number is no longer theirs, since the operator may give it to somebody else tomorrow.
 */
import type { Tx } from '#db/db.ts';
import { Fault } from '#lib/fault.ts';
import { newId } from '#lib/id.ts';
import { parsePhone } from '#lib/phone.ts';
import { entriesOf } from '../consents/ledger-statements.ts';
import { passOnNoes } from '../consents/service.ts';
import type { Core } from '../context.ts';
import { eventPark, identityParkedTake } from '../inbox/statements.ts';
import { messageRedirect, messageTakeOver } from '../messages/person-statements.ts';
import type { IdentityChange } from '../provider.ts';
import {
  changeKnown,
  changeStore,
  contactMoved,
  identityEnd,
  identityGive,
  identityPast,
  identityPastFind,
} from './change-statements.ts';
import {
  findContacts,
  type Identity,
  identitiesOf,
  identityCountry,
  keyOf,
  learnIdentities,
  listsOf,
} from './contact.ts';
import { headOf } from './erase.ts';
import { restraintPass } from './erase-statements.ts';
import { contactLock, identityList } from './statements.ts';

type Deps = Pick<Core, 'clock' | 'keys' | 'log'>;

type Side = IdentityChange['before'];

/** All names of one side. A number that can't be read as one is left out; the scoped id has to do then. */
const allOf = ({ from, person }: Side): Identity[] => {
  const phone = from === undefined ? undefined : parsePhone(from)?.phone;
  return [...(phone === undefined ? [] : [{ kind: 'phone', value: phone } as const]), ...identitiesOf(person)];
};

export async function changeNumber(
  core: Deps,
  tx: Tx,
  { tenant, provider }: { tenant: string; provider: string },
  change: IdentityChange,
): Promise<void> {
  const before = allOf(change.before);
  const after = allOf(change.after);
  const owners = await findContacts(tx, [...before, ...after]);
  const contact = await whoChanged(tx, before, owners, change.at);
  if (contact === undefined) {
    // Applied already; or a stranger's, who is found by the new identities when they write; or told before the change
    // that it follows on: then it waits for that one.
    if ((await tx.run(changeKnown, { event: change.providerId })).length > 0) return;
    core.log.info('somebody unknown changed their number', { tenant });
    await tx.run(eventPark, {
      ids: before.map(() => newId()),
      provider,
      provider_ids: before.map(keyOf),
      events: before.map(() => change),
    });
    return;
  }
  const taken = after.filter(identity => (owners.get(keyOf(identity)) ?? contact) !== contact);
  // Everybody whom this touches is locked in one go and by id: the one order of locks.
  const others = [...new Set(taken.map(identity => owners.get(keyOf(identity))!))].sort();
  const locked = await tx.run(contactLock, { ids: [contact, ...others].sort() });
  if (locked.some(row => row.merged_into !== null))
    throw new Fault('conflict', 'a contact was merged in this moment: the change is told once more');
  // An erasure came first: nothing of the new number may get onto the empty record, nor be kept beside it.
  if (locked.some(row => row.id === contact && row.erased_at !== null)) {
    core.log.info('somebody who was erased changed their number', { tenant });
    return;
  }
  // What is told as new too is not ended: a change may be of the scoped id alone.
  const kept = new Set(after.map(keyOf));
  // Read under the lock: another webhook may have told the same change a moment ago.
  const held = await tx.run(identityList, { contact });
  const ended = held.filter(
    one => before.some(identity => keyOf(identity) === keyOf(one as Identity)) && !kept.has(keyOf(one as Identity)),
  );
  const news = after.filter(identity => !held.some(one => keyOf(one as Identity) === keyOf(identity)));
  if (news.length === 0 && ended.length === 0) return;
  // First of all, since it may be told again after the old number has become somebody else's.
  const stored = await tx.run(changeStore, {
    id: newId(),
    contact,
    change: 'number',
    other: others[0] ?? null,
    reason: 'the person changed their number in WhatsApp',
    identities: ended.map(({ kind, value }) => ({ kind, value }) as Identity),
    actor: 'webhook',
    event: change.providerId,
    at: change.at,
    recorded_at: core.clock.machine(),
  });
  // The platform told this very event before.
  if (stored.length === 0) return;
  await tx.run(identityEnd, { contact, ...listsOf(ended) });
  await tx.run(identityPast, { contact, ...listsOf(ended), at: change.at });
  // Each of those who had them before them is known by them until now: what they wrote and what arrives late is theirs.
  for (const other of others)
    await tx.run(identityPast, {
      contact: other,
      ...listsOf(taken.filter(identity => owners.get(keyOf(identity)) === other)),
      at: change.at,
    });
  await tx.run(identityGive, { old_contact: null, new_contact: contact, ...listsOf(taken) });
  await learnIdentities(
    core,
    tx,
    tenant,
    news.map(identity => ({ contactId: contact, identity })),
    change.at,
  );
  // Where the waiting messages go now. Without a number the scoped id is an address as well.
  const address =
    after.find(identity => identity.kind === 'phone') ?? after.find(identity => identity.kind === 'bsuid');
  const country = address && identityCountry(address.value);
  if (country) await tx.run(contactMoved, { id: contact, country });
  if (address) await tx.run(messageRedirect, { contact, old: ended.map(one => one.value), address: address.value });
  for (const other of others) {
    const recipients = taken.map(identity => identity.value);
    await tx.run(restraintPass, { source: other, target: contact });
    await tx.run(messageTakeOver, { old_contact: other, new_contact: contact, recipients });
    // The new number was known as somebody else's. It may have been this same person's, so a no that was said from it
    // holds; or a stranger's, so what the stranger agreed to does not.
    await passOnNoes(core, tx, tenant, await tx.run(entriesOf, { contacts: [other] }), {
      contactId: contact,
      because: 'said from the new number before',
      key: `number ${change.providerId} ${other}`,
    });
  }
  const parked = await tx.run(identityParkedTake, { provider, keys: after.map(keyOf) });
  // Each stands there once for every identity that it names.
  const next = new Map(parked.flatMap(({ event }) => (event.kind === 'identity' ? [[event.providerId, event]] : [])));
  for (const event of [...next.values()].sort((a, b) => a.at - b.at))
    if (event.at >= change.at) await changeNumber(core, tx, { tenant, provider }, event);
}

/**
 * Whose change it is. The scoped id is surer than a number, which may have changed hands already; and who had it at that
 * moment comes before who has it now: of two who swap their numbers the second is told of when theirs is taken.
 */
async function whoChanged(
  tx: Tx,
  before: readonly Identity[],
  owners: ReadonlyMap<string, string>,
  at: number,
): Promise<string | undefined> {
  const rows = await tx.run(identityPastFind, { ...listsOf(before), ats: before.map(() => at) });
  const past = new Map(rows.map(row => [keyOf(row as Identity), row.contact_id]));
  const isNumber = ({ kind }: Identity) => kind === 'phone' || kind === 'wa';
  for (const names of [before.filter(one => !isNumber(one)), before.filter(isNumber)]) {
    const former = names.map(identity => past.get(keyOf(identity))).find(one => one !== undefined);
    // Merged into another one since, it is that one's.
    if (former !== undefined) return headOf(tx, former);
    const owner = names.map(identity => owners.get(keyOf(identity))).find(one => one !== undefined);
    if (owner !== undefined) return owner;
  }
  return undefined;
}
