/**
 * Twilio's Messages and Content APIs as far as WhatsApp needs them, so that the official SDK works unchanged. The SDK keeps a
 * base address for each of its domains; both may point here, for no path is in both APIs.
 *
 * Milder than the platform: no scheduling (`SendAt` is not looked at), no media service, no Event Streams, no usage records.
 */
import type {
  ControlOutcome,
  EmulatorAccount,
  EmulatorAnswer,
  EmulatorRequest,
  EmulatorWorld,
  ProviderEmulator,
} from '#core/emulation.ts';
import {
  type AccountSettings,
  accountSettings,
  accountsOf,
  authenticate,
  changeAccount,
  newSid,
  PROVIDER,
  REVIEW_MODES,
} from './emulator/accounts.ts';
import { json, refusal } from './emulator/answers.ts';
import { changeApprovals, requestApproval, resumeReviews, summary } from './emulator/approval.ts';
import {
  type ContentDocument,
  contentOf,
  contentShelf,
  createContent,
  listContents,
  showApproval,
  showContent,
} from './emulator/content.ts';
import { fields } from './emulator/fields.ts';
import { createMessage, listMessages, showMessage } from './emulator/messages.ts';
import { inboundWebhook, repeats, sign, statusWebhook } from './emulator/webhooks.ts';

const MESSAGES = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\/Messages(?:\/(\w+))?\.json$/;
const CONTENT = /^\/v1\/Content(?:\/(HX[0-9a-f]{32}))?(\/ApprovalRequests(?:\/whatsapp)?)?$/;
const LISTS = /^\/v[12]\/Content(AndApprovals)?$/;

export const twilioEmulator: ProviderEmulator = {
  provider: PROVIDER,
  prefix: '/twilio',
  standAlone: {
    numberId: '+12025550100',
    accountId: `AC${'1'.padStart(32, '0')}`,
    api: '/twilio/2010-04-01/Accounts/{account}/Messages.json',
  },
  start: resumeReviews,
  isSend: request => request.method === 'POST' && MESSAGES.test(request.path),
  handle,
  faultAnswer: code => refusal(code ?? 20500, 'asked for at /_sandbox/faults'),
  // A form has no place for a second status.
  oneByOne: true,
  sign,
  repeats,
  statusWebhook,
  inboundWebhook,
  newInboundId: () => newSid('SM'),
  changeTemplate: changeApprovals,
  // Pace and STOPs belong to the account; a number is how the controls name it.
  changeNumber(world, numberId, { throughput, keeps_stops: keepsStops }): ControlOutcome {
    const account = accountsOf(world).find(one => one.phoneNumberId === numberId);
    if (!account) return { refused: 'not_found', message: `There is no number ${numberId} on this platform.` };
    const { businessAccountId: sid } = account;
    const known = accountSettings(world, sid);
    const changed = { throughput: throughput ?? known.throughput, keepsStops: keepsStops ?? known.keepsStops };
    if (typeof changed.throughput !== 'number' || !(changed.throughput >= 1))
      return invalid('throughput', 'calls a second, from 1 on');
    if (typeof changed.keepsStops !== 'boolean') return invalid('keeps_stops', 'true or false');
    changeAccount(world, sid, changed as Pick<AccountSettings, 'throughput' | 'keepsStops'>);
    return { webhooks: [], answer: { throughput: changed.throughput, keeps_stops: changed.keepsStops } };
  },
  listTemplates: world => Array.from(contentShelf(world).values(), summary),
  setReviewMode(world, mode, delayMs): ControlOutcome {
    const known = REVIEW_MODES.find(candidate => candidate === mode);
    if (!known) return invalid('review', `one of ${REVIEW_MODES.join(', ')}`);
    for (const { businessAccountId: sid } of accountsOf(world)) {
      const { review } = accountSettings(world, sid);
      changeAccount(world, sid, { review: { mode: known, delayMs: delayMs ?? review.delayMs } });
    }
    return { webhooks: [], answer: { review: known } };
  },
};

const invalid = (path: string, message: string): ControlOutcome => ({
  refused: 'invalid',
  message: `${path}: ${message}`,
  fields: [{ path, message }],
});

// Before anything is looked at: whose call it is, and whether they call too fast.
function handle(request: EmulatorRequest, world: EmulatorWorld): EmulatorAnswer | Promise<EmulatorAnswer> {
  const accounts = authenticate(request, world);
  if ('status' in accounts) return accounts;
  const [account] = accounts as [EmulatorAccount];
  const messages = MESSAGES.exec(request.path);
  if (messages) return onMessages(request, world, accounts, messages[1]!, messages[2]);
  const lists = request.method === 'GET' ? LISTS.exec(request.path) : null;
  if (lists) return listContents(world, account, request, lists[1] !== undefined);
  const content = CONTENT.exec(request.path);
  return content ? onContent(request, world, account, content[1], content[2]) : refusal(20404, request.path);
}

function onMessages(
  { method, body, ...request }: EmulatorRequest,
  world: EmulatorWorld,
  accounts: EmulatorAccount[],
  accountSid: string,
  sid: string | undefined,
): EmulatorAnswer | Promise<EmulatorAnswer> {
  if (accounts[0]!.businessAccountId !== accountSid) return refusal(20404, accountSid);
  if (sid === undefined && method === 'POST')
    return createMessage(world, accounts, new URLSearchParams(body.toString('utf8')));
  if (method !== 'GET') return refusal(20404, method);
  if (sid === undefined) return listMessages(world, accounts, { method, body, ...request });
  const message = world.message(sid);
  const mine = accounts.some(account => account.phoneNumberId === message?.number);
  return message && mine ? json(showMessage(world, message)) : refusal(20404, sid);
}

function onContent(
  { method, body }: EmulatorRequest,
  world: EmulatorWorld,
  account: EmulatorAccount,
  sid: string | undefined,
  approvals: string | undefined,
): EmulatorAnswer {
  const sent = method === 'POST' ? readJson(body) : undefined;
  if (method === 'POST' && !sent) return refusal(20001, 'the body is not a JSON object');
  if (sid === undefined) return sent && !approvals ? createContent(world, account, sent) : refusal(20404, method);
  const content = contentOf(world, account, sid);
  if (!content) return refusal(20404, sid);
  if (sent && approvals?.endsWith('/whatsapp')) return requestApproval(world, content, sent);
  if (method === 'GET') return json(approvals ? approvalsOf(content) : showContent(content));
  if (method !== 'DELETE' || approvals) return refusal(20404, method);
  // Also of what is in use: the next send by this id is refused with 21655.
  contentShelf(world).delete(sid);
  return { status: 204, body: '' };
}

const approvalsOf = (content: ContentDocument) => ({
  sid: content.sid,
  account_sid: content.accountSid,
  whatsapp: showApproval(content),
  url: `https://content.twilio.com/v1/Content/${content.sid}/ApprovalRequests`,
});

function readJson(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? fields(value) : undefined;
  } catch {
    return undefined;
  }
}
