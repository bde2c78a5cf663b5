/**
 * The gate: the last word before the bytes. The contacts are locked in a statement of their own; what is read after it
 * stands in a newer snapshot, so a withdrawal that committed before is seen and one that comes later waits until the
 * message is marked. In one statement it would be a race: it was tried, and a message left after a committed STOP.
 * The other half of the lock is `contactLock`, which consents/service.ts takes before it writes a person's word.
 */
import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { contactLockShared } from '../contacts/statements.ts';
import type { Core } from '../context.ts';
import { decide } from '../policy/decide.ts';
import type { Decision, Intent } from '../policy/decision.ts';
import { toFacts } from '../policy/facts.ts';
import type { WireContent } from '../provider.ts';
import type { StoredContent } from './command.ts';
import { gateFacts, messageDivert, messageMarkSending } from './dispatch-statements.ts';
import type { Purpose } from './purposes.ts';

export interface Leased {
  id: string;
  contactId: string | null;
  priority: number;
  slotAt: Instant;
}

export interface Cleared {
  id: string;
  attempt: number;
  to: string;
  content: WireContent;
  templateId: string | null;
  retries: number;
  expiresAt: Instant | null;
}

export const OPT_OUT_CONFIRMATION = 'opt-out-confirmation';

/** An attempt may wait this long for its answer; five seconds later it is unknown. */
export const HTTP_TIMEOUT_MS = 10_000;
export const DEADLINE_MS = HTTP_TIMEOUT_MS + 5_000;

/** Marks as `sending` and commits what may leave now; everything else is held, refused or expired with its reason. */
export async function gate(
  core: Pick<Core, 'db' | 'clock'>,
  tenant: string,
  owner: string,
  leased: readonly Leased[],
): Promise<Cleared[]> {
  if (leased.length === 0) return [];
  // By id: two gates that lock the same people in another order would wait for each other for ever.
  const contacts = [...new Set(leased.flatMap(one => one.contactId ?? []))].sort();
  return core.db.tx(tenant, async tx => {
    const ids = leased.map(one => one.id);
    // Sent one behind the other without waiting; PostgreSQL runs them in order, each with its own snapshot.
    const [, rows] = await Promise.all([
      tx.run(contactLockShared, { ids: contacts }),
      tx.run(gateFacts, { ids, owner }),
    ]);
    const now = core.clock.now();
    // Merged since it was leased: its person's lock is another one. It is leased again when this lease has run out.
    const held = new Set(contacts);
    const ours = rows.filter(row => row.contact_id === null || held.has(row.contact_id));
    const judged = ours.map(row => ({ row, decision: judgeAgain(row, now) }));
    const going = judged.filter(one => one.decision.outcome === 'queue');
    const stopped = judged.filter(one => one.decision.outcome !== 'queue');
    if (stopped.length > 0) await divert(tx, stopped);
    if (going.length === 0) return [];
    const marked = await tx.run(messageMarkSending, {
      ids: going.map(one => one.row.id),
      owner,
      now,
      deadline_ms: DEADLINE_MS,
    });
    const byId = new Map(going.map(one => [one.row.id, one.row]));
    return marked.map(({ id, attempt }) => {
      const row = byId.get(id)!;
      return {
        id,
        attempt,
        to: row.recipient,
        content: wireContent(row.content),
        templateId: row.template_id,
        retries: row.retries,
        expiresAt: row.expires_at,
      };
    });
  });
}

type GateRow = Values<typeof gateFacts.row>;

function judgeAgain(row: GateRow, now: Instant): Decision {
  const intent: Intent = {
    purpose: row.purpose as Purpose,
    channel: row.channel,
    content: contentIntent(row),
    dueAt: row.due_at,
    expiresAt: row.expires_at ?? Number.MAX_SAFE_INTEGER,
    confirmsOptOut: row.origin === OPT_OUT_CONFIRMATION,
  };
  return decide(intent, toFacts(row), now);
}

function contentIntent(row: GateRow): Intent['content'] {
  if (row.content.kind === 'text') return { kind: 'text' };
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

async function divert(tx: Tx, stopped: readonly { row: GateRow; decision: Decision }[]): Promise<void> {
  const fate = ({ decision }: { decision: Decision }) =>
    decision.outcome === 'later' ? 'queued' : decision.reason === 'expired' ? 'expired' : 'refused';
  await tx.run(messageDivert, {
    ids: stopped.map(one => one.row.id),
    states: stopped.map(fate),
    reasons: stopped.map(one => one.decision.reason ?? null),
    dues: stopped.map(one => one.decision.dueAt),
  });
}

function wireContent(content: StoredContent): WireContent {
  if (content.kind === 'text') return content;
  const { rendered: _shown, ...told } = content;
  return told;
}
