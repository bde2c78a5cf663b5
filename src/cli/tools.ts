/** What commands work with: the database of the configuration, opened for the command and closed after it. */
import { openDb } from '#db/db.ts';
import { systemClock } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { type Config, readConfig, readEnvironment } from '../config.ts';
import { openSecretBox, type SecretBox } from '../core/senders/secret.ts';
import { Keyring } from '../core/tenants/keyring.ts';
import { tenantFind } from '../core/worker-statements.ts';
import { openDatabase } from '../database.ts';
import { secretKey } from '../keys.ts';

export interface Tools {
  config: Config;
  db: ReturnType<typeof openDb>;
  clock: ReturnType<typeof systemClock>;
  secrets: SecretBox;
  keys: Keyring;
}

/**
 * The same database and key as the service has. An embedded one is another process's as long as the service runs: then
 * the command is refused by its folder's lock, and with DATABASE_URL it works beside it.
 */
export async function withDatabase(work: (tools: Tools) => Promise<void>): Promise<void> {
  const config = readConfig(readEnvironment());
  // Not to standard output, which belongs to what was asked for.
  const say = (line: string) => console.error(line);
  const database = await openDatabase(config, say);
  const secrets = openSecretBox(await secretKey(config, say));
  const db = openDb({
    connection: database.connection,
    name: 'cli',
    connections: 2,
    onError: error => say(error.message),
  });
  try {
    await work({ config, db, clock: systemClock(), secrets, keys: new Keyring(secrets) });
  } finally {
    await db.close();
    await database.close();
  }
}

/** By the slug, as people write it; an unknown one is answered with the way to the known ones. */
export async function tenantOf({ db }: Pick<Tools, 'db'>, slug: string): Promise<string> {
  const [found] = await db.worker(tenantFind, { slug });
  if (!found) throw new Fault('not_found', `there is no tenant "${slug}": \`tidings tenants list\` shows them`);
  return found.tenant_id;
}
