/**
 * Numbered SQL files, forward only, each in one transaction with the row that records it. A lock lets many processes
 * start together; a checksum refuses a file that was edited after it ran, because then no two databases are alike.
 */
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { sha256 } from '#lib/hmac.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
const LOCK = 7_251_411_003;

export interface Migration {
  number: number;
  name: string;
  sql: string;
  checksum: string;
}

export async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter(file => /^\d{4}_[a-z0-9_]+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const sql = await readFile(new URL(file, FOLDER), 'utf8');
      const number = Number(file.slice(0, 4));
      if (number !== index + 1) throw new Error(`migration ${file}: the numbers have a gap or a double`);
      return { number, name: file.slice(5, -4), sql, checksum: sha256(sql.replaceAll('\r\n', '\n')).toString('hex') };
    }),
  );
}

/**
 * Whoever waits for a lock on a table holds up everybody who comes after. So a migration waits this long, lets the others
 * go first and tries again: requests wait half a second at the worst, however long somebody's report has the table.
 */
const LOCK_TIMEOUT_MS = 500;
const TRIES = 120;

/**
 * Runs what is missing as the owner (the URL's user) and returns the names of what it ran. `newest`: no further than to
 * this number, for whoever needs a schema of before.
 */
export async function migrate(connection: pg.ClientConfig, newest = Number.MAX_SAFE_INTEGER): Promise<string[]> {
  const client = new pg.Client({ ...connection, application_name: 'tidings migrate' });
  await client.connect();
  try {
    await refuseOldServer(client);
    await client.query(`select pg_advisory_lock(${LOCK})`);
    await client.query(
      'create table if not exists schema_migration (number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default clock_timestamp())',
    );
    const { rows } = await client.query('select number, name, checksum from schema_migration order by number');
    return await runMissing(client, await readMigrations(), rows, newest);
  } finally {
    await client.end();
  }
}

async function runMissing(
  client: pg.Client,
  files: Migration[],
  done: Pick<Migration, 'number' | 'name' | 'checksum'>[],
  newest: number,
): Promise<string[]> {
  for (const row of done) {
    const file = files[row.number - 1];
    if (!file)
      throw new Error(
        `this database is newer than this program (it has migration ${row.number} "${row.name}"): start the version that made it, or a later one`,
      );
    if (file.checksum !== row.checksum)
      throw new Error(
        `migration ${row.number} "${row.name}" was edited after it ran here: restore the file and put the change into a new migration`,
      );
  }
  const ran: string[] = [];
  for (const file of files.slice(done.length, newest)) {
    await runPatiently(client, file);
    ran.push(file.name);
  }
  return ran;
}

async function runPatiently(client: pg.Client, file: Migration): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await run(client, file);
      return;
    } catch (error) {
      await client.query('rollback');
      // 55P03: the lock timeout; 40P01: a deadlock, in which we were the one to give way.
      const inTheWay = ['55P03', '40P01'].includes((error as { code?: string }).code ?? '');
      const hint = inTheWay ? ': end the long transactions on its tables, and start again' : '';
      if (!inTheWay || tries >= TRIES)
        throw new Error(`migration ${file.number} "${file.name}" failed: ${(error as Error).message}${hint}`, {
          cause: error,
        });
      // As long again as the others have waited for us, so that they catch up.
      await client.query(`select pg_sleep(${LOCK_TIMEOUT_MS / 1_000})`);
    }
  }
}

async function run(client: pg.Client, file: Migration): Promise<void> {
  await client.query(`begin; set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
  // The row first: of two programs that slip past the lock, the second stops here and not half way through.
  await client.query('insert into schema_migration (number, name, checksum) values ($1, $2, $3)', [
    file.number,
    file.name,
    file.checksum,
  ]);
  await client.query(file.sql);
  await client.query('commit');
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>('show server_version_num');
  const version = Math.floor(Number(rows[0]!.server_version_num) / 10_000);
  if (version < 15) throw new Error(`PostgreSQL ${version} is too old: version 15 or later is needed`);
}
