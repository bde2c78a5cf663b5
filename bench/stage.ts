/** What all contenders share: one PostgreSQL with fsync on, one emulator process without rules and latency. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbedded } from '#db/embedded.ts';
import { freePort } from '../test/chaos/service.ts';
import { connectionOf } from '../test/database.ts';

export interface Job {
  connection: pg.ClientConfig;
  database: string;
  emulatorUrl: string;
  /** Where this contender takes its webhooks: its account at the emulator points there. */
  port: number;
  number: string;
  lives: number;
  connections: number;
  /** Statuses in one webhook. */
  perPost?: number;
}

export interface Stage {
  postgres: string;
  run(
    contender: string,
    options: { lives: number; perPost?: number },
  ): Promise<{ value: number; [detail: string]: unknown }>;
  close(): Promise<void>;
}

export const APP_SECRET = 'bench-app-secret';
export const VERIFY_TOKEN = 'bench-verify-token';
/** Sends on the wire at once, and webhooks of the emulator at once: the same for floor and product. */
export const CONNECTIONS = 64;

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export async function openStage(say: (line: string) => void): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-bench-'));
  // Root's temporary folders are closed to the user that PostgreSQL runs as.
  await chmod(dataDir, 0o711);
  const database = await findDatabase(dataDir, say);
  const ports = { floor: await freePort(), product: await freePort(), emulator: await freePort() };
  const emulator = spawn(process.execPath, [here('emulator-process.ts'), JSON.stringify(ports)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Its one word, "ready".
  await once(emulator.stdout!, 'data');
  const emulatorUrl = `http://127.0.0.1:${ports.emulator}`;
  return {
    postgres: database.version,
    run: async (contender, { lives, perPost }) => {
      const name = `tidings_bench_${contender}`;
      // Fresh for each run: what the run before left behind, in rows and in statistics, is no part of this one.
      await recreate(database.connection, name);
      const isFloor = contender === 'floor';
      const job: Job = {
        connection: { ...database.connection, database: name },
        database: name,
        emulatorUrl,
        port: isFloor ? ports.floor : ports.product,
        number: isFloor ? '1' : '2',
        lives,
        connections: CONNECTIONS,
        ...(perPost === undefined ? {} : { perPost }),
      };
      return runChild(here(`contenders/${contender}.ts`), job);
    },
    close: async () => {
      emulator.kill();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function findDatabase(dataDir: string, say: (line: string) => void) {
  const url = process.env['BENCH_DATABASE_URL'];
  const server = url ? undefined : await startEmbedded({ dataDir, say });
  const connection: pg.ClientConfig = server ? server.connection : connectionOf(url!);
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  return { connection, version: rows[0]!.server_version, close: async () => server?.stop() };
}

async function recreate(connection: pg.ClientConfig, name: string): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(`drop database if exists ${name} with (force)`);
  await client.query(`create database ${name}`);
  // What the round before left to write is written before this one begins.
  await client.query('checkpoint');
  await client.end();
}

/** The last line that a contender prints is its result. */
async function runChild(file: string, job: Job): Promise<{ value: number }> {
  // With our own flags: a profile that is asked of the bench is asked of the contender.
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv, file, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = '';
  createInterface({ input: child.stdout! }).on('line', line => {
    last = line;
  });
  // "close" and not "exit": its last line may still be in the pipe.
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(last) as { value: number };
}
