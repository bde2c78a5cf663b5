/** What people say and who they are: messages, preferences, changes of number. */
import type { Inbound, PersonIds, ProviderEvent } from '#core/provider.ts';
import type { Instant } from '#lib/clock.ts';
import { readPerson } from './person.ts';
import { type Json, object, objects, string, timeOf } from './values.ts';

const plus = (digits: unknown): string | undefined => {
  const text = string(digits);
  return text === undefined || text === '' ? undefined : `+${text.replace(/^\+/, '')}`;
};

export function readMessage(item: Json, profiles: readonly Json[], arrivedAt: Instant): ProviderEvent {
  const providerId = string(item['id']);
  const at = timeOf(item['timestamp'], arrivedAt);
  const type = string(item['type']) ?? 'unnamed';
  if (providerId === undefined) return { kind: 'ignored', what: `message ${type}` };
  if (type === 'system') {
    const change = readIdentityChange(item, providerId, at);
    if (change) return change;
  }
  const contact = contactOf(item, profiles);
  const inbound: Inbound = {
    kind: 'inbound',
    providerId,
    from: plus(item['from']),
    person: { ...readPerson(contact ?? {}), ...readPerson(item, { wa: 'from', prefix: 'from_' }) },
    profileName: string(object(contact?.['profile'])?.['name']),
    type,
    text: wordsOf(item, type),
    ...(object(item['referral']) ? { entry: true } : {}),
    at,
    payload: item,
  };
  return inbound;
}

/** The contact that belongs to a message: by the number, or by the scoped id of somebody who hides it. */
function contactOf(item: Json, profiles: readonly Json[]): Json | undefined {
  const from = string(item['from']);
  const scoped = string(item['from_user_id']);
  return profiles.find(
    profile =>
      (from !== undefined && string(profile['wa_id']) === from) ||
      (scoped !== undefined && string(profile['user_id']) === scoped),
  );
}

/** What a person typed or tapped. A button's payload is ours, its text is what they read. */
function wordsOf(item: Json, type: string): string | undefined {
  const part = (name: string) => object(item[name]);
  if (type === 'text') return string(part('text')?.['body']);
  if (type === 'button') return string(part('button')?.['text']);
  if (type === 'interactive') {
    const reply = object(part('interactive')?.['button_reply']) ?? object(part('interactive')?.['list_reply']);
    return string(reply?.['title']);
  }
  return string(part(type)?.['caption']);
}

const CHANGES = new Set(['user_changed_number', 'user_changed_user_id', 'customer_changed_number']);

/**
 * The platform's pages disagree on what such a message carries: sometimes the scoped id of before, sometimes only the old
 * number as its sender. Both lead to the person.
 */
function readIdentityChange(item: Json, providerId: string, at: number): ProviderEvent | undefined {
  const system = object(item['system']) ?? {};
  if (!CHANGES.has(string(system['type']) ?? '')) return undefined;
  const previous: PersonIds = readPerson({ user_id: system['previous_user_id'], wa_id: item['from'] });
  return {
    kind: 'identity',
    providerId,
    before: { from: plus(item['from']), person: previous },
    after: { from: plus(system['wa_id'] ?? system['new_wa_id']), person: readPerson(system) },
    at,
    payload: item,
  };
}

const PREFERENCES = ['stop', 'resume', 'signup'] as const;

export function readPreferences(value: Json, arrivedAt: Instant): ProviderEvent[] {
  return objects(value['user_preferences']).map((item): ProviderEvent => {
    const said = PREFERENCES.find(one => one === string(item['value']));
    const at = timeOf(item['timestamp'], arrivedAt);
    const category = string(item['category']) ?? 'unnamed';
    if (!said || category !== 'marketing_messages')
      return { kind: 'ignored', what: `preference ${category} ${string(item['value']) ?? ''}`.trim() };
    return { kind: 'preference', from: plus(item['wa_id']), person: readPerson(item), value: said, at, payload: item };
  });
}
