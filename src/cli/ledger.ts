/** `tidings ledger verify`: is the consent ledger as it was written? */
import { Command } from 'commander';
import { alone } from '#db/db.ts';
import { iso } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { fileAnchors } from '../anchors.ts';
import { DEFAULT_TENANT } from '../app.ts';
import { verifyLedger } from '../core/consents/check.ts';
import { entriesOf } from '../core/consents/ledger-statements.ts';
import { contactFamily } from '../core/contacts/change-statements.ts';
import { findContacts, identityOf, keyOf } from '../core/contacts/contact.ts';
import { type Tools, tenantOf, withDatabase } from './tools.ts';

interface Options {
  tenant: string;
  subject?: string;
}

export function ledgerCommand(): Command {
  const ledger = new Command('ledger').description('the consent ledger');
  ledger
    .command('verify')
    .description('check the chain of the ledger against its anchors, and name the first entry that is wrong')
    .option('--tenant <slug>', 'whose ledger', DEFAULT_TENANT)
    .option('--subject <phone>', 'also list what is recorded about one person')
    .action(({ tenant: slug, subject }: Options) =>
      withDatabase(async tools => {
        const tenant = await tenantOf(tools, slug);
        // From this machine's data folder: a database that came without its anchors can be checked as a chain only.
        const anchors = await fileAnchors(tools.config.dataDir).read(tenant);
        // Progress is for whoever waits, so it goes to standard error.
        const report = await verifyLedger(tools, tenant, anchors, seq => console.error(`  ${seq} entries read`));
        if (subject !== undefined) await listSubject(tools, tenant, subject);
        const said = `${report.entries} entries, ${report.anchors} anchors`;
        if (!report.flaw) return console.log(`the ledger is as it was written (${said})`);
        const where = report.flaw.seq === 0 ? '' : `entry ${report.flaw.seq}: `;
        console.error(`the ledger is NOT as it was written (${said}): ${where}${report.flaw.flaw}`);
        // For scripts: a watch over the ledger needs no reading of sentences.
        process.exitCode = 1;
      }),
    );
  return ledger;
}

/**
 * Under every contact that the person turned out to be. Evidence and texts stand in the proof, and not on a terminal.
 */
async function listSubject({ db }: Tools, tenant: string, subject: string): Promise<void> {
  const identity = identityOf(subject);
  const contact = (await findContacts(alone(db, tenant), [identity])).get(keyOf(identity));
  if (contact === undefined) throw new Fault('not_found', 'nobody here is known by that number');
  const contacts = (await db.run(tenant, contactFamily, { id: contact })).map(row => row.id);
  console.log(`${publicId('contact', contact)}`);
  for (const row of await db.run(tenant, entriesOf, { contacts })) {
    const what = [row.action, row.purposes.join('+'), row.channels.join('+')].filter(part => part !== '').join(' ');
    console.log(`  ${row.seq}  ${iso(row.claimed_at)}  ${row.said_by}  ${what}  (${row.source})`);
  }
}
