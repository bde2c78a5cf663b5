/**
 * People. A contact is an id with identities; a phone may be among them or not, since WhatsApp lets people hide theirs.
 * Whoever is written to or writes is found, or made, by one identity; further ones are learnt beside it.
 */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import { type Phone, parsePhone } from '#lib/phone.ts';
import type { Core } from '../context.ts';
import type { PersonIds } from '../provider.ts';
import { contactEnsure, contactFind, identityAdd } from './statements.ts';

/**
 * `wa`: the platform's own digits for a person, where they are no number that we know. `bsuid`: the id that WhatsApp
 * scopes to one business, `parent`: to the portfolio above it.
 */
export const IDENTITY_KINDS = ['phone', 'wa', 'bsuid', 'parent'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** The database's key inside a tenant: one kind and value is one contact's at a time, or nobody's. */
export interface Identity {
  kind: IdentityKind;
  value: string;
}

export interface NewContact {
  identity: Identity;
  // For somebody who is made now. Whoever is known already is not renamed by what a caller happens to say.
  firstName?: string | undefined;
  lastName?: string | undefined;
  locale?: string | undefined;
  zone?: string | undefined;
}

/** A phone, or a scoped id such as `RO.1349…`: what a message can be addressed to. */
export type Recipient = Phone | ScopedId;
/** Apart from other texts for the checker: no id gets into a message's address without having been looked at. */
export type ScopedId = string & { readonly brand: 'BSUID' };

/** Country, a dot, `ENT.` for a portfolio's, up to 128 letters and digits. Taken whole: a part of one names nobody. */
export const parseScopedId = (text: string): ScopedId | undefined =>
  /^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$/.test(text) ? (text as ScopedId) : undefined;

/** By its shape alone, without asking anybody: a number has a plus in front, which no scoped id has. */
export const identityOf = (to: string): Identity =>
  to.startsWith('+') ? { kind: 'phone', value: to } : { kind: /^..\.ENT\./.test(to) ? 'parent' : 'bsuid', value: to };

/** What a provider calls a person, as identities. The number is none of them: whoever hides theirs has these alone. */
export const identitiesOf = ({ wa, scoped, parent }: PersonIds): Identity[] => [
  ...(wa === undefined ? [] : [{ kind: 'wa', value: wa } as const]),
  ...(scoped === undefined ? [] : [{ kind: 'bsuid', value: scoped } as const]),
  ...(parent === undefined ? [] : [{ kind: 'parent', value: parent } as const]),
];

/** As the two lists that statements take. */
export const listsOf = (identities: readonly { kind: string; value: string }[]) => ({
  kinds: identities.map(identity => identity.kind),
  values: identities.map(identity => identity.value),
});

/** For maps in memory; the database keeps kind and value apart. */
export const keyOf = ({ kind, value }: Identity): string => `${kind}:${value}`;

/** Scoped ids begin with the person's country, so even a hidden number has one. */
const countryOf = ({ kind, value }: Identity): string | null =>
  (kind === 'bsuid' || kind === 'parent' ? value.slice(0, 2) : parsePhone(value)?.country) ?? null;

export const identityCountry = (address: string): string | null => countryOf(identityOf(address));

type Deps = Pick<Core, 'keys'>;

/** The contact of each identity (by `keyOf`), made where there was none. */
export async function ensureContacts(
  { keys }: Deps,
  tx: Tx,
  tenant: string,
  people: readonly NewContact[],
  now: Instant,
): Promise<Map<string, string>> {
  // A batch names each person once: of two who come under one identity the later one's names are taken.
  const byKey = new Map(people.map(person => [keyOf(person.identity), person]));
  const identities = [...byKey.values()].map(person => person.identity);
  const known = await findContacts(tx, identities);
  const missing = [...byKey.values()].filter(person => !known.has(keyOf(person.identity)));
  if (missing.length === 0) return known;
  const made = missing.map(person => person.identity);
  await tx.run(contactEnsure, {
    ids: missing.map(() => newId()),
    ...listsOf(made),
    // By these somebody who was erased is recognised, and comes back suppressed.
    digests: await keys.digests(tx, tenant, made),
    first_names: missing.map(person => person.firstName ?? null),
    last_names: missing.map(person => person.lastName ?? null),
    locales: missing.map(person => person.locale ?? null),
    zones: missing.map(person => person.zone ?? null),
    countries: made.map(countryOf),
    now,
  });
  // A second look, in a new snapshot: of two that raced for one identity, the loser finds the winner's contact here.
  return findContacts(tx, identities);
}

export async function findContacts(tx: Tx, identities: readonly Identity[]): Promise<Map<string, string>> {
  if (identities.length === 0) return new Map();
  const rows = await tx.run(contactFind, listsOf(identities));
  return new Map(rows.map(row => [keyOf(row as Identity), row.contact_id]));
}

/**
 * Identities that were shown beside the one by which somebody is known. What is somebody else's already stays theirs:
 * only a merge or a change of number moves an identity.
 */
export async function learnIdentities(
  { keys }: Deps,
  tx: Tx,
  tenant: string,
  learnt: readonly { contactId: string; identity: Identity }[],
  now: Instant,
): Promise<void> {
  if (learnt.length === 0) return;
  const identities = learnt.map(one => one.identity);
  await tx.run(identityAdd, {
    contacts: learnt.map(one => one.contactId),
    ...listsOf(identities),
    digests: await keys.digests(tx, tenant, identities),
    now,
  });
}
