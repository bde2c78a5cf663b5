/** The tests' PostgreSQL: TEST_DATABASE_URL, or one of our own in a temporary folder; and databases copied from a template. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '#db/embedded.ts';
import { migrate } from '#db/migrate.ts';

/** Migrated once a run. Every test file has a copy of its own: isolation by database, and no rows to tidy up. */
const TEMPLATE = 'tidings_test_template';

export interface TestServer {
  connection: pg.ClientConfig;
  close(): Promise<void>;
}

/** Starts or finds the server and makes the template anew, migrated from empty. */
export async function openServer(say: (line: string) => void): Promise<TestServer> {
  const server = await findServer(say);
  try {
    await asOwner(server.connection, async client => {
      await client.query(`drop database if exists ${TEMPLATE} with (force)`);
      await client.query(`create database ${TEMPLATE}`);
    });
    await migrate({ ...server.connection, database: TEMPLATE });
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function findServer(say: (line: string) => void): Promise<TestServer> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url) {
    say('testing on the PostgreSQL of TEST_DATABASE_URL');
    return { connection: connectionOf(url), close: async () => {} };
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-test-'));
  // Root's temporary folders are closed to the user that PostgreSQL runs as.
  await chmod(dataDir, 0o711);
  // Tests prove what is committed, not what survives a power cut: that is for the embedded server's own tests and chaos.
  const server = await startEmbedded({
    dataDir,
    say,
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  const close = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { connection: server.connection, close };
}

/** In parts: a URL's database could not be replaced by that of a copy. */
export function connectionOf(url: string): pg.ClientConfig {
  const { hostname, port, username, password, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  const user = decodeURIComponent(username) || 'postgres';
  const secret = password ? { password: decodeURIComponent(password) } : {};
  return { host, port: Number(port || 5432), user, ...secret, database: 'postgres' };
}

let own: Promise<TestServer> | undefined;

/** A database of its own for the caller, about 40 ms, and how to be rid of it. */
export async function copyDatabase(): Promise<{ connection: pg.ClientConfig; drop(): Promise<void> }> {
  const given = process.env['TIDINGS_TEST_SERVER'];
  // A single file run by hand brings its own server.
  if (!given) own ??= openServer(() => {});
  const server = given ? { connection: JSON.parse(given) as pg.ClientConfig } : await own!;
  const database = `tidings_test_${randomBytes(6).toString('hex')}`;
  // As the owner, like the migrations: the tests look and prepare with more rights than the program has.
  await asOwner(server.connection, client => client.query(`create database ${database} template ${TEMPLATE}`));
  return {
    connection: { ...server.connection, database },
    drop: async () => {
      await asOwner(server.connection, client => client.query(`drop database if exists ${database} with (force)`));
      if (!given) await own?.then(started => started.close());
      own = undefined;
    },
  };
}

async function asOwner<T>(connection: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
