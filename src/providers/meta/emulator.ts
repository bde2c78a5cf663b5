/** The Graph API as far as messaging needs it, for any version segment, so that third-party clients work unchanged. */
import type {
  ControlOutcome,
  EmulatorAccount,
  EmulatorAnswer,
  EmulatorRequest,
  EmulatorWorld,
  ProviderEmulator,
} from '#core/emulation.ts';
import { accountEvent, changeNumber, configureAccount, describeNumber } from './emulator/account-events.ts';
import { changeProfile, showProfile } from './emulator/business-profile.ts';
import { parseBody } from './emulator/fields.ts';
import {
  graphError,
  graphJson,
  parameterError,
  tokenMissing,
  tokenRefused,
  unknownObject,
} from './emulator/graph-answers.ts';
import { healthOf } from './emulator/health.ts';
import { newMessageId } from './emulator/identity.ts';
import { fetchMedia, forgetMedia, mediaById, onMedia, uploadMedia } from './emulator/media.ts';
import { accountSettings, changeAccountSettings, numberSettings } from './emulator/number-settings.ts';
import { forgetReached } from './emulator/portfolio-reach.ts';
import { provoke, webhookExamples } from './emulator/provoke.ts';
import { countInbound, forgetRates } from './emulator/rate-rules.ts';
import { sendMessage } from './emulator/send.ts';
import { configureNumber, listSubscriptions, subscribe, unsubscribe } from './emulator/subscriptions.ts';
import { type TemplateDocument, templateById, templateShelf } from './emulator/template-document.ts';
import {
  createTemplate,
  deleteTemplates,
  editTemplate,
  listTemplates,
  showTemplate,
  unpauseTemplate,
} from './emulator/template-editor.ts';
import { changeTemplates, resumeReviews, settleTemplates, summary } from './emulator/template-review.ts';
import { settleTemplate } from './emulator/template-verdict.ts';
import { APP_ID, openUpload, takeUpload } from './emulator/uploads.ts';
import {
  inboundWebhook,
  numberChangedWebhook,
  preferenceWebhook,
  signBody,
  statusWebhook,
} from './emulator/webhooks.ts';

const PREFIX = '/graph';
const REVIEW_MODES = ['automatic', 'manual', 'reject'] as const;

type Call = {
  world: EmulatorWorld;
  request: EmulatorRequest;
  id: string;
  edge: string;
  /** '/v26.0/123/messages', for links to further pages */
  path: string;
};

export const metaEmulator: ProviderEmulator = {
  provider: 'meta',
  prefix: PREFIX,
  standAlone: {
    numberId: '100000000000001',
    accountId: '200000000000001',
    api: `${PREFIX}/v26.0/{number}/messages`,
  },
  start: world => resumeReviews(world, id => accountsOf(world).find(account => account.businessAccountId === id)),
  clockTurned: world => settleTemplates(world, accountsOf(world)),
  forget(world) {
    forgetReached(world);
    forgetRates(world);
    forgetMedia(world);
  },
  isSend: request => request.method === 'POST' && /\/(marketing_)?messages$/.test(request.path),
  handle,
  faultAnswer: code => graphError(code ?? 131000, 'This fault was asked for at /_sandbox/faults'),
  statusWebhook,
  sign: (account, body) => ({
    'content-type': 'application/json',
    'user-agent': 'facebookexternalua',
    'x-hub-signature-256': `sha256=${signBody(account.appSecret, body)}`,
  }),
  newInboundId: phone => newMessageId(phone.replace('+', ''), 'in'),
  inboundWebhook(world, account, phone, message) {
    if (world.rules) countInbound(world, account);
    return inboundWebhook(world, account, phone, message);
  },
  preferenceWebhook,
  numberChangedWebhook,
  changeTemplate(world, name, language, change): ControlOutcome {
    const found = [...templateShelf(world).values()].filter(
      template => template.name === name && (language === undefined || template.language === language),
    );
    const account = accountsOf(world).find(candidate => candidate.businessAccountId === found[0]?.businessAccountId);
    if (!account) return { refused: 'not_found', message: `There is no template named ${name} on this platform.` };
    return changeTemplates(world, account, found, change);
  },
  changeNumber(world, numberId, change): ControlOutcome {
    const account = accountByNumber(world, numberId);
    if (account) return changeNumber(world, account, change);
    return { refused: 'not_found', message: `There is no number ${numberId} on this platform.` };
  },
  describeNumber,
  accountEvent(world, event): ControlOutcome {
    const account = accountByNumber(world, String(event['number'])) ?? accountsOf(world)[0];
    if (account) return accountEvent(world, account, event);
    return { refused: 'not_found', message: 'There is no account on this platform.' };
  },
  webhookExamples,
  provoke,
  listTemplates: world => Array.from(templateShelf(world).values(), summary),
  setReviewMode(world, mode, delayMs): ControlOutcome {
    const known = REVIEW_MODES.find(candidate => candidate === mode);
    if (!known) {
      const message = `one of ${REVIEW_MODES.join(', ')}`;
      return { refused: 'invalid', message: `review is ${message}.`, fields: [{ path: 'review', message }] };
    }
    for (const account of accountsOf(world)) {
      const { review } = accountSettings(world, account.businessAccountId);
      changeAccountSettings(world, account.businessAccountId, {
        review: { mode: known, delayMs: delayMs ?? review.delayMs },
      });
    }
    return { webhooks: [], answer: { review: known } };
  },
};

