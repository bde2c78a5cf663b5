/** The provider's side in a process of its own, with its ledger as the witness. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const NUMBER_ID = '100000000000001';
export const APP_SECRET = 'chaos-app-secret';
export const VERIFY_TOKEN = 'chaos-verify-token';

export interface EmulatorProcess {
  url: string;
  control<Answer>(path: string, body?: unknown): Promise<Answer>;
  /** From the file, which shares nothing with the service: how often each message left, by its correlation. */
  copies(): Promise<Witness>;
  /** How often a key came again, and nothing more was taken. */
  folded(): Promise<number>;
  close(): Promise<void>;
}

export interface Witness {
  /** Message → the attempts that arrived. */
  attempts: Map<string, number[]>;
  sends: number;
}

export interface EmulatorOptions {
  port: number;
  webhook: string;
  ledger: string;
  rules?: boolean;
  /** Folds what is sent twice by one key. */
  keys?: boolean;
}

const program = fileURLToPath(new URL('emulator-process.ts', import.meta.url));

export async function startEmulatorProcess(options: EmulatorOptions): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const url = `http://127.0.0.1:${options.port}`;
  return {
    url,
    control: async <Answer>(path: string, body?: unknown) => {
      const answer = await fetch(`${url}/_sandbox${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`the emulator answered ${answer.status} to ${path}: ${text}`);
      return JSON.parse(text || '{}') as Answer;
    },
    copies: () => readWitness(options.ledger),
    folded: async () =>
      (await readFile(`${options.ledger}.folded`, 'utf8').catch(() => '')).split('\n').filter(Boolean).length,
    close: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function readWitness(file: string): Promise<Witness> {
  const attempts = new Map<string, number[]>();
  let sends = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    // Every line is one event; only sends are worth the parsing.
    if (!line.startsWith('{"kind":"send"')) continue;
    const { correlation = '' } = JSON.parse(line) as { correlation?: string };
    const [message = '', attempt = '0'] = correlation.split('.');
    sends += 1;
    attempts.set(message, [...(attempts.get(message) ?? []), Number(attempt)]);
  }
  return { attempts, sends };
}
