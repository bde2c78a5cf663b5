/** People. A contact is an id with identities; today the phone, later also ids that WhatsApp scopes to a business. */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import { type Phone, parsePhone } from '#lib/phone.ts';
import { contactEnsure, contactFind } from './statements.ts';

export interface NewContact {
  /** A phone in E.164, or another identity's value. */
  phone: Phone;
  firstName?: string | undefined;
  lastName?: string | undefined;
  locale?: string | undefined;
  zone?: string | undefined;
}

/** `wa`: the platform's own digits for a person, where they are no number that we know. */
export type IdentityKind = 'phone' | 'wa';

/** The contact of each phone, made where there was none. */
export async function ensureContacts(
  run: Tx,
  people: readonly NewContact[],
  now: Instant,
  kind: IdentityKind = 'phone',
): Promise<Map<string, string>> {
  const byPhone = new Map(people.map(person => [person.phone as string, person]));
  const phones = [...byPhone.keys()];
  const known = await findContacts(run, phones, kind);
  const missing = [...byPhone.values()].filter(person => !known.has(person.phone));
  if (missing.length === 0) return known;
  await run.run(contactEnsure, {
    ids: missing.map(() => newId()),
    kind,
    values: missing.map(person => person.phone),
    first_names: missing.map(person => person.firstName ?? null),
    last_names: missing.map(person => person.lastName ?? null),
    locales: missing.map(person => person.locale ?? null),
    zones: missing.map(person => person.zone ?? null),
    countries: missing.map(person => parsePhone(person.phone)?.country ?? null),
    now,
  });
  // A second look, in a new snapshot: of two that raced for one phone, the loser finds the winner's contact here.
  return findContacts(run, phones, kind);
}

export async function findContacts(
  run: Tx,
  values: readonly string[],
  kind: IdentityKind,
): Promise<Map<string, string>> {
  const rows = await run.run(contactFind, { kind, values });
  return new Map(rows.map(row => [row.value, row.contact_id]));
}
