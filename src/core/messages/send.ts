/** One attempt on the wire and what follows from its answer. */
import type { Tx } from '#db/db.ts';
import { type Refused, recordPlatformStops } from '../consents/provider-stop.ts';
import { identitiesOf } from '../contacts/contact.ts';
import { learnFromMessages } from '../contacts/learn.ts';
import type { Core } from '../context.ts';
import type { Provider, SenderAccess, SendOutcome } from '../provider.ts';
import { lanePause, senderDisable } from '../senders/statements.ts';
import { templateMark } from '../templates/standing-statements.ts';
import { idText } from './correlation.ts';
import { messageSettle } from './dispatch-statements.ts';
import { type Failure, followUp } from './failure.ts';
import type { Cleared } from './gate.ts';

/** Never throws: an adapter that does has told us nothing about whether the message was sent. */
export async function attemptSend(
  core: Core,
  provider: Provider,
  sender: SenderAccess,
  cleared: Cleared,
): Promise<SendOutcome> {
  try {
    const request = { to: cleared.to, correlation: idText(cleared.id, cleared.attempt), content: cleared.content };
    // Once. Neither here nor in an adapter is anything tried again: the failure table is the only layer that does.
    return await provider.send(request, sender, core.wire);
  } catch (error) {
    core.log.error('adapter threw', { provider: provider.id, message: cleared.id, error: String(error) });
    return { kind: 'uncertain', detail: `the ${provider.id} adapter failed: ${String(error).slice(0, 200)}` };
  }
}

export interface Settlement {
  cleared: Cleared;
  outcome: SendOutcome;
}

/** Of the lane and not of a message: the settlements of one batch went out by one sender. */
export interface SettleContext {
  tenant: string;
  senderId: string;
  provider: string;
  unreachedRounds: number;
  mayRetry(): boolean;
}

/** Settles a batch in one statement; what an error says about the lane, the template or the sender is done beside it. */
export async function settle(core: Core, context: SettleContext, batch: readonly Settlement[]): Promise<void> {
  const now = core.clock.now();
  const failures = batch.map(({ cleared, outcome }) =>
    followUp(outcome, {
      retries: cleared.retries,
      now,
      expiresAt: cleared.expiresAt,
      random: core.random,
      mayRetry: context.mayRetry,
      unreachedRounds: context.unreachedRounds,
    }),
  );
  await core.db.tx(context.tenant, async tx => {
    await tx.run(messageSettle, {
      ids: batch.map(one => one.cleared.id),
      attempts: batch.map(one => one.cleared.attempt),
      outcomes: failures.map(failure => failure.outcome),
      states: failures.map(failure => failure.state),
      provider_ids: batch.map(({ outcome }) => (outcome.kind === 'accepted' ? outcome.providerId : null)),
      providers: batch.map(() => context.provider),
      codes: failures.map(failure => failure.code),
      // A stranger's words: cut, and without the NUL that PostgreSQL stores in no text.
      details: failures.map(failure => failure.detail?.replaceAll('\0', '').slice(0, 500) ?? null),
      dues: failures.map(failure => failure.dueAt),
      retries: failures.map(failure => (failure.retried ? 1 : 0)),
      now,
    });
    // In the same transaction: an answer that is stored has taught us what its person is called.
    await learnRecipients(core, tx, context.tenant, batch, now);
    await recordPlatformStops(core, tx, context.tenant, stopsOf(batch, now));
    const pause = Math.max(0, ...failures.map(failure => failure.pauseLaneMs ?? 0));
    if (pause > 0)
      await tx.run(lanePause, {
        sender: context.senderId,
        // Spread: lanes that were told to wait in one moment must not come back in one moment.
        pause_ms: Math.round(pause * (0.5 + core.random())),
        reason: 'the provider asked for less',
      });
    for (const [index, failure] of failures.entries()) await learn(core, tx, context, batch[index]!.cleared, failure);
  });
}

/** What the webhook about the person's switch may have told already, or may never tell: the same word in the ledger. */
const stopsOf = (batch: readonly Settlement[], at: number): Refused[] =>
  batch.flatMap(({ cleared, outcome }) =>
    outcome.kind === 'rejected' && outcome.class === 'stopped'
      ? [{ messageId: cleared.id, attempt: cleared.attempt, code: outcome.code, at }]
      : [],
  );

/** What the platform called the people of a batch, where it is not what we called them. */
async function learnRecipients(
  core: Core,
  tx: Tx,
  tenant: string,
  batch: readonly Settlement[],
  now: number,
): Promise<void> {
  const other = batch.flatMap(({ cleared, outcome }) =>
    outcome.kind !== 'accepted'
      ? []
      : identitiesOf(outcome.person ?? {})
          .filter(({ kind, value }) => value !== cleared.to && !(kind === 'wa' && `+${value}` === cleared.to))
          .map(identity => ({ message: cleared.id, ...identity })),
  );
  await learnFromMessages(core, tx, tenant, other, now);
}

async function learn(core: Core, tx: Tx, context: SettleContext, cleared: Cleared, failure: Failure): Promise<void> {
  const reason = `${failure.code ?? ''} ${failure.detail ?? ''}`.trim().slice(0, 300);
  if (failure.template && cleared.templateId !== null) {
    await tx.run(templateMark, { id: cleared.templateId, status: failure.template, reason, now: core.clock.now() });
  }
  // Told once and not for each message of the batch: only the first finds the sender active.
  if (failure.disableSender) {
    const disabled = await tx.run(senderDisable, { id: context.senderId, reason });
    if (disabled.length > 0)
      core.log.error('sender blocked by its provider', {
        sender: context.senderId,
        // The provider's words are kept with the message and not told here: they may repeat what was sent.
        code: failure.code,
      });
  }
}
