/** Callers that ask until they are answered, as a shop does, and keep what they were told: the acknowledgements. */
import { setTimeout as pause } from 'node:timers/promises';
import { Agent } from 'undici';

export interface Acknowledged {
  /** By reference: what the first answer with a message said. */
  id: string;
  status: string;
}

export interface Caller {
  /** One call; 0 as status when nobody answered. */
  call(
    path: string,
    body?: unknown,
    method?: string,
  ): Promise<{ status: number; body: Json; retryAfter: number | null; reset?: string }>;
  close(): Promise<void>;
}

// What comes from the wire is looked at field by field.
// biome-ignore lint/suspicious/noExplicitAny: a test's view of JSON
export type Json = any;

/** `urls`: the API's processes; the next one is asked where one does not answer. `null`: a connection for each call under way. */
export function openCaller(urls: readonly string[], key: string, connections: number | null = 64): Caller {
  const agent = new Agent({
    connections,
    pipelining: 1,
    connect: { timeout: 2_000 },
    headersTimeout: 15_000,
    bodyTimeout: 15_000,
  });
  let turn = 0;
  return {
    call: async (path, body, method = body === undefined ? 'GET' : 'POST') => {
      turn += 1;
      try {
        const answer = await agent.request({
          origin: urls[turn % urls.length]!,
          path,
          method,
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await answer.body.text();
        const retryAfter = answer.headers['retry-after'];
        return {
          status: answer.statusCode,
          body: text === '' ? {} : JSON.parse(text),
          retryAfter: retryAfter === undefined ? null : Number(retryAfter),
        };
      } catch (error) {
        // Nobody there is no cut: the connection had never stood.
        const { code } = error as { code?: string };
        return {
          status: 0,
          body: {},
          retryAfter: null,
          ...(code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT' ? {} : { reset: code ?? String(error) }),
        };
      }
    },
    close: () => agent.destroy(),
  };
}

export interface Load {
  /** What is asked for, by its place; its reference names it. */
  ask(index: number): { path: string; reference: string; body: unknown };
  /** Absent: until it is halted. */
  count?: number;
  concurrency?: number;
  /** At most so many a second. */
  pace?: number;
}

/** Runs to its end however long nobody answers. `progress` tells how many are acknowledged so far. */
export function startLoad(caller: Caller, { ask, count = Number.MAX_SAFE_INTEGER, concurrency = 32, pace }: Load) {
  const acknowledged = new Map<string, Acknowledged>();
  const odd = new Map<string, number>();
  const reset = new Map<string, string>();
  let next = 0;
  let halted = false;
  const one = async () => {
    while (next < count && !halted) {
      const { path, reference, body } = ask(next++);
      if (pace !== undefined) await pause((concurrency * 1_000) / pace);
      for (;;) {
        const answer = await caller.call(path, body);
        // 200 is a duplicate, whose first answer was lost, or a refusal; both say what became of it.
        if (answer.status === 200 || answer.status === 202) {
          acknowledged.set(reference, { id: answer.body.message_id, status: answer.body.status });
          break;
        }
        if (answer.reset) reset.set(reference, answer.reset);
        const expected = [0, 429, 503].includes(answer.status);
        if (!expected) odd.set(`${answer.status} ${answer.body?.error?.code}`, (odd.get(`${answer.status}`) ?? 0) + 1);
        if (halted) return;
        await pause(100);
      }
    }
  };
  const done = Promise.all(Array.from({ length: concurrency }, one));
  return {
    acknowledged,
    /** Answers that no caller should get: neither taken nor "later". */
    odd,
    /** Calls whose connection was hung up before their answer. */
    reset,
    done: done.then(() => {}),
    halt: () => {
      halted = true;
    },
  };
}

/** For what has to be there before: any answer but a good one ends the run. */
export async function prepare(
  count: number,
  work: (index: number) => Promise<{ status: number; body: Json }>,
  concurrency = 32,
) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      let answer = await work(index);
      // Told to come back, as a busy machine may say, one does.
      for (let tries = 0; answer.status === 503 && tries < 50; tries += 1) {
        await pause(200);
        answer = await work(index);
      }
      if (answer.status < 200 || answer.status >= 300)
        throw new Error(`the preparation was answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
