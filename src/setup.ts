/** The default tenant's sender: from the environment, or the sandbox's. */
import type { Core } from '#core/index.ts';
import { sha256 } from '#lib/hmac.ts';
import { uuidFromDigest } from '#lib/id.ts';
import type { Config } from './config.ts';
import { saveSender } from './core/senders/sender.ts';
import type { Sandbox } from './sandbox.ts';

export async function configureSender(
  config: Pick<Config, 'sender' | 'throughput'>,
  core: Core,
  tenant: string,
  sandbox: Sandbox | undefined,
): Promise<void> {
  const source = sandbox?.sender ?? config.sender;
  // Neither configured nor sandboxed: a second machine that only works, or a service before its first sender.
  if (!source) return;
  await saveSender(core, tenant, {
    // Always the same one: what was sent by it yesterday is answered by it today.
    id: uuidFromDigest(sha256(`${tenant}/default-sender/whatsapp`)),
    provider: source.provider,
    name: sandbox ? 'Sandbox' : 'Default',
    address: source.number,
    // What a later start without settings is judged by: main.ts refuses to turn a real sender into an emulator.
    account: { ...(sandbox ? { sandbox: 'yes' } : {}), ...source.account },
    secret: source.secret,
    throughputPerSecond: config.throughput,
  });
  // What was opened a moment ago may hold the secrets of before.
  core.senders.forget();
}
