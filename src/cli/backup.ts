/** `tidings backup`: a copy of the whole database while the service runs. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { ClientConfig } from 'pg';
import { ARCHIVE, MANIFEST, takeBaseBackup } from '#db/backup/base-backup.ts';
import { type Description, writeDescription } from '#db/backup/description.ts';
import { readFacts } from '#db/backup/facts.ts';
import { runningServer } from '#db/backup/running-server.ts';
import { Problem } from '#db/embedded/problem.ts';
import { startEmbedded } from '#db/embedded.ts';
import { type Config, readConfig, readEnvironment } from '../config.ts';
import { progressLine } from './progress.ts';

interface Source {
  connection: ClientConfig;
  server: Description['server'];
  close(): Promise<void>;
}

export function backupCommand(): Command {
  return new Command('backup')
    .description('copy the whole database into a new folder, while the service runs')
    .argument('<folder>', 'where to: a folder that is not there yet, or is empty')
    .action(async (folder: string) => {
      const config = readConfig(readEnvironment());
      const target = resolve(folder);
      await makeEmpty(target);
      const source = await findSource(config);
      try {
        const said = await backUp(source, target);
        console.log(said);
        console.log('the secret key is not in it: keep data/secret-key, or TIDINGS_SECRET_KEY, somewhere else');
      } catch (error) {
        // What we made and nothing else: half a backup is none.
        for (const name of [ARCHIVE, MANIFEST]) await rm(join(target, name), { force: true });
        throw error;
      } finally {
        await source.close();
      }
    });
}

async function makeEmpty(folder: string): Promise<void> {
  // For its owner's eyes: people's numbers and texts are in it.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new Problem(`${folder} is not empty, and nothing is overwritten: name a folder that is not there yet.`);
}

/** The operator's, the running service's, or ours for the time of the copy. */
async function findSource({ databaseUrl, dataDir }: Config): Promise<Source> {
  if (databaseUrl !== null)
    return { connection: { connectionString: databaseUrl }, server: 'own', close: async () => {} };
  const running = await runningServer(dataDir);
  if (running) return { connection: running, server: 'embedded', close: async () => {} };
  const started = await startEmbedded({ dataDir, say: line => console.error(line) });
  return { connection: started.connection, server: 'embedded', close: started.stop };
}

async function backUp({ connection, server }: Source, target: string): Promise<string> {
  // The server's clock: what was committed before it is in the copy for certain.
  const { now: beganAt, ...facts } = await readFacts(connection);
  const progress = progressLine('copied');
  const copied = await takeBaseBackup(connection, target, progress.show);
  progress.end();
  await writeDescription(target, { format: 1, server, ...facts, beganAt, ...copied });
  const megabytes = Math.ceil(copied.bytes / 1e6);
  return `backed up to ${target}: ${megabytes} MB, everything that was committed up to ${beganAt}`;
}
