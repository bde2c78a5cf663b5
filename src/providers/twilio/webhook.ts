/**
 * Webhooks: a form that says either what became of a message or what a person wrote. None of them tells a time, so what it
 * tells happened when it came; and of several statuses the further one holds, not the later one.
 */
import type {
  Arrival,
  Inbound,
  PersonIds,
  ProviderEvent,
  Receipt,
  ReceiptStatus,
  WebhookPort,
} from '#core/provider.ts';
import { readJson } from './api.ts';
import { describe, judge } from './errors.ts';
import { CORRELATION } from './send.ts';
import { verify } from './signature.ts';

export const webhook: WebhookPort = {
  verify,

  /** Nobody asks: the address is entered by hand. */
  handshake: () => undefined,

  lane(body) {
    // Inside a value `&` and `=` are written as percentages, so nobody can say this in a text.
    return /(^|&)MessageStatus=/.test(body.toString('latin1')) ? 'receipts' : 'people';
  },

  parse(body, arrival) {
    const text = body.toString('utf8');
    // Genuine, and not a message: event streams and the like, sent to this address by a setting of somebody's.
    if (readJson(text)) return [{ kind: 'ignored', what: 'json' }];
    const form = readForm(text);
    const status = form.get('MessageStatus');
    if (status !== undefined) return [readStatus(form, status, arrival)];
    return [readInbound(form, arrival)];
  },

  /** What stands in the answer would be sent to the person, and plain JSON is an error in the account's log. */
  answer: { contentType: 'text/xml; charset=utf-8', body: '<Response/>' },
};

type Form = ReadonlyMap<string, string>;

/** NUL and half a surrogate pair can't be stored: taken out of what people write, so that no STOP is lost beside them. */
const readForm = (text: string): Form =>
  new Map([...new URLSearchParams(text)].map(([name, value]) => [storable(name), storable(value)]));
const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();

const said = (form: Form, name: string): string | undefined => form.get(name) || undefined;

const STATUSES: Readonly<Record<string, ReceiptStatus>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  undelivered: 'failed',
  failed: 'failed',
};

/** What comes before `sent` (queued, sending, accepted) says no more than the answer to the send did. */
function readStatus(form: Form, name: string, { query, at }: Arrival): ProviderEvent {
  const providerId = said(form, 'MessageSid');
  const status = STATUSES[name];
  if (providerId === undefined || status === undefined) return { kind: 'ignored', what: `status ${name}` };
  const receipt: Receipt = {
    kind: 'receipt',
    providerId,
    at,
    status,
    // Not `To`, and never `ChannelToAddress`, whose last digits are masked.
    correlation: new URLSearchParams(query).get(CORRELATION) ?? undefined,
    person: scopedIn(form, 'To'),
  };
  if (status === 'failed') {
    // A definite no, however late: what is unknown with an answer's 5xx is final here.
    const code = Number(said(form, 'ErrorCode') ?? 0);
    const words = said(form, 'ChannelStatusMessage') ?? said(form, 'ErrorMessage') ?? '';
    receipt.error = {
      class: judge(code, 400).class,
      code: code > 0 ? String(code) : name,
      detail: describe(code, words),
    };
  }
  return receipt;
}

const SCOPED = /^[A-Z]{2}\.[0-9A-Za-z]{1,128}$/;
const bare = (address: string | undefined): string => (address ?? '').replace(/^whatsapp:/, '');

/** Who hides their number may be named by the scoped id also where the number would stand. */
function scopedIn(form: Form, address: 'From' | 'To'): PersonIds {
  const scoped = [form.get('ExternalUserId'), form.get(address)].map(bare).find(id => SCOPED.test(id));
  return scoped === undefined ? {} : { scoped };
}

function readInbound(form: Form, { at }: Arrival): ProviderEvent {
  const providerId = said(form, 'MessageSid') ?? said(form, 'SmsMessageSid');
  if (providerId === undefined || !form.has('From')) return { kind: 'ignored', what: 'form' };
  const from = /^\+?(\d{5,20})$/.exec(bare(form.get('From')))?.[1];
  const wa = /^\d{5,20}$/.exec(said(form, 'WaId') ?? '')?.[0];
  const inbound: Inbound = {
    kind: 'inbound',
    providerId,
    from: from === undefined ? undefined : `+${from}`,
    person: { ...(wa === undefined ? {} : { wa }), ...scopedIn(form, 'From') },
    profileName: said(form, 'ProfileName'),
    type: typeOf(form),
    // The label of a button is what they read and tapped; its payload is ours.
    text: said(form, 'ButtonText') ?? said(form, 'Body'),
    at,
    payload: Object.fromEntries(form),
  };
  return inbound;
}

/** `MessageType` is younger than the rest of the form, and not always there. */
function typeOf(form: Form): string {
  const named = said(form, 'MessageType')?.toLowerCase();
  if (named !== undefined) return named.slice(0, 40);
  if (form.has('ButtonText') || form.has('ButtonPayload')) return 'button';
  if (form.has('Latitude')) return 'location';
  if (Number(said(form, 'NumMedia') ?? 0) === 0) return 'text';
  const [kind] = (said(form, 'MediaContentType0') ?? '').split('/');
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document';
}
