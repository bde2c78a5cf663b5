/** `POST /api/wa/send/confirm`: an order's confirmation, once for each order. */
import { answerSend, OptInBody, optInOf, requirePhone, route, type SendCommand, sendAnswers } from '#core/index.ts';
import { parseInstant } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { formatAmount, isCurrency } from '#lib/money.ts';
import {
  InstantText,
  LocaleText,
  MoneyObject,
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
  // As a shop has it: a number, a text of its own making, or micros with their currency. A text is shown as it is.
  total: Type.Optional(
    Type.Union([
      Type.Number({ minimum: -1e12, maximum: 1e12 }),
      Type.String({ minLength: 1, maxLength: 40, format: 'storable' }),
      MoneyObject,
    ]),
  ),
  // By its shape here; whether there is such a currency is asked below, for the error to name it.
  currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
  // How many, or which: "2" and "Row 4, seats 11 and 12" are both told to the person as they are.
  tickets: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 100_000 }), Text(500)])),
  download_url: Type.Optional(Type.String({ maxLength: 2_000, format: 'web-url' })),
});

const Event = Strict({
  id: Reference('The caller’s id of the event'),
  name: Text(200),
  // An instant with its offset, and the zone beside it: the offset alone doesn't say what the clocks in the hall show.
  starts_at: InstantText,
  timezone: ZoneText,
  venue: Type.Optional(Text(200)),
});

const Customer = Strict({
  phone: PhoneText,
  // The starter templates greet by it.
  first_name: Text(100),
  last_name: Type.Optional(Text(100)),
  locale: Type.Optional(LocaleText),
  timezone: Type.Optional(ZoneText),
  // What the person agreed to with the order. Recorded first, and also when the confirmation is refused.
  opt_in: Type.Optional(OptInBody),
});

const Body = Strict({
  order: Order,
  event: Event,
  customer: Customer,
  // Absent: the approved one of the purpose, in the person's language.
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
  // All that might be wanted. A template takes what it names, and what is undefined counts as not filled.
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
  // The caller's own variables last: they may say otherwise than we do.
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
  // Nothing is read into a text: "149,50 lei" may be an amount in any of several ways of writing one.
  if (total === undefined || typeof total === 'string') return total;
  return formatAmount(typeof total === 'number' ? total : total.amount_micros / 1_000_000, currency, language);
}

/** Before anything is decided: the error names its field, and nobody is shown an amount in a currency that is none. */
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
  sheds: true,
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
  answers: sendAnswers,
  handle: async (core, { tenant, body, claim, actor }) => {
    checkCurrency(body.order);
    const { customer } = body;
    const command: SendCommand = {
      to: await requirePhone(core, tenant, customer.phone, 'customer.phone'),
      purpose: 'order_confirm',
      // Orders are numbered by number or by text; 1001 and "1001" are the same order.
      reference: String(body.order.id),
      origin: 'POST /api/wa/send/confirm',
      // Written once the language is chosen, which the core does: an amount looks different in each.
      content: { kind: 'template', name: body.template, variables: language => variablesOf(body, language) },
      person: {
        firstName: customer.first_name,
        lastName: customer.last_name,
        locale: customer.locale,
        zone: customer.timezone,
      },
      dryRun: body.dry_run ?? false,
      ...(customer.opt_in ? { optIn: optInOf(customer.opt_in, actor) } : {}),
    };
    return answerSend(core, tenant, command, claim);
  },
});
