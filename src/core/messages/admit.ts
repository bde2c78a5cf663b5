/**
 * Admission: a batch of commands becomes decisions and rows. Everything is judged first and written once, in one
 * transaction that is durable before anybody is answered. A single send is a batch of one.
 */
import type { Values } from '#db/column.ts';
import { alone, type Tx } from '#db/db.ts';
import { canonicalJson, sameBytes, sha256 } from '#lib/hmac.ts';
import { newId } from '#lib/id.ts';
import { fold, isVerifiedClaim } from '../consents/consent.ts';
import { recordConsent } from '../consents/service.ts';
import { ensureContacts, identityOf, keyOf } from '../contacts/contact.ts';
import type { Core } from '../context.ts';
import { type StoredAnswer, storeAnswers } from '../idempotency.ts';
import { decide } from '../policy/decide.ts';
import type { Decision, Facts } from '../policy/decision.ts';
import { toFacts } from '../policy/facts.ts';
import { templateCandidates } from '../templates/statements.ts';
import { tenantRead } from '../tenants/statements.ts';
import { admitFacts, admitInsert, keyHolders } from './admit-statements.ts';
import type { Admission, SendCommand, StoredContent } from './command.ts';
import { type Composed, composeContent } from './compose.ts';
import { rulesOf } from './purposes.ts';
import type { State } from './states.ts';

/** The one channel that carries anything: every plan has one step today. */
export const CHANNEL = 'whatsapp';

interface Judged {
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

export async function admit(core: Core, tenant: string, commands: readonly SendCommand[]): Promise<Admission[]> {
  const judged = await judgeAll(core, tenant, commands);
  const wet = judged.filter(one => !one.command.dryRun);
  // Equal keys inside a batch: the first one asks the database, the others follow its answer.
  const leaders = new Map<string, Judged>();
  for (const one of wet) {
    const held = leaders.get(one.key ?? one.id);
    // A refused one leads only the refused: its neighbour with the same key may well be sendable.
    if (!held || (held.decision.outcome === 'refuse' && one.decision.outcome !== 'refuse'))
      leaders.set(one.key ?? one.id, one);
  }
  const outcomes = leaders.size > 0 ? await write(core, tenant, leaders, wet) : new Map<Judged, Admission>();
  if ([...outcomes.values()].some(outcome => outcome.kind === 'queued')) core.wake('messages');
  return judged.map(one => outcomes.get(one) ?? dryAnswer(one));
}

/** Everything up to the writing: the same for a dry run, which therefore can't lie. */
async function judgeAll(core: Core, tenant: string, commands: readonly SendCommand[]): Promise<Judged[]> {
  const now = core.clock.now();
  await recordOptIns(core, tenant, commands, now);
  const addresses = [...new Set(commands.map(command => command.to as string))];
  let people = await readFacts(core, tenant, addresses);
  // Also those who will be refused: a refusal is a row like all others, and somebody asks later whose.
  const strangers = commands.filter(command => !command.dryRun && people.get(command.to)?.contact_id === null);
  if (strangers.length > 0) {
    await ensureContacts(
      core,
      alone(core.db, tenant),
      tenant,
      strangers.map(command => ({ identity: identityOf(command.to), ...command.person })),
      now,
    );
    // Read again: who was made just now may have come back as somebody who was erased and must not be written to.
    people = await readFacts(core, tenant, addresses);
  }
  const { defaults, templates } = await readChoices(core, tenant, commands);
  return commands.map(command => {
    const person = people.get(command.to)!;
    const composed = composeContent(command, person, templates, defaults);
    const rules = rulesOf(command.purpose);
    const dueAt = command.dueAt ?? now;
    // The caller's end or the purpose's, whichever is sooner. The purpose's counts from when the message is due:
    // counted from the asking, a reminder for next week would be over before it could leave.
    const expiresAt = Math.min(
      command.expiresAt ?? Number.MAX_SAFE_INTEGER,
      Math.max(now, dueAt) + rules.expiresAfterMs,
    );
    const intent = {
      purpose: command.purpose,
      channel: CHANNEL,
      content: composed.intent,
      dueAt,
      expiresAt,
      confirmsOptOut: command.confirmsOptOut ?? false,
    };
    // With the person: a shop's order numbers may begin anew with every event, and a ticket may go to two people.
    const key = command.reference === undefined ? null : `${command.purpose}:${command.reference}:${command.to}`;
    return {
      command,
      id: newId(),
      contactId: person.contact_id,
      composed,
      decision: decide(intent, withDryOptIn(toFacts(person), command, now), now),
      expiresAt,
      key,
      // Of what was asked for and not of what follows from the moment, such as the expiry: said tomorrow it is the same.
      fingerprint: sha256(canonicalJson({ content: composed.stored, due: command.dueAt ?? null })),
    };
  });
}

type PersonRow = Values<typeof admitFacts.row>;

async function readFacts(core: Core, tenant: string, addresses: readonly string[]): Promise<Map<string, PersonRow>> {
  const kinds = addresses.map(address => identityOf(address).kind);
  const rows = await core.db.run(tenant, admitFacts, { kinds, addresses, channel: CHANNEL });
  return new Map(rows.map(row => [row.address, row]));
}

async function readChoices(core: Core, tenant: string, commands: readonly SendCommand[]) {
  // By name where one was named, by purpose where none was: a tenant's other templates are not read.
  const asked = commands.map(command => ({
    purpose: command.purpose,
    name: command.content.kind === 'template' ? command.content.name : undefined,
    text: command.content.kind === 'text',
  }));
  const names = [...new Set(asked.flatMap(one => one.name ?? []))];
  const purposes = [
    ...new Set(asked.filter(one => !one.text && one.name === undefined).map(one => one.purpose as string)),
  ];
  // For the round trip and not for a lock: the two reads travel together.
  return core.db.tx(tenant, async tx => {
    const [defaults, templates] = await Promise.all([
      tx.run(tenantRead, {}),
      tx.run(templateCandidates, { names, purposes }),
    ]);
    return { defaults: defaults[0]!, templates };
  });
}

/** A dry run records nothing, so the opt-in that would come first is only imagined: folded as the ledger would. */
function withDryOptIn(facts: Facts, command: SendCommand, now: number): Facts {
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

async function recordOptIns(core: Core, tenant: string, commands: readonly SendCommand[], now: number): Promise<void> {
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

async function write(
  core: Core,
  tenant: string,
  byKey: ReadonlyMap<string, Judged>,
  wet: readonly Judged[],
): Promise<Map<Judged, Admission>> {
  // One for each business key. The rest of the batch asks the database nothing and is told what its leader was told.
  const leaders = [...byKey.values()];
  const attempt = () =>
    core.db.tx(tenant, async tx => {
      const made = new Set((await tx.run(admitInsert, toRows(leaders, core.clock.now()))).map(row => row.id));
      const taken = await readHolders(
        tx,
        leaders.filter(one => !made.has(one.id)),
      );
      const outcomes = new Map<Judged, Admission>();
      for (const one of wet) {
        outcomes.set(one, outcomeOf(one, byKey.get(one.key ?? one.id)!, made, taken));
      }
      // Under their Idempotency-Keys, in this transaction: a call that is repeated finds the message and its answer, or
      // neither.
      await storeAnswers(tx, answersOf(outcomes));
      return outcomes;
    });
  for (let tries = 1; ; tries += 1) {
    // A key that became free in between is asked for again; three times is more than a race needs.
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof KeyReleased) || tries >= 3) throw error;
    }
  }
}

