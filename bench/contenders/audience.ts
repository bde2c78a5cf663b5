/** People who have consented, made before the clock runs, as the floor's phones are. */
import type pg from 'pg';
import { alone } from '#db/db.ts';
import type { Phone } from '#lib/phone.ts';
import { recordConsent } from '../../src/core/consents/service.ts';
import { ensureContacts, identityOf } from '../../src/core/contacts/contact.ts';
import { phoneOf } from '../../test/make.ts';
import type { Product } from './product.ts';

export async function prepareAudience({ app, tenant }: Product, look: pg.Client, size: number): Promise<Phone[]> {
  const { core } = app;
  const phones = Array.from({ length: size }, (_, index) => phoneOf(index) as Phone);
  // By the service's own way, so that the identities have the digests that every look-up finds them by.
  for (let from = 0; from < phones.length; from += 1000) {
    const people = phones.slice(from, from + 1000).map(phone => ({ identity: identityOf(phone), firstName: 'Ana' }));
    await ensureContacts(core, alone(core.db, tenant), tenant, people, core.clock.now());
  }
  // One real entry in the ledger, and its standing copied to everybody: the ledger is not what is measured.
  const [one] = (await look.query<{ contact_id: string }>('select contact_id from contact_identity limit 1')).rows;
  const word = {
    action: 'grant',
    purposes: ['transactional'],
    channels: ['whatsapp'],
    saidBy: 'business',
    actor: 'bench',
    source: 'bench',
    at: core.clock.now(),
    evidence: {},
  } as const;
  await core.db.tx(tenant, tx => recordConsent(core, tx, tenant, { contactId: one!.contact_id, ...word }));
  await look.query(
    `insert into consent (tenant_id, contact_id, purpose, channel, status, since, source, verified, words)
     select c.tenant_id, i.contact_id, purpose, channel, status, since, source, verified, words
     from consent c cross join (select distinct contact_id from contact_identity) i where c.contact_id = $1 on conflict do nothing`,
    [one!.contact_id],
  );
  // As in a database that has run for a while. The plans hold without it (ADR 4), which is for other tests to show.
  await look.query('analyze');
  return phones;
}
