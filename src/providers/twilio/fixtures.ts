/**
 * Webhooks as Twilio sends them, in the shapes of its documentation and of captured traffic, with made-up people. Each with
 * the query of its address and with what has to be read from it.
 */
import type { ProviderEvent } from '#core/provider.ts';

export interface WebhookFixture {
  what: string;
  query?: string;
  form: Record<string, string>;
  event: ProviderEvent;
}

export const AT = 1_795_251_600_000;
const ACCOUNT = 'AC00000000000000000000000000000001';
export const SID = 'SM0123456789abcdef0123456789abcdef';
const CORRELATION = 'msg_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b.2';

// In the order of captured traffic, which is no order at all: the signature sorts.
const status = (name: string, extra: Record<string, string> = {}) => ({
  SmsSid: SID,
  SmsStatus: name,
  MessageStatus: name,
  ChannelToAddress: '+4071234XXXX',
  To: 'whatsapp:+40712345678',
  ChannelPrefix: 'whatsapp',
  MessageSid: SID,
  AccountSid: ACCOUNT,
  From: 'whatsapp:+12025550100',
  ApiVersion: '2010-04-01',
  ChannelInstallSid: 'XE0123456789abcdef0123456789abcdef',
  ...extra,
});
const receipt = { kind: 'receipt', providerId: SID, at: AT, correlation: CORRELATION, person: {} } as const;
const query = `m=${CORRELATION}`;

export const STATUSES: readonly WebhookFixture[] = [
  { what: 'sent', query, form: status('sent'), event: { ...receipt, status: 'sent' } },
  {
    what: 'delivered',
    query,
    form: status('delivered', { EventType: 'DELIVERED' }),
    event: { ...receipt, status: 'delivered' },
  },
  { what: 'read', query, form: status('read', { EventType: 'READ' }), event: { ...receipt, status: 'read' } },
  {
    what: 'undelivered, with a code and the channel’s words',
    query: `${query}&bodySHA256=`,
    form: status('undelivered', { ErrorCode: '63024', ChannelStatusMessage: 'no account', EventType: 'UNDELIVERED' }),
    event: {
      ...receipt,
      status: 'failed',
      error: {
        class: 'undeliverable',
        code: '63024',
        detail:
          'no account; no WhatsApp account, old terms, or an old app; https://www.twilio.com/docs/api/errors/63024',
      },
    },
  },
  {
    what: 'failed without a code',
    query,
    form: status('failed'),
    event: { ...receipt, status: 'failed', error: { class: 'invalid', code: 'failed', detail: '' } },
  },
  {
    what: 'sent by somebody else of the account, without our parameter',
    form: status('sent'),
    event: { ...receipt, correlation: undefined, status: 'sent' },
  },
  {
    what: 'queued, which says no more than the answer did',
    query,
    form: status('queued'),
    event: { kind: 'ignored', what: 'status queued' },
  },
  {
    what: 'a status of tomorrow',
    query,
    form: status('pondered'),
    event: { kind: 'ignored', what: 'status pondered' },
  },
  {
    what: 'a status without a message',
    form: { MessageStatus: 'sent' },
    event: { kind: 'ignored', what: 'status sent' },
  },
];

// `ReferralNumMedia` comes with every message, and says nothing about advertisements.
const inboundForm = (extra: Record<string, string>) => ({
  SmsMessageSid: SID,
  NumMedia: '0',
  ProfileName: 'Ana 🎭',
  SmsSid: SID,
  WaId: '40712345678',
  SmsStatus: 'received',
  To: 'whatsapp:+12025550100',
  NumSegments: '1',
  ReferralNumMedia: '0',
  MessageSid: SID,
  AccountSid: ACCOUNT,
  From: 'whatsapp:+40712345678',
  ApiVersion: '2010-04-01',
  ...extra,
});
const inbound = (extra: Record<string, string>, event: object): Pick<WebhookFixture, 'form' | 'event'> => {
  const form = inboundForm(extra);
  const base = { kind: 'inbound', providerId: SID, from: '+40712345678', person: { wa: '40712345678' }, at: AT };
  return { form, event: { ...base, profileName: 'Ana 🎭', type: 'text', payload: form, ...event } as ProviderEvent };
};

export const MESSAGES: readonly WebhookFixture[] = [
  {
    what: 'a text, spaces and all',
    ...inbound({ MessageType: 'text', Body: ' STOP ' }, { text: ' STOP ' }),
  },
  { what: 'a text of a time before the type was told', ...inbound({ Body: 'hi' }, { text: 'hi' }) },
  {
    what: 'a text that looks like a status',
    ...inbound({ Body: '&MessageStatus=read' }, { text: '&MessageStatus=read' }),
  },
  {
    what: 'a tap: the label is theirs, the payload is ours',
    ...inbound(
      { MessageType: 'button', Body: 'Yes', ButtonText: 'Yes', ButtonPayload: 'yes-1' },
      { type: 'button', text: 'Yes' },
    ),
  },
  {
    what: 'a picture with a caption',
    ...inbound(
      { NumMedia: '1', MediaContentType0: 'image/jpeg', MediaUrl0: 'https://api.twilio.com/m', Body: 'look' },
      { type: 'image', text: 'look' },
    ),
  },
  {
    what: 'a document without one',
    ...inbound(
      { NumMedia: '1', MediaContentType0: 'application/pdf', Body: '' },
      { type: 'document', text: undefined },
    ),
  },
  {
    what: 'a place',
    ...inbound({ Latitude: '44.4', Longitude: '26.1', Body: '' }, { type: 'location', text: undefined }),
  },
  {
    what: 'somebody with a scoped id',
    ...inbound(
      { Body: 'hi', ExternalUserId: 'whatsapp:RO.1502576394655843' },
      { text: 'hi', person: { wa: '40712345678', scoped: 'RO.1502576394655843' } },
    ),
  },
  {
    what: 'somebody who hides the number',
    ...inbound(
      { Body: 'hi', From: 'whatsapp:RO.1502576394655843', WaId: '' },
      { text: 'hi', from: undefined, person: { scoped: 'RO.1502576394655843' } },
    ),
  },
];
