/** `Messages.json`: checked in the order in which Twilio complains, accepted, shown, listed. */
import type {
  EmulatedMessage,
  EmulatorAccount,
  EmulatorAnswer,
  EmulatorRequest,
  EmulatorWorld,
} from '#core/emulation.ts';
import { accountsOf, hasStopped, newSid } from './accounts.ts';
import { addressOf, phoneAt } from './addresses.ts';
import { json, refusal, rfc2822 } from './answers.ts';
import { readContent } from './fill.ts';

export function createMessage(
  world: EmulatorWorld,
  accounts: readonly EmulatorAccount[],
  form: URLSearchParams,
): EmulatorAnswer | Promise<EmulatorAnswer> {
  const to = form.get('To');
  const from = form.get('From');
  const service = form.get('MessagingServiceSid');
  if (!to) return refusal(21604);
  if (!from && !service) return refusal(21603);
  // a service without a number: its only one here is the account's first
  const account = from ? accounts.find(one => addressOf(one) === from) : accounts[0];
  if (!account) return refusal(63007);
  if (!to.startsWith('whatsapp:')) return refusal(21910);
  const recipient = phoneAt(world, account, to);
  if (recipient === undefined) return refusal(21211, to);
  if (to === addressOf(account)) return refusal(63031);
  const callback = readCallback(form.get('StatusCallback'));
  if (callback === 'wrong') return refusal(21609);
  const phone = world.phone(recipient);
  if (hasStopped(world, account, phone)) return refusal(21610);
  const content = readContent(world, account, phone, form);
  if ('refused' in content) return refusal(content.refused);

  const id = newSid('SM');
  // Whatever the webhooks will need stands with the message, and so in the ledger: a restart sends them all the same.
  content.memo = { ...content.memo, callback: callback?.href, service, to };
  // For the witness only, which lists sends by what their sender calls them.
  const correlation = callback?.searchParams.get('m') ?? undefined;
  const request = Object.fromEntries(form);
  const written = world.accept({ id, account, phone: recipient, content, correlation, request });
  const answer = (): EmulatorAnswer => ({ ...json(showMessage(world, world.message(id)!, true), 201), accepted: true });
  return written ? written.then(answer) : answer();
}

/** in one spelling: what is called and what is signed must not differ */
function readCallback(text: string | null): URL | 'wrong' | undefined {
  if (text === null || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname.includes('_')) return 'wrong';
  return url;
}

const accountOf = (world: EmulatorWorld, message: EmulatedMessage): EmulatorAccount | undefined =>
  accountsOf(world).find(account => account.phoneNumberId === message.number);

/** `fresh`: the answer to the send itself, which is queued whatever happens a moment later */
export function showMessage(world: EmulatorWorld, message: EmulatedMessage, fresh = false): Record<string, unknown> {
  const { id, direction, content, at } = message;
  const account = accountOf(world, message);
  const service = content.memo?.['service'] ?? null;
  const person = String(content.memo?.['to'] ?? `whatsapp:${message.party}`);
  const business = account ? addressOf(account) : '';
  const early = service === null ? 'queued' : 'accepted';
  const status = fresh || message.status === 'accepted' ? early : message.status;
  const failure = status === 'failed' ? content.failure : undefined;
  const charged = direction === 'out' && message.deliveredAt > 0;
  const uri = `/2010-04-01/Accounts/${account?.businessAccountId}/Messages/${id}`;
  return {
    sid: id,
    account_sid: account?.businessAccountId,
    messaging_service_sid: service,
    from: direction === 'out' ? (fresh && service !== null ? null : business) : person,
    to: direction === 'out' ? person : business,
    body: content.text,
    num_segments: service === null ? '1' : '0',
    num_media: content.document ? '1' : '0',
    direction: direction === 'out' ? 'outbound-api' : 'inbound',
    status: direction === 'in' ? 'received' : status,
    error_code: failure?.code ?? null,
    error_message: failure?.title ?? null,
    // Known only some time after the message went, and negative: it is taken from the balance. (The sign is a guess.)
    price: charged ? '-0.00500' : null,
    price_unit: charged ? 'USD' : null,
    api_version: '2010-04-01',
    date_created: rfc2822(at),
    date_updated: rfc2822(Math.max(at, message.sentAt, message.deliveredAt, message.readAt, message.failedAt)),
    date_sent: message.sentAt > 0 ? rfc2822(message.sentAt) : direction === 'in' ? rfc2822(at) : null,
    uri: `${uri}.json`,
    subresource_uris: { media: `${uri}/Media.json` },
  };
}

/** newest first, by both addresses and by the time of sending; `DateSent` names a day, or with `<` and `>` a bound */
export function listMessages(
  world: EmulatorWorld,
  accounts: readonly EmulatorAccount[],
  request: EmulatorRequest,
): EmulatorAnswer {
  const query = new URLSearchParams(request.query);
  const numbers = new Set(accounts.map(account => account.phoneNumberId));
  const shown = [...world.phones()]
    .flatMap(phone => phone.messages)
    .filter(message => numbers.has(message.number))
    .sort((a, b) => b.at - a.at)
    .map(message => ({ message, resource: showMessage(world, message) }))
    .filter(({ message, resource }) => fits(query, message, resource))
    .map(({ resource }) => resource);
  const size = Math.min(1_000, Math.max(1, Number(query.get('PageSize')) || 50));
  const page = Math.max(0, Number(query.get('Page')) || 0);
  const uri = (at: number) => {
    const next = new URLSearchParams(query);
    next.set('PageSize', String(size));
    next.set('Page', String(at));
    return `${request.path}?${next}`;
  };
  return json({
    messages: shown.slice(page * size, (page + 1) * size),
    page,
    page_size: size,
    start: page * size,
    end: Math.min(shown.length, (page + 1) * size) - 1,
    uri: uri(page),
    first_page_uri: uri(0),
    previous_page_uri: page > 0 ? uri(page - 1) : null,
    next_page_uri: shown.length > (page + 1) * size ? uri(page + 1) : null,
  });
}

function fits(query: URLSearchParams, message: EmulatedMessage, resource: Record<string, unknown>): boolean {
  const { to, from } = resource;
  if (query.get('To') && query.get('To') !== to) return false;
  if (query.get('From') && query.get('From') !== from) return false;
  const sentAt = message.direction === 'in' ? message.at : message.sentAt;
  const asked = (name: string) => (query.get(name) === null ? undefined : Date.parse(query.get(name)!));
  const [day, before, after] = [asked('DateSent'), asked('DateSent<'), asked('DateSent>')];
  if ([day, before, after].every(bound => bound === undefined)) return true;
  if (sentAt === 0) return false;
  if (before !== undefined && sentAt > before) return false;
  if (after !== undefined && sentAt < after) return false;
  return day === undefined || Math.floor(sentAt / 86_400_000) === Math.floor(day / 86_400_000);
}
