/** Who wrote. Nobody's STOP is dropped for the way in which the platform spells or hides them. */
import type { Tx } from '#db/db.ts';
import { parsePhone } from '#lib/phone.ts';
import { identityPastFind } from '../contacts/change-statements.ts';
import {
  ensureContacts,
  findContacts,
  type Identity,
  identitiesOf,
  keyOf,
  learnIdentities,
  listsOf,
  type Recipient,
} from '../contacts/contact.ts';
import { suppressionFind } from '../contacts/erase-statements.ts';
import { joinIfSame } from '../contacts/merge.ts';
import { contactAddresses } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import type { PersonIds } from '../provider.ts';

export interface Speaker {
  at: number;
  from: string | undefined;
  person: PersonIds;
  profileName?: string | undefined;
}

export interface Recognised {
  contactId: string;
  /** How they are answered: by the number where one is known, else by the scoped id. */
  address: Recipient;
  /** Contacts that the same message named and that could not be made one with this one: a no is theirs too. */
  others: readonly string[];
}

/**
 * By the platform's own digits where they are known to be another spelling of somebody's number, then by the number, then
 * by the scoped ids. Two contacts that one message shows to be the same person become one.
 */
export async function recognise<S extends Speaker>(
  core: Core,
  tx: Tx,
  tenant: string,
  speakers: readonly S[],
  now: number,
): Promise<Map<S, Recognised>> {
  const told = speakers.map(speaker => ({ speaker, identities: identitiesFor(speaker) }));
  const nameless = told.filter(one => one.identities.length === 0).length;
  if (nameless > 0) core.log.warn('somebody wrote whom nothing identifies', { tenant, count: nameless });
  const past = await formerOwners(tx, told);
  const named = told.filter(one => one.identities.length > 0 && !past.has(one.speaker));
  let owners = await findContacts(
    tx,
    named.flatMap(one => one.identities),
  );
  const gone = await saidBeforeErasure(core, tx, tenant, named);
  const known = named.filter(one => !gone.has(one.speaker));
  const strangers = known.filter(one => !one.identities.some(identity => owners.has(keyOf(identity))));
  if (strangers.length > 0) {
    const made = await ensureContacts(
      core,
      tx,
      tenant,
      strangers.map(({ speaker, identities }) => ({
        identity: identities.find(one => one.kind === 'phone') ?? identities[0]!,
        firstName: speaker.profileName,
      })),
      now,
    );
    owners = new Map([...owners, ...made]);
  }
  const moved = new Map<string, string>();
  const found = new Map<S, string>();
  const apart = new Map<S, string[]>();
  for (const { speaker, identities } of known) {
    const ids = [...new Set(identities.flatMap(identity => owners.get(keyOf(identity)) ?? []))].map(id =>
      follow(moved, id),
    );
    const [contact, ...others] = [...new Set(ids)];
    found.set(speaker, contact!);
    for (const other of others) {
      if (await joinIfSame(core, tx, tenant, contact!, other)) moved.set(other, contact!);
      else apart.set(speaker, [...(apart.get(speaker) ?? []), other]);
    }
  }
  await learnIdentities(
    core,
    tx,
    tenant,
    known.flatMap(({ speaker, identities }) =>
      identities
        .filter(identity => !owners.has(keyOf(identity)) && !(identity.kind === 'wa' && spelled(identities, identity)))
        .map(identity => ({ contactId: follow(moved, found.get(speaker)!), identity })),
    ),
    now,
  );
  // They are answered where they are now; how they were known then is learnt no more.
  for (const [speaker, contact] of past) found.set(speaker, contact);
  const all = told.filter(one => found.has(one.speaker));
  const recognised = await addresses(tx, all, contact => follow(moved, contact), found);
  for (const [speaker, others] of apart) recognised.get(speaker)!.others = others;
  return recognised;
}

