/** What a server says of itself before it is copied. */
import pg from 'pg';
import { Problem } from '../embedded/problem.ts';
import type { Description } from './description.ts';

export async function readFacts(
  connection: pg.ClientConfig,
): Promise<Pick<Description, 'postgresMajor' | 'migration'> & { now: string }> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    // Of this seam and not a statement: it is asked as the owner, of a database that may hold nothing of ours.
    const server = await client.query<{ major: number; known: boolean; now: Date }>(
      `select current_setting('server_version_num')::int / 10000 as major, clock_timestamp() as now,
        to_regclass('schema_migration') is not null as known`,
    );
    const { major, known, now } = server.rows[0]!;
    if (!known) throw new Problem('This database is empty: there is nothing to back up.');
    const newest = await client.query<{ number: number }>('select max(number) as number from schema_migration');
    return { postgresMajor: major, migration: newest.rows[0]!.number, now: now.toISOString() };
  } finally {
    await client.end();
  }
}
