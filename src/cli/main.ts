/** The command line. Each command is a small file; what a person reads goes to standard output, the log to the same. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { backupCommand } from './backup.ts';
import { emulatorCommand } from './emulator.ts';
import { generateCommand } from './generate.ts';
import { keysCommand, tenantsCommand } from './keys.ts';
import { ledgerCommand } from './ledger.ts';
import { migrateCommand } from './migrate.ts';
import { quarantineCommand } from './quarantine.ts';
import { restoreCommand } from './restore.ts';
import { startCommand } from './start.ts';

export async function main(argv: string[]): Promise<void> {
  // Left to itself Commander calls `process.exit`. Here it throws, and the code is set once, below.
  const program = new Command('tidings').description('Consent-first WhatsApp messaging').exitOverride();
  // The default: `npm start`, and nothing else, is a whole service.
  program.addCommand(startCommand(), { isDefault: true });
  const others = [
    migrateCommand(),
    keysCommand(),
    tenantsCommand(),
    ledgerCommand(),
    backupCommand(),
    restoreCommand(),
    quarantineCommand(),
    emulatorCommand(),
    generateCommand(),
  ];
  for (const command of others) program.addCommand(command);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    // A person can mend these; a stack would only hide the sentence.
    else if (error instanceof ConfigError || isPlain(error)) console.error(`tidings: ${(error as Error).message}`);
    else throw error;
  }
}

/** Ports and addresses, and PostgreSQL's wrong password, unknown role, missing database, missing right. */
const PLAIN = new Set(['EADDRINUSE', 'EACCES', 'ECONNREFUSED', 'ENOTFOUND', '28P01', '28000', '3D000', '42501']);

/** Also by its first words: a migration that refuses is a plain error with a sentence. */
function isPlain(error: unknown): boolean {
  const { code, name } = error as { code?: string; name?: string };
  return (
    name === 'Problem' ||
    name === 'Fault' ||
    (code !== undefined && PLAIN.has(code)) ||
    (error instanceof Error && error.message.startsWith('migration '))
  );
}
