/** Keys that Tidings makes for itself when nobody gives any, kept in the data folder for its owner's eyes only. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Core } from '#core/index.ts';
import type { Config } from './config.ts';
import { authenticate, createKey, fixKey } from './core/tenants/service.ts';

/** The key-encryption key. Losing it loses the providers' credentials; so it is never replaced in silence. */
export async function secretKey(
  config: Pick<Config, 'secretKey' | 'dataDir'>,
  say: (line: string) => void,
): Promise<Buffer> {
  // Of any length from 32 characters on: what seals is derived from it (senders/secret.ts).
  if (config.secretKey !== null) return Buffer.from(config.secretKey);
  const file = join(config.dataDir, 'secret-key');
  const kept = await readOwn(file);
  if (kept !== undefined) return Buffer.from(kept);
  const made = randomBytes(32).toString('hex');
  await writeOwn(file, made);
  say('a secret key was made and kept in the data folder: back it up with the database');
  return Buffer.from(made);
}

/** The default tenant's owner key: the operator's, or one made at the first start and shown at every one. */
export async function ownerKey(
  config: Pick<Config, 'apiKey' | 'dataDir'>,
  core: Pick<Core, 'db' | 'clock'>,
  tenant: string,
): Promise<string> {
  if (config.apiKey !== null) {
    // At each start: the environment's word holds, and a key that it named before stops working.
    await fixKey(core, tenant, config.apiKey);
    return config.apiKey;
  }
  const file = join(config.dataDir, 'owner-key');
  const kept = await readOwn(file);
  // A folder that was copied beside another database holds a key which that one does not know.
  if (kept !== undefined && (await isLive(core, kept))) return kept;
  const made = await createKey(core, tenant, 'owner', ['*']);
  await writeOwn(file, made);
  return made;
}

/** Asked as a caller would be, so that a revoked key in the file is no key. */
const isLive = (core: Pick<Core, 'db' | 'clock'>, key: string): Promise<boolean> =>
  authenticate(core, `Bearer ${key}`).then(
    () => true,
    () => false,
  );

async function readOwn(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeOwn(file: string, text: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  // Readable by its owner alone: whoever has the key-encryption key and the database has the provider's credentials.
  await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'w' });
}
