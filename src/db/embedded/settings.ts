/**
 * How the embedded PostgreSQL is set up: for one program, on a machine that does other things too. Written to a file
 * of its own that `postgresql.conf` includes, not given as `-c` arguments, so that `alter system` still wins and an
 * operator can tune a server without us.
 */
export const SETTINGS: Record<string, string> = {
  // Durability: these are the defaults, written down because somebody's "fast" postgresql.conf must not undo them.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  wal_level: 'replica', // pg_basebackup and archiving stay possible

  // Size: 128 MB hold the hot rows (due messages, contacts, lanes); the kernel's cache does the rest.
  shared_buffers: '128MB',
  // One process with two pools, a migration and somebody's psql; each connection costs about 2 MB.
  max_connections: '60',
  // Sorting of a report, not of a send. Times 60 connections it is still bounded.
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  // Parallel plans take both cores of a small machine from dispatch, and need /dev/shm: 64 MB in a container.
  max_parallel_workers_per_gather: '0',
  // Compiling a plan costs 50 ms and more; our statements take one.
  jit: 'off',
  // Disks are solid state by now; at the default 4 a scan of a small table looks cheaper than its index.
  random_page_cost: '1.1',

  // Full page images follow each checkpoint, so fewer checkpoints mean less to write; 2 GB replay in under a minute.
  checkpoint_timeout: '15min',
  max_wal_size: '2GB',
  min_wal_size: '80MB',

  // This build has no lz4. pglz took 40 % off the log of our updates after a checkpoint, and added 60 % to their time.
  wal_compression: 'off',

  // A transaction that lost its way pins dead rows: queue tables slow down by a third while it stands.
  idle_in_transaction_session_timeout: '60s',

  // No TCP: this build carries an OpenSSL of 2018. The socket folder is 0700, this is the second door.
  listen_addresses: '',
  unix_socket_permissions: '0700',

  // The supervisor reads stderr and keeps the log short (server-log.ts): a collector process cannot bound its size.
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] ',
  // Statements and details carry phone numbers and texts; whoever ran the statement gets them in the error anyway.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length_on_error: '0',
  lc_messages: 'C', // we read some of the lines

  timezone: 'UTC', // local time is computed in the program, never by the server
  log_timezone: 'UTC',
};

export function settingsFile(overrides: Record<string, string>): string {
  const lines = Object.entries({ ...SETTINGS, ...overrides }).map(([name, value]) => {
    if (!/^[a-z_.]+$/.test(name)) throw new Error(`"${name}" is not the name of a PostgreSQL setting`);
    return `${name} = '${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  });
  return `# Written by Tidings at each start; changes here are lost. Use "alter system" or postgresql.conf.\n${lines.join('\n')}\n`;
}
