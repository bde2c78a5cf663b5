/** The platform's word about an account: a ban holds its senders' queues, its end lets them go on, a limit is kept. */
import type { Tx } from '#db/db.ts';
import type { Core } from '../context.ts';
import type { SenderChange } from '../provider.ts';
import { senderBan, senderLimit, senderUnban } from './standing-statements.ts';

/** What was written, to be told once it is committed. */
export interface SenderNews {
  change: SenderChange;
  senders: number;
}

export async function applySenderChanges(
  tx: Tx,
  provider: string,
  changes: readonly SenderChange[],
): Promise<SenderNews[]> {
  const news: SenderNews[] = [];
  for (const change of changes) news.push({ change, senders: (await applyOne(tx, provider, change)).length });
  return news;
}

function applyOne(tx: Tx, provider: string, change: SenderChange): Promise<{ id: string }[]> {
  const { what, ban, portfolioLimit, account, at } = change;
  const about = { provider, account, at };
  if (ban === 'banned') return tx.run(senderBan, { ...about, reason: what.slice(0, 100) });
  if (ban === 'lifted') return tx.run(senderUnban, about);
  return tx.run(senderLimit, { ...about, portfolio_limit: portfolioLimit ?? null });
}

/** After the commit: whoever looked before it would remember the sender as it was, for two seconds more. */
export function tellSenderNews(core: Core, tenant: string, news: readonly SenderNews[]): void {
  if (news.length === 0) return;
  core.senders.forget();
  for (const { change, senders } of news) {
    const { what, ban, portfolioLimit } = change;
    const told = { tenant, what, ban, portfolio_limit: portfolioLimit, senders };
    // Told again, late, or of a foreign account: nothing here is another than before.
    if (ban === 'banned' && senders > 0) core.log.error('the account was banned by its provider', told);
    else core.log.info('a word about the account from its provider', told);
  }
}
