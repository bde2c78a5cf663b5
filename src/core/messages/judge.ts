/**
 * Everything of admission up to the writing: facts are read, contents composed, decisions made. A dry run and an
 * explanation take the same way and stop here, so they can't lie.
 */
import type { Values } from '#db/column.ts';
import { alone } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { canonicalJson, sha256 } from '#lib/hmac.ts';
import { newId } from '#lib/id.ts';
import { needOf, type Purse } from '../budgets/spend.ts';
import { type Channel, fold, isVerifiedClaim } from '../consents/consent.ts';
import { recordConsent } from '../consents/service.ts';
import { ensureContacts, identityCountry, identityOf, keyOf } from '../contacts/contact.ts';
import { contactFill } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { decidePlan } from '../policy/decide.ts';
import type { Decision, Facts, Intent, PolicySettings } from '../policy/decision.ts';
import { toFacts } from '../policy/facts.ts';
import { readReach } from '../senders/reach.ts';
import { templateCandidates } from '../templates/statements.ts';
import type { Settings } from '../tenants/settings-directory.ts';
import { admitFacts } from './admit-statements.ts';
import type { SendCommand } from './command.ts';
import { type Composed, composeContent } from './compose.ts';
import { type Estimate, readEstimates } from './estimate.ts';
import { rulesOf } from './purposes.ts';
import { readRecent } from './recent.ts';

/** Of a command without a plan. */
const CHANNEL: Channel = 'whatsapp';
const planOf = (command: SendCommand): readonly Channel[] => command.plan ?? [CHANNEL];

export interface Judged {
  command: SendCommand;
  /** Made before anything is judged. A dry run's is thrown away with it. */
  id: string;
  /** Null only in a dry run for somebody unknown, who is not made for the asking. */
  contactId: string | null;
  composed: Composed;
  decision: Decision;
  expiresAt: number;
  /** Null without a reference: then every call is a message of its own. */
  key: string | null;
  fingerprint: Buffer;
}

/** What was known at another moment, for an explanation: takes the place of what is known now. */
export type Revise = (facts: Facts, contactId: string | null, channel: string) => Promise<Facts>;

/** A batch of which everything is known but what it may cost: judged with the figures of one moment, and again with those of another. */
export type Judge = (purse: Purse | undefined) => Promise<Judged[]>;

export async function prepareAll(
  core: Core,
  tenant: string,
  commands: readonly SendCommand[],
  now: Instant,
  revise?: Revise,
): Promise<Judge> {
  await recordOptIns(core, tenant, commands, now);
  const people = await readPeople(core, tenant, commands, now);
  const settings = await core.settings.of(core.db, tenant);
  const templates = await readTemplates(core, tenant, commands);
  const beside = await readBeside(core, tenant, settings.policy, commands, people, now);
  const estimate = await readEstimates(core, tenant, settings, commands, now);
  return purse => judgeAll({ core, commands, people, settings, templates, beside, estimate, revise, now }, purse);
}

interface Prepared {
  core: Core;
  commands: readonly SendCommand[];
  people: People;
  settings: Settings;
  templates: Awaited<ReturnType<typeof readTemplates>>;
  beside: Awaited<ReturnType<typeof readBeside>>;
  estimate: Estimate;
  revise: Revise | undefined;
  now: Instant;
}

async function judgeAll(prepared: Prepared, purse: Purse | undefined): Promise<Judged[]> {
  const { commands, people, settings, templates, beside, estimate, revise, now } = prepared;
  const recent = beside.recent.again();
  const judged = new Map<SendCommand, Judged>();
  // What is only tried comes last: it sees what is really asked for, and takes nothing away from it.
  for (const command of commands.toSorted((a, b) => Number(a.dryRun ?? false) - Number(b.dryRun ?? false))) {
    const plan = planOf(command);
    const person = people.of(command.to, plan[0]!);
    const composed = composeContent(command, person, templates, settings.defaultLanguage);
    const dueAt = command.dueAt ?? now;
    const expiresAt = expiryOf(command, now);
    const steps: { intent: Intent; facts: Facts }[] = [];
    for (const channel of plan) {
      const row = people.of(command.to, channel);
      const facts = withWords(
        toFacts(row, {
          settings: settings.policy,
          recent: recent.of(row.contact_id, command.purpose),
          reach: channel === CHANNEL ? beside.reached.of(row.contact_id) : undefined,
          cost: estimate(command, composed, row),
          spend: purse?.facts(),
        }),
        command,
        now,
      );
      const { purpose, confirmsOptOut = false } = command;
      const intent = { purpose, channel, content: composed.intent, dueAt, expiresAt, confirmsOptOut };
      steps.push({ intent, facts: revise ? await revise(facts, row.contact_id, channel) : facts });
    }
    const decision = decidePlan(steps, now);
    // The next of this batch counts it: ten promotions to one person in one call are ten.
    const id = newId();
    if (decision.outcome !== 'refuse') {
      recent.add(person.contact_id, command.purpose, decision.dueAt);
      purse?.take(needOf(id, command.purpose, decision));
    }
    judged.set(command, {
      command,
      id,
      contactId: person.contact_id,
      composed,
      decision,
      expiresAt,
      // With the person: a shop's order numbers may begin anew with every event, and a ticket may go to two people.
      key: command.reference === undefined ? null : `${command.purpose}:${command.reference}:${command.to}`,
      // Of what was asked for and not of what follows from the moment, such as the expiry: said tomorrow it is the same.
      // Without the provider's name for the template: the same text, submitted anew, is the same message.
      fingerprint: sha256(
        canonicalJson({ content: { ...composed.stored, providerTemplateId: undefined }, due: command.dueAt ?? null }),
      ),
    });
  }
  return commands.map(command => judged.get(command)!);
}

