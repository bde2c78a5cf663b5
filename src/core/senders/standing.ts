/** The platform's word about an account: a ban holds its senders' queues, its end lets them go on, a limit is kept. */
import type { Tx } from '#db/db.ts';
import type { Core } from '../context.ts';
import type { SenderChange } from '../provider.ts';
import { senderBan, senderLimit, senderUnban } from './standing-statements.ts';

export async function applySenderChanges(
  core: Core,
  tx: Tx,
  source: { tenant: string; provider: string },
  changes: readonly SenderChange[],
): Promise<void> {
  // One by one, in the order of the platform's own time.
  for (const change of changes.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0))) {
    const about = { provider: source.provider, account: change.account, at: change.at ?? core.clock.now() };
    const changed = await applyOne(tx, change, about);
    const { what, ban, portfolioLimit } = change;
    const told = { tenant: source.tenant, what, ban, portfolio_limit: portfolioLimit, senders: changed.length };
    if (ban === 'banned') core.log.error('the account was banned by its provider', told);
    else core.log.info('the account has another standing with its provider', told);
  }
  // Others that are open may know the sender as it was, for two seconds more.
  if (changes.length > 0) core.senders.forget();
}

function applyOne(
  tx: Tx,
  { what, ban, portfolioLimit }: SenderChange,
  about: { provider: string; account: string; at: number },
): Promise<{ id: string }[]> {
  if (ban === 'banned') return tx.run(senderBan, { ...about, reason: what.slice(0, 100) });
  if (ban === 'lifted') return tx.run(senderUnban, about);
  return tx.run(senderLimit, { ...about, portfolio_limit: portfolioLimit ?? null });
}
