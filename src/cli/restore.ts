/** `tidings restore`: a backup put into an empty data folder. Its first start sends nothing until somebody says so. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { type Description, readDescription } from '#db/backup/description.ts';
import { Problem } from '#db/embedded/problem.ts';
import { embeddedMajor, restoreCluster } from '#db/embedded/restore.ts';
import { readMigrations } from '#db/migrate.ts';
import { type Config, readConfig, readEnvironment } from '../config.ts';
import { markRestored } from '../epoch.ts';
import { progressLine } from './progress.ts';

export function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup into an empty data folder; nothing is sent from it until you release it')
    .argument('<folder>', 'what `tidings backup` wrote')
    .action(async (folder: string) => {
      const config = readConfig(readEnvironment());
      const backup = resolve(folder);
      const description = await readDescription(backup);
      await refuseForeign(config, description, backup);
      const began = performance.now();
      const progress = progressLine('restored');
      const unpacked = await restoreCluster({
        backup,
        dataDir: config.dataDir,
        say: line => console.error(line),
        progress: bytes => progress.show(bytes, description.bytes),
        beforeMove: async ({ archiveSha256 }) => {
          if (archiveSha256 !== description.archiveSha256)
            throw new Problem(`The backup is damaged: its archive is not the one that was written.`);
          // Before the database can be found: however this ends, no start mistakes it for the one that was here.
          await markRestored(config.dataDir);
        },
      });
      progress.end();
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      console.log(
        `restored ${unpacked.files} files, ${Math.ceil(unpacked.bytes / 1e6)} MB, every checksum as it was (${seconds} s)`,
      );
      console.log(`it knows what happened up to ${description.beganAt}; what came later, every STOP among it, is gone`);
      console.log(
        'start the service now: it takes requests and webhooks, and sends nothing until `tidings quarantine release`',
      );
      if (config.secretKey === null && !existsSync(join(config.dataDir, 'secret-key')))
        console.log(`bring the secret key first: ${join(config.dataDir, 'secret-key')}, or TIDINGS_SECRET_KEY`);
    });
}

async function refuseForeign({ databaseUrl }: Config, description: Description, backup: string): Promise<void> {
  const own =
    'stop the server, unpack base.tar into an empty data folder of it, start it, and start Tidings: it notices the restore and sends nothing until you release it';
  if (databaseUrl !== null)
    throw new Problem(`DATABASE_URL names a PostgreSQL of yours, which restores its own files: ${own}.`);
  if (description.server === 'own') throw new Problem(`${backup} is a copy of a PostgreSQL of yours: ${own}.`);
  const major = embeddedMajor();
  if (description.postgresMajor !== major)
    throw new Problem(
      `${backup} was written by PostgreSQL ${description.postgresMajor}, and this Tidings brings ${major ?? 'none'}: restore it with the Tidings that wrote it.`,
    );
  const newest = (await readMigrations()).length;
  if (description.migration > newest)
    throw new Problem(
      `${backup} was written by a later Tidings (migration ${description.migration}): restore it with that one.`,
    );
}
