/**
 * The seam. Everything the program says to PostgreSQL goes through `run` (one statement, one transaction) or `tx`
 * (several), under one tenant; the few statements that cross tenants go through `worker`. Setting the tenant, the
 * statement and the commit travel pipelined: one round trip, not four.
 */
import type { Socket } from 'node:net';
import pg from 'pg';
import { describeError, Fault } from '#lib/fault.ts';
import { assertOutsideTransaction, insideTransaction } from '#lib/transaction-mark.ts';
import type { Columns, Values } from './column.ts';
import { driverTypes } from './driver-types.ts';
import { isRetryable, translateError } from './errors.ts';
import { encodeParams, type Statement } from './statement.ts';

export type Tenant = string;

export interface Tx {
  run<P extends Columns, R extends Columns>(statement: Statement<P, R>, params: Values<P>): Promise<Values<R>[]>;
  /** The transaction's last statement: the commit travels behind it, one round trip less. Nothing may fail after it. */
  last<P extends Columns, R extends Columns>(statement: Statement<P, R>, params: Values<P>): Promise<Values<R>[]>;
}

/** One statement at a time, with the face of a transaction: for code that serves both. */
export const alone = (db: Pick<Db, 'run'>, tenant: Tenant): Tx => ({
  run: (statement, params) => db.run(tenant, statement, params),
  last: (statement, params) => db.run(tenant, statement, params),
});

export interface TxOptions {
  /** `false` lets the commit return before it is on disk: only for what a crash may undo, such as leases. */
  durable?: boolean;
}

export interface Db {
  run<P extends Columns, R extends Columns>(
    tenant: Tenant,
    statement: Statement<P, R>,
    params: Values<P>,
    options?: TxOptions,
  ): Promise<Values<R>[]>;
  tx<T>(tenant: Tenant, work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>;
  worker<P extends Columns, R extends Columns>(statement: Statement<P, R>, params: Values<P>): Promise<Values<R>[]>;
  /** Connections in use and callers waiting for one. */
  load(): { total: number; idle: number; waiting: number };
  close(): Promise<void>;
}

export interface DbOptions {
  connection: pg.ClientConfig;
  name: string;
  connections: number;
  onError(error: Error): void;
}

const DEADLOCK_TRIES = 4;

export function openDb(options: DbOptions): Db {
  const app = openPool(options, 'tidings_app', options.connections);
  const worker = openPool(options, 'tidings_worker', 2);

  const run: Db['run'] = async (tenant, statement, params, txOptions = {}) => {
    assertOutsideTransaction(`the statement ${statement.name} on the outer handle`);
    if (statement.scope !== 'tenant') throw new Error(`${statement.name} crosses tenants: use worker()`);
    return withRetry(() => runAlone(app, openingWords(tenant, txOptions), tenant, statement, params));
  };

  const tx: Db['tx'] = async (tenant, work, txOptions = {}) => {
    assertOutsideTransaction('a transaction');
    return withRetry(() => runTogether(app, openingWords(tenant, txOptions), tenant, work));
  };

  const runWorker: Db['worker'] = async (statement, params) => {
    assertOutsideTransaction(`the statement ${statement.name} on the outer handle`);
    if (statement.scope !== 'worker') throw new Error(`${statement.name} belongs to a tenant: use run()`);
    return withRetry(() => runAlone(worker, 'begin', undefined, statement, params));
  };

  return {
    run,
    tx,
    worker: runWorker,
    load: () => ({ total: app.totalCount, idle: app.idleCount, waiting: app.waitingCount }),
    close: async () => {
      await Promise.all([app.end(), worker.end()]);
    },
  };
}

/** `set local` takes no parameters, hence the check: a tenant that is not a uuid never gets into the text. */
function openingWords(tenant: Tenant, options: TxOptions): string {
  if (!/^[0-9a-f-]{36}$/.test(tenant)) throw new Error('a tenant is a uuid');
  return `begin; set local app.tenant = '${tenant}'${options.durable === false ? '; set local synchronous_commit = off' : ''}`;
}

async function withRetry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= DEADLOCK_TRIES || !isRetryable(error)) throw error;
    }
  }
}

async function runAlone<P extends Columns, R extends Columns>(
  pool: pg.Pool,
  opening: string,
  tenant: Tenant | undefined,
  statement: Statement<P, R>,
  params: Values<P>,
): Promise<Values<R>[]> {
  const values = encodeParams(statement, tenant, params);
  const client = await connect(pool, statement.name);
  const results = await together(client, () =>
    Promise.allSettled([
      client.query(opening),
      client.query({ name: statement.name, text: statement.text, values }),
      client.query('commit'),
    ]),
  );
  const failed = results.find(result => result.status === 'rejected');
  // After an error the pipelined commit rolled back; a connection that failed its commit is not worth keeping.
  client.release(failed !== undefined && results[2].status === 'rejected');
  if (failed) throw translateError(failed.reason, statement.name);
  return (results[1] as PromiseFulfilledResult<pg.QueryResult>).value.rows;
}

