/** What a caller says of one message of any kind, and what the core makes of it: the same for sending and explaining. */
import { alone } from '#db/db.ts';
import { parseInstant } from '#lib/clock.ts';
import { Fault, invalidField } from '#lib/fault.ts';
import {
  InstantText,
  LocaleText,
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
import { CHANNELS } from '../consents/consent.ts';
import { parseScopedId, type Recipient } from '../contacts/contact.ts';
import { headOf } from '../contacts/erase.ts';
import { contactAddresses } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { readId } from '../paging.ts';
import { requirePhone } from '../people.ts';
import { isBlank } from '../templates/values.ts';
import type { SendCommand } from './command.ts';
import { PURPOSE_NAMES, type Purpose } from './purposes.ts';

/** A code has calls of its own, which never store it; the question of a double opt-in is asked by the opt-in. */
const SENDABLE = PURPOSE_NAMES.filter(purpose => purpose !== 'otp' && purpose !== 'opt_in_request');

export const SendBody = {
  to: Strict(
    {
      phone: Type.Optional(PhoneText),
      scoped_id: Type.Optional(Type.String({ maxLength: 140, description: 'WhatsApp’s business-scoped user id' })),
      contact_id: Type.Optional(Type.String({ maxLength: 60 })),
    },
    'One of the three',
  ),
  purpose: Type.Optional(OneOf(SENDABLE, '`reply` when absent and a `text` is given')),
  template: Type.Optional(
    Strict({
      name: Type.Optional(Text(512, 'Absent: the approved one of the purpose')),
      language: Type.Optional(LocaleText),
      variables: Type.Optional(Variables),
    }),
  ),
  text: Type.Optional(Text(4_096, 'Free text, for an open window')),
  person: Type.Optional(
    Strict({
      first_name: Type.Optional(Text(200)),
      last_name: Type.Optional(Text(200)),
      locale: Type.Optional(LocaleText),
      timezone: Type.Optional(ZoneText),
    }),
  ),
  reference: Type.Optional(
    Reference('Yours: with purpose and person it makes the message one, however often it is asked for'),
  ),
  send_at: Type.Optional(InstantText),
  expires_at: Type.Optional({
    ...InstantText,
    description: 'When it is of no use any more; absent: as the purpose says, and never later than that allows',
  }),
  plan: Type.Optional(
    Type.Array(OneOf(CHANNELS), {
      minItems: 1,
      maxItems: 3,
      uniqueItems: true,
      description: 'Channels to try in this order; whatsapp when absent',
    }),
  ),
};

const Body = Strict(SendBody);
export type SendBody = Static<typeof Body>;

export async function commandOf(core: Core, tenant: string, body: SendBody, origin: string): Promise<SendCommand> {
  const { template, text, person } = body;
  if ((template === undefined) === (text === undefined))
    throw invalidField('template', 'give a template or a text, and not both');
  // The platform refuses it too, once it is on its way.
  if (text !== undefined && isBlank(text))
    throw invalidField('text', 'there is nothing in it that a person could read');
  const purpose = body.purpose ?? (text === undefined ? undefined : 'reply');
  if (purpose === undefined) throw invalidField('purpose', 'say what the message is for');
  const dueAt = instantOf(body.send_at);
  const expiresAt = instantOf(body.expires_at);
  if (expiresAt !== undefined && expiresAt <= (dueAt ?? core.clock.now()))
    throw invalidField('expires_at', 'this is before the message is due');
  const variables = Object.fromEntries(
    Object.entries(template?.variables ?? {}).map(([name, value]) => [name, String(value)]),
  );
  return {
    to: await recipientOf(core, tenant, body.to),
    purpose: purpose as Purpose,
    content:
      text === undefined
        ? { kind: 'template', name: template?.name, language: template?.language, variables: () => variables }
        : { kind: 'text', text },
    origin,
    person: {
      firstName: person?.first_name,
      lastName: person?.last_name,
      locale: person?.locale,
      zone: person?.timezone,
    },
    plan: body.plan,
    ...(body.reference === undefined ? {} : { reference: String(body.reference) }),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

const instantOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseInstant(text);

async function recipientOf(core: Core, tenant: string, to: SendBody['to']): Promise<Recipient> {
  const given = Object.entries(to).filter(([, value]) => value !== undefined);
  if (given.length !== 1) throw invalidField('to', 'name the person by one of phone, scoped_id and contact_id');
  if (to.phone !== undefined) return requirePhone(core, tenant, to.phone, 'to.phone');
  if (to.scoped_id !== undefined) {
    const scoped = parseScopedId(to.scoped_id);
    if (!scoped) throw invalidField('to.scoped_id', 'this is no scoped id, such as RO.13491208655302741918');
    return scoped;
  }
  const id = readId('contact', to.contact_id!);
  if (id === undefined) throw invalidField('to.contact_id', 'this is not the id of a contact');
  const tx = alone(core.db, tenant);
  const addresses = await tx.run(contactAddresses, { ids: [await headOf(tx, id)] });
  const address = addresses.find(one => one.kind === 'phone') ?? addresses[0];
  if (!address) throw new Fault('conflict', 'nothing is known by which that contact could be written to');
  return address.value as Recipient;
}
