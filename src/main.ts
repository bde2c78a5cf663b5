/** The process: configuration, database, app, sandbox, and a quiet end on SIGTERM. */
import { type Core, noticeRestore } from '#core/index.ts';
import { systemClock } from '#lib/clock.ts';
import { createLog } from '#lib/log.ts';
import { fileAnchors } from './anchors.ts';
import { createApp, DEFAULT_TENANT } from './app.ts';
import { type Config, ConfigError } from './config.ts';
import { ensureTenant } from './core/tenants/service.ts';
import { clockRead } from './core/worker-statements.ts';
import { openDatabase } from './database.ts';
import { fileEpoch } from './epoch.ts';
import { mountSandbox } from './http/sandbox.ts';
import { ownerKey, secretKey } from './keys.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { configureSender } from './setup.ts';

export interface Running {
  url: string;
  key: string;
  sandboxUrl: string | null;
  stop(): Promise<void>;
  /** Resolves when the database that we started ends without us. */
  lost: Promise<string>;
}

export async function start(
  config: Config,
  role: 'all' | 'api' | 'worker',
  say: (line: string) => void,
): Promise<Running> {
  const log = createLog(config.logLevel);
  // What was opened, the last first: a start that fails half way leaves nothing behind.
  const opened: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  let url = '';
  // A second machine that only works has the sender of the first one, in the database.
  const sandboxed = config.sandbox && role !== 'worker';
  try {
    const database = await openDatabase(config, say);
    opened.push(database.close);
    const clock = systemClock();
    const epochs = fileEpoch(config.dataDir);
    // Opened after the app, whose address it has to know; the page asks for its own when somebody comes.
    let sandbox: Sandbox | undefined;
    const app = await createApp({
      connection: database.connection,
      secretKey: await secretKey(config, say),
      clock,
      log,
      inFlight: config.inFlight,
      queueLimit: config.queueLimit,
      anchors: fileAnchors(config.dataDir),
      epochs,
      role,
      publicUrl: () => config.publicUrl ?? url,
      ...(sandboxed ? { extend: server => mountSandbox(server, () => sandbox?.url ?? '') } : {}),
    });
    opened.push(app.stop);
    const { core } = app;
    // What the sandbox turned outlives a restart, or what was due already would lie in the future again.
    clock.turn((await core.db.worker(clockRead, {}))[0]?.offset_ms ?? 0);
    await noticeRestore(core, epochs, say);
    const { tenant } = await ensureTenant(core, {
      slug: DEFAULT_TENANT,
      name: 'Default',
      language: config.language,
      ...(config.country ? { country: config.country } : {}),
    });
    const key = await ownerKey(config, core, tenant);
    url = (await app.server.listen({ port: config.port, host: config.host })).replace('0.0.0.0', '127.0.0.1');
    if (sandboxed) {
      await refuseRealSender(core, tenant);
      sandbox = await openSandbox(config, core, url);
      // Before the app: what drains still needs its provider.
      opened.splice(-1, 0, sandbox.close);
    }
    // Before the workers: what waits since yesterday leaves by the sender as it is configured today.
    await configureSender(config, core, tenant, sandbox);
    app.startWorkers();
    if (sandbox) await sandbox.seed(tenant);
    return { url, key, sandboxUrl: sandbox ? `${url}/_sandbox` : null, lost: database.lost, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A start without its environment file must not turn a real sender into an emulator that says "delivered" to everything. */
async function refuseRealSender(core: Core, tenant: string): Promise<void> {
  const sender = await core.senders.byDefault(tenant, 'whatsapp');
  if (sender && sender.account['sandbox'] !== 'yes') {
    throw new ConfigError([
      'this database has a real sender and no provider is configured here: set the WHATSAPP_… settings, or TIDINGS_SANDBOX=off',
    ]);
  }
}
