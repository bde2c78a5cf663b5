/**
 * The sandbox: the emulator in this process, reached over HTTP through the real adapter. It keeps its own file beside
 * the database and shares nothing else with us.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Core } from '#core/index.ts';
import { startEmulator } from '../emulator/server.ts';
import { emulators, verticals } from './app.ts';
import { type Config, DEFAULT_PROVIDER, type SenderConfig } from './config.ts';
import { saveTemplate, submitTemplate } from './core/templates/service.ts';
import { clockTurn } from './core/worker-statements.ts';

export interface Sandbox {
  url: string;
  sender: SenderConfig;
  /** Submits the starter templates, so that the first call of a newcomer already works. */
  seed(tenant: string): Promise<void>;
  close(): Promise<void>;
}

const PHONE_NUMBER_ID = '100000000000001';
const BUSINESS_ACCOUNT_ID = '200000000000001';
/** From the range that is reserved for fiction. */
const NUMBER = '+12025550100';

export async function openSandbox(
  config: Pick<Config, 'dataDir' | 'throughput'>,
  core: Core,
  serviceUrl: string,
): Promise<Sandbox> {
  const sender: SenderConfig = {
    provider: DEFAULT_PROVIDER,
    accessToken: derived(core, 'access token'),
    phoneNumberId: PHONE_NUMBER_ID,
    businessAccountId: BUSINESS_ACCOUNT_ID,
    appSecrets: [derived(core, 'app secret')],
    verifyToken: derived(core, 'verify token'),
    apiVersion: 'v26.0',
    baseUrl: '',
    number: NUMBER,
  };
  const folder = join(config.dataDir, 'sandbox');
  await mkdir(folder, { recursive: true });
  const emulator = await startEmulator({
    parts: emulators,
    ledgerFile: join(folder, 'ledger.jsonl'),
    accounts: [
      {
        provider: DEFAULT_PROVIDER,
        phoneNumberId: PHONE_NUMBER_ID,
        businessAccountId: BUSINESS_ACCOUNT_ID,
        displayPhoneNumber: NUMBER,
        verifiedName: 'Tidings Sandbox',
        accessToken: sender.accessToken,
        appSecret: sender.appSecrets[0]!,
        verifyToken: sender.verifyToken,
        webhookUrl: `${serviceUrl}/api/wa/webhook`,
      },
    ],
    onClock: offsetMs => {
      core.clock.turn(offsetMs);
      void core.db
        .worker(clockTurn, { offset_ms: offsetMs })
        .catch(error => core.log.error('the clock could not be kept', { error: String(error) }));
    },
  });
  emulator.setClock(core.clock.offsetMs());
  sender.baseUrl = `${emulator.url}/graph`;
  return { url: emulator.url, sender, seed: tenant => seed(core, tenant), close: () => emulator.close() };
}

/** Derived, so that they are the same at every start and stand nowhere. */
const derived = (core: Core, what: string): string => core.secrets.derive(`sandbox/${what}`).toString('hex');

async function seed(core: Core, tenant: string): Promise<void> {
  for (const template of verticals.flatMap(vertical => vertical.templates)) {
    const { row } = await core.db.tx(tenant, tx => saveTemplate(tx, template, core.clock.now()));
    await submitTemplate(core, tenant, row);
  }
}