async function runTogether<T>(
  pool: pg.Pool,
  opening: string,
  tenant: Tenant,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const client = await connect(pool, 'begin');
  let current = 'begin';
  let open = true;
  const begun = together(client, () => client.query(opening));
  begun.catch(() => {}); // the first statement fails with the same error and is awaited
  let committed: Promise<pg.QueryResult> | undefined;
  const say = <P extends Columns, R extends Columns>(statement: Statement<P, R>, params: Values<P>) => {
    if (!open) throw new Error(`${statement.name} after the end of its transaction`);
    current = statement.name;
    return { name: statement.name, text: statement.text, values: encodeParams(statement, tenant, params) };
  };
  const handle: Tx = {
    run: async (statement, params) => {
      const query = say(statement, params);
      return (await together(client, () => client.query(query))).rows;
    },
    last: async (statement, params) => {
      const query = say(statement, params);
      open = false;
      const [answered, ended] = together(client, () => [client.query(query), client.query('commit')]);
      // Awaited at the end; should the statement fail, its own error is the one to tell.
      ended.catch(() => {});
      committed = ended;
      return (await answered).rows;
    },
  };
  try {
    const value = await insideTransaction(current, () => work(handle));
    await begun;
    open = false;
    current = 'commit';
    const ended = await (committed ?? client.query('commit'));
    if (ended.command === 'ROLLBACK') throw new Error('an error inside the transaction was swallowed');
    client.release();
    return value;
  } catch (error) {
    open = false;
    // A client whose rollback fails is broken; the pool must not hand it out again.
    await client.query('rollback').then(
      () => client.release(),
      () => client.release(true),
    );
    throw translateError(error, current);
  }
}

/**
 * What is said in one turn leaves in one write. Each query is five protocol messages, each its own write otherwise:
 * system calls were a quarter of the process's time.
 */
function together<T>(client: pg.PoolClient, say: () => T): T {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
  return say();
}

async function connect(pool: pg.Pool, what: string): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    // Whatever the reason, nothing was said yet: the same call may succeed later.
    throw new Fault('unavailable', undefined, {
      detail: `${what}: no connection: ${describeError(error)}`,
      cause: error,
    });
  }
}

/**
 * A way that died without a word: nobody hangs up, so only a clock tells. The server's own limit (15 s, below) comes first
 * where it lives. The driver then drops the connection, so nothing is read from it that belongs to an earlier question.
 */
const ANSWER_WITHIN_MS = 17_000;

function openPool(options: DbOptions, role: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    ...options.connection,
    max,
    application_name: `tidings ${options.name}`,
    types: driverTypes,
    pipeline: true,
    connectionTimeoutMillis: 2_000,
    query_timeout: ANSWER_WITHIN_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    onConnect: async (client: pg.ClientBase) => {
      await client.query(sessionSettings(role));
    },
  } as pg.PoolConfig);
  pool.on('error', options.onError);
  pool.on('connect', client => client.on('error', options.onError));
  return pool;
}

/**
 * Planner: hot statements join a small `unnest` to a large table by its whole key. On a fresh table, whose statistics
 * say "ten pages, a two-hundredth of them this tenant's", the planner prefers to walk the tenant's part of the index
 * once for each input row (measured: 150 messages a second in place of 2,000). Here rows are made to cost what pages
 * cost, so that whatever touches fewer rows is cheaper, and the plans that read everything are off.
 * Run-time pruning of partitions is off: after a wait for a lock it loses rows, and on 18.4 it crashes the server (ADR 8).
 * Durability and isolation are promises of ours and not the server's habit: the mark before the bytes must be on disk,
 * and the gate's second look must stand in a newer snapshot.
 * Timeouts: nothing here may take long, and nothing may hold locks while idle.
 */
const sessionSettings = (role: string): string => `
  set role ${role};
  set default_transaction_isolation = 'read committed';
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') in ('off', 'local');
  set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set jit = off; set plan_cache_mode = force_generic_plan;
  set enable_seqscan = off; set enable_mergejoin = off; set enable_material = off; set enable_bitmapscan = off; set enable_partition_pruning = off;
  set random_page_cost = 1; set cpu_tuple_cost = 1; set cpu_index_tuple_cost = 1; set cpu_operator_cost = 0.1;
  set statement_timeout = '15s'; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '20s'`;