/** Written before a change of number and arrived after it: by the old number, which may be a stranger's by now. */
async function formerOwners<S extends Speaker>(
  tx: Tx,
  told: readonly { speaker: S; identities: readonly Identity[] }[],
): Promise<Map<S, string>> {
  const asked = told.flatMap(({ speaker, identities }) => identities.map(identity => ({ speaker, identity })));
  if (asked.length === 0) return new Map();
  const rows = await tx.run(identityPastFind, {
    ...listsOf(asked.map(one => one.identity)),
    ats: asked.map(one => one.speaker.at),
  });
  const owners = new Map(rows.map(row => [`${row.kind}:${row.value} ${row.at}`, row.contact_id]));
  return new Map(
    asked.flatMap(({ speaker, identity }) => {
      const owner = owners.get(`${keyOf(identity)} ${speaker.at}`);
      return owner === undefined ? [] : [[speaker, owner]];
    }),
  );
}

/**
 * What somebody wrote before they were erased is erased with them: a raw webhook that is applied again, or told late, must
 * not bring it back. Asked of those who are known as well: the number may have been imported again since.
 */
async function saidBeforeErasure<S extends Speaker>(
  core: Core,
  tx: Tx,
  tenant: string,
  named: readonly { speaker: S; identities: readonly Identity[] }[],
): Promise<Set<S>> {
  if (named.length === 0) return new Set();
  const identities = named.flatMap(one => one.identities);
  const digests = await core.keys.digests(tx, tenant, identities);
  const rows = await tx.run(suppressionFind, { kinds: identities.map(one => one.kind), digests });
  if (rows.length === 0) return new Set();
  const since = new Map(rows.map(row => [`${row.kind} ${row.digest.toString('hex')}`, row.since]));
  const erased = new Map(
    identities.map((identity, at) => [keyOf(identity), since.get(`${identity.kind} ${digests[at]!.toString('hex')}`)]),
  );
  const before = named.filter(({ speaker, identities: theirs }) =>
    theirs.some(identity => speaker.at <= (erased.get(keyOf(identity)) ?? Number.NEGATIVE_INFINITY)),
  );
  if (before.length > 0)
    core.log.info('what was written before an erasure is left out', { tenant, count: before.length });
  return new Set(before.map(one => one.speaker));
}

/** The order is that of trust: the platform's digits, the number, the scoped id, the portfolio's id. */
function identitiesFor({ from, person }: Speaker): Identity[] {
  const { wa, ...scoped } = person;
  const digits = wa ?? from?.replace(/^\+/, '');
  const phone = from === undefined ? undefined : parsePhone(from)?.phone;
  return [
    ...(digits === undefined ? [] : [{ kind: 'wa', value: digits } as const]),
    ...(phone === undefined ? [] : [{ kind: 'phone', value: phone } as const]),
    ...identitiesOf(scoped),
  ];
}

/** Digits that are the number itself tell nothing new. */
const spelled = (identities: readonly Identity[], wa: Identity): boolean =>
  identities.some(one => one.kind === 'phone' && one.value === `+${wa.value}`);

const follow = (moved: ReadonlyMap<string, string>, id: string): string => {
  let at = id;
  for (let next = moved.get(at); next !== undefined; next = moved.get(at)) at = next;
  return at;
};

async function addresses<S extends Speaker>(
  tx: Tx,
  known: readonly { speaker: S; identities: readonly Identity[] }[],
  follows: (contact: string) => string,
  found: ReadonlyMap<S, string>,
): Promise<Map<S, Recognised>> {
  const rows = await tx.run(contactAddresses, { ids: [...new Set([...found.values()].map(follows))] });
  const result = new Map<S, Recognised>();
  for (const { speaker, identities } of known) {
    const contactId = follows(found.get(speaker)!);
    const own = rows.filter(row => row.contact_id === contactId);
    // The number by which we know them, and not the one under which the platform spells it.
    const said = identities.find(one => one.kind === 'phone' && own.some(row => row.value === one.value));
    const address = said ?? own.find(row => row.kind === 'phone') ?? own.find(row => row.kind === 'bsuid');
    const value = address?.value ?? speaker.from ?? identities[0]!.value;
    result.set(speaker, { contactId, address: value as Recipient, others: [] });
  }
  return result;
}
