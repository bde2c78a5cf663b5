/** Which control answers to what. None asks for a key: the emulator listens on loopback and knows nobody's secrets. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, answerProblem, readBody } from '../exchange.ts';
import { type Control, type ControlContext, isRecord } from './control.ts';
import { reset, showLedger } from './ledger.ts';
import { servePage } from './page.ts';
import { actOnPhone, addPhone, listMessages, listPhones } from './phones.ts';
import {
  changeNumber,
  changeTemplate,
  clearFaults,
  listNumbers,
  listTemplates,
  setFaults,
  setReview,
  showClock,
  showFaults,
  tellAccount,
  turnClock,
} from './platform.ts';
import { provokeWebhook, showWebhooks } from './webhooks.ts';
import { writeMessage } from './writing.ts';

/** Controls are small; a picture is told by its link and never sent. */
const BODY_LIMIT_BYTES = 1 << 20;

/** The first that fits is taken, so the fixed paths of phones stand before the one that names an action. */
export const ROUTES: [method: string, path: string, control: Control][] = [
  ['GET', 'phones', listPhones],
  ['POST', 'phones', addPhone],
  ['GET', 'phones/:phone/messages', listMessages],
  ['POST', 'phones/:phone/messages', writeMessage],
  ['POST', 'phones/:phone/:action', actOnPhone],
  ['GET', 'templates', listTemplates],
  ['POST', 'templates', setReview],
  ['POST', 'templates/:name/:change', changeTemplate],
  ['GET', 'numbers', listNumbers],
  ['POST', 'numbers/:id', changeNumber],
  ['POST', 'account', tellAccount],
  ['GET', 'faults', showFaults],
  ['POST', 'faults', setFaults],
  ['DELETE', 'faults', clearFaults],
  ['GET', 'clock', showClock],
  ['POST', 'clock', turnClock],
  ['GET', 'ledger', showLedger],
  ['GET', 'webhooks', showWebhooks],
  ['POST', 'webhooks', provokeWebhook],
  ['POST', 'reset', reset],
];

const TABLE = ROUTES.map(([method, path, control]) => ({ method, segments: path.split('/'), control }));

export function serveControl(context: ControlContext, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox');
  const method = request.method ?? 'GET';
  const path = pathname.replace(/^\/_sandbox\/?/, '');
  // Files first: they are few, and none has the name of a control.
  const asksForFile = method === 'GET' || method === 'HEAD';
  // No control: its answer never ends, and has nothing to wait for.
  if (method === 'GET' && path === 'events') context.world.changes.add(response);
  else if (!asksForFile || !servePage(path, response)) {
    const segments = decodeSegments(path);
    const route = segments && TABLE.find(one => one.method === method && fits(one.segments, segments));
    if (segments && route)
      readAndRun(context, request, response, route, readParams(route.segments, segments), searchParams);
    else refuseRoute(method, segments, response);
  }
}

function readAndRun(
  context: ControlContext,
  request: IncomingMessage,
  response: ServerResponse,
  route: { control: Control },
  params: Record<string, string>,
  query: URLSearchParams,
): void {
  readBody(request, BODY_LIMIT_BYTES, bytes => {
    const body = bytes && parseBody(bytes);
    if (!bytes) answerProblem(response, 413, 'too_large', 'A control takes at most 1 MiB.');
    else if (!body) answerProblem(response, 400, 'malformed', 'The body has to be a JSON object.');
    else run(route.control, { context, world: context.world, params, query, body, response }, response);
  });
}

function run(control: Control, call: Parameters<Control>[0], response: ServerResponse): void {
  Promise.resolve()
    .then(() => control(call))
    .then(async answer => {
      // whoever is told that it happened may kill us the next moment
      await call.world.settled();
      return answer;
    })
    .then(
      answer => {
        if (answer !== 'streaming') answerJson(response, answer.status, answer.value);
      },
      // A mistake of ours: the reason goes to whoever watches the process, the caller hears only that there was one.
      failure => {
        process.stderr.write(`emulator: ${failure instanceof Error ? failure.stack : String(failure)}\n`);
        if (!response.headersSent)
          answerProblem(response, 500, 'broken', 'The emulator made a mistake; its log says which.');
        else response.destroy();
      },
    );
}

/** 405 names what is possible there, which is mostly what was meant. */
function refuseRoute(method: string, segments: string[] | undefined, response: ServerResponse): void {
  const others = TABLE.filter(one => segments && fits(one.segments, segments)).map(one => one.method);
  if (others.length === 0) {
    answerProblem(response, 404, 'not_found', 'There is no such control. The phones are at /_sandbox.');
    return;
  }
  const allowed = others.join(', ');
  response.setHeader('allow', allowed);
  answerProblem(response, 405, 'method_not_allowed', `${method} is not possible here; ${allowed} is.`);
}

/** A path that can't be decoded names nothing; it is answered like every other that is not there. */
function decodeSegments(path: string): string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function fits(pattern: string[], segments: string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  );
}

function readParams(pattern: string[], segments: string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = segments[index] ?? '';
  }
  return params;
}

function parseBody(bytes: Buffer): Record<string, unknown> | undefined {
  if (bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
