/** What a provider's conformance stands on: its emulator with one number, and a receiver in the place of the service. */
import type { EmulatorAccount, ProviderEmulator } from '#core/emulation.ts';
import type { Provider, SenderAccess } from '#core/provider.ts';
import { openOutbound } from '#lib/outbound.ts';
import { startEmulator } from '../emulator/server.ts';
import { openReceiver } from '../emulator/testing.ts';
import type { ConformanceBench } from '../src/providers/conformance.ts';

export interface BenchParts {
  provider: Provider;
  part: ProviderEmulator;
  account: EmulatorAccount;
  codes: ConformanceBench['codes'];
  /** With the emulator's address, and the one of the receiver. */
  sender(url: string): Omit<SenderAccess, 'id' | 'provider' | 'webhookUrl'>;
}

const PHONE = '+40712345678';
const STRANGER = '+40712345699';
/** An answer that never comes is waited for this long: shorter than in the service, where it is ten seconds. */
const TIMEOUT_MS = 700;

export async function openBench({
  provider,
  part,
  account,
  codes,
  sender: senderAt,
}: BenchParts): Promise<ConformanceBench> {
  const receiver = await openReceiver();
  const { origin } = new URL(receiver.url);
  const emulator = await startEmulator({
    parts: [part],
    accounts: [{ ...account, webhookUrl: receiver.url }],
    statusDelays: { sentMs: 0, deliveredMs: 30 },
    templateReviewMs: 60_000,
  });
  const wire = openOutbound({ trust: 'operator', timeoutMs: TIMEOUT_MS, connections: 4 });
  const control = async (path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${emulator.url}/_sandbox${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return answer.json();
  };
  const sender = { id: 's', provider: provider.id, webhookUrl: receiver.url, ...senderAt(emulator.url) };
  const says = async (text: string) => void (await control(`/phones/${PHONE}/messages`, { text }));
  const approve = async (name: string) => void (await control(`/templates/${name}/review`, { status: 'APPROVED' }));
  const greeting = {
    name: 'greeting',
    language: 'en',
    category: 'UTILITY',
    header: null,
    body: 'Hi {first_name}, all is well.',
    footer: null,
    samples: {},
  } as const;
  const submitted = await provider.submitTemplate(greeting, null, sender, wire);
  if (submitted.kind !== 'submitted') throw new Error(JSON.stringify(submitted));
  await approve(greeting.name);
  await says('hello');
  await emulator.whenIdle();
  // What has come so far is not what a check waits for.
  for (const _ of receiver.received) await receiver.next();
  return {
    provider,
    sender,
    wire,
    phone: PHONE,
    stranger: STRANGER,
    template: { name: greeting.name, providerTemplateId: submitted.providerTemplateId },
    codes,
    nextWebhook: async () => {
      const { path, headers, body } = await receiver.next();
      return { url: origin + path, headers: headers as Record<string, string | undefined>, body: Buffer.from(body) };
    },
    says,
    shown: async () => ((await control(`/phones/${PHONE}/messages`)) as { text: string }[]).map(one => one.text),
    approve,
    fault: async settings => void (await control('/faults', settings)),
    close: async () => {
      await wire.close();
      await emulator.close();
      await receiver.close();
    },
  };
}
