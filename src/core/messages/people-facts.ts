/** Whom a batch is for, with everything that the rules know of them; strangers are made on the way. */
import type { Values } from '#db/column.ts';
import { alone } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { ensureContacts, identityOf } from '../contacts/contact.ts';
import { contactFill } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { admitFacts } from './admit-statements.ts';
import { planOf, type SendCommand } from './command.ts';

type PersonRow = Values<typeof admitFacts.row>;

export interface People {
  of(address: string, channel: string): PersonRow;
}

export async function readPeople(
  core: Core,
  tenant: string,
  commands: readonly SendCommand[],
  now: Instant,
): Promise<People> {
  const addresses = [...new Set(commands.map(command => command.to as string))];
  const channels = [...new Set(commands.flatMap(planOf))];
  let people = await readFacts(core, tenant, addresses, channels);
  const wet = commands.filter(command => !command.dryRun);
  // Also those who will be refused: a refusal is a row like all others, and somebody asks later whose.
  const strangers = wet.filter(command => people.of(command.to, channels[0]!).contact_id === null);
  if (strangers.length > 0) {
    const made = strangers.map(command => ({ identity: identityOf(command.to), ...command.person }));
    await ensureContacts(core, alone(core.db, tenant), tenant, made, now);
    people = await readFacts(core, tenant, addresses, channels);
  }
  await fillGaps(core, tenant, wet, address => people.of(address, channels[0]!));
  return people;
}

async function readFacts(
  core: Core,
  tenant: string,
  addresses: readonly string[],
  channels: readonly string[],
): Promise<People> {
  const kinds = addresses.map(address => identityOf(address).kind);
  const found = new Map<string, PersonRow>();
  for (const channel of channels)
    for (const row of await core.db.run(tenant, admitFacts, { kinds, addresses, channel }))
      found.set(`${channel} ${row.address}`, row);
  return { of: (address, channel) => found.get(`${channel} ${address}`)! };
}

/** The gate knows people by their record alone: what only the caller knew, such as the zone, has to stand there. */
async function fillGaps(
  core: Core,
  tenant: string,
  commands: readonly SendCommand[],
  personOf: (address: string) => PersonRow,
): Promise<void> {
  const gaps = commands.filter(({ to, person: said }) => {
    const known = personOf(to);
    return (said?.zone !== undefined && known.zone === null) || (said?.locale !== undefined && known.locale === null);
  });
  if (gaps.length === 0) return;
  await core.db.run(tenant, contactFill, {
    ids: gaps.map(command => personOf(command.to).contact_id!),
    locales: gaps.map(command => command.person?.locale ?? null),
    zones: gaps.map(command => command.person?.zone ?? null),
  });
}
