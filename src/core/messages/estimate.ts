/**
 * What a message is expected to cost, before anybody has judged it: its template's category, the market of its number,
 * the rate of the day on which it is due. Replies are free as long as this month's allowance lasts.
 */
import { alone } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { localDay } from '#lib/zone.ts';
import type { Core } from '../context.ts';
import { readAllowance, repliesOf } from '../rates/forecast.ts';
import { type Price, priceOf } from '../rates/price.ts';
import type { Settings } from '../tenants/settings-directory.ts';
import type { SendCommand } from './command.ts';
import type { Composed } from './compose.ts';

export type Estimate = (
  command: SendCommand,
  composed: Composed,
  person: { window_expires_at: Instant | null; free_until: Instant | null; sender_provider: string | null },
  /** As far as somebody counts them; else by what has arrived. */
  freeReplies: number | undefined,
) => Price | undefined;

export async function readEstimates(
  core: Pick<Core, 'db' | 'senders' | 'providers'>,
  tenant: string,
  { prices }: Pick<Settings, 'prices'>,
  commands: readonly SendCommand[],
  now: Instant,
): Promise<Estimate> {
  // Counted only for those who have something to count: most batches hold no reply.
  const replies = prices.currency !== null && commands.some(command => command.content.kind === 'text');
  const counted = replies ? await repliesOf(core, tenant, localDay(now, prices.zone)) : undefined;
  const allowance = counted && (await readAllowance(alone(core.db, tenant), counted));
  return (command, { category }, person, freeReplies = allowance?.left) => {
    // By who would carry it: the step of a plan that goes another way has another price, or none that is known.
    const carrier = person.sender_provider === null ? undefined : core.providers.get(person.sender_provider);
    if (category === null || !carrier?.capabilities.rates) return undefined;
    const at = Math.max(now, command.dueAt ?? now);
    const windowOpen = person.window_expires_at !== null && person.window_expires_at > at;
    const entryPoint = person.free_until !== null && person.free_until > at;
    const { zone, currency } = prices;
    const question = { to: command.to, category, at, zone, currency, windowOpen, entryPoint };
    return priceOf(freeReplies === undefined ? question : { ...question, allowanceLeft: freeReplies }, prices.rates);
  };
}
