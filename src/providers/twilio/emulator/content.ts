/**
 * `/v1/Content`: templates as Twilio keeps them. Two with one name are two: the platform sees no harm in it, and whoever
 * repeats a lost call has to look for what the first one made.
 */
import type { EmulatorAccount, EmulatorAnswer, EmulatorRequest, EmulatorWorld, Shelf } from '#core/emulation.ts';
import { newSid } from './accounts.ts';
import { isoSeconds, json, refusal } from './answers.ts';
import { type Fields, fields } from './fields.ts';
import { wrongShape } from './shapes.ts';

export type Approval = { name: string; category: string; status: string; reason: string };

export type ContentDocument = {
  sid: string;
  accountSid: string;
  friendlyName: string;
  language: string;
  variables: Record<string, string>;
  types: Record<string, Fields>;
  createdAt: number;
  approval: Approval | undefined;
};

export const contentShelf = (world: EmulatorWorld): Shelf<ContentDocument> =>
  world.shelf<ContentDocument>('twilio_content');

export function contentOf(world: EmulatorWorld, account: EmulatorAccount, sid: string): ContentDocument | undefined {
  const found = contentShelf(world).get(sid);
  return found?.accountSid === account.businessAccountId ? found : undefined;
}

export const TYPE = /^(twilio|whatsapp)\/[a-z-]+$/;

export function createContent(world: EmulatorWorld, account: EmulatorAccount, body: Fields): EmulatorAnswer {
  const { language, friendly_name: name } = body;
  if (typeof language !== 'string' || language === '') return refusal(20001, 'language is required');
  const types = Object.entries(fields(body['types'])).map(([type, value]) => [type, fields(value)] as const);
  if (types.length === 0) return refusal(20001, 'types is required');
  // what an SDK writes that turns every key into camel case: the platform knows none of it
  const odd = types.find(([type]) => !TYPE.test(type));
  if (odd) return refusal(20001, `types has no member ${odd[0]}`);
  const wrong = types.flatMap(([type, shape]) =>
    wrongShape(type, shape) ? [`${type}: ${wrongShape(type, shape)}`] : [],
  );
  if (wrong.length > 0) return refusal(20001, wrong[0]);
  const variables = Object.entries(fields(body['variables']));
  if (variables.some(([, sample]) => typeof sample !== 'string')) return refusal(20001, 'variables: each is a string');
  const content: ContentDocument = {
    sid: newSid('HX'),
    accountSid: account.businessAccountId,
    friendlyName: typeof name === 'string' ? name : '',
    language,
    variables: Object.fromEntries(variables) as Record<string, string>,
    types: Object.fromEntries(types),
    createdAt: world.now(),
    approval: undefined,
  };
  contentShelf(world).put(content.sid, content);
  return json(showContent(content), 201);
}

export function showContent(content: ContentDocument): Fields {
  const { sid, accountSid, friendlyName, language, variables, types, createdAt } = content;
  const url = `https://content.twilio.com/v1/Content/${sid}`;
  return {
    sid,
    account_sid: accountSid,
    friendly_name: friendlyName,
    language,
    variables,
    types,
    url,
    date_created: isoSeconds(createdAt),
    date_updated: isoSeconds(createdAt),
    links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
  };
}

export function showApproval({ types, approval }: ContentDocument): Fields {
  return {
    type: 'whatsapp',
    name: approval?.name ?? '',
    category: approval?.category ?? '',
    content_type: Object.keys(types)[0],
    status: approval?.status ?? 'unsubmitted',
    rejection_reason: approval?.reason ?? '',
    allow_category_change: true,
  };
}

const MOST = 1_000;

/** newest first; `withApprovals` adds each one's standing; the names are searched by a pattern, which need not fit whole */
export function listContents(
  world: EmulatorWorld,
  account: EmulatorAccount,
  request: EmulatorRequest,
  withApprovals: boolean,
): EmulatorAnswer {
  const query = new URLSearchParams(request.query);
  const pattern = query.get('ContentName');
  const languages = query.getAll('Language');
  if (pattern !== null && !isPattern(pattern)) return refusal(20001, 'ContentName is a pattern');
  const found = [...contentShelf(world).values()].filter(
    content =>
      content.accountSid === account.businessAccountId &&
      (pattern === null || new RegExp(pattern).test(content.friendlyName)) &&
      (languages.length === 0 || languages.includes(content.language)),
  );
  const size = Math.min(MOST, Math.max(1, Number(query.get('PageSize')) || 50));
  const page = Math.max(0, Number(query.get('Page')) || 0);
  const shown = found.reverse().slice(page * size, (page + 1) * size);
  // Absolute here, and relative in the older API: the SDK follows whichever it is given.
  const self = `http://${request.headers.host ?? 'localhost'}/twilio${request.path}`;
  const address = (at: number) => `${self}?${new URLSearchParams({ PageSize: String(size), Page: String(at) })}`;
  const contents = shown.map(content => ({
    ...showContent(content),
    ...(withApprovals ? { approval_requests: showApproval(content) } : {}),
  }));
  const meta = {
    page,
    page_size: size,
    first_page_url: address(0),
    previous_page_url: page > 0 ? address(page - 1) : null,
    url: address(page),
    next_page_url: found.length > (page + 1) * size ? address(page + 1) : null,
    key: 'contents',
  };
  return json({ meta, contents });
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}