function handle(request: EmulatorRequest, world: EmulatorWorld): EmulatorAnswer | Promise<EmulatorAnswer> {
  const segments = request.path.split('/');
  const first = /^v\d+\.\d+$/.test(segments[1] ?? '') ? 2 : 1;
  const id = segments[first] ?? '';
  const edge = segments[first + 1] ?? '';
  if (segments.length > first + 2 || id === '') return unknownObject(request.method, id);
  const token = readToken(request);
  if (!token) return tokenMissing();
  const call: Call = { world, request, id, edge, path: request.path };

  if (['app', APP_ID].includes(id) || id.startsWith('upload:')) {
    return accountsOf(world).some(account => tokenFits(account, token)) ? onApp(call) : tokenRefused();
  }
  const number = accountByNumber(world, id);
  if (number) return tokenFits(number, token) ? onNumber(call, number) : tokenRefused();
  const owner = accountsOf(world).find(account => account.businessAccountId === id);
  if (owner) return tokenFits(owner, token) ? onAccount(call, owner) : tokenRefused();
  const template = ['', 'unpause'].includes(edge) ? templateById(world, id) : undefined;
  const templateOwner = accountsOf(world).find(account => account.businessAccountId === template?.businessAccountId);
  if (!template || !templateOwner) return onFile(call, token);
  return tokenFits(templateOwner, token) ? onTemplate(call, templateOwner, template) : tokenRefused();
}

/** a file's own id, or the address that its look-up has given out */
function onFile({ world, request, id, edge }: Call, token: string): EmulatorAnswer {
  const file = mediaById(world, id === 'media' ? edge : id);
  const owner = file && accountByNumber(world, file.number);
  if (!file || !owner) return unknownObject(request.method, id);
  if (!tokenFits(owner, token)) return tokenRefused();
  if (id === 'media') return fetchMedia(world, owner, file, query(request));
  return edge === '' ? onMedia(world, owner, request, file) : unknownObject(request.method, id);
}

function onNumber(call: Call, account: EmulatorAccount): EmulatorAnswer | Promise<EmulatorAnswer> {
  const { world, request, edge } = call;
  const { method } = request;
  const wanted = query(request).get('fields');
  if (method === 'GET' && edge === '') return graphJson(pick(numberFields(world, account), wanted));
  if (method === 'GET' && edge === 'whatsapp_business_profile') return showProfile(world, account, wanted);
  if (method !== 'POST') return unknownObject(method, call.id);
  if (edge === 'media') return uploadMedia(world, account, request);
  const body = parseBody(request.body, request.headers['content-type']);
  if (!body) return parameterError('The body is not a JSON object');
  if (edge === 'messages' || edge === 'marketing_messages') return sendMessage(world, account, edge, body);
  if (edge === 'whatsapp_business_profile') return changeProfile(world, account, body);
  if (edge === '') return configureNumber(world, account, body);
  return unknownObject(method, call.id);
}

function onAccount(call: Call, account: EmulatorAccount): EmulatorAnswer | Promise<EmulatorAnswer> {
  const { world, request, edge, id } = call;
  const { method } = request;
  if (edge === 'subscribed_apps' && method === 'GET') return listSubscriptions(world, id);
  if (edge === 'subscribed_apps' && method === 'DELETE') return unsubscribe(world, id);
  if (edge === 'message_templates' && method === 'DELETE') return deleteTemplates(world, account, query(request));
  if (edge === 'message_templates' && method === 'GET') {
    const self = `http://${request.headers.host ?? 'localhost'}${PREFIX}${call.path}`;
    return listTemplates(world, account, query(request), self);
  }
  if (edge === 'phone_numbers' && method === 'GET') return listNumbers(call, id);
  if (edge === '' && method === 'GET')
    return graphJson(pick(accountFields(world, account), query(request).get('fields')));
  const body = method === 'POST' ? parseBody(request.body, request.headers['content-type']) : undefined;
  if (method === 'POST' && !body) return parameterError('The body is not a JSON object');
  if (body && edge === '') return configureAccount(world, account, body);
  if (body && edge === 'subscribed_apps') return subscribe(world, id, body);
  if (body && edge === 'message_templates') return createTemplate(world, account, body);
  return unknownObject(method, id);
}

