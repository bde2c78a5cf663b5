/**
 * A person has a new number, or a new scoped id. The contact stays the same, and so do its consent and its stops; the old
 * number is no longer theirs, since the operator may give it to somebody else tomorrow.
 */
import type { Tx } from '#db/db.ts';
import { newId } from '#lib/id.ts';
import { parsePhone } from '#lib/phone.ts';
import { CHANNELS, CONSENT_PURPOSES } from '../consents/consent.ts';
import { recordConsent } from '../consents/service.ts';
import { consentStops } from '../consents/statements.ts';
import type { Core } from '../context.ts';
import { messageRedirect } from '../messages/person-statements.ts';
import type { IdentityChange } from '../provider.ts';
import { changeStore, identityEnd, identityGive } from './change-statements.ts';
import { findContacts, type Identity, identitiesOf, keyOf, learnIdentities } from './contact.ts';
import { contactLock, identityList } from './statements.ts';

type Deps = Pick<Core, 'clock' | 'keys' | 'log'>;

type Side = IdentityChange['before'];

const allOf = ({ from, person }: Side): Identity[] => {
  const phone = from === undefined ? undefined : parsePhone(from)?.phone;
  return [...(phone === undefined ? [] : [{ kind: 'phone', value: phone } as const]), ...identitiesOf(person)];
};

/** Answers the contact, or undefined when nobody here knew the person. */
export async function changeNumber(
  core: Deps,
  tx: Tx,
  tenant: string,
  change: IdentityChange,
): Promise<string | undefined> {
  const before = allOf(change.before);
  const after = allOf(change.after);
  const owners = await findContacts(tx, [...before, ...after]);
  // The scoped id of before is surer than a number that may have changed hands already.
  const ordered = [...before].sort((a, b) => Number(a.kind === 'phone') - Number(b.kind === 'phone'));
  const contact = ordered.map(identity => owners.get(keyOf(identity))).find(owner => owner !== undefined);
  if (contact === undefined) {
    // Applied already, or a stranger's: then the new identities are found when they write.
    core.log.info('somebody unknown changed their number', { tenant });
    return undefined;
  }
  const taken = after.filter(identity => (owners.get(keyOf(identity)) ?? contact) !== contact);
  const others = [...new Set(taken.map(identity => owners.get(keyOf(identity))!))].sort();
  await tx.run(contactLock, { ids: [contact, ...others].sort() });
  const kept = new Set(after.map(keyOf));
  const held = await tx.run(identityList, { contact });
  const ended = held.filter(
    one => before.some(identity => keyOf(identity) === keyOf(one as Identity)) && !kept.has(keyOf(one as Identity)),
  );
  const news = after.filter(identity => !held.some(one => keyOf(one as Identity) === keyOf(identity)));
  if (news.length === 0 && ended.length === 0) return contact;
  const at = core.clock.now();
  await tx.run(identityEnd, { contact, kinds: ended.map(one => one.kind), values: ended.map(one => one.value) });
  await tx.run(identityGive, {
    new_contact: contact,
    kinds: taken.map(one => one.kind),
    values: taken.map(one => one.value),
  });
  await learnIdentities(
    core,
    tx,
    tenant,
    news.map(identity => ({ contactId: contact, identity })),
    at,
  );
  const address =
    after.find(identity => identity.kind === 'phone') ?? after.find(identity => identity.kind === 'bsuid');
  if (address) await tx.run(messageRedirect, { contact, old: ended.map(one => one.value), address: address.value });
  await tx.run(changeStore, {
    id: newId(),
    contact,
    change: 'number',
    other: others[0] ?? null,
    reason: 'the person changed their number in WhatsApp',
    identities: ended.map(({ kind, value }) => ({ kind, value }) as Identity),
    actor: 'webhook',
    at,
  });
  for (const other of others) await inheritStop(core, tx, tenant, contact, other, change);
  return contact;
}

/**
 * The new number was known as somebody else's. It may have been this same person's, so a stop that was written from it
 * holds; or a stranger's, so what the stranger agreed to does not.
 */
async function inheritStop(core: Deps, tx: Tx, tenant: string, contact: string, other: string, change: IdentityChange) {
  const [row] = await tx.run(consentStops, { contact: other });
  if (row?.stopped_at == null) return;
  await recordConsent(core, tx, tenant, {
    contactId: contact,
    action: 'withdraw',
    purposes: CONSENT_PURPOSES,
    channels: CHANNELS,
    saidBy: 'person',
    actor: 'webhook',
    source: 'the new number had been stopped',
    at: row.stopped_at,
    evidence: { inbound: `${change.providerId}#stop`, other },
  });
}
