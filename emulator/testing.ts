/** For tests: a receiver of webhooks that can be told what to answer, and the plainest platform there can be. */
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmulatorAccount, EmulatorAnswer, ProviderEmulator } from '#core/emulation.ts';

export type Received = { body: string; json: Record<string, unknown>; headers: IncomingHttpHeaders; path: string };

export type Receiver = {
  url: string;
  received: Received[];
  /** what the next requests are answered with; 200 once the list is empty */
  answers: number[];
  /** the first request, already received or still to come, that the test is waiting for */
  next(wanted?: (one: Received) => boolean): Promise<Received>;
  close(): Promise<void>;
};

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  // Each is handed out once: two waits for the same kind of webhook are two webhooks.
  const taken = new Set<Received>();
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      if (request.method === 'GET') {
        response.end(new URL(path, 'http://receiver').searchParams.get('hub.challenge'));
        return;
      }
      const body = Buffer.concat(chunks).toString('utf8');
      response.writeHead(answers.shift() ?? 200).end();
      received.push({ body, json: readJson(body), headers: request.headers, path });
      const wake = waiting;
      waiting = [];
      for (const resolve of wake) resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answers,
    async next(wanted = () => true) {
      for (;;) {
        const found = received.find(one => !taken.has(one) && wanted(one));
        if (found) {
          taken.add(found);
          return found;
        }
        await new Promise<void>(resolve => waiting.push(resolve));
      }
    },
    async close() {
      // The emulator keeps its lines open for the next webhook.
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** empty for a form */
function readJson(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export function newLedgerFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'tidings-emulator-')), 'ledger.jsonl');
}

export function plainAccount(webhookUrl: string | undefined): EmulatorAccount {
  return {
    provider: 'plain',
    phoneNumberId: 'n-1',
    businessAccountId: 'a-1',
    displayPhoneNumber: '+40312290000',
    appSecret: 'secret',
    webhookUrl,
  };
}

/** `POST /plain/send {to, text, ref}`: proof that the server knows nothing of any real vendor */
export const plainPlatform: ProviderEmulator = {
  provider: 'plain',
  prefix: '/plain',
  standAlone: { numberId: 'n-1', accountId: 'a-1', api: '/plain/send' },
  isSend: request => request.path === '/send',
  faultAnswer: code => ({ status: 500, body: JSON.stringify({ problem: code ?? 'broken' }) }),
  handle(request, world) {
    const { to, text, ref } = JSON.parse(request.body.toString()) as { to: string; text: string; ref?: string };
    const account = world.accounts[0] as EmulatorAccount;
    const id = randomUUID();
    const buttons = [{ type: 'quick_reply' as const, text: 'Yes', payload: 'yes' }];
    const content = { type: 'text', text, buttons };
    const written = world.accept({ id, account, phone: to, content, correlation: ref, request: { to, text } });
    const answer: EmulatorAnswer = { status: 200, body: JSON.stringify({ id }), accepted: true };
    return written ? written.then(() => answer) : answer;
  },
  statusWebhook: (_world, account, events) => ({
    account,
    body: JSON.stringify({
      statuses: events.map(({ message, status }) => ({ id: message.id, status, ref: message.correlation })),
    }),
  }),
  sign: (account, body) => ({ 'x-proof': createHmac('sha256', account.appSecret).update(body).digest('hex') }),
  newInboundId: () => randomUUID(),
  inboundWebhook: (_world, account, phone, message) => ({
    account,
    body: JSON.stringify({ from: phone.phone, id: message.id, ...message.content }),
  }),
};

export type Reply = { status: number; json: Record<string, unknown> };

export async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, init);
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

/** the statuses in a webhook of the plain platform, as "status ref" */
export function statusesOf(one: Received): string[] {
  const statuses = (one.json['statuses'] ?? []) as { status: string; ref?: string }[];
  return statuses.map(({ status, ref }) => `${status} ${ref ?? ''}`.trim());
}