function onApp({ world, request, id, edge }: Call): EmulatorAnswer {
  if (id.startsWith('upload:')) return takeUpload(world, id, request);
  if (edge === 'uploads' && request.method === 'POST') return openUpload(world, query(request));
  if (edge === '' && request.method === 'GET') return graphJson({ id: APP_ID, name: 'Tidings sandbox' });
  return unknownObject(request.method, id);
}

function onTemplate(call: Call, account: EmulatorAccount, template: TemplateDocument): EmulatorAnswer {
  const { world, request } = call;
  if (call.edge === 'unpause') {
    return request.method === 'POST'
      ? unpauseTemplate(world, account, template)
      : unknownObject(request.method, call.id);
  }
  if (request.method === 'GET') {
    const current = settleTemplate(world, account, template);
    const wanted = query(request).get('fields');
    const health = asksHealth(wanted) ? { health_status: healthOf(world, account, current) } : {};
    return graphJson({ ...showTemplate(current, wanted), ...health });
  }
  if (request.method !== 'POST') return unknownObject(request.method, call.id);
  const body = parseBody(request.body, request.headers['content-type']);
  return body ? editTemplate(world, account, template, body) : parameterError('The body is not a JSON object');
}

function listNumbers(call: Call, businessAccountId: string): EmulatorAnswer {
  const mine = accountsOf(call.world).filter(account => account.businessAccountId === businessAccountId);
  const wanted = query(call.request).get('fields');
  return graphJson({ data: mine.map(account => pick(numberFields(call.world, account), wanted)) });
}

function numberFields(world: EmulatorWorld, account: EmulatorAccount): Record<string, unknown> {
  const { quality, throughput, status } = numberSettings(world, account);
  return {
    verified_name: account.verifiedName ?? 'Tidings sandbox',
    code_verification_status: 'VERIFIED',
    display_phone_number: account.displayPhoneNumber,
    quality_rating: quality,
    platform_type: 'CLOUD_API',
    status,
    name_status: 'APPROVED',
    account_mode: 'LIVE',
    throughput: { level: throughput >= 1_000 ? 'HIGH' : 'STANDARD' },
    whatsapp_business_manager_messaging_limit: accountSettings(world, account.businessAccountId).messagingLimit,
    health_status: healthOf(world, account, 'number'),
    id: account.phoneNumberId,
  };
}

function accountFields(world: EmulatorWorld, account: EmulatorAccount): Record<string, unknown> {
  const { banned, messagingLimit } = accountSettings(world, account.businessAccountId);
  return {
    id: account.businessAccountId,
    name: account.verifiedName ?? 'Tidings sandbox',
    currency: 'EUR',
    timezone_id: '122',
    account_review_status: banned ? 'REJECTED' : 'APPROVED',
    whatsapp_business_manager_messaging_limit: messagingLimit,
    health_status: healthOf(world, account, 'account'),
    message_template_namespace: 'b7a1c0de_0000_4000_8000_000000000000',
  };
}

/** `health_status` is long, and shown to whoever asks for it alone */
const asksHealth = (wanted: string | null): boolean => wanted?.split(',').includes('health_status') === true;

function pick(known: Record<string, unknown>, wanted: string | null): Record<string, unknown> {
  const { health_status: _unasked, ...usual } = known;
  if (!wanted) return usual;
  const picked: Record<string, unknown> = {};
  for (const field of [...wanted.split(','), 'id']) {
    // `throughput{level}` asks for a part; the whole is small enough
    const name = field.trim().replace(/\{.*$/, '');
    if (known[name] !== undefined) picked[name] = known[name];
  }
  return picked;
}

function accountsOf(world: EmulatorWorld): EmulatorAccount[] {
  return world.accounts.filter(account => account.provider === metaEmulator.provider);
}

function accountByNumber(world: EmulatorWorld, id: string): EmulatorAccount | undefined {
  for (const account of world.accounts) {
    if (account.phoneNumberId === id && account.provider === metaEmulator.provider) return account;
  }
  return undefined;
}

function query(request: EmulatorRequest): URLSearchParams {
  return new URLSearchParams(request.query);
}

function readToken(request: EmulatorRequest): string | undefined {
  const header = request.headers.authorization;
  // uploads call it OAuth, everything else Bearer
  const found = /^(?:Bearer|OAuth) (.+)$/.exec(header ?? '');
  if (found) return found[1]?.trim();
  return query(request).get('access_token') ?? undefined;
}

function tokenFits(account: EmulatorAccount, token: string): boolean {
  return account.accessToken === undefined || account.accessToken === token;
}
