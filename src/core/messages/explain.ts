/**
 * What would happen to a send, now or at another moment, by the same judging as the send itself. For a moment that lies
 * behind us consent and the window are those of then, folded from what is recorded; templates, senders and
 * settings have no history and are those of today, and the answer says so.
 */
import { alone } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { limitsOf, readPurse } from '../budgets/spend.ts';
import { standingAt } from '../consents/history.ts';
import type { Core } from '../context.ts';
import { lastInboundBefore } from '../inbox/statements.ts';
import type { Decision, Facts } from '../policy/decision.ts';
import type { RenderedText } from '../templates/render.ts';
import { NO_WINDOW, WINDOW_MS } from '../windows/statements.ts';
import type { SendCommand } from './command.ts';
import { HELD_MS } from './failure.ts';
import { prepareAll } from './judge.ts';

export interface Explanation {
  decision: Decision;
  rendered: RenderedText | { text: string } | null;
  asOf: Instant;
  /** What was taken as it is today. */
  assumed: readonly string[];
}

export async function explain(
  core: Core,
  tenant: string,
  commands: readonly SendCommand[],
  at: Instant | undefined,
): Promise<Explanation[]> {
  const now = core.clock.now();
  const asOf = at ?? now;
  const past = asOf < now;
  const judge = await prepareAll(
    core,
    tenant,
    commands.map(command => ({ ...command, dryRun: true })),
    asOf,
    past ? (facts, contact, channel) => factsAt(core, tenant, facts, contact, channel, asOf) : undefined,
  );
  const limits = limitsOf(await core.settings.of(core.db, tenant));
  const judged = await judge(await readPurse(alone(core.db, tenant), limits, now));
  const assumed = past ? ['suppression', 'templates', 'senders', 'settings', 'limits', 'budgets'] : [];
  return judged.map(({ decision, composed }) => ({ decision, rendered: composed.rendered, asOf, assumed }));
}

async function factsAt(
  core: Core,
  tenant: string,
  facts: Facts,
  contact: string | null,
  channel: string,
  at: Instant,
): Promise<Facts> {
  const recent = facts.recent.filter(sent => sent <= at);
  const reach = undefined;
  if (contact === null) return { ...facts, recent, reach };
  const tx = alone(core.db, tenant);
  const { suppressedAt, marketingHeldUntil: heldUntil } = facts.person;
  const standing = await standingAt(tx, contact, at);
  const [inbound] = facts.sender
    ? await tx.run(lastInboundBefore, { sender: facts.sender.id, contact, at, without: NO_WINDOW })
    : [];
  return {
    ...facts,
    recent,
    reach,
    person: {
      ...facts.person,
      suppressedAt: suppressedAt !== undefined && suppressedAt <= at ? suppressedAt : undefined,
      marketingHeldUntil: heldUntil !== undefined && heldUntil - HELD_MS <= at ? heldUntil : undefined,
    },
    consent: {
      transactional: standing.get(`transactional/${channel}`),
      marketing: standing.get(`marketing/${channel}`),
    },
    window: inbound && { lastInboundAt: inbound.at, expiresAt: inbound.at + WINDOW_MS },
  };
}
