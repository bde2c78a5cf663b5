/**
 * kill -9 of the whole process tree — service, emulator, database — in the middle of a load, again and again; then the
 * books are compared: what the API acknowledged, what the emulator's ledger witnessed, what the service says.
 * Run by hand: node test/chaos/kill-tree.ts [--sends 2000] [--kills 5] [--seed 1]
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { seeded } from './scorecard.ts';
import { freePort, type Service, startService } from './service.ts';

export interface KillOptions {
  sends: number;
  kills: number;
  seed: number;
  say(line: string): void;
}

export interface KillReport {
  seed: number;
  asked: number;
  acknowledged: number;
  /** Acknowledged and nowhere to be found. */
  lost: string[];
  /** Orders with more copies on the wire than the purpose's bound. */
  overBound: string[];
  /** On the wire twice: allowed for confirmations, counted all the same. */
  twice: number;
  /** Said to be accepted or better, and not in the witness's ledger. */
  falselyAccepted: string[];
  byStatus: Record<string, number>;
  everUnknown: number;
  readyMs: number[];
}

/** Confirmations may reach a phone twice (reliability, 2.3). */
const BOUND = 2;
/** Callers at once, each with one order under way. */
const CONCURRENCY = 24;

export async function killTreeRun({ sends, kills, seed, say }: KillOptions): Promise<KillReport> {
  const random = seeded(seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-kill-'));
  await chmod(dataDir, 0o711);
  // A pace that lets a kill meet a full wire: at the number's own 80 a second most orders would only wait.
  const env = { TIDINGS_DATA: dataDir, PORT: String(await freePort()), WHATSAPP_THROUGHPUT: '400', DATABASE_URL: '' };
  const readyMs: number[] = [];
  // On the data folder as the kill left it. How long it takes to be ready again is part of the report.
  const startAgain = async (): Promise<Service> => {
    const service = await startService(env);
    readyMs.push(Math.round(service.readyMs));
    return service;
  };
  let service = await startAgain();
  try {
    const api = (path: string, body?: unknown) => call(service, path, body);
    await api('/_sandbox/numbers/100000000000001', { throughput: 1000 });
    await inParallel(sends, index => api('/api/wa/optin', optIn(phoneOf(index))));
    say(`${sends} people opted in; seed ${seed}`);

    const acknowledged = new Set<string>();
    let next = 0;
    const sender = async () => {
      while (next < sends) {
        const index = next++;
        const order = `K-${index}`;
        // A caller who was not answered asks again: that is what the business key is for.
        for (;;) {
          const status = await api(
            '/api/wa/send/confirm',
            confirmation({ order: { id: order }, customer: { phone: phoneOf(index) } }),
          ).catch(() => 0);
          // 200 is a duplicate: the answer before was lost, the order was not.
          if (status === 202 || status === 200) break;
          await pause(100);
        }
        acknowledged.add(order);
      }
    };
    const load = Promise.all(Array.from({ length: CONCURRENCY }, sender));
    for (let kill = 1; kill <= kills; kill += 1) {
      // By what was acknowledged and not by the clock, so that a slow machine is hit in the same places.
      const target = Math.floor((sends / (kills + 1)) * (kill - 0.5 + random()));
      while (acknowledged.size < target) await pause(5);
      const processes = await service.kill();
      say(`kill ${kill}: ${processes} processes, ${acknowledged.size} of ${sends} acknowledged`);
      service = await startAgain();
    }
    await load;
    await untilAtRest(service, say);
    return { ...(await compareBooks(service, acknowledged)), seed, asked: sends, readyMs };
  } finally {
    await service.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function call(service: Service, path: string, body?: unknown): Promise<number> {
  const answer = await fetch(service.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function inParallel(count: number, work: (index: number) => Promise<number>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const status = await work(next++);
      if (status >= 300) throw new Error(`the preparation was answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

interface Stats {
  messages: Record<string, number>;
}

const read = async <T>(service: Service, path: string): Promise<T> =>
  (await (await fetch(service.url + path, { headers: { authorization: `Bearer ${service.key}` } })).json()) as T;

/** Nothing queued, and nothing unknown that a rule may still settle. Two minutes of silence belong to it. */
async function untilAtRest(service: Service, say: (line: string) => void): Promise<void> {
  for (let seconds = 0; seconds < 300; seconds += 1) {
    const { messages } = await read<Stats>(service, '/api/wa/stats/default');
    const open = await read<{ data: { resolution: string }[] }>(
      service,
      '/api/wa/messages/default?status=unknown&limit=200',
    );
    const waiting = open.data.filter(message => message.resolution === 'open').length;
    if (messages['queued'] === 0 && waiting === 0) return;
    if (seconds % 15 === 0) say(`waiting: ${messages['queued']} queued, ${waiting} unknown`);
    await pause(1_000);
  }
  throw new Error('the service did not come to rest within five minutes');
}

interface Listed {
  id: string;
  reference: string;
  status: string;
  resolution: string | null;
  attempts: number;
}

async function compareBooks(service: Service, acknowledged: ReadonlySet<string>) {
  const messages: Listed[] = [];
  for (let cursor = ''; ; ) {
    const page = await read<{ data: Listed[]; next_cursor: string | null }>(
      service,
      `/api/wa/messages/default?limit=200${cursor}`,
    );
    messages.push(...page.data);
    if (page.next_cursor === null) break;
    cursor = `&cursor=${page.next_cursor}`;
  }
  const { data: ledger } = await read<{ data: { correlation: string; to: string }[] }>(service, '/_sandbox/ledger');
  // The witness knows messages by their correlation: the attempts of one are copies on the same phone.
  const copies = new Map<string, number>();
  for (const line of ledger) {
    const id = line.correlation.split('.')[0]!;
    copies.set(id, (copies.get(id) ?? 0) + 1);
  }
  const byOrder = Map.groupBy(messages, message => message.reference);
  const byStatus: Record<string, number> = {};
  for (const message of messages) byStatus[message.status] = (byStatus[message.status] ?? 0) + 1;
  const out = ['accepted', 'sent', 'delivered', 'read'];
  const copiesOf = (order: string) =>
    (byOrder.get(order) ?? []).reduce((sum, message) => sum + (copies.get(message.id) ?? 0), 0);
  return {
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter(order => !byOrder.has(order)),
    overBound: [...byOrder.keys()].filter(order => copiesOf(order) > BOUND),
    twice: [...byOrder.keys()].filter(order => copiesOf(order) === 2).length,
    falselyAccepted: messages
      .filter(message => out.includes(message.status) && !copies.has(message.id))
      .map(message => message.id),
    byStatus,
    // By the resolution, which a message keeps once it was in doubt.
    everUnknown: messages.filter(message => message.resolution !== null).length,
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({
    options: {
      sends: { type: 'string', default: '2000' },
      kills: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  });
  const report = await killTreeRun({
    sends: Number(values.sends),
    kills: Number(values.kills),
    seed: Number(values.seed),
    say: line => console.log(line),
  });
  console.log(JSON.stringify(report, null, 2));
}
