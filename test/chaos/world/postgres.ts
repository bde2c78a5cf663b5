/** A PostgreSQL that chaos may break: started from the package with everything durable, reached only through a proxy. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Embedded, startEmbedded } from '#db/embedded.ts';
import { migrate } from '#db/migrate.ts';
import { type Detour, openProxy } from './proxy.ts';

export interface Postgres {
  /** What the services are given: the proxy's, which stays the same whatever happens behind it. */
  url: string;
  dataDir: string;
  proxy: Detour;
  /** As its owner, past the proxy: for looking and for breaking. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** As a power cut would: nothing is written down any more. Comes back with `start`. */
  stopImmediately(): Promise<void>;
  /** Resolves when it has ended without being asked to, as it does without a place for its log. */
  lost(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresOptions {
  settings?: Record<string, string>;
  /** Its data folder; a fresh one below the temp folder when absent. */
  dataDir?: string;
  /** Without any schema, for whoever tries how one comes to be. */
  empty?: boolean;
}

let mould: Promise<string> | undefined;

/** For a run of many worlds: one cluster is made and migrated, and every world starts from a copy of its folder. */
export function shareMould(): void {
  mould = makeMould();
  // Whoever asks for a world is told; a run that asks for none is not ended by it.
  mould.catch(() => {});
}

async function makeMould(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-chaos-mould-'));
  await chmod(folder, 0o711);
  const server = await startEmbedded({ dataDir: folder, say: () => {} });
  try {
    await migrate(server.connection);
  } finally {
    await server.stop();
  }
  return folder;
}

/** With its owners and modes, about which PostgreSQL is strict. */
function copyWell(from: string, to: string): void {
  const copied = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (copied.status !== 0) throw new Error(`the cluster could not be copied: ${copied.stderr}`);
}

export async function openPostgres({ settings = {}, dataDir, empty = false }: PostgresOptions = {}): Promise<Postgres> {
  const made = dataDir ?? (await mkdtemp(join(tmpdir(), 'tidings-chaos-pg-')));
  if (mould && !dataDir && !empty) copyWell(join(await mould, 'postgres'), made);
  // Root's temporary folders are closed to the user that PostgreSQL runs as.
  await chmod(made, 0o711);
  const open = () => startEmbedded({ dataDir: made, say: () => {}, settings: { max_connections: '200', ...settings } });
  let server: Embedded | undefined = await open();
  const proxy = await openProxy(() => {
    if (!server) return undefined;
    const { host, port } = server.connection;
    return { path: join(host, `.s.PGSQL.${port}`) };
  });
  const { user, database } = server.connection;
  const connect = async () => {
    if (!server) throw new Error('the database is stopped');
    const client = new pg.Client(server.connection);
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  return {
    url: `postgresql://${user}@127.0.0.1:${proxy.port}/${database}`,
    dataDir: made,
    proxy,
    query: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => {
      const client = await connect();
      try {
        return (await client.query<Row>(sql, values)).rows;
      } finally {
        await client.end();
      }
    },
    stopImmediately: async () => {
      const { serverPid, ended } = server!;
      server = undefined;
      process.kill(serverPid, 'SIGQUIT');
      await ended;
    },
    lost: async () => {
      await server?.ended;
      server = undefined;
    },
    start: async () => {
      // The one before may not have let go of its lock yet.
      for (let tries = 1; ; tries += 1) {
        try {
          server = await open();
          return;
        } catch (error) {
          if (tries >= 20) throw error;
          await pause(250);
        }
      }
    },
    close: async () => {
      await proxy.close();
      await server?.stop();
      if (!dataDir) await rm(made, { recursive: true, force: true });
    },
  };
}
