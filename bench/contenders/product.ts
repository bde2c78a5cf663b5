/** The product, put together as main.ts does it, for the contenders that measure it. */

import { migrate } from '#db/migrate.ts';
import { systemClock } from '#lib/clock.ts';
import { createLog } from '#lib/log.ts';
import { type App, createApp, DEFAULT_TENANT } from '../../src/app.ts';
import { DEFAULT_PROVIDER } from '../../src/config.ts';
import { saveTemplate, submitTemplate } from '../../src/core/templates/service.ts';
import { createKey, ensureTenant } from '../../src/core/tenants/service.ts';
import { configureSender } from '../../src/setup.ts';
import { APP_SECRET, type Job, VERIFY_TOKEN } from '../stage.ts';

export interface Product {
  app: App;
  tenant: string;
  key: string;
  url: string;
}

export async function startProduct(job: Job): Promise<Product> {
  await migrate(job.connection);
  const app = await createApp({
    connection: job.connection,
    secretKey: Buffer.alloc(32, 7),
    clock: systemClock(),
    log: createLog('error'),
    inFlight: job.connections,
    queueLimit: 1_000_000,
    // Nowhere: an anchor an hour is nothing that a bench of minutes would see.
    anchors: { append: async () => {}, read: async () => [] },
    epochs: { read: async () => undefined, write: async () => {} },
    role: 'all',
    publicUrl: () => '',
  });
  const { tenant } = await ensureTenant(app.core, { slug: DEFAULT_TENANT, name: 'Bench' });
  const key = await createKey(app.core, tenant, 'bench', ['*']);
  const sender = {
    provider: DEFAULT_PROVIDER,
    account: {
      base_url: `${job.emulatorUrl}/graph`,
      api_version: 'v26.0',
      phone_number_id: job.number,
      business_account_id: `3${job.number}`,
    },
    secret: { accessToken: 'x', webhookSecrets: [APP_SECRET], verifyToken: VERIFY_TOKEN },
    number: null,
  };
  // A pace that nobody reaches: the lane's limit is a promise to the platform, and not what is measured.
  await configureSender({ sender, throughput: 1_000_000 }, app.core, tenant, undefined);
  const url = await app.server.listen({ port: job.port, host: '127.0.0.1' });
  // Before the template, whose approval comes as a webhook and has to be applied.
  app.startWorkers();
  const template = {
    name: 'order_confirm',
    language: 'en',
    purpose: 'order_confirm',
    header: null,
    body: 'Hi {first_name}, your order {order_id} is confirmed.',
    footer: null,
    samples: {},
  };
  const { row } = await app.core.db.tx(tenant, tx => saveTemplate(tx, template, app.core.clock.now()));
  await submitTemplate(app.core, tenant, row);
  await untilApproved(app, tenant);
  return { app, tenant, key, url };
}

async function untilApproved({ core }: App, tenant: string): Promise<void> {
  const { templateRead } = await import('../../src/core/templates/statements.ts');
  for (let tries = 0; tries < 200; tries += 1) {
    const [row] = await core.db.run(tenant, templateRead, { name: 'order_confirm', language: 'en' });
    if (row?.status === 'approved') return;
    await core.pause(25);
  }
  throw new Error('the template was never approved');
}
