/**
 * Admission: a batch of commands becomes decisions and rows. Everything is judged first and written once, in one
 * transaction that is durable before anybody is answered. A single send is a batch of one.
 */
import { alone, type Tx } from '#db/db.ts';
import { Fault } from '#lib/fault.ts';
import { sameBytes } from '#lib/hmac.ts';
import { localDay } from '#lib/zone.ts';
import { hold, limitsOf, lockPurse, readPurse, type SpendLimits } from '../budgets/spend.ts';
import type { Core } from '../context.ts';
import { type StoredAnswer, storeAnswers } from '../idempotency.ts';
import { storeDecision } from '../policy/decision.ts';
import { type Replies, repliesOf } from '../rates/forecast.ts';
import { admitInsert } from './admit-statements.ts';
import type { Admission, SendCommand, StoredContent } from './command.ts';
import { type Holder, heldBy, readHolders } from './held.ts';
import { type Judged, prepareAll } from './judge.ts';
import { rulesOf } from './purposes.ts';

export async function admit(core: Core, tenant: string, commands: readonly SendCommand[]): Promise<Admission[]> {
  const judge = await prepareAll(core, tenant, commands, core.clock.now());
  const settings = await core.settings.of(core.db, tenant);
  const limits = limitsOf(settings);
  const replies =
    limits && commands.some(command => command.content.kind === 'text')
      ? await repliesOf(core, tenant, localDay(core.clock.now(), settings.prices.zone))
      : undefined;
  for (let tries = 1; ; tries += 1) {
    // Whoever was faster has spent what this batch was judged by: judged again, it has what is left. Each failure is
    // somebody else's success, so that it comes to an end with the money.
    try {
      return await admitJudged(
        core,
        tenant,
        await judge(await readPurse(alone(core.db, tenant), limits, core.clock.now(), replies)),
        limits && { ...limits, replies },
      );
    } catch (error) {
      if (!(error instanceof Outspent) || tries >= MOST_TRIES) throw error;
    }
  }
}

/** Measured: a hundred transactions at once on six connections, with money for half of them, come to their end in three tries. */
const MOST_TRIES = 20;

/** With the free replies that it counts on, where it has any. */
type BatchLimits = SpendLimits & { replies: Replies | undefined };

/** What the batch was judged by is spent by others. */
class Outspent extends Fault {
  constructor() {
    super('unavailable', 'too many messages ask for the same money at once');
  }
}

async function admitJudged(
  core: Core,
  tenant: string,
  judged: readonly Judged[],
  limits: BatchLimits | undefined,
): Promise<Admission[]> {
  const wet = judged.filter(one => !one.command.dryRun);
  // Equal keys inside a batch: the first one asks the database, the others follow its answer.
  const leaders = new Map<string, Judged>();
  for (const one of wet) {
    const held = leaders.get(one.key ?? one.id);
    // A refused one leads only the refused: its neighbour with the same key may well be sendable.
    if (!held || (held.decision.outcome === 'refuse' && one.decision.outcome !== 'refuse'))
      leaders.set(one.key ?? one.id, one);
  }
  const outcomes =
    leaders.size > 0 ? await write(core, tenant, { byKey: leaders, wet, limits }) : new Map<Judged, Admission>();
  // failpoint: after_admit
  // After the commit, as everywhere: a worker that is woken sooner finds nothing and rests again.
  if ([...outcomes.values()].some(outcome => outcome.kind === 'queued')) core.wake('messages');
  return judged.map(one => outcomes.get(one) ?? dryAnswer(one));
}

async function write(
  core: Core,
  tenant: string,
  {
    byKey,
    wet,
    limits,
  }: { byKey: ReadonlyMap<string, Judged>; wet: readonly Judged[]; limits: BatchLimits | undefined },
): Promise<Map<Judged, Admission>> {
  // One for each business key. The rest of the batch asks the database nothing and is told what its leader was told.
  const leaders = [...byKey.values()];
  const attempt = () =>
    core.db.tx(tenant, async tx => {
      const made = new Set((await tx.run(admitInsert, toRows(leaders, core.clock.now()))).map(row => row.id));
      const losers = leaders.filter(one => !made.has(one.id));
      const taken = await readHolders(
        tx,
        losers.map(one => one.key!),
      );
      const outcomes = new Map<Judged, Admission>();
      for (const one of wet) {
        outcomes.set(one, outcomeOf(one, byKey.get(one.key ?? one.id)!, made, taken));
      }
      // Under their Idempotency-Keys, in this transaction: a repeated call finds both it and the message, or neither.
      await storeAnswers(tx, answersOf(outcomes));
      const going = leaders.filter(one => made.has(one.id) && one.decision.outcome !== 'refuse');
      // Last, since it locks what all batches of the tenant lock.
      if (limits && going.length > 0) await putAside(tx, limits, going, core.clock.now());
      // failpoint: in_admit
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

/** All of the batch or nothing: what does not fit any more has to be judged anew, with a refusal's row and answer. */
async function putAside(tx: Tx, limits: BatchLimits, going: readonly Judged[], now: number): Promise<void> {
  const purse = await lockPurse(tx, limits, now, limits.replies);
  const needs = going.map(one => one.need);
  for (const need of needs) {
    if (!purse.fits(need)) throw new Outspent();
    purse.take(need);
  }
  await hold(tx, limits, purse, needs, now);
}

/** The holder of a business key expired or was cancelled between the two statements: asked again, the key is free. */
class KeyReleased extends Error {}

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
  return { kind: 'duplicate', ...heldBy(holder, one.fingerprint) };
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
  ...(one.held ? { held: one.held } : {}),
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
    channels: judged.map(one => one.decision.channel),
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
    decisions: judged.map(one => storeDecision(one.decision)),
    // Of what is let through: a refusal costs nothing, and was never going to.
    estimates: judged.map(one => (refused(one) ? null : (one.decision.estimate?.amount_micros ?? null))),
    currencies: judged.map(one => (refused(one) ? null : (one.decision.estimate?.currency ?? null))),
    now,
  };
}
