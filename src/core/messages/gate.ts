/**
 * The gate: the last word before the bytes. The contacts are locked in a statement of their own; what is read after it
 * stands in a newer snapshot, so a withdrawal that committed before is seen and one that comes later waits until the
 * message is marked. In one statement it would be a race: it was tried, and a message left after a committed STOP.
 * The other half of the lock is `contactLock`, which consents/service.ts takes before it writes a person's word.
 */
import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { hold, limitsOf, lockPurse, type Need, needOf, type SpendLimits } from '../budgets/spend.ts';
import { reservationFind } from '../budgets/statements.ts';
import { contactLock, contactLockShared } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { openCodes } from '../otp/service.ts';
import { decide } from '../policy/decide.ts';
import { type Cost, type Decision, type Intent, storeDecision } from '../policy/decision.ts';
import { type Beside, toFacts } from '../policy/facts.ts';
import type { WireContent } from '../provider.ts';
import { readReach } from '../senders/reach.ts';
import { laneLock } from '../senders/statements.ts';
import { keyText } from './correlation.ts';
import { gateFacts, messageDivert, messageMarkSending } from './dispatch-statements.ts';
import type { Purpose } from './purposes.ts';
import { readRecent } from './recent.ts';
import { codeIsOver, codeOf, isOver, wireContent } from './wire.ts';

export interface Leased {
  id: string;
  contactId: string | null;
  priority: number;
  /** On this machine's clock: the lease told a wait, since the database's clock may be another one. */
  slotAt: Instant;
}

export interface Cleared {
  id: string;
  /** The number that goes out with the bytes and fences their answer. */
  attempt: number;
  to: string;
  content: WireContent;
  templateId: string | null;
  retries: number;
  /** The same for all attempts between two definite noes. */
  key: string;
  /** For what follows a refusal: a retry that would come after this is none. */
  expiresAt: Instant | null;
}

/** The origin by which the gate still knows the one message that a STOP lets through. */
export const OPT_OUT_CONFIRMATION = 'opt-out-confirmation';

/** An attempt may wait this long for its answer; five seconds later it is unknown. */
export const HTTP_TIMEOUT_MS = 10_000;
export const DEADLINE_MS = HTTP_TIMEOUT_MS + 5_000;

/** Marks as `sending` and commits what may leave now; everything else is held, refused or expired with its reason. */
export async function gate(
  core: Pick<Core, 'db' | 'clock' | 'settings' | 'senders' | 'secrets'>,
  { tenant, sender, owner }: { tenant: string; sender: string; owner: string },
  leased: readonly Leased[],
): Promise<Cleared[]> {
  if (leased.length === 0) return [];
  // By id: two gates that lock the same people in another order would wait for each other for ever.
  const contacts = [...new Set(leased.flatMap(one => one.contactId ?? []))].sort();
  const [settings, open] = await Promise.all([core.settings.of(core.db, tenant), core.senders.byId(tenant, sender)]);
  const { policy } = settings;
  const limits = limitsOf(settings);
  // What is counted for a person, or for the sender, must not be counted by two gates at once.
  const lockContacts = Object.keys(policy.caps).length > 0 ? contactLock : contactLockShared;
  const limited = open !== undefined && open.portfolioLimit !== null;
  return core.db.tx(tenant, async tx => {
    const ids = leased.map(one => one.id);
    // Sent one behind the other without waiting; PostgreSQL runs them in order, each with its own snapshot.
    const [, , rows] = await Promise.all([
      limited ? tx.run(laneLock, { sender }) : undefined,
      tx.run(lockContacts, { ids: contacts }),
      tx.run(gateFacts, { ids, owner }),
    ]);
    const now = core.clock.now();
    // Merged since it was leased: its person's lock is another one. It is leased again when this lease has run out.
    const held = new Set(contacts);
    const ours = rows.filter(row => row.contact_id === null || held.has(row.contact_id));
    const people = ours.map(row => ({ contact: row.contact_id, purpose: row.purpose }));
    const recent = await readRecent(tx, policy.caps, people, now, false);
    const reached = await readReach(tx, open, contacts, now);
    // Before anything is written, as the balance's lock is the last of all.
    const unpaid = limits ? await findUnpaid(tx, limits, ours, now) : undefined;
    const judged = ours.map(row => {
      const beside = {
        settings: policy,
        recent: recent.of(row.contact_id ?? row.id, row.purpose),
        reach: reached.of(row.contact_id),
        cost: costOf(row),
        spend: limits && (unpaid?.has(row.id) ? unpaid.purse.facts() : ('reserved' as const)),
      };
      const decision = judgeAgain(row, beside, now);
      if (decision.outcome === 'queue') {
        recent.add(row.contact_id ?? row.id, row.purpose, now);
        if (row.contact_id !== null && countsForReach(row, now)) reached.add(row.contact_id);
        // What it costs was judged when it was asked for: whatever is free now has been counted there or never was.
        unpaid?.take(needOf(row.id, row.purpose, decision, false));
      } else if (waitsForReach(decision)) reached.wait();
      return { row, decision };
    });
    const allowed = judged.filter(one => one.decision.outcome === 'queue');
    const codes = await openCodes(
      core,
      tx,
      tenant,
      allowed.flatMap(one => codeOf(one.row.content) ?? []),
      now,
    );
    const over = allowed.filter(({ row }) => isOver(row.content, codes));
    const going = allowed.filter(one => !over.includes(one));
    const stopped = [
      ...judged.filter(one => one.decision.outcome !== 'queue'),
      ...over.map(({ row, decision }) => ({ row, decision: codeIsOver(decision) })),
    ];
    if (limits && unpaid) await hold(tx, limits, unpaid.purse, unpaid.needs, now);
    if (stopped.length > 0) await divert(tx, stopped);
    await reached.mark(tx);
    if (going.length === 0) return [];
    // failpoint: before_mark
    const marked = await tx.last(messageMarkSending, {
      ids: going.map(one => one.row.id),
      owner,
      now,
      deadline_ms: DEADLINE_MS,
    });
    // Fewer may be marked than were judged: whoever cancelled in between took the lease away, and those don't leave.
    const byId = new Map(going.map(one => [one.row.id, one.row]));
    return marked.map(({ id, attempt }) => {
      const row = byId.get(id)!;
      return {
        id,
        attempt,
        to: row.recipient,
        content: wireContent(row.content, codes),
        templateId: row.template_id,
        retries: row.retries,
        key: keyText(id, row.closed_attempt, row.retries),
        expiresAt: row.expires_at,
      };
    });
  });
}