/**
 * The caller's end or the purpose's, whichever is sooner. The purpose's counts from when the message is due: counted from
 * the asking, a reminder for next week would be over before it could leave.
 */
const expiryOf = (command: SendCommand, now: Instant): Instant =>
  Math.min(
    command.expiresAt ?? Number.MAX_SAFE_INTEGER,
    Math.max(now, command.dueAt ?? now) + rulesOf(command.purpose).expiresAfterMs,
  );

type PersonRow = Values<typeof admitFacts.row>;

interface People {
  of(address: string, channel: string): PersonRow;
}

async function readPeople(core: Core, tenant: string, commands: readonly SendCommand[], now: Instant): Promise<People> {
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

async function readTemplates(core: Core, tenant: string, commands: readonly SendCommand[]) {
  const asked = commands.map(command => ({
    purpose: command.purpose,
    name: command.content.kind === 'template' ? command.content.name : undefined,
    text: command.content.kind === 'text',
  }));
  const names = [...new Set(asked.flatMap(one => one.name ?? []))];
  const purposes = [
    ...new Set(asked.filter(one => !one.text && one.name === undefined).map(one => one.purpose as string)),
  ];
  return core.db.run(tenant, templateCandidates, { names, purposes });
}

/** What is known beside the person's row; each part costs a look only where a cap or a limit is set. */
async function readBeside(
  core: Core,
  tenant: string,
  settings: PolicySettings,
  commands: readonly SendCommand[],
  people: People,
  now: Instant,
) {
  const tx = alone(core.db, tenant);
  const asked = commands.map(command => ({
    contact: people.of(command.to, planOf(command)[0]!).contact_id,
    purpose: command.purpose as string,
  }));
  const sender = await core.senders.byDefault(tenant, CHANNEL);
  const [recent, reached] = await Promise.all([
    readRecent(tx, settings.caps, asked, now, true),
    readReach(
      tx,
      sender,
      asked.map(one => one.contact),
      now,
    ),
  ]);
  return { recent, reached };
}

/** What the command says of a person who is not known yet, and the opt-in of a dry run, which is recorded nowhere. */
function withWords(facts: Facts, command: SendCommand, now: Instant): Facts {
  const { zone, country } = facts.person;
  const person = {
    ...facts.person,
    zone: zone ?? command.person?.zone,
    country: country ?? identityCountry(command.to) ?? undefined,
  };
  return withDryOptIn({ ...facts, person }, command, now);
}

/** A dry run records nothing, so the opt-in that would come first is only imagined: folded as the ledger would. */
function withDryOptIn(facts: Facts, command: SendCommand, now: Instant): Facts {
  if (!command.dryRun || !command.optIn) return facts;
  const { source, text, purposes } = command.optIn;
  const entry = {
    action: 'grant',
    saidBy: 'business',
    at: now,
    source,
    verified: isVerifiedClaim(source, text),
  } as const;
  const consent = { ...facts.consent };
  // Without the words that it was folded from, the standing of today stands for the words: a stop outranks the claim.
  for (const purpose of purposes) {
    const {
      stoppedAt = null,
      platformStoppedAt = null,
      pausedAt = null,
      verified = false,
    } = facts.consent[purpose] ?? {};
    if (stoppedAt !== null) continue;
    const granted = { ...fold(undefined, entry), platformStoppedAt, pausedAt };
    consent[purpose] = { ...granted, verified: granted.verified || verified };
  }
  return { ...facts, consent };
}

async function recordOptIns(core: Core, tenant: string, commands: readonly SendCommand[], now: Instant): Promise<void> {
  const granted = commands.filter(command => command.optIn && !command.dryRun);
  if (granted.length === 0) return;
  const contacts = await ensureContacts(
    core,
    alone(core.db, tenant),
    tenant,
    granted.map(command => ({ identity: identityOf(command.to), ...command.person })),
    now,
  );
  // Each in a transaction of its own, and first: what a person agreed to stands whether or not this message is sent,
  // and the end of the ledger is not locked for as long as a whole batch takes.
  for (const command of granted) {
    const { source, text, purposes, actor } = command.optIn!;
    const contactId = contacts.get(keyOf(identityOf(command.to)))!;
    await core.db.tx(tenant, tx =>
      recordConsent(core, tx, tenant, {
        contactId,
        action: 'grant',
        purposes,
        channels: [CHANNEL],
        saidBy: 'business',
        actor,
        source,
        text,
        at: now,
        evidence: { origin: command.origin },
      }),
    );
  }
}
