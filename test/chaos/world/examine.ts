/**
 * What a running process has loaded, asked of the process itself by Node's inspector. It is opened by SIGUSR1, from without:
 * the process was started with `INSPECTABLE`, which only says that any free port will do.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from './services.ts';

export const INSPECTABLE = '--inspect-port=0';

export interface Examined {
  /** All scripts, by their address. */
  scripts: string[];
  /** Those of chaos. */
  foreign: string[];
  /** Those whose source, as it is run, calls a failpoint. A comment that names one is no call. */
  calling: string[];
  /** The type of what stands at the name by which failpoints are called. */
  hook: string;
}

interface Script {
  scriptId: string;
  url: string;
}

export async function examine(service: ServiceProcess): Promise<Examined> {
  process.kill(service.pid, 'SIGUSR1');
  const session = await openSession(await addressOf(service));
  try {
    const scripts = (await session.scripts()).filter(script => script.url.startsWith('file:'));
    const calling: string[] = [];
    for (const { scriptId, url } of scripts) {
      const { scriptSource } = await session.ask<{ scriptSource: string }>('Debugger.getScriptSource', { scriptId });
      if (/\bfailpoint\(/.test(scriptSource)) calling.push(url);
    }
    const asked = { expression: 'typeof globalThis.failpoint' };
    const { result } = await session.ask<{ result: { value: string } }>('Runtime.evaluate', asked);
    const urls = scripts.map(script => script.url);
    return { scripts: urls, foreign: urls.filter(url => url.includes('/test/')), calling, hook: result.value };
  } finally {
    session.close();
  }
}

async function addressOf(service: ServiceProcess): Promise<string> {
  for (let tries = 0; tries < 600; tries += 1) {
    // The last one: each life of a process has its own.
    const address = [...service.output().matchAll(/Debugger listening on (ws:\S+)/g)].at(-1)?.[1];
    if (address) return address;
    await pause(50);
  }
  throw new Error(`the inspector did not open: ${service.output().slice(-1_000)}`);
}

async function openSession(address: string) {
  const socket = new WebSocket(address);
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const scripts: Script[] = [];
  socket.addEventListener('message', ({ data }) => {
    const said = JSON.parse(String(data));
    if (said.method === 'Debugger.scriptParsed') scripts.push(said.params);
    const asker = waiting.get(said.id);
    if (said.error) asker?.reject(new Error(said.error.message));
    else asker?.resolve(said.result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the inspector hung up')));
  });
  let last = 0;
  const ask = <Answer>(method: string, params: object = {}): Promise<Answer> => {
    last += 1;
    socket.send(JSON.stringify({ id: last, method, params }));
    return new Promise((resolve, reject) => {
      waiting.set(last, { resolve: result => resolve(result as Answer), reject });
    });
  };
  return {
    ask,
    /** All that were ever parsed are told before the answer. */
    scripts: async () => {
      await ask('Debugger.enable');
      return scripts;
    },
    close: () => socket.close(),
  };
}
