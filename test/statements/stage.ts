/**
 * A migrated database with this month's partitions, and connections that are set like those of the program. The
 * settings are read from a living connection of its pool, so that a proof can't run under other ones than the product.
 */
import pg from 'pg';
import * as c from '#db/column.ts';
import { type Db, openDb } from '#db/db.ts';
import { registeredStatements, type Scope, type Statement } from '#db/statement.ts';
import { systemClock } from '#lib/clock.ts';
// Registers every statement: the composition root reaches all of them.
import '../../src/app.ts';
import { makePartitions } from '../../src/workers/upkeep.ts';
import { copyDatabase } from '../database.ts';

export interface Stage {
  connection: pg.ClientConfig;
  /** The migrations' user, whom row-level security does not hold. */
  owner: pg.Client;
  db: Db;
  settings: Record<Scope, Record<string, string>>;
  /** A connection of its own under the pool's role and settings. */
  as(scope: Scope): Promise<pg.Client>;
  close(): Promise<void>;
}

/** All there are; an empty registry would prove everything. */
export function allStatements(): readonly Statement[] {
  const found = registeredStatements();
  if (found.length < 60) throw new Error(`only ${found.length} statements are registered: the proofs would be empty`);
  return found;
}

export async function openStage(): Promise<Stage> {
  const database = await copyDatabase();
  const { connection } = database;
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client(connection);
    await client.connect();
    clients.push(client);
    return client;
  };
  const owner = await connect();
  const db = openDb({ connection, name: 'proofs', connections: 1, onError: () => {} });
  await makePartitions({ db, clock: systemClock() });
  const settings = {
    tenant: Object.fromEntries((await db.run(ANYBODY, probe('tenant'), {})).map(row => [row.name, row.setting])),
    worker: Object.fromEntries((await db.worker(probe('worker'), {})).map(row => [row.name, row.setting])),
  };
  return {
    connection,
    owner,
    db,
    settings,
    as: async scope => {
      const client = await connect();
      for (const [name, setting] of Object.entries(settings[scope]))
        await client.query('select set_config($1, $2, false)', [name, setting]);
      return client;
    },
    close: async () => {
      await db.close();
      await Promise.all(clients.map(client => client.end()));
      await database.drop();
    },
  };
}

/** No tenant at all: the probe asks for settings, and for nobody's rows. */
const ANYBODY = '00000000-0000-7000-8000-000000000000';

/** Made by hand and not by `statement`, which would register it among those that are proven. `role` is shown nowhere else. */
const probe = (scope: Scope): Statement<Record<string, never>, { name: typeof c.text; setting: typeof c.text }> => ({
  name: `session_probe_${scope}`,
  owner: 'proofs',
  scope,
  params: {},
  row: { name: c.text, setting: c.text },
  text: `select 'role' as name, current_setting('role') as setting union all
    select name, setting from pg_settings where source = 'session'`,
  order: [],
  touches: [],
});

/** In a transaction of the tenant that leaves nothing behind. */
export async function undone<T>(client: pg.Client, tenant: string | undefined, work: () => Promise<T>): Promise<T> {
  await client.query(tenant === undefined ? 'begin' : `begin; set local app.tenant = '${tenant}'`);
  try {
    return await work();
  } finally {
    await client.query('rollback');
  }
}
