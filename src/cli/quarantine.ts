/** `tidings quarantine`: what is held after a restore, and the release. The API does the same for one tenant. */
import { Command } from 'commander';
import { noticeRestore } from '#core/index.ts';
import { createLog, type Log } from '#lib/log.ts';
import { readQuarantine, releaseQuarantine } from '../core/tenants/quarantine.ts';
import { tenantListHeld } from '../core/worker-statements.ts';
import { fileEpoch } from '../epoch.ts';
import { type Tools, tenantOf, withDatabase } from './tools.ts';

export function quarantineCommand(): Command {
  const quarantine = new Command('quarantine').description('what is held back after a restore');
  quarantine
    .command('show', { isDefault: true })
    .description('which tenants send nothing, since when and why')
    .action(() => withRestoreNoticed(show));
  quarantine
    .command('release')
    .description('let sending begin again')
    .option('--tenant <slug>', 'only this one')
    .option('--send-unsent', 'send again what was waiting: only if the service was stopped before the backup was made')
    .action(({ tenant, sendUnsent = false }: { tenant?: string; sendUnsent?: boolean }) =>
      withRestoreNoticed(async tools => {
        const held = await tools.db.worker(tenantListHeld, {});
        const chosen = tenant === undefined ? held.map(row => row.tenant_id) : [await tenantOf(tools, tenant)];
        if (chosen.length === 0) console.log('nothing is held');
        for (const id of chosen) {
          const released = await releaseQuarantine(tools, id, { unsent: sendUnsent ? 'send' : 'leave' });
          const slug = held.find(row => row.tenant_id === id)?.slug ?? tenant;
          console.log(`${slug}: released, ${released.resent} wait again, ${released.in_doubt} stay in doubt`);
        }
      }),
    );
  return quarantine;
}

/** Asked between a restore and the first start it says what that start would. */
const withRestoreNoticed = (work: (tools: Tools & { log: Log }) => Promise<void>): Promise<void> =>
  withDatabase(async opened => {
    const tools = { ...opened, log: createLog(opened.config.logLevel, { write: line => process.stderr.write(line) }) };
    await noticeRestore(tools, fileEpoch(tools.config.dataDir), line => console.error(line));
    await work(tools);
  });

async function show(tools: Tools): Promise<void> {
  const held = await tools.db.worker(tenantListHeld, {});
  if (held.length === 0) console.log('nothing is held');
  for (const { tenant_id, slug } of held) {
    const found = await readQuarantine(tools, tenant_id);
    console.log(`${slug}: nothing is sent since ${found.since}, because ${found.because}`);
    console.log(
      `  the database knows what happened up to ${found.restored_to}; ${found.in_doubt} messages may have left since`,
    );
  }
}
