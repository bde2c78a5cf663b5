/**
 * `tidings emulator`: the providers' other end alone, on a port, for whoever writes or tests another program against
 * the Cloud API. It reads no settings and opens no database; the sandbox of `tidings start` is the same server.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { startEmulator } from '../../emulator/server.ts';
import { emulators } from '../app.ts';
import { DEFAULT_PROVIDER } from '../config.ts';

interface Options {
  port: number;
  webhook?: string;
  /** With defaults, so that a webhook handler can be set up before the emulator runs. They protect nothing. */
  appSecret: string;
  verifyToken: string;
  provider: string;
  numberId?: string;
  accountId?: string;
  number: string;
  /** Without a file nothing outlives the process: no phone's history and no template. */
  ledger?: string;
  rules: boolean;
}

/** Told on the command line's own terms, before anything listens. */
function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535');
  return value;
}

/** For other programs to talk to: one vendor's API with phones, without the service. Any access token is welcome. */
export function emulatorCommand(): Command {
  return new Command('emulator')
    .description('only the emulator of the providers, and its phones')
    .addOption(
      new Option('--provider <id>', 'whose API')
        .choices(emulators.map(part => part.provider))
        .default(DEFAULT_PROVIDER),
    )
    .option('--port <n>', 'port to listen on; 0 takes a free one', port, 9090)
    .option('--webhook <url>', 'where signed webhooks go; a call to the API may name another address')
    .option('--app-secret <secret>', 'signs the webhooks: an app secret, an auth token', 'emulated-app-secret')
    .option('--verify-token <token>', 'of the subscription handshake', 'emulated-verify-token')
    .option('--number-id <id>', 'the provider’s id of the number')
    .option('--account-id <id>', 'business account id, account SID')
    .option('--number <phone>', 'the business number as people see it', '+12025550100')
    .option('--ledger <file>', 'keeps every accepted send, and resumes from it')
    .option('--no-rules', 'without the platform’s rules and delays, for benchmarks')
    .action(async (options: Options) => {
      const { standAlone } = emulators.find(part => part.provider === options.provider)!;
      const { numberId = standAlone.numberId, accountId = standAlone.accountId } = options;
      const emulator = await startEmulator({
        port: options.port,
        parts: emulators,
        rules: options.rules,
        ledgerFile: options.ledger,
        accounts: [
          {
            provider: options.provider,
            phoneNumberId: numberId,
            businessAccountId: accountId,
            displayPhoneNumber: options.number,
            appSecret: options.appSecret,
            verifyToken: options.verifyToken,
            webhookUrl: options.webhook,
          },
        ],
      });
      const api = standAlone.api.replace('{number}', numberId).replace('{account}', accountId);
      console.log(
        `The emulator is ready at ${emulator.url}\n  phones  ${emulator.url}/_sandbox\n  API     ${emulator.url}${api}`,
      );
      // Once: a second Ctrl-C finds no listener and ends the process at once.
      for (const signal of ['SIGTERM', 'SIGINT'] as const)
        process.once(signal, () => void emulator.close().then(() => process.exit(0)));
    });
}
