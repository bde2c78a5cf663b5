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
import { currencyDefault } from './core/tenants/statements.ts';
import { clockTurn } from './core/worker-statements.ts';

export interface Sandbox {
  url: string;
  sender: SenderConfig;
  /** Submits the starter templates, so that the first call of a newcomer already works. */
  seed(tenant: string): Promise<void>;
  close(): Promise<void>;
}

// The same that `tidings emulator` uses when it is told none: what was tried with one fits the other.
const PHONE_NUMBER_ID = '100000000000001';
const BUSINESS_ACCOUNT_ID = '200000000000001';
/** In which the emulated account is billed: what it answers when it is asked for its `currency`. */
const SANDBOX_CURRENCY = 'EUR';
/** From the range that is reserved for fiction. */
const NUMBER = '+12025550100';

export async function openSandbox(
  config: Pick<Config, 'dataDir' | 'throughput'>,
  core: Core,
  serviceUrl: string,
): Promise<Sandbox> {
  const sender: SenderConfig = {
    provider: DEFAULT_PROVIDER,
    account: {
      base_url: '',
      api_version: 'v26.0',
      phone_number_id: PHONE_NUMBER_ID,
      business_account_id: BUSINESS_ACCOUNT_ID,
    },
    secret: {
      accessToken: derived(core, 'access token'),
      webhookSecrets: [derived(core, 'app secret')],
      verifyToken: derived(core, 'verify token'),
    },
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
        accessToken: sender.secret.accessToken,
        appSecret: sender.secret.webhookSecrets[0]!,
        verifyToken: sender.secret.verifyToken,
        webhookUrl: `${serviceUrl}/api/wa/webhook`,
      },
    ],
    // Turned here at once, kept for the other processes and the next start. A failing write costs only those.
    onClock: offsetMs => {
      core.clock.turn(offsetMs);
      void core.db
        .worker(clockTurn, { offset_ms: offsetMs })
        .catch(error => core.log.error('the clock could not be kept', { error: String(error) }));
    },
  });
  // As an earlier run left it: both sides have to agree on what was a day ago.
  emulator.setClock(core.clock.offsetMs());
  // Known only now: the emulator takes any free port.
  sender.account['base_url'] = `${emulator.url}/graph`;
  return { url: emulator.url, sender, seed: tenant => seed(core, tenant), close: () => emulator.close() };
}

/** Derived, so that they are the same at every start and stand nowhere. */
const derived = (core: Core, what: string): string => core.secrets.derive(`sandbox/${what}`).toString('hex');

async function seed(core: Core, tenant: string): Promise<void> {
  await core.db.run(tenant, currencyDefault, { currency: SANDBOX_CURRENCY });
  for (const template of verticals.flatMap(vertical => vertical.templates)) {
    // By way of the provider, as an operator would: the review's webhook is what makes them approved.
    const { row } = await core.db.tx(tenant, tx => saveTemplate(tx, template, core.clock.now()));
    await submitTemplate(core, tenant, row);
  }
}