type GateRow = Values<typeof gateFacts.row>;

const costOf = ({ estimate_micros: micros, currency }: GateRow): Cost =>
  micros === null || currency === null
    ? { kind: 'unknown', reason: 'its price was not known when it was asked for' }
    : { kind: 'known', micros, currency };

/**
 * What was stored before there was a budget or a balance, or was given back and waits again: its money is put aside now,
 * under the lock, or it does not leave. Everything else has paid when it was asked for.
 */
async function findUnpaid(tx: Tx, limits: SpendLimits, rows: readonly GateRow[], now: Instant) {
  const paid = new Set((await tx.run(reservationFind, { ids: rows.map(row => row.id) })).map(row => row.id));
  const unpaid = new Set(rows.map(row => row.id).filter(id => !paid.has(id)));
  if (unpaid.size === 0) return undefined;
  const purse = await lockPurse(tx, limits, now);
  const needs: Need[] = [];
  return {
    purse,
    needs,
    has: (id: string) => unpaid.has(id),
    take: (need: Need) => {
      if (!unpaid.has(need.id)) return;
      purse.take(need);
      needs.push(need);
    },
  };
}

/** Whatever goes to somebody who has not just written is the business's own beginning. */
const countsForReach = (row: GateRow, now: Instant): boolean =>
  row.content.kind === 'template' && (row.window_expires_at === null || row.window_expires_at <= now);

const waitsForReach = ({ trace }: Decision): boolean =>
  trace.some(line => line.rule === 'limits' && line.verdict === 'later');

function judgeAgain(row: GateRow, beside: Beside, now: Instant): Decision {
  const intent: Intent = {
    purpose: row.purpose as Purpose,
    channel: row.channel,
    content: contentIntent(row),
    dueAt: row.due_at,
    expiresAt: row.expires_at ?? Number.MAX_SAFE_INTEGER,
    // Known by its origin alone: the command that said so is long gone.
    confirmsOptOut: row.origin === OPT_OUT_CONFIRMATION,
  };
  return decide(intent, toFacts(row, beside), now);
}

function contentIntent(row: GateRow): Intent['content'] {
  if (row.content.kind !== 'template') return { kind: 'text' };
  const template =
    row.template_id !== null && row.template_name !== null
      ? {
          id: row.template_id,
          name: row.template_name,
          language: row.template_language!,
          purpose: row.template_purpose!,
          status: row.template_status!,
          meta_category: row.template_category!,
        }
      : undefined;
  // What was filled at admission stays filled: variables are not judged twice.
  return { kind: 'template', asked: row.content.name, template, missing: [] };
}

/** What becomes of a message that the gate does not let through. */
export const fateOf = ({ outcome, reason }: Decision): 'queued' | 'expired' | 'refused' =>
  outcome === 'later' ? 'queued' : reason === 'expired' ? 'expired' : 'refused';

async function divert(tx: Tx, stopped: readonly { row: GateRow; decision: Decision }[]): Promise<void> {
  await tx.run(messageDivert, {
    ids: stopped.map(one => one.row.id),
    states: stopped.map(one => fateOf(one.decision)),
    reasons: stopped.map(one => one.decision.reason ?? null),
    dues: stopped.map(one => one.decision.dueAt),
    // The story that is told afterwards is that of the last word, not of the first.
    decisions: stopped.map(one => storeDecision(one.decision)),
  });
}
