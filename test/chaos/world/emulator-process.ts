/** The emulator alone: every accepted send in its ledger before it is answered, rules off unless they are what is tried. */
import { appendFileSync } from 'node:fs';
import { startEmulator } from '../../../emulator/server.ts';
import { emulators } from '../../../src/app.ts';
import { DEFAULT_PROVIDER } from '../../../src/config.ts';
import type { EmulatorAnswer, ProviderEmulator } from '../../../src/core/emulation.ts';
import { APP_SECRET, type EmulatorOptions, NUMBER_ID, VERIFY_TOKEN } from './emulator.ts';

const { port, webhook, ledger, rules = false, keys = false } = JSON.parse(process.argv[2]!) as EmulatorOptions;
await startEmulator({
  port,
  parts: keys ? emulators.map(folding) : emulators,
  rules,
  ledgerFile: ledger,
  ...(rules ? {} : { statusDelays: { sentMs: 0, deliveredMs: 5, readMs: 10 } }),
  webhookConnections: 32,
  accounts: [
    {
      provider: DEFAULT_PROVIDER,
      phoneNumberId: NUMBER_ID,
      businessAccountId: '200000000000001',
      displayPhoneNumber: '+12025550100',
      appSecret: APP_SECRET,
      verifyToken: VERIFY_TOKEN,
      webhookUrl: webhook,
    },
  ],
});
console.log('ready');
// Ends with the program that started it, however that ends.
process.stdin.resume().on('end', () => process.exit(0));

/** What was answered to a key is answered to it again, and nothing more is taken. */
function folding(part: ProviderEmulator): ProviderEmulator {
  const answers = new Map<string, Promise<EmulatorAnswer>>();
  return {
    ...part,
    handle: (request, world) => {
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string') return part.handle(request, world);
      const known = answers.get(key);
      if (known) appendFileSync(`${ledger}.folded`, `${key}\n`);
      // Also while the first one is still under way.
      const answer = known ?? Promise.resolve(part.handle(request, world));
      answers.set(key, answer);
      return answer;
    },
  };
}
