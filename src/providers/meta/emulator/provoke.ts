/** Every webhook that the platform can send, on demand: by a name of the catalogue, or with any value at all. */
import type { ControlOutcome, EmulatorAccount, EmulatorWorld, Webhook, WebhookWish } from '#core/emulation.ts';
import { accountEvent } from './account-events.ts';
import { ACCOUNT_EXAMPLES } from './examples/account.ts';
import { CONVERSATION_EXAMPLES } from './examples/conversations.ts';
import { type Example, sceneOf } from './examples/example.ts';
import { INBOUND_EXAMPLES } from './examples/inbound.ts';
import { NOTICE_EXAMPLES } from './examples/notices.ts';
import { STATUS_EXAMPLES } from './examples/statuses.ts';
import { TEMPLATE_EXAMPLES } from './examples/templates.ts';
import { type Fields, isFields } from './fields.ts';
import { changeAccountSettings } from './number-settings.ts';
import { limitNamed } from './portfolio-reach.ts';
import { templatesOf } from './template-document.ts';
import { changeTemplates } from './template-review.ts';
import { entryWebhook, fieldWebhook, messagesWebhook, PORTFOLIO_ID } from './webhooks.ts';

const CATALOGUE: readonly Example[] = [
  ...INBOUND_EXAMPLES,
  ...NOTICE_EXAMPLES,
  ...STATUS_EXAMPLES,
  ...CONVERSATION_EXAMPLES,
  ...TEMPLATE_EXAMPLES,
  ...ACCOUNT_EXAMPLES,
];

export const webhookExamples = CATALOGUE.map(({ field, example, says, guessed }) => ({
  field,
  example,
  says,
  ...(guessed ? { guessed } : {}),
}));

export function provoke(world: EmulatorWorld, account: EmulatorAccount, wish: WebhookWish): ControlOutcome {
  const answer = { field: wish.field };
  // Whatever the platform may come up with: what a client does with a field that it has never seen can be tried too.
  if (wish.value !== undefined) return tell(world, account, wish.field, wish.value, answer);
  const ofField = CATALOGUE.filter(({ field }) => field === wish.field);
  if (ofField.length === 0) {
    return refuse('field', `one of ${[...new Set(CATALOGUE.map(({ field }) => field))].join(', ')}; or give a value`);
  }
  const found = wish.example === undefined ? ofField[0] : ofField.find(({ example }) => example === wish.example);
  if (!found) return refuse('example', `one of ${ofField.map(({ example }) => example).join(', ')}`);
  return happen(world, account, found, wish, { ...answer, example: found.example });
}

/** What an example changes on the platform is changed; what only other people could do is only told. */
function happen(
  world: EmulatorWorld,
  account: EmulatorAccount,
  found: Example,
  wish: WebhookWish,
  answer: Fields,
): ControlOutcome {
  if ('template' in found) return changeOneTemplate(world, account, found, wish.template, answer);
  const scene = sceneOf(world, account, world.phone(wish.phone));
  if ('event' in found) return tell(world, account, found.field, found.event(scene), answer);
  if ('value' in found) {
    const told = tell(world, account, found.field, found.value(scene), answer);
    return 'refused' in told || found.stops === undefined
      ? told
      : { ...told, marketing: { phone: wish.phone, stopped: found.stops } };
  }
  if ('entry' in found) return { webhooks: [entryWebhook(account, found.entry(scene))], answer };
  const { type, text, document, wire, value, withoutContacts, silent } = found.written(scene);
  const memo = {
    wire,
    ...(value ? { value } : {}),
    ...(withoutContacts ? { without_contacts: true } : {}),
    ...(silent ? { silent: true } : {}),
  };
  const content = { type, text, memo, ...(document ? { document } : {}) };
  return { webhooks: [], written: [{ account, phone: wish.phone, content }], answer };
}

function tell(
  world: EmulatorWorld,
  account: EmulatorAccount,
  field: string,
  value: Fields,
  answer: Fields,
): ControlOutcome {
  if (field === 'account_update' && typeof value['event'] === 'string') return accountEvent(world, account, value);
  const limit = limitNamed(value['max_daily_conversations_per_business']);
  // Both fields report the portfolio's limit: afterwards it is in force.
  if (/^(business_capability|phone_number_quality)_update$/.test(field) && limit !== undefined)
    changeAccountSettings(world, account.businessAccountId, { messagingLimit: limit });
  return { webhooks: [webhookOf(world, account, field, value)], answer };
}

function webhookOf(world: EmulatorWorld, account: EmulatorAccount, field: string, value: Fields): Webhook {
  // Of all fields this one alone goes to an override's address, and brings no time of its own.
  if (field === 'messages') return messagesWebhook(world, account, value);
  const people = isFields(value['metadata']);
  const entryId = field === 'partner_solutions' ? PORTFOLIO_ID : account.businessAccountId;
  return fieldWebhook(account, field, value, people ? undefined : world.now(), entryId);
}

function changeOneTemplate(
  world: EmulatorWorld,
  account: EmulatorAccount,
  found: Extract<Example, { template: unknown }>,
  wanted: string | undefined,
  answer: Fields,
): ControlOutcome {
  const known = templatesOf(world, account);
  const template = wanted === undefined ? known[0] : known.find(({ name }) => name === wanted);
  if (!template)
    return refuse(
      'template',
      wanted === undefined ? 'handed in first: there is none' : 'the name of one of the platform’s',
    );
  const outcome = changeTemplates(world, account, [template], found.template);
  if ('refused' in outcome) return outcome;
  const webhooks = found.mislabelled
    ? outcome.webhooks.map(one => ({
        ...one,
        body: one.body.replace('message_template_quality_update', 'message_template_status_update'),
      }))
    : outcome.webhooks;
  return { webhooks, answer: { ...answer, ...outcome.answer } };
}

function refuse(path: string, message: string): ControlOutcome {
  return { refused: 'invalid', message: `The ${path} of a webhook is ${message}.`, fields: [{ path, message }] };
}