/** The holder of a business key expired or was cancelled between the two statements: asked again, the key is free. */
class KeyReleased extends Error {}

type Holder = Values<typeof keyHolders.row>;

async function readHolders(tx: Tx, losers: readonly Judged[]): Promise<Map<string, Holder>> {
  if (losers.length === 0) return new Map();
  const rows = await tx.run(keyHolders, { keys: losers.map(one => one.key!) });
  return new Map(rows.map(row => [row.key, row]));
}

function outcomeOf(
  one: Judged,
  leader: Judged,
  made: ReadonlySet<string>,
  taken: ReadonlyMap<string, Holder>,
): Admission {
  if (made.has(leader.id)) {
    if (leader.decision.outcome === 'refuse')
      return { kind: 'refused', messageId: leader.id, reason: leader.decision.reason!, decision: leader.decision };
    if (one === leader) return { kind: 'queued', messageId: one.id, decision: one.decision };
    return {
      kind: 'duplicate',
      messageId: leader.id,
      status: 'queued',
      differs: !sameBytes(one.fingerprint, leader.fingerprint),
    };
  }
  // The insert lost its key to somebody, who may have given it back a moment later.
  const holder = taken.get(leader.key!);
  if (!holder) throw new KeyReleased(leader.id);
  return {
    kind: 'duplicate',
    messageId: holder.message_id,
    status: holder.state as State,
    differs: !sameBytes(one.fingerprint, holder.fingerprint),
  };
}

function answersOf(outcomes: ReadonlyMap<Judged, Admission>): StoredAnswer[] {
  const answers: StoredAnswer[] = [];
  for (const [one, outcome] of outcomes) {
    const { claim } = one.command;
    if (claim) answers.push({ claim, ...claim.answer(outcome) });
  }
  return answers;
}

const dryAnswer = (one: Judged): Admission => ({
  kind: 'dry',
  decision: one.decision,
  rendered: one.composed.rendered,
});

/**
 * A column each, as arrays: the statement has the same parameters, and so the same plan, for one message and for 500.
 */
function toRows(judged: readonly Judged[], now: number) {
  const refused = (one: Judged) => one.decision.outcome === 'refuse';
  return {
    ids: judged.map(one => one.id),
    contacts: judged.map(one => one.contactId),
    purposes: judged.map(one => one.command.purpose),
    channels: judged.map(() => CHANNEL),
    senders: judged.map(one => one.decision.senderId ?? null),
    providers: judged.map(one => one.decision.provider ?? null),
    templates: judged.map(one => one.composed.templateId),
    priorities: judged.map(one => rulesOf(one.command.purpose).priority),
    states: judged.map(one => (refused(one) ? 'refused' : 'queued')),
    reasons: judged.map(one => one.decision.reason ?? null),
    dues: judged.map(one => one.decision.dueAt),
    expiries: judged.map(one => one.expiresAt),
    fixeds: judged.map(one => one.command.expiresAt !== undefined),
    keys: judged.map(one => one.key),
    fingerprints: judged.map(one => one.fingerprint),
    recipients: judged.map(one => one.command.to),
    contents: judged.map(one => one.composed.stored as StoredContent),
    references: judged.map(one => one.command.reference ?? null),
    origins: judged.map(one => one.command.origin),
    decisions: judged.map(one => one.decision),
    now,
  };
}
