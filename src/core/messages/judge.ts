/**
 * Everything of admission up to the writing: facts are read, contents composed, decisions made. A dry run and an
 * explanation take the same way and stop here, so they can't lie.
 */
import { alone } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { canonicalJson, sha256 } from '#lib/hmac.ts';
import { newId } from '#lib/id.ts';
import { type Need, needOf, type Purse } from '../budgets/spend.ts';
import type { Core } from '../context.ts';
import { decidePlan } from '../policy/decide.ts';
import type { Decision, Facts, Intent, PolicySettings } from '../policy/decision.ts';
import { toFacts } from '../policy/facts.ts';
import { isFreeReply, type Price } from '../rates/price.ts';
import { readReach } from '../senders/reach.ts';
import { templateCandidates } from '../templates/statements.ts';
import type { Settings } from '../tenants/settings-directory.ts';
import { DEFAULT_CHANNEL, type Held, planOf, type SendCommand } from './command.ts';
import { type Composed, composeContent } from './compose.ts';
import { type Estimate, readEstimates } from './estimate.ts';
import { businessKey, type Holder, heldBy, keysWorthALook, readHolders } from './held.ts';
import { type People, readPeople } from './people-facts.ts';
import { rulesOf } from './purposes.ts';
import { readRecent } from './recent.ts';
import { recordOptIns, withWords } from './words.ts';

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
  /** The money that it takes when it is let through. */
  need: Need;
  /** Whose message the key is already, as far as that was worth a look. */
  held: Held | undefined;
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
  const holders = await readHolders(alone(core.db, tenant), keysWorthALook(settings, commands));
  const estimate = await readEstimates(core, tenant, settings, commands, now);
  return purse => judgeAll({ commands, people, settings, templates, beside, holders, estimate, revise, now }, purse);
}

interface Prepared {
  commands: readonly SendCommand[];
  people: People;
  settings: Settings;
  templates: Awaited<ReturnType<typeof readTemplates>>;
  beside: Awaited<ReturnType<typeof readBeside>>;
  holders: ReadonlyMap<string, Holder>;
  estimate: Estimate;
  revise: Revise | undefined;
  now: Instant;
}

async function judgeAll(prepared: Prepared, purse: Purse | undefined): Promise<Judged[]> {
  const { commands, people, settings, templates, beside, holders, estimate, revise, now } = prepared;
  const recent = beside.recent.again();
  const led = new Set<string>();
  const judged = new Map<SendCommand, Judged>();
  // What is only tried comes last: it sees what is really asked for, and takes nothing away from it.
  for (const command of commands.toSorted((a, b) => Number(a.dryRun ?? false) - Number(b.dryRun ?? false))) {
    const plan = planOf(command);
    const person = people.of(command.to, plan[0]!);
    const composed = composeContent(command, person, templates, settings.defaultLanguage);
    const dueAt = command.dueAt ?? now;
    const expiresAt = expiryOf(command, now);
    const steps: { intent: Intent; facts: Facts }[] = [];
    const prices = new Map<string, Price | undefined>();
    for (const channel of plan) {
      const row = people.of(command.to, channel);
      prices.set(channel, estimate(command, composed, row, purse?.freeReplies));
      const facts = withWords(
        toFacts(row, {
          settings: settings.policy,
          recent: recent.of(row.contact_id ?? command.to, command.purpose),
          reach: channel === DEFAULT_CHANNEL ? beside.reached.of(row.contact_id) : undefined,
          cost: prices.get(channel),
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
    const id = newId();
    const need = needOf(id, command.purpose, decision, isFreeReply(prices.get(decision.channel)));
    // Of what was asked for and not of what follows from the moment, such as the expiry: said tomorrow it is the same.
    // Without the provider's name for the template: the same text, submitted anew, is the same message.
    const said = { content: { ...composed.stored, providerTemplateId: undefined }, due: command.dueAt ?? null };
    const fingerprint = sha256(canonicalJson(said));
    const key = businessKey(command);
    const holder = key === null ? undefined : holders.get(key);
    // The next of this batch counts it: ten promotions to one person in one call are ten. What is said again is none.
    if (decision.outcome !== 'refuse' && !holder && !(key !== null && led.has(key))) {
      if (key !== null) led.add(key);
      recent.add(person.contact_id ?? command.to, command.purpose, decision.dueAt);
      purse?.take(need);
    }
    judged.set(command, {
      command,
      id,
      contactId: person.contact_id,
      composed,
      decision,
      expiresAt,
      key,
      fingerprint,
      need,
      held: holder && heldBy(holder, fingerprint),
    });
  }
  return commands.map(command => judged.get(command)!);
}

/**
 * The caller's end as far as the purpose allows, or the purpose's own. That counts from when the message is due: counted
 * from the asking, a reminder for next week would be over before it could leave.
 */
function expiryOf({ expiresAt, dueAt, purpose }: SendCommand, now: Instant): Instant {
  const { expiresAfterMs, expiresAtMostMs } = rulesOf(purpose);
  const due = Math.max(now, dueAt ?? now);
  return expiresAt === undefined ? due + expiresAfterMs : Math.min(expiresAt, due + expiresAtMostMs);
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
  const sender = await core.senders.byDefault(tenant, DEFAULT_CHANNEL);
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
