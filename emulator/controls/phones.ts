/** The phones on the table: what they show, and what their people do with them. */
import type { EmulatedMessage, EmulatedPhone, EmulatorAccount, Webhook } from '#core/emulation.ts';
import { markup } from '#lib/markup.ts';
import { toIso } from '../platform-clock.ts';
import type { World } from '../world.ts';
import {
  type Control,
  type ControlAnswer,
  type ControlCall,
  done,
  invalid,
  readPhone,
  readString,
  refuse,
} from './control.ts';

/** A campaign puts a hundred thousand phones on the table; a person looks at the latest. */
const LIST_LIMIT = 200;

export const listPhones: Control = ({ world, query }) => {
  const limit = Math.max(1, Number(query.get('limit')) || LIST_LIMIT);
  const phones = [...world.phones()].sort((a, b) => lastAt(b) - lastAt(a)).slice(0, limit);
  return done({ data: phones.map(phone => showPhone(phone)), total: world.state.phones.size });
};

function lastAt(phone: EmulatedPhone): number {
  return phone.messages.at(-1)?.at ?? 0;
}

export const addPhone: Control = ({ world, body }) => {
  const phone = readPhone(readString(body['phone']) ?? '');
  if (!phone) return invalid('phone', 'a phone number such as +40712345678');
  // Without a name the event puts the phone on the table all the same, under the name that its number gives it.
  const name = readString(body['name'])?.trim();
  world.changePhone(phone, name ? { name } : {});
  return done(showPhone(world.phone(phone)), 201);
};

export const listMessages: Control = ({ world, params, query }) => {
  const number = readPhone(params['phone'] ?? '');
  if (!number) return invalid('phone', 'a phone number such as +40712345678');
  // Looked up and not asked for: reading alone puts nobody on the table.
  const phone = world.state.phones.get(number);
  const limit = Number(query.get('limit')) || undefined;
  const shown = phone ? visibleMessages(phone) : [];
  const messages = (limit ? shown.slice(-limit) : shown).map(showMessage);
  // As a screen shows them, for whoever draws one: which words are bold, struck, a link.
  const drawn = query.get('runs') === 'true';
  return done(drawn ? messages.map(message => ({ ...message, runs: markup(String(message['text'])) })) : messages);
};

/** what failed never came; whoever has blocked the number never sees what it sent meanwhile */
function visibleMessages(phone: EmulatedPhone): EmulatedMessage[] {
  return phone.messages.filter(
    message =>
      message.direction === 'in' ||
      !(message.lost || message.content.failure || (phone.blocked && message.deliveredAt === 0)),
  );
}

/** As the person sees it. The memo is the part's own, for the webhooks that it has still to build. */
export function showMessage(message: EmulatedMessage): Record<string, unknown> {
  const { type, text, replyTo, memo: _memo, ...rest } = message.content;
  return {
    id: message.id,
    direction: message.direction,
    type,
    text,
    ...rest,
    ...(replyTo === undefined ? {} : { reply_to: replyTo }),
    status: message.status,
    at: toIso(message.at),
    number: message.number,
  };
}

function showPhone(phone: EmulatedPhone): Record<string, unknown> {
  const messages = visibleMessages(phone);
  const last = messages.at(-1);
  return {
    phone: phone.phone,
    name: phone.name,
    username: phone.username ?? null,
    previous: phone.previous ?? null,
    unread: messages.filter(message => isUnread(message) && message.deliveredAt > 0).length,
    last: last ? showMessage(last) : null,
    state: { switched_on: phone.switchedOn, blocked: phone.blocked, marketing_stopped: phone.marketingStopped },
  };
}

function isUnread(message: EmulatedMessage): boolean {
  return message.direction === 'out' && message.readAt === 0;
}

/** What people do, named as they would say it. Each answers the phone as it is afterwards. */
const ACTIONS: Record<string, (call: ControlCall, phone: EmulatedPhone) => ControlAnswer> = {
  read: readChat,
  block: (call, phone) => change(call, phone, { blocked: true }),
  unblock: (call, phone) => change(call, phone, { blocked: false }),
  'switch-off': (call, phone) => change(call, phone, { switched_on: false }),
  'switch-on': switchOn,
  'stop-marketing': (call, phone) => setMarketing(call, phone, true),
  'resume-marketing': (call, phone) => setMarketing(call, phone, false),
  'hide-number': hideNumber,
  'show-number': (call, phone) => change(call, phone, { username: null }),
  'change-number': changeNumber,
};

