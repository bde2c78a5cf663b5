/** The independent witness: every send that was accepted, whether or not its caller ever learnt of it. */
import type { ServerResponse } from 'node:http';
import type { EmulatedMessage } from '#core/emulation.ts';
import { toIso } from '../platform-clock.ts';
import { type Control, done, invalid } from './control.ts';

/** Sends in one piece: small enough that nobody who sends notices the reader. */
const CHUNK = 1_000;

export const showLedger: Control = async ({ world, query, response }) => {
  const { sends } = world.state;
  // A cursor is a place in the list. The list only grows, until a reset begins it anew.
  const start = Number(query.get('after') ?? 0);
  const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY);
  if (!Number.isSafeInteger(start) || start < 0) return invalid('after', 'a next_cursor of an earlier answer');
  if (!(limit >= 1)) return invalid('limit', 'a whole number from 1 on');
  // For one send, as a test asks for it: few enough to be answered at once.
  const correlation = query.get('correlation');
  if (correlation !== null) {
    const found = sends.filter(message => message.correlation === correlation);
    return done({ data: found.slice(start, start + limit).map(showSend), next_cursor: null, total: found.length });
  }
  // a hundred thousand sends are many megabytes: they go out in chunks, so that sends are still served meanwhile
  const total = sends.length;
  const end = Math.min(total, start + limit);
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.write('{"data":[');
  for (let from = start; from < end; from += CHUNK) {
    const lines = sends.slice(from, Math.min(end, from + CHUNK)).map(message => JSON.stringify(showSend(message)));
    const room = response.write((from === start ? '' : ',') + lines.join(','));
    if (!room && !response.destroyed) await roomFor(response);
    // Half an answer is none: who reads on has gone away.
    if (response.destroyed) return 'streaming';
  }
  const nextCursor = end < total ? JSON.stringify(String(end)) : 'null';
  response.end(`],"next_cursor":${nextCursor},"total":${total}}`);
  return 'streaming';
};

/** or the reader has gone away */
function roomFor(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const go = () => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}

/** `to` is the number that was written to, also when its person has another one by now. */
function showSend(message: EmulatedMessage): Record<string, unknown> {
  const { type, template, language, text } = message.content;
  return {
    id: message.id,
    at: toIso(message.at),
    provider: message.provider,
    number: message.number,
    to: message.party,
    type,
    template: template ?? null,
    language: language ?? null,
    text,
    correlation: message.correlation ?? null,
  };
}

/** Phones and ledger; templates, numbers and the clock stay as they were set up. */
export const reset: Control = async ({ world }) => {
  await world.reset();
  return done({ reset: true });
};
