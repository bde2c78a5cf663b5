/**
 * What the platform tells: forms, signed over the address that is called; no times, and one message in each. The signature is
 * made here anew and not by the adapter's own file: a mistake made twice would look like the truth.
 */
import { createHash, createHmac } from 'node:crypto';
import type {
  EmulatedMessage,
  EmulatedPhone,
  EmulatorAccount,
  EmulatorWorld,
  ReportedStatus,
  StatusEvent,
  Webhook,
} from '#core/emulation.ts';
import { addressOf, personAddress, scopedIdOf } from './addresses.ts';

/** The address, then each name with its values, names in the order of their code units, each value of a name once. */
export function signature(token: string, url: string, body: string): string {
  const form = new URLSearchParams(body);
  const names = [...new Set(form.keys())].sort();
  const parameters = names.map(name =>
    [...new Set(form.getAll(name))]
      .sort()
      .map(value => name + value)
      .join(''),
  );
  return createHmac('sha1', token)
    .update(url + parameters.join(''), 'utf8')
    .digest('base64');
}

export function sign(account: EmulatorAccount, body: string, url: string, attempts: number): Record<string, string> {
  return {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'user-agent': 'TwilioProxy/1.1',
    'x-twilio-signature': signature(account.appSecret, url, body),
    // the same at every repetition: it says that they are one
    ...(attempts > 0 ? { 'i-twilio-idempotency-token': digest(url, body) } : {}),
  };
}

const digest = (...parts: string[]): string => createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 36);

/**
 * Once more after a connection that failed, and that is all: unless the address itself asks for other things, behind its
 * `#`. `rc` says how often, `rp` after what.
 */
export function repeats(url: string, attempts: number, status: number): boolean {
  const asked = new URLSearchParams(url.split('#')[1] ?? '');
  const most = Math.min(5, Number(asked.get('rc') ?? 1));
  const after = (asked.get('rp') ?? 'ct').split(',');
  const kinds = status === 0 ? ['ct', 'rt'] : status >= 500 ? ['5xx'] : status >= 400 ? ['4xx'] : [];
  if (status >= 200 && status < 300) return false;
  return attempts < most && (after.includes('all') || kinds.some(kind => after.includes(kind)));
}

const EVENTS: Partial<Record<ReportedStatus, string>> = { delivered: 'DELIVERED', read: 'READ', failed: 'UNDELIVERED' };

export function statusWebhook(
  _world: EmulatorWorld,
  account: EmulatorAccount,
  events: readonly StatusEvent[],
): Webhook {
  const [{ message, status }] = events as [StatusEvent];
  const { memo, failure } = message.content;
  const to = String(memo?.['to'] ?? `whatsapp:${message.party}`);
  const service = memo?.['service'];
  const event = EVENTS[status];
  const form = new URLSearchParams({
    ApiVersion: '2010-04-01',
    AccountSid: account.businessAccountId,
    MessageSid: message.id,
    SmsSid: message.id,
    MessageStatus: status,
    SmsStatus: status,
    From: addressOf(account),
    To: to,
    ChannelPrefix: 'whatsapp',
    ChannelInstallSid: `XE${digest(account.phoneNumberId).slice(0, 32)}`,
    // masked on purpose, as it is in the world: nobody should look a person up by it
    ChannelToAddress: to.replace('whatsapp:', '').replace(/\d{4}$/, 'XXXX'),
    StructuredMessage: String(memo?.['content_sid'] !== undefined),
    ...(event === undefined ? {} : { EventType: event }),
    ...(typeof service === 'string' ? { MessagingServiceSid: service } : {}),
    ...(failure && status === 'failed' ? { ErrorCode: String(failure.code), ChannelStatusMessage: failure.title } : {}),
  });
  // Without one in the message, the address of the account, as a sender's own settings would say.
  const callback = memo?.['callback'];
  return { account, body: form.toString(), url: typeof callback === 'string' ? callback : undefined };
}

export function inboundWebhook(
  _world: EmulatorWorld,
  account: EmulatorAccount,
  phone: EmulatedPhone,
  message: EmulatedMessage,
): Webhook {
  const { content, id } = message;
  const form = new URLSearchParams({
    SmsMessageSid: id,
    SmsSid: id,
    MessageSid: id,
    AccountSid: account.businessAccountId,
    ApiVersion: '2010-04-01',
    SmsStatus: 'received',
    NumSegments: '1',
    // There on every message, from an advertisement or not.
    ReferralNumMedia: '0',
    From: personAddress(phone, account),
    To: addressOf(account),
    ExternalUserId: `whatsapp:${scopedIdOf(phone, account)}`,
    ProfileName: phone.name,
    ...(phone.username === undefined ? { WaId: phone.phone.slice(1) } : {}),
    MessageType: content.type,
    Body: content.text,
    ...inboundExtras(account, message),
  });
  return { account, body: form.toString() };
}

function inboundExtras(account: EmulatorAccount, { content }: EmulatedMessage): Record<string, string> {
  const { document, buttons, replyTo } = content;
  const [button] = buttons ?? [];
  return {
    NumMedia: document ? '1' : '0',
    ...(document
      ? {
          MediaContentType0: document.mime_type ?? 'application/octet-stream',
          MediaUrl0:
            document.link ??
            `https://api.twilio.com/2010-04-01/Accounts/${account.businessAccountId}/Media/ME${document.id}`,
        }
      : {}),
    ...(button ? { ButtonText: button.text, ButtonPayload: button.payload ?? button.text } : {}),
    ...(replyTo === undefined
      ? {}
      : { OriginalRepliedMessageSid: replyTo, OriginalRepliedMessageSender: addressOf(account) }),
  };
}
