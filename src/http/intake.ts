/**
 * Where providers call: taken from the bare server, before the framework. Every message comes back as three webhooks,
 * so this is the busiest door of the house; routing, hooks and headers that no provider reads were a third of what taking
 * a receipt costs. Raw bytes, no parser in front, 200 only after the commit.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Core, OpenSender, Receiver } from '#core/index.ts';
import { Fault } from '#lib/fault.ts';
import { newId, publicId } from '#lib/id.ts';
import { faultBody, toFault } from './errors.ts';

/** A legal batch of the platform has up to three megabytes; refusing one would bring it back for a week. */
const LIMIT_BYTES = 4 * 1024 * 1024;
const BODY_TIMEOUT_MS = 20_000;
/** All bodies in memory together, read or waiting for their commit. Above it the provider is asked to come again. */
const LIMIT_HELD_BYTES = 64 * 1024 * 1024;

export interface IntakeOptions {
  core: Core;
  receiver: Receiver;
  /** The sender of the short address: the default tenant's default one. */
  defaultSender(): Promise<OpenSender | undefined>;
  count(what: 'stored' | 'forged'): void;
}

export const SHORT_PATH = '/api/wa/webhook';
const SENDER_PATH = /^\/api\/webhooks\/([a-z0-9-]{1,40})\/([0-9A-Za-z]{1,64})\/?$/;

export type FindSender = (path: string) => Promise<OpenSender | undefined>;

/** The sender that an address names, or undefined. The provider in the path must be the sender's own. */
export function senderFinder({ core, defaultSender }: Pick<IntakeOptions, 'core' | 'defaultSender'>): FindSender {
  // Of whatever standing: a sender that its provider has blocked still hears from people, and a STOP still counts.
  return async path => {
    if (path === SHORT_PATH || path === `${SHORT_PATH}/`) return defaultSender();
    const [, provider, key] = SENDER_PATH.exec(path) ?? [];
    const sender = key === undefined ? undefined : await core.senders.byKey(key);
    return sender?.provider === provider ? sender : undefined;
  };
}

const OURS = /^\/api\/(wa\/webhook|webhooks\/)/;

/** Answers whether the request was one for us. */
export function createIntake(options: IntakeOptions): (request: IncomingMessage, response: ServerResponse) => boolean {
  const find = senderFinder(options);
  const memory = { held: 0 };
  return (request, response) => {
    // The handshake, a GET, is rare and goes the framework's way.
    if (request.method !== 'POST' || !OURS.test(request.url!)) return false;
    const hold: Hold = { bytes: 0, memory };
    void take(options, find, request, hold)
      .finally(() => {
        memory.held -= hold.bytes;
      })
      .then(
        said => answer(response, 200, said),
        error => refuse(options, toFault(error), response),
      );
    return true;
  };
}

/** What one request keeps in memory, and what all of them together do. */
interface Hold {
  bytes: number;
  memory: { held: number };
}

async function take(options: IntakeOptions, find: FindSender, request: IncomingMessage, hold: Hold): Promise<Said> {
  if (Number(request.headers['content-length'] ?? 0) > LIMIT_BYTES) throw new Fault('payload_too_large');
  // The sender first: the body of a stranger who knows no address is never read into memory.
  const sender = await find(request.url!.split('?', 1)[0]!);
  if (!sender) throw new Fault('not_found');
  await options.receiver.receive(sender, {
    headers: request.headers as Record<string, string | undefined>,
    target: request.url!,
    body: await readBody(request, hold),
  });
  options.count('stored');
  return options.core.providers.get(sender.provider)?.webhook.answer ?? RECEIVED;
}

function readBody(request: IncomingMessage, hold: Hold): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let refused = false;
    const refuse = (fault: Fault) => {
      refused = true;
      // Let go at once; what still arrives is neither kept nor counted.
      chunks.length = 0;
      reject(fault);
    };
    request.on('data', (chunk: Buffer) => {
      if (refused) return;
      hold.bytes += chunk.length;
      hold.memory.held += chunk.length;
      if (hold.bytes > LIMIT_BYTES) refuse(new Fault('payload_too_large'));
      else if (hold.memory.held > LIMIT_HELD_BYTES)
        refuse(new Fault('unavailable', undefined, { detail: 'too many webhook bodies in memory' }));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    // Cut off in the middle: nothing was stored, and the provider brings all of it again.
    request.on('error', reject);
    // Who stops in the middle keeps their part of the memory no longer than this.
    request.setTimeout(BODY_TIMEOUT_MS, () => request.destroy());
  });
}

interface Said {
  contentType: string;
  body: string;
}

const json = (body: string): Said => ({ contentType: 'application/json; charset=utf-8', body });
const RECEIVED = json('{"received":true}');

function answer(
  response: ServerResponse,
  status: number,
  { contentType, body }: Said,
  headers: Record<string, string> = {},
): void {
  if (response.destroyed) return;
  response
    .writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
}

function refuse({ core, count }: IntakeOptions, fault: Fault, response: ServerResponse): void {
  if (fault.code === 'signature_invalid') count('forged');
  // Whatever else went wrong, the provider must bring it again: never 200 for what is not on disk.
  const told = fault.status === 500 ? new Fault('unavailable') : fault;
  const id = publicId('request', newId());
  if (fault.status >= 500)
    core.log.error('webhook not taken', { request_id: id, code: fault.code, detail: fault.detail });
  const retry = told.retryAfterSeconds === undefined ? {} : { 'retry-after': String(told.retryAfterSeconds) };
  // What was not read stays unread: the connection is of no further use.
  const close = [404, 413, 503].includes(told.status) ? { connection: 'close' } : {};
  answer(response, told.status, json(JSON.stringify(faultBody(told, id))), { ...retry, ...close });
}
