/** Further tenants in a world: each with a number at an emulator of its own, so that one provider can be slow alone. */
import { join } from 'node:path';
import type pg from 'pg';
import { openDb } from '#db/db.ts';
import { systemClock } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import { providers } from '../../../src/app.ts';
import { openSecretBox } from '../../../src/core/senders/secret.ts';
import { saveSender } from '../../../src/core/senders/sender.ts';
import { Keyring } from '../../../src/core/tenants/keyring.ts';
import { createKey, ensureTenant } from '../../../src/core/tenants/service.ts';
import { freePort } from '../service.ts';
import { type Caller, openCaller } from './callers.ts';
import { APP_SECRET, type EmulatorProcess, NUMBER_ID, startEmulatorProcess, VERIFY_TOKEN } from './emulator.ts';
import { SEALING_KEY, type World } from './world.ts';

export interface Neighbour {
  tenant: string;
  sender: string;
  emulator: EmulatorProcess;
  caller: Caller;
  close(): Promise<void>;
}

export async function addTenant({ postgres, services, dataDir }: World, slug: string): Promise<Neighbour> {
  const service = services.find(one => one.role !== 'worker')!;
  const secrets = openSecretBox(Buffer.from(SEALING_KEY));
  const db = openDb({
    connection: connectionOf(postgres.url),
    name: 'chaos',
    connections: 1,
    onError: () => {},
  });
  const core = {
    db,
    clock: systemClock(),
    secrets,
    keys: new Keyring(secrets),
    providers: new Map(providers.map(provider => [provider.id, provider])),
  };
  const port = await freePort();
  try {
    const { tenant } = await ensureTenant(core, { slug, name: slug });
    const key = await createKey(core, tenant, 'owner', ['*']);
    const sender = newId();
    const account = {
      base_url: `http://127.0.0.1:${port}/graph`,
      api_version: 'v26.0',
      phone_number_id: NUMBER_ID,
      business_account_id: '200000000000001',
    };
    const secret = { accessToken: 'chaos', webhookSecrets: [APP_SECRET], verifyToken: VERIFY_TOKEN };
    const about = {
      id: sender,
      provider: 'meta',
      name: 'Default',
      address: '+12025550100',
      throughputPerSecond: 100_000,
    };
    await saveSender(core, tenant, { ...about, account, secret });
    const [row] = await postgres.query<{ key: string }>('select key from sender where id = $1', [sender]);
    const emulator = await startEmulatorProcess({
      port,
      webhook: `${service.url}/api/webhooks/meta/${row!.key}`,
      ledger: join(dataDir, `witness-${slug}.jsonl`),
    });
    const caller = openCaller([service.url], key, 16);
    const close = async () => {
      await caller.close();
      await emulator.close();
    };
    return { tenant, sender, emulator, caller, close };
  } finally {
    await db.close();
  }
}

function connectionOf(url: string): pg.ClientConfig {
  const { hostname, port, username, pathname } = new URL(url);
  return { host: hostname, port: Number(port), user: username, database: pathname.slice(1) };
}