export const actOnPhone: Control = call => {
  const number = readPhone(call.params['phone'] ?? '');
  if (!number) return invalid('phone', 'a phone number such as +40712345678');
  const act = ACTIONS[call.params['action'] ?? ''];
  if (!act) return refuse(404, 'not_found', `People can ${Object.keys(ACTIONS).join(', ')}.`);
  // Who acts is there: a number that nobody has heard of becomes a phone by it.
  return act(call, call.world.phone(number));
};

function change(
  { world }: ControlCall,
  phone: EmulatedPhone,
  changed: Parameters<World['changePhone']>[1],
): ControlAnswer {
  return done(showPhone(world.changePhone(phone.phone, changed)));
}

function readChat({ world, body }: ControlCall, phone: EmulatedPhone): ControlAnswer {
  if (!phone.switchedOn) return refuse(409, 'switched_off', 'The phone is switched off: nobody reads on it.');
  const wanted = body['message_id'];
  if (wanted !== undefined && !phone.messages.some(message => message.id === wanted)) {
    return refuse(404, 'not_found', 'That message is not on this phone.');
  }
  // The whole chat, as a person opens it; or the one message that a test means.
  const opened = visibleMessages(phone).filter(
    message => isUnread(message) && (wanted === undefined || message.id === wanted) && world.progress.open(message),
  );
  return done({ read: opened.map(message => message.id) });
}

function switchOn(call: ControlCall, phone: EmulatedPhone): ControlAnswer {
  // First of all: what was kept asks on its arrival whether the phone is on.
  call.world.changePhone(phone.phone, { switched_on: true });
  call.world.progress.deliverKept(phone.phone);
  return done(showPhone(phone));
}

function setMarketing(call: ControlCall, phone: EmulatedPhone, stopped: boolean): ControlAnswer {
  // Before the webhook, so that whatever it causes meets the switch as it is now.
  call.world.changePhone(phone.phone, { marketing_stopped: stopped });
  const webhooks = tell(call, phone, (account, part) => part.preferenceWebhook?.(call.world, account, phone));
  return done({ ...showPhone(phone), webhooks });
}

function hideNumber(call: ControlCall, phone: EmulatedPhone): ControlAnswer {
  // A username, given or made of the name: as long as there is one, no webhook shows the number.
  const wanted = readString(call.body['username']) ?? phone.name.toLowerCase().replace(/[^a-z]+/g, '.');
  return change(call, phone, { username: wanted });
}

function changeNumber(call: ControlCall, phone: EmulatedPhone): ControlAnswer {
  const { world, body } = call;
  const to = readPhone(readString(body['to']) ?? '');
  if (!to || to === phone.phone) return invalid('to', 'the new phone number, another than before');
  // what had not arrived at the old number never will
  for (const message of phone.messages) {
    if (message.direction === 'out' && message.deliveredAt === 0) world.lose(message);
  }
  // A copy, as it was: the webhook names both sides, and the move leaves nothing of this one.
  const before = { ...phone, lastInboundAt: new Map(phone.lastInboundAt) };
  world.record({ kind: 'phone_moved', from: phone.phone, to, at: toIso(world.now()) });
  world.changes.tell('reset');
  const after = world.phone(to);
  const webhooks = tell(call, before, (account, part) => part.numberChangedWebhook?.(world, account, before, after));
  return done({ ...showPhone(after), webhooks });
}

/** one webhook for each of our numbers this person has talked with, or for the first when there is none yet */
function tell(
  { world, body }: ControlCall,
  phone: EmulatedPhone,
  build: (account: EmulatorAccount, part: NonNullable<ReturnType<World['part']>>) => Webhook | undefined,
): number {
  const numbers = new Set(phone.messages.map(message => message.number));
  const asked = readString(body['number']);
  // Those that may know the person. A business that never heard of them is told nothing about them.
  const known = world.accounts.filter(account =>
    asked === undefined ? numbers.has(account.phoneNumberId) : account.phoneNumberId === asked,
  );
  // Unless nobody has: then the first, so that a control does something on an empty table too.
  const accounts = known.length > 0 ? known : world.accounts.slice(0, 1);
  let sent = 0;
  for (const account of accounts) {
    const part = world.part(account.provider);
    const webhook = part && build(account, part);
    if (!webhook) continue;
    world.sendWebhook(webhook);
    sent++;
  }
  return sent;
}
