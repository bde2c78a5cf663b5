/** The server that the service has started, found by what it writes into its own folder. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { NAME } from '../embedded/order.ts';
import { findCluster } from '../embedded/places.ts';

export type Connection = { host: string; port: number; user: string; database: string };

/** Undefined when none answers: then nobody works with the data folder, or it is empty. */
export async function runningServer(dataDir: string): Promise<Connection | undefined> {
  const cluster = findCluster(resolve(dataDir));
  if (cluster === undefined) return undefined;
  const connection = readConnection(cluster);
  if (!connection) return undefined;
  const client = new pg.Client(connection);
  client.on('error', () => {});
  return client.connect().then(
    async () => {
      await client.end();
      return connection;
    },
    () => undefined,
  );
}

/** postmaster.pid: process, folder, start, port, the socket's folder, and more. */
function readConnection(cluster: string): Connection | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    const [port, host] = [Number(lines[3]), lines[4]];
    return host && port ? { host, port, user: NAME, database: NAME } : undefined;
  } catch {
    return undefined;
  }
}
