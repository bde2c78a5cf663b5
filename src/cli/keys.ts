/** Tenants and keys from the command line: works beside a running service with DATABASE_URL, or on a stopped embedded one. */
import { Command } from 'commander';
import { iso } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { DEFAULT_TENANT } from '../app.ts';
import { createKey, ensureTenant, revokeKey } from '../core/tenants/service.ts';
import { keyList } from '../core/tenants/statements.ts';
import { SCOPES } from '../core/tenants/tenant.ts';
import { tenantListAll } from '../core/worker-statements.ts';
import { tenantOf, withDatabase } from './tools.ts';

/** From the table that the check itself reads: what help offers is what is there. */
const scopeList = Object.entries(SCOPES)
  .map(([name, what]) => `  ${name.padEnd(18)} ${what}`)
  .join('\n');

export function keysCommand(): Command {
  const keys = new Command('keys').description('API keys');
  keys
    .command('create')
    .description('make a key; it is shown once')
    .option('--tenant <slug>', 'whose key', DEFAULT_TENANT)
    .option('--name <name>', 'what it is for', 'api')
    .option('--scope <scope...>', 'what it may do', ['*'])
    .addHelpText('after', `\nScopes:\n${scopeList}`)
    .action(({ tenant, name, scope }: { tenant: string; name: string; scope: string[] }) =>
      // To standard output and nothing beside it: `KEY=$(tidings keys create)` gets the key alone.
      withDatabase(async tools => console.log(await createKey(tools, await tenantOf(tools, tenant), name, scope))),
    );
  keys
    .command('list')
    .description('the keys of a tenant, without their secrets')
    .option('--tenant <slug>', 'whose keys', DEFAULT_TENANT)
    .action(({ tenant }: { tenant: string }) =>
      withDatabase(async tools => {
        for (const key of await tools.db.run(await tenantOf(tools, tenant), keyList, {})) {
          const standing = key.revoked_at === null ? 'live' : `revoked ${iso(key.revoked_at)}`;
          console.log(`${key.handle}  ${key.name}  ${key.scopes.join(',')}  ${iso(key.created_at)}  ${standing}`);
        }
      }),
    );
  keys
    .command('revoke <handle>')
    .description('end a key at once; its handle is the part between the first two underscores')
    .option('--tenant <slug>', 'whose key', DEFAULT_TENANT)
    // By the handle and never by the key: what is typed here stays in the shell's history.
    .action((handle: string, { tenant }: { tenant: string }) =>
      withDatabase(async tools => {
        if (!(await revokeKey(tools, await tenantOf(tools, tenant), handle)))
          throw new Fault('not_found', `there is no live key "${handle}"`);
        console.log(`${handle} is revoked`);
      }),
    );
  return keys;
}

export function tenantsCommand(): Command {
  const tenants = new Command('tenants').description('tenants');
  tenants
    .command('create <slug>')
    .description('make a tenant and its owner key')
    .option('--name <name>', 'as people read it')
    .action((slug: string, { name }: { name?: string }) =>
      withDatabase(async tools => {
        // The start finds a tenant that exists welcome; whoever makes one by hand should hear that it was there.
        const made = await ensureTenant(tools, { slug, name: name ?? slug });
        if (!made.created) throw new Fault('conflict', `there is a tenant "${slug}" already`);
        console.log(`tenant  ${slug}\nkey     ${await createKey(tools, made.tenant, 'owner', ['*'])}`);
      }),
    );
  tenants
    .command('list')
    .description('all tenants')
    .action(() =>
      withDatabase(async ({ db }) => {
        for (const tenant of await db.worker(tenantListAll, {})) console.log(`${tenant.slug}  ${tenant.name}`);
      }),
    );
  return tenants;
}
