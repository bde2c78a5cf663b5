/**
 * Webhooks: the signature over the raw bytes, then every entry × change × item to neutral events. Whatever is not
 * understood becomes an `ignored` event with its name; nothing is dropped in silence.
 */

import type {
  ProviderEvent,
  Receipt,
  ReceiptPricing,
  ReceiptStatus,
  WebhookPort,
  WebhookRequest,
} from '#core/provider.ts';
import type { Instant } from '#lib/clock.ts';
import { hmacSha256, sameBytes, sameText } from '#lib/hmac.ts';
import { readAccount } from './account-events.ts';
import { judge } from './errors.ts';
import { readMessage, readPreferences } from './people.ts';
import { readPerson } from './person.ts';
import { isTemplateField, readTemplate } from './template-events.ts';
import { type Json, object, objects, readTimestamp, string, timeOf } from './values.ts';

const SIGNATURE = 'x-hub-signature-256';

export const webhook = {
  verify({ headers, body }: Pick<WebhookRequest, 'headers' | 'body'>, secrets) {
    const hex = /^sha256=([0-9a-f]{64})$/.exec(headers[SIGNATURE] ?? '')?.[1];
    if (!hex) return false;
    const given = Buffer.from(hex, 'hex');
    return secrets.some(secret => secret !== '' && sameBytes(hmacSha256(secret, body), given));
  },

  handshake(query, verifyToken) {
    const challenge = query['hub.challenge'] ?? '';
    const asked =
      query['hub.mode'] === 'subscribe' && sameText(query['hub.verify_token'] ?? '', verifyToken) && verifyToken !== '';
    // Only what the platform sends is echoed: anything else could be somebody's script.
    return asked && /^[\w.-]{1,256}$/.test(challenge) ? challenge : undefined;
  },

  lane(body) {
    // The keys of what people say. A foreign spelling (a space before the colon) only loses its priority.
    return body.includes('"messages":') || body.includes('"user_preferences":') || !body.includes('"statuses":')
      ? 'people'
      : 'receipts';
  },

  parse(body, { at }) {
    const root = readBody(body.toString('utf8')) as Json;
    return objects(root?.['entry']).flatMap(entry =>
      objects(entry['changes']).flatMap(change => readChange(change, entry, at)),
    );
  },
} satisfies WebhookPort;

/**
 * NUL and half a surrogate pair are legal JSON and can't be stored: they are taken out of what people write, so that no
 * STOP is lost beside them.
 */
const readBody = (text: string): unknown =>
  /\\u(0000|d[89a-f])/i.test(text)
    ? JSON.parse(keepDigits(text), (_key, value) =>
        typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
      )
    : JSON.parse(keepDigits(text));

/** Template ids are JSON numbers beyond 2^53: read as numbers, two templates could become one. */
const keepDigits = (text: string): string =>
  text.includes('_template_id') ? text.replace(/("message_template_id"\s*:\s*)(\d{15,})/g, '$1"$2"') : text;

/** The entry's time is when it was made; the events of templates and accounts have no other. */
function readChange(change: Json, entry: Json, arrivedAt: Instant): ProviderEvent[] {
  const value = (change['value'] ?? {}) as Json;
  const at = readTimestamp(entry['time']);
  // Two of the platform's own examples name the field beside the changes, and inside the value.
  const field = string(change['field']) ?? string(entry['field']) ?? string(value['field']) ?? 'unnamed';
  if (isTemplateField(field)) return readTemplate(field, value, at);
  if (field === 'user_preferences') return readPreferences(value, arrivedAt);
  if (field === 'messages') return readMessages(value, arrivedAt);
  // Without a time it is dated by its arrival, which is stored: a replay must not make it younger.
  return [readAccount(field, value, { account: string(entry['id']) ?? '', at: at ?? arrivedAt })];
}

/** A value may hold several of these lists at once. One that holds none of them is named too. */
function readMessages(value: Json, arrivedAt: Instant): ProviderEvent[] {
  const profiles = objects(value['contacts']);
  const ignored = (what: string): ProviderEvent => ({ kind: 'ignored', what });
  const events = [
    ...objects(value['statuses']).map(status => readStatus(status, arrivedAt)),
    ...objects(value['messages']).map(message => readMessage(message, profiles, arrivedAt)),
    ...objects(value['errors']).map(error => ignored(`error ${string(error['code'])}`)),
    ...objects(value['user_actions']).map(action => ignored(`user_action ${string(action['action_type'])}`)),
  ];
  return events.length > 0 ? events : [ignored('messages')];
}

const STATUSES = new Set<string>(['sent', 'delivered', 'read', 'failed']);

function readStatus(item: Json, arrivedAt: Instant): ProviderEvent {
  const providerId = string(item['id']);
  const at = timeOf(item['timestamp'], arrivedAt);
  const name = string(item['status']) ?? 'unnamed';
  // A voice note that was played has been read.
  const status = name === 'played' ? 'read' : name;
  if (providerId === undefined || !STATUSES.has(status)) return { kind: 'ignored', what: `status ${name}` };
  const receipt: Receipt = {
    kind: 'receipt',
    providerId,
    at,
    status: status as ReceiptStatus,
    correlation: string(item['biz_opaque_callback_data']),
    person: readPerson(item, { wa: 'recipient_id', prefix: 'recipient_' }),
  };
  const [error] = objects(item['errors']);
  if (error) {
    const code = Number(error['code']);
    const details = string((error['error_data'] as Json | undefined)?.['details']) ?? string(error['title']) ?? '';
    receipt.error = { ...judge(code, 400, false), code: String(code), detail: details };
  }
  const pricing = readPricing(object(item['pricing']), object(item['conversation']));
  if (pricing) receipt.pricing = pricing;
  return receipt;
}

/** `billable` is on its way out and asked only where there is no type yet. Without a category there is nothing to price. */
function readPricing(pricing: Json | undefined, conversation: Json | undefined): ReceiptPricing | undefined {
  const category = string(pricing?.['category']);
  if (!pricing || category === undefined) return undefined;
  const type = string(pricing['type']) ?? (pricing['billable'] === false ? 'free' : 'regular');
  const [subtype, model] = [string(pricing['subtype']), string(pricing['pricing_model'])];
  // The one conversation that the platform still tells of.
  const freeUntil = type === 'free_entry_point' ? readTimestamp(conversation?.['expiration_timestamp']) : undefined;
  return {
    category,
    type,
    ...(subtype ? { subtype } : {}),
    ...(model ? { model } : {}),
    ...(freeUntil === undefined ? {} : { freeUntil }),
  };
}
