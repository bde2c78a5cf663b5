/** Requests to the emulated platforms, and the faults an operator has asked for on their way in and out. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EmulatorAnswer, EmulatorRequest, ProviderEmulator } from '#core/emulation.ts';
import { answerText, readBody } from './exchange.ts';
import type { World } from './world.ts';

/** The largest file that any platform takes, a document of a hundred megabytes, and the form around it. */
const BODY_LIMIT_BYTES = 101 << 20;

export function serveProvider(
  world: World,
  part: ProviderEmulator,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const url = incoming.url ?? '';
  const queryAt = url.indexOf('?');
  readBody(incoming, BODY_LIMIT_BYTES, body => {
    if (!body) {
      answerText(response, 413, '', 'text/plain');
      return;
    }
    const request: EmulatorRequest = {
      method: incoming.method ?? 'GET',
      path: url.slice(part.prefix.length, queryAt === -1 ? undefined : queryAt),
      query: queryAt === -1 ? '' : url.slice(queryAt + 1),
      headers: incoming.headers,
      body,
    };
    const { quiet, latencyMs } = world.faults;
    // Faults are for sends. Latency is for every call, as of a platform that is slow altogether.
    const troubled = !quiet && part.isSend(request);
    if (latencyMs === 0) perform(world, part, request, response, troubled);
    else setTimeout(() => perform(world, part, request, response, troubled), latencyMs);
  });
}

function perform(
  world: World,
  part: ProviderEmulator,
  request: EmulatorRequest,
  response: ServerResponse,
  troubled: boolean,
): void {
  let answer: EmulatorAnswer | Promise<EmulatorAnswer>;
  try {
    const refused = troubled && world.faults.failsBeforeAcceptance();
    // Before the part sees it: what is refused here leaves no trace.
    answer = refused ? part.faultAnswer(world.faults.code) : part.handle(request, world);
  } catch (failure) {
    answer = breakDown(part, failure);
  }
  if (answer instanceof Promise) {
    answer.catch(failure => breakDown(part, failure)).then(ready => finish(world, part, response, ready, troubled));
  } else finish(world, part, response, answer, troubled);
}

/** the send stands in the ledger; now its caller may be kept from learning so */
function finish(
  world: World,
  part: ProviderEmulator,
  response: ServerResponse,
  answer: EmulatorAnswer,
  troubled: boolean,
): void {
  const { faults } = world;
  if (!answer.accepted) writeSettled(world, response, answer);
  else if (!troubled) write(response, answer);
  // Not a word, and the connection stays open: only the caller's own timeout ends it.
  else if (faults.strikes('accept_then_hang')) response.socket?.setTimeout(0);
  else if (faults.strikes('accept_then_reset')) response.socket?.resetAndDestroy();
  else write(response, faults.strikes('error_after_accept') ? part.faultAnswer(faults.code) : answer);
}

/** a template or a subscription the caller is told of must survive us, as a send does */
function writeSettled(world: World, response: ServerResponse, answer: EmulatorAnswer): void {
  const settled = answer.status < 300 ? world.settled() : undefined;
  if (settled) settled.then(() => write(response, answer));
  else write(response, answer);
}

/** a full disk, or a mistake of ours: the platform's own server error, and the reason for whoever watches */
function breakDown(part: ProviderEmulator, failure: unknown): EmulatorAnswer {
  process.stderr.write(
    `emulator: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}\n`,
  );
  return part.faultAnswer(undefined);
}

function write(response: ServerResponse, answer: EmulatorAnswer): void {
  if (response.destroyed) return;
  answerText(response, answer.status, answer.body, answer.contentType ?? 'application/json; charset=UTF-8');
}
