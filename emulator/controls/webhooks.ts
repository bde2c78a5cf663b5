/** Anything that the platform may say, on demand, through the same line as what really happens: signed and repeated. */
import type { World } from '../world.ts';
import { type Control, conclude, done, invalid, isRecord, readPhone, readString, refuse } from './control.ts';
import { accountFor } from './writing.ts';

/** When the table is empty and nobody is named. */
const SOMEBODY = '+40712345678';

/** `waiting`: how many are not taken yet. At 0 the business has been told all that there is to tell. */
export const showWebhooks: Control = ({ world, query }) => {
  const field = query.get('field');
  const examples = world.parts.flatMap(part =>
    (part.webhookExamples ?? []).map(example => ({ provider: part.provider, ...example })),
  );
  return done({
    waiting: world.webhooks.queue.waiting,
    data: examples.filter(example => field === null || example.field === field),
  });
};

export const provokeWebhook: Control = ({ world, body }) => {
  const field = readString(body['field']);
  if (field === undefined || !/^[a-z_]{1,64}$/.test(field)) {
    return invalid('field', 'a webhook field such as account_update; GET /_sandbox/webhooks lists them');
  }
  const { value } = body;
  if (value !== undefined && !isRecord(value)) return invalid('value', 'an object, as the platform would send it');
  const phone = body['phone'] === undefined ? latestPhone(world) : readPhone(readString(body['phone']) ?? '');
  if (!phone) return invalid('phone', 'a phone number such as +40712345678');
  const account = accountFor(world, world.phone(phone), readString(body['number']));
  if (!account) return invalid('number', `one of ${world.accounts.map(one => one.phoneNumberId).join(', ')}`);
  const part = world.part(account.provider);
  if (!part?.provoke) return refuse(404, 'not_found', `${account.provider} has no such webhooks here.`);
  const [example, template] = [readString(body['example']), readString(body['template'])];
  return conclude(world, part.provoke(world, account, { field, example, value, phone, template }));
};

/** Whoever was written to last, or wrote: whom a person at the page is looking at. */
function latestPhone(world: World): string {
  let latest = SOMEBODY;
  let latestMs = 0;
  for (const phone of world.phones()) {
    const at = phone.messages.at(-1)?.at ?? 0;
    if (at > latestMs) [latest, latestMs] = [phone.phone, at];
  }
  return latest;
}
