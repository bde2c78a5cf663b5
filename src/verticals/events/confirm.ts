/** `POST /api/wa/send/confirm`: an order's confirmation, once for each order. */
import {
  answerAdmission,
  EXAMPLE_ID,
  exampleDecision,
  requirePhone,
  route,
  SendAnswer,
  type SendCommand,
} from '#core/index.ts';
import { parseInstant } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { formatAmount, isCurrency } from '#lib/money.ts';
import {
  InstantText,
  LocaleText,
  MoneyObject,
  OneOf,
  PhoneText,
  Reference,
  type Static,
  Strict,
  Text,
  Type,
  Variables,
  ZoneText,
} from '#lib/schema.ts';
import { formatDate, formatTime } from '#lib/zone.ts';

const Order = Strict({
  id: Reference('The business key: one confirmation for each order and person'),
  total: Type.Optional(
    Type.Union([
      Type.Number({ minimum: -1e12, maximum: 1e12 }),
      Type.String({ minLength: 1, maxLength: 40, format: 'storable' }),
      MoneyObject,
    ]),
  ),
  currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
  tickets: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 100_000 }), Text(500)])),
  download_url: Type.Optional(Type.String({ maxLength: 2_000, format: 'web-url' })),
});

const Event = Strict({
  id: Reference('The caller’s id of the event'),
  name: Text(200),
  starts_at: InstantText,
  timezone: ZoneText,
  venue: Type.Optional(Text(200)),
});

const Customer = Strict({
  phone: PhoneText,
  first_name: Text(100),
  last_name: Type.Optional(Text(100)),
  locale: Type.Optional(LocaleText),
  timezone: Type.Optional(ZoneText),
  opt_in: Type.Optional(
    Strict({
      source: Text(100),
      text: Type.Optional(Text(4_000)),
      purposes: Type.Optional(
        Type.Array(OneOf(['marketing', 'transactional']), { minItems: 1, maxItems: 2, uniqueItems: true }),
      ),
    }),
  ),
});

const Body = Strict({
  order: Order,
  event: Event,
  customer: Customer,
  template: Type.Optional(Type.String({ pattern: '^[a-z0-9_]{1,512}$' })),
  variables: Type.Optional(Variables),
  dry_run: Type.Optional(Type.Boolean()),
});

type ConfirmBody = Static<typeof Body>;

/** The offered variables, written as the reader of that language writes amounts, dates and hours. */
function variablesOf(body: ConfirmBody, language: string): Record<string, string> {
  const { order, event } = body;
  const startsAt = parseInstant(event.starts_at)!;
  const currency = order.currency ?? (typeof order.total === 'object' ? order.total.currency : undefined);
  const offered: Record<string, string | undefined> = {
    order_id: String(order.id),
    total: totalText(order.total, currency, language),
    currency,
    tickets: order.tickets === undefined ? undefined : String(order.tickets),
    download_url: order.download_url,
    event_name: event.name,
    event_date: formatDate(startsAt, event.timezone, language),
    event_time: formatTime(startsAt, event.timezone, language),
    venue: event.venue,
  };
  const given = Object.entries(body.variables ?? {}).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries([
    ...Object.entries(offered).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ...given,
  ]);
}

function totalText(
  total: ConfirmBody['order']['total'],
  currency: string | undefined,
  language: string,
): string | undefined {
  if (total === undefined || typeof total === 'string') return total;
  return formatAmount(typeof total === 'number' ? total : total.amount_micros / 1_000_000, currency, language);
}

function checkCurrency(order: ConfirmBody['order']): void {
  if (order.currency !== undefined && !isCurrency(order.currency))
    throw invalidField('order.currency', `${order.currency} is not a currency of ISO 4217`);
  if (typeof order.total === 'object' && !isCurrency(order.total.currency))
    throw invalidField('order.total.currency', 'this is not a currency of ISO 4217');
}

export const confirmRoute = route({
  method: 'POST',
  path: '/api/wa/send/confirm',
  scope: 'messages:send',
  tag: 'Events and ticketing',
  summary: 'Confirm an order on WhatsApp',
  description:
    'Queues one confirmation for each order and person. Said again, it answers 200 with `duplicate: true` and the same message; when the policy says no, it answers 200 with `status: "refused"` and the reason. With `dry_run: true` nothing is stored and the text is shown.',
  body: Body,
  example: {
    order: { id: 'A-1001', total: 149.5, currency: 'RON', tickets: 2, download_url: 'https://tickets.example/A-1001' },
    event: {
      id: 'E-7',
      name: 'Concert de toamnă',
      starts_at: '2026-11-28T20:00:00+02:00',
      timezone: 'Europe/Bucharest',
      venue: 'Sala Palatului',
    },
    customer: { phone: '+40712345678', first_name: 'Ana', locale: 'ro' },
  },
  answers: {
    202: {
      description: 'Queued',
      schema: SendAnswer,
      example: { message_id: EXAMPLE_ID, status: 'queued', duplicate: false, decision: exampleDecision },
    },
    200: {
      description: 'A duplicate, a refusal or a dry run',
      schema: SendAnswer,
      example: { message_id: EXAMPLE_ID, status: 'delivered', duplicate: true },
    },
  },
  handle: async (core, { tenant, body, claim, actor }) => {
    checkCurrency(body.order);
    const { customer } = body;
    const command: SendCommand = {
      to: await requirePhone(core, tenant, customer.phone, 'customer.phone'),
      purpose: 'order_confirm',
      reference: String(body.order.id),
      origin: 'POST /api/wa/send/confirm',
      content: { kind: 'template', name: body.template, variables: language => variablesOf(body, language) },
      person: {
        firstName: customer.first_name,
        lastName: customer.last_name,
        locale: customer.locale,
        zone: customer.timezone,
      },
      dryRun: body.dry_run ?? false,
      ...(customer.opt_in
        ? {
            optIn: {
              ...customer.opt_in,
              actor,
              text: customer.opt_in.text,
              purposes: customer.opt_in.purposes ?? ['transactional' as const],
            },
          }
        : {}),
      ...(claim ? { claim: { ...claim, answer: answerAdmission } } : {}),
    };
    const admission = await core.send(tenant, command);
    return { ...answerAdmission(admission), stored: claim !== undefined && admission.kind !== 'dry' };
  },
});
