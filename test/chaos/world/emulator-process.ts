/** The emulator alone: every accepted send in its ledger before it is answered, rules off unless they are what is tried. */
import { startEmulator } from '../../../emulator/server.ts';
import { emulators } from '../../../src/app.ts';
import { DEFAULT_PROVIDER } from '../../../src/config.ts';
import { APP_SECRET, type EmulatorOptions, NUMBER_ID, VERIFY_TOKEN } from './emulator.ts';

const { port, webhook, ledger, rules = false } = JSON.parse(process.argv[2]!) as EmulatorOptions;
await startEmulator({
  port,
  parts: emulators,
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
