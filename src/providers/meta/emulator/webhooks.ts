/** Webhook bodies, byte for byte as they leave: slashes and everything outside ASCII escaped, as Meta does on the wire. */
import { createHmac, createSecretKey, type KeyObject, randomInt } from 'node:crypto';
import type {
  EmulatedMessage,
  EmulatedPhone,
  EmulatorAccount,
  EmulatorWorld,
  StatusEvent,
  Webhook,
} from '#core/emulation.ts';
import { userIdOf, waIdOf } from './identity.ts';
import { inboundDigest } from './inbound-files.ts';
import type { Pricing } from './pricing.ts';
import { overrideFor } from './subscriptions.ts';

/** JSON as Meta writes it; clients that hash a re-serialised body instead of the bytes fail here as they would there */
export function toWireJson(value: unknown): string {
  return escapeWire(JSON.stringify(value));
}

function escapeWire(json: string): string {
  return json.replace(/\/|[^\x20-\x7e]/g, character =>
    character === '/' ? '\\/' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const keys = new Map<string, KeyObject>();

/** Over the bytes that leave. A secret is made a key once, and not for each of a benchmark's webhooks. */
export function signBody(secret: string, body: string): string {
  let key = keys.get(secret);
  if (!key) {
    key = createSecretKey(secret, 'utf8');
    keys.set(secret, key);
  }
  return createHmac('sha256', key).update(body).digest('hex');
}

/** A string in everything about messages. Account fields and preferences have an integer in its place. */
export function seconds(instantMs: number): string {
  return String(Math.floor(instantMs / 1_000));
}

/** fields other than `messages` go to the app's own address; only `messages` honours an override */
export function fieldWebhook(
  account: EmulatorAccount,
  field: string,
  value: unknown,
  timeMs?: number,
  entryId = account.businessAccountId,
): Webhook {
  const time = timeMs === undefined ? {} : { time: Math.floor(timeMs / 1_000) };
  return entryWebhook(account, { id: entryId, ...time, changes: [{ value, field }] });
}

export function entryWebhook(account: EmulatorAccount, entry: Record<string, unknown>): Webhook {
  return { account, body: toWireJson({ object: 'whatsapp_business_account', entry: [entry] }) };
}

/** The business above the account: what is told of partners comes in its name. */
export const PORTFOLIO_ID = '300000000000002';

export function messagesWebhook(
  world: EmulatorWorld,
  account: EmulatorAccount,
  value: Record<string, unknown>,
): Webhook {
  const metadata = metadataOf(account);
  const webhook = fieldWebhook(account, 'messages', { messaging_product: 'whatsapp', metadata, ...value });
  return { ...webhook, url: overrideFor(world, account) };
}

export function metadataOf(account: EmulatorAccount): Record<string, string> {
  return {
    display_phone_number: account.displayPhoneNumber.replace(/\D/g, ''),
    phone_number_id: account.phoneNumberId,
  };
}

/** A number that is hidden is absent and not empty; the scoped id is there in either case. */
export function contactOf(phone: EmulatedPhone, account: EmulatorAccount): Record<string, unknown> {
  const userId = userIdOf(phone, account);
  const profile: Record<string, string> = { name: phone.name };
  if (phone.username === undefined) return { profile, wa_id: waIdOf(phone.phone), user_id: userId };
  profile['username'] = phone.username;
  return { profile, user_id: userId };
}

/** the part of a status webhook that is the same for every message of a number */
const heads = new WeakMap<EmulatorAccount, string>();

function headOf(account: EmulatorAccount): string {
  let head = heads.get(account);
  if (head === undefined) {
    head =
      `{"object":"whatsapp_business_account","entry":[{"id":${JSON.stringify(account.businessAccountId)},"changes":` +
      `[{"value":{"messaging_product":"whatsapp","metadata":${toWireJson(metadataOf(account))}`;
    heads.set(account, head);
  }
  return head;
}

/** Built by hand: this is the emulator's hottest path, three of these for each message of a benchmark. */
export function statusWebhook(world: EmulatorWorld, account: EmulatorAccount, events: readonly StatusEvent[]): Webhook {
  const contacts = new Set<string>();
  let statuses = '';
  for (const event of events) {
    const phone = world.phone(event.message.phone);
    // failed statuses carry no contact; the username is not told before delivery
    if (event.status !== 'failed') contacts.add(toWireJson(contactOf(phone, account)));
    statuses += (statuses === '' ? '' : ',') + statusJson(event, phone, account);
  }
  const people = contacts.size === 0 ? '' : `,"contacts":[${[...contacts].join(',')}]`;
  const body = `${headOf(account)}${people},"statuses":[${statuses}]},"field":"messages"}]}]}`;
  return { account, body, url: overrideFor(world, account) };
}

const UNPRICED: Pricing = { type: 'regular', category: 'utility' };

function statusJson(event: StatusEvent, phone: EmulatedPhone, account: EmulatorAccount): string {
  const { message, status, at } = event;
  const { memo, failure } = message.content;
  const byUserId = memo?.['to_user_id'] !== undefined;
  let json = `{"id":"${message.id}","status":"${status}","timestamp":"${seconds(at)}"`;
  if (!byUserId || phone.username === undefined) json += `,"recipient_id":"${waIdOf(message.party)}"`;
  if (status !== 'failed' || byUserId) json += `,"recipient_user_id":"${userIdOf(phone, account)}"`;
  // Also in `failed`, for which no page of the platform promises it: a client should have another way there.
  if (message.correlation !== undefined) {
    json += `,"biz_opaque_callback_data":${escapeWire(JSON.stringify(message.correlation))}`;
  }
  if (status === 'failed') return `${json},"errors":[${toWireJson(failure)}]}`;
  // since v24 there is no `conversation` but of those who came by an ad; `read` repeats no pricing
  if (status !== 'read') {
    // written before messages were priced: a ledger file outlives its program
    const { type, category, free_until: until } = (memo?.['pricing'] ?? UNPRICED) as Pricing;
    if (until !== undefined)
      json += `,"conversation":{"id":"${message.party.replace(/\D/g, '')}","expiration_timestamp":"${seconds(until)}","origin":{"type":"referral_conversion"}}`;
    const billable = !type.startsWith('free_');
    json += `,"pricing":{"billable":${billable},"pricing_model":"PMP","type":"${type}","category":"${category}"}`;
  }
  return `${json}}`;
}

export function inboundWebhook(
  world: EmulatorWorld,
  account: EmulatorAccount,
  phone: EmulatedPhone,
  message: EmulatedMessage,
): Webhook {
  const { content } = message;
  const { memo } = content;
  const wire: Record<string, unknown> = {};
  if (phone.username === undefined) wire['from'] = waIdOf(phone.phone);
  wire['from_user_id'] = userIdOf(phone, account);
  wire['id'] = message.id;
  // When the person wrote, by the platform's clock: the window is counted from here, however late the webhook is.
  wire['timestamp'] = seconds(message.at);
  if (content.replyTo !== undefined) {
    wire['context'] = { from: account.displayPhoneNumber.replace(/\D/g, ''), id: content.replyTo };
  }
  if (memo?.['referral'] !== undefined) wire['referral'] = memo['referral'];
  // An example of the catalogue brings its own fields, odd as they may be.
  Object.assign(wire, memo?.['wire'] ?? inboundBody(message));
  const contacts = memo?.['without_contacts'] === true ? {} : { contacts: [contactOf(phone, account)] };
  return messagesWebhook(world, account, { ...contacts, messages: [wire], ...(memo?.['value'] as object | undefined) });
}

function inboundBody(message: EmulatedMessage): Record<string, unknown> {
  const { type, text, buttons, document } = message.content;
  const button = buttons?.[0];
  // A tap on a template's button and one on a message's button come as two types, and mean the same to a person.
  if (type === 'button') return { type, button: { payload: button?.payload ?? text, text } };
  if (type === 'interactive') {
    const kind = button?.type === 'list_row' ? 'list_reply' : 'button_reply';
    return { type, interactive: { type: kind, [kind]: { id: button?.payload ?? text, title: text } } };
  }
  if (document) {
    const { kind, id, link, filename, mime_type } = document;
    const media = { id, mime_type, sha256: inboundDigest(kind), url: link, filename };
    return { type: kind, [kind]: text === '' ? media : { ...media, caption: text } };
  }
  return { type: 'text', text: { body: text } };
}

export function preferenceWebhook(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): Webhook {
  const contact = contactOf(phone, account);
  const { wa_id, user_id } = contact;
  const stopped = phone.marketingStopped;
  const preference = {
    ...(wa_id === undefined ? {} : { wa_id }),
    user_id,
    detail: stopped ? 'User requested to stop marketing messages' : 'User requested to resume marketing messages',
    category: 'marketing_messages',
    value: stopped ? 'stop' : 'resume',
    // An integer here, unlike every timestamp of a message.
    timestamp: Math.floor(world.now() / 1_000),
  };
  return fieldWebhook(account, 'user_preferences', {
    messaging_product: 'whatsapp',
    metadata: metadataOf(account),
    contacts: [contact],
    user_preferences: [preference],
  });
}

/** usually comes without `contacts`; the new number has a new user id */
export function numberChangedWebhook(
  world: EmulatorWorld,
  account: EmulatorAccount,
  before: EmulatedPhone,
  after: EmulatedPhone,
): Webhook {
  const from = waIdOf(before.phone);
  const to = waIdOf(after.phone);
  const system = {
    body: `User ${before.name} changed from ${from} to ${to}`,
    type: 'user_changed_number',
    wa_id: to,
    user_id: userIdOf(after, account),
    previous_user_id: userIdOf(before, account),
  };
  const id = `wamid.${randomInt(2 ** 40).toString(36)}${seconds(world.now())}`;
  const message = { from, id, timestamp: seconds(world.now()), type: 'system', system };
  return messagesWebhook(world, account, { messages: [message] });
}
