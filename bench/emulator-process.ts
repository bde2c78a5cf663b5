/** The emulator alone in a process: rules and latency off, every message sent, delivered and read at once. */
import { startEmulator } from '../emulator/server.ts';
import { emulators } from '../src/app.ts';
import { DEFAULT_PROVIDER } from '../src/config.ts';
import { APP_SECRET, CONNECTIONS, VERIFY_TOKEN } from './stage.ts';

const ports = JSON.parse(process.argv[2]!) as { floor: number; product: number; emulator: number };
const account = (phoneNumberId: string, port: number) => ({
  provider: DEFAULT_PROVIDER,
  phoneNumberId,
  businessAccountId: `3${phoneNumberId}`,
  displayPhoneNumber: '+12025550100',
  appSecret: APP_SECRET,
  verifyToken: VERIFY_TOKEN,
  webhookUrl: `http://127.0.0.1:${port}/api/wa/webhook`,
});
await startEmulator({
  port: ports.emulator,
  parts: emulators,
  rules: false,
  statusDelays: { sentMs: 0, deliveredMs: 0, readMs: 0 },
  webhookConnections: CONNECTIONS,
  // A number each: the webhooks of floor and product must not come to one address.
  accounts: [account('1', ports.floor), account('2', ports.product)],
});
console.log('ready');
// Ends with the program that started it, however that ends.
process.stdin.resume().on('end', () => process.exit(0));
