/** The database of this start: the operator's, or one of our own in the data folder; migrated either way. */
import type { ClientConfig } from 'pg';
import { startEmbedded } from '#db/embedded.ts';
import { migrate } from '#db/migrate.ts';
import type { Config } from './config.ts';

export interface Database {
  connection: ClientConfig;
  /** Resolves with a sentence when the database of ours ends without being asked to; never for the operator's. */
  lost: Promise<string>;
  close(): Promise<void>;
}

/** The operator's database comes back by itself, and the pools with it: that is no reason to end. */
const never = new Promise<string>(() => {});

export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  say: (line: string) => void,
): Promise<Database> {
  const database =
    config.databaseUrl === null
      ? await embedded(config.dataDir, say)
      : { connection: { connectionString: config.databaseUrl }, lost: never, close: async () => {} };
  try {
    // At every start, also beside other processes: a lock lets one of them migrate, and the others find nothing to do.
    const ran = await migrate(database.connection);
    if (ran.length > 0) say(`database prepared: ${ran.join(', ')}`);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function embedded(dataDir: string, say: (line: string) => void): Promise<Database> {
  const server = await startEmbedded({ dataDir, say });
  return { connection: server.connection, lost: server.ended, close: server.stop };
}
