/** The proof of a person's consent: everything that the ledger holds of them, as data and as a page to print. */
import type { Values } from '#db/column.ts';
import { alone } from '#db/db.ts';
import { iso } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { contactFamily } from '../contacts/change-statements.ts';
import { contactRead, identityList } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { tenantRead } from '../tenants/statements.ts';
import { type entriesOf as Entries, entriesOf, headRead } from './ledger-statements.ts';
import { readStanding } from './service.ts';
import { viewConsents } from './view.ts';

export type Proof = Awaited<ReturnType<typeof readProof>>;

export async function readProof(core: Core, tenant: string, id: string) {
  const tx = alone(core.db, tenant);
  const [contact] = await tx.run(contactRead, { id });
  if (!contact) throw new Fault('not_found', 'there is no such contact');
  // Asked for by a contact that was merged, the proof is still the person's, under all of their contacts.
  let whole = id;
  for (let next = contact.merged_into; next !== null; ) {
    whole = next;
    next = (await tx.run(contactRead, { id: next }))[0]?.merged_into ?? null;
  }
  const contacts = (await tx.run(contactFamily, { id: whole })).map(row => row.id);
  const [standing, identities, entries, [head], [settings]] = await Promise.all([
    readStanding(tx, whole),
    tx.run(identityList, { contact: whole }),
    tx.run(entriesOf, { contacts }),
    tx.run(headRead, {}),
    tx.run(tenantRead, {}),
  ]);
  return {
    business: settings!.name,
    contact_id: publicId('contact', whole),
    also_known_as: contacts.filter(one => one !== whole).map(one => publicId('contact', one)),
    identities: identities.map(({ kind, value }) => ({ kind, value })),
    consents: viewConsents(standing),
    entries: entries.map(viewEntry),
    // The whole tenant's, as of now: whoever looks later can see whether this head is still in the chain.
    ledger: { entries: head?.seq ?? 0, head: head?.hash.toString('hex') ?? null },
    // The machine's time, as in the ledger's own stamps: a proof is shown outside the sandbox.
    issued_at: iso(core.clock.machine()),
  };
}

const viewEntry = (row: Values<typeof Entries.row>) => ({
  seq: row.seq,
  contact_id: publicId('contact', row.contact_id),
  action: row.action,
  purposes: row.purposes,
  channels: row.channels,
  said_by: row.said_by,
  recorded_by: row.actor,
  source: row.source,
  business: row.controller,
  text_shown: row.text,
  text_version: row.text_version,
  text_digest: row.text_digest?.toString('hex') ?? null,
  language: row.locale,
  said_at: iso(row.claimed_at),
  recorded_at: iso(row.recorded_at),
  evidence: row.evidence,
  previous_hash: row.prev_hash.toString('hex'),
  hash: row.hash.toString('hex'),
});
