/** One attempt on the wire and what follows from its answer. */
import { identitiesOf } from '../contacts/contact.ts';
import { learnFromMessages } from '../contacts/learn.ts';
import type { Core } from '../context.ts';
import type { Provider, SenderAccess, SendOutcome } from '../provider.ts';
import { idText } from './correlation.ts';
import { messageSettle } from './dispatch-statements.ts';
import { followUp } from './failure.ts';
import { learnFromFailures } from './follow-up.ts';
import type { Cleared } from './gate.ts';

/** Never throws: an adapter that does has told us nothing about whether the message was sent. */
export async function attemptSend(
  core: Core,
  provider: Provider,
  sender: SenderAccess,
  cleared: Cleared,
): Promise<SendOutcome> {
  try {
    const keyed = provider.capabilities.idempotency === 'none' ? {} : { key: cleared.key };
    const correlation = idText(cleared.id, cleared.attempt);
    const request = { to: cleared.to, correlation, content: cleared.content, ...keyed };
    // Once. Neither here nor in an adapter is anything tried again: the failure table is the only layer that does.
    return await provider.send(request, sender, core.wire);
  } catch (error) {
    core.log.error('adapter threw', { provider: provider.id, message: cleared.id, error: String(error) });
    return { kind: 'uncertain', detail: `the ${provider.id} adapter failed: ${String(error).slice(0, 200)}` };
  }
}

export interface Settlement {
  cleared: Omit<Cleared, 'content' | 'key'>;
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
  const named = otherNames(batch);
  // Mostly all were simply taken: then nothing follows, and the commit need not wait for us.
  const teaches = named.length > 0 || failures.some(failure => failure.state !== 'accepted');
  await core.db.tx(context.tenant, async tx => {
    const say = teaches ? tx.run : tx.last;
    await say(messageSettle, {
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
    // failpoint: in_settle
    if (!teaches) return;
    // In the same transaction: an answer that is stored has taught us what its person is called.
    await learnFromMessages(core, tx, context.tenant, named, now);
    await learnFromFailures(
      core,
      tx,
      context.tenant,
      batch.map(({ cleared }, index) => ({
        messageId: cleared.id,
        attempt: cleared.attempt,
        senderId: context.senderId,
        templateId: cleared.templateId,
        failure: failures[index]!,
        at: now,
      })),
    );
  });
}

/** What the platform called the people of a batch, where it is not what we called them. */
const otherNames = (batch: readonly Settlement[]) =>
  batch.flatMap(({ cleared, outcome }) =>
    outcome.kind !== 'accepted'
      ? []
      : identitiesOf(outcome.person ?? {})
          .filter(({ kind, value }) => value !== cleared.to && !(kind === 'wa' && `+${value}` === cleared.to))
          .map(identity => ({ message: cleared.id, ...identity })),
  );
