/** For tests: the emulated Graph API with one number, and calls to it as a client makes them. */
import type { EmulatorAccount } from '#core/emulation.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../../emulator/server.ts';
import { call, openReceiver, type Received, type Receiver } from '../../../../emulator/testing.ts';
import { metaEmulator } from '../emulator.ts';

export const NUMBER = '106540352242922';
export const WABA = '102290129340398';
export const PERSON = '+40712345678';

export type GraphError = {
  code: number;
  message: string;
  error_subcode?: number;
  error_data?: { details: string };
  fbtrace_id: string;
};
export type Reply = { status: number; json: Record<string, unknown>; error: GraphError | undefined };

export type Platform = {
  emulator: Emulator;
  receiver: Receiver;
  graph(method: string, path: string, body?: unknown, token?: string): Promise<Reply>;
  control(path: string, body?: unknown): Promise<Reply>;
  send(message: Record<string, unknown>): Promise<Reply>;
  sendTemplate(name: string, components?: unknown[], language?: string): Promise<Reply>;
  /** the handle of an uploaded file, as a header's sample */
  upload(type: string): Promise<string>;
  /** handed in and approved, its webhook taken */
  approved(template: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
};

export async function openPlatform(
  options: Partial<EmulatorOptions> = {},
  number: Partial<EmulatorAccount> = {},
): Promise<Platform> {
  const receiver = await openReceiver();
  const account = {
    provider: metaEmulator.provider,
    phoneNumberId: NUMBER,
    businessAccountId: WABA,
    displayPhoneNumber: '+40 31 229 0000',
    verifiedName: 'Teatrul Mic',
    accessToken: 'token',
    appSecret: 'test_app_secret',
    webhookUrl: receiver.url,
    ...number,
  };
  // Everything at once: a test waits for a webhook and never for a time.
  const delays = { sentMs: 0, deliveredMs: 0 };
  const base = { parts: [metaEmulator], accounts: [account], statusDelays: delays, templateReviewMs: 0 };
  const emulator = await startEmulator({ ...base, ...options });
  await call(`${emulator.url}/_sandbox/templates`, 'POST', { review: 'automatic', delay_ms: 0 });

  const graph: Platform['graph'] = (method, path, body, token = 'token') =>
    request(`${emulator.url}/graph/v26.0/${path}`, method, body, token);
  const send: Platform['send'] = message =>
    graph('POST', `${NUMBER}/messages`, { messaging_product: 'whatsapp', to: PERSON, ...message });
  return {
    emulator,
    receiver,
    graph,
    send,
    control: (path, body) => request(`${emulator.url}/_sandbox/${path}`, 'POST', body ?? {}),
    sendTemplate: (name, components = [], language = 'en') =>
      send({ type: 'template', template: { name, language: { code: language }, components } }),
    async upload(type) {
      const bytes = Buffer.from('a file');
      const about = new URLSearchParams({ file_length: String(bytes.length), file_type: type });
      const { json: app } = await graph('GET', 'app');
      const { json: session } = await graph('POST', `${app['id']}/uploads?${about}`, {});
      const headers = { authorization: 'OAuth token', file_offset: '0' };
      const url = `${emulator.url}/graph/v26.0/${session['id']}`;
      const answer = await fetch(url, { method: 'POST', headers, body: bytes });
      return String(((await answer.json()) as { h: string }).h);
    },
    // Its webhook too, or a test that waits for the next one would be handed this.
    async approved(template) {
      const { json } = await graph('POST', `${WABA}/message_templates`, {
        language: 'en',
        category: 'UTILITY',
        ...template,
        components: [...unlike(template), ...(template['components'] as object[])],
      });
      await receiver.next(one => one.body.includes(`"message_template_id":${json['id']}`));
      return String(json['id']);
    },
    async close() {
      await emulator.close();
      await receiver.close();
    },
  };
}

/** Of two templates with the same words the second is rejected: each greeting of another name has a footer of its own. */
const unlike = ({ name, components }: Record<string, unknown>): object[] =>
  components === GREETING.components && name !== GREETING.name ? [{ type: 'FOOTER', text: String(name) }] : [];

/** an answer with its error picked out, since most tests look at nothing else */
async function request(url: string, method: string, body?: unknown, token?: string): Promise<Reply> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token) headers['authorization'] = `Bearer ${token}`;
  const reply = await call(url, method, body, headers);
  return { ...reply, error: reply.json['error'] as GraphError | undefined };
}

export type Change = { field: string; value: Record<string, unknown> };

/** the one change of a webhook */
export function changeOf(one: Received): Change {
  const entry = (one.json['entry'] as { changes: Change[] }[])[0];
  return entry?.changes[0] as Change;
}

export function statusOf(one: Received): Record<string, unknown> | undefined {
  return (changeOf(one).value['statuses'] as Record<string, unknown>[] | undefined)?.[0];
}

export function categoryOf(one: Received): unknown {
  const pricing = statusOf(one)?.['pricing'] as Record<string, unknown> | undefined;
  return pricing?.['category'];
}

export function inboundOf(one: Received): Record<string, unknown> | undefined {
  return (changeOf(one).value['messages'] as Record<string, unknown>[] | undefined)?.[0];
}

export function sentId(reply: Reply): string {
  return (reply.json['messages'] as { id: string }[])[0]?.id ?? '';
}

export const GREETING = {
  name: 'greeting',
  components: [{ type: 'BODY', text: 'Hello {{1}}, welcome.', example: { body_text: [['Ana']] } }],
};

export function textParameters(...texts: string[]): unknown[] {
  return [{ type: 'body', parameters: texts.map(text => ({ type: 'text', text })) }];
}
