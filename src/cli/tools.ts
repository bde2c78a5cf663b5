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

export async function withDatabase(work: (tools: Tools) => Promise<void>): Promise<void> {
  const config = readConfig(readEnvironment());
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

export async function tenantOf({ db }: Pick<Tools, 'db'>, slug: string): Promise<string> {
  const [found] = await db.worker(tenantFind, { slug });
  if (!found) throw new Fault('not_found', `there is no tenant "${slug}": \`tidings tenants list\` shows them`);
  return found.tenant_id;
}
