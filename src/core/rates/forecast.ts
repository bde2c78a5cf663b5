/** What is free this month, for estimates. Never for what is booked: the provider counts for itself, and says so. */
import type { Core } from '../context.ts';
import { serviceUsed } from './cost-statements.ts';
import { SERVICE_ALLOWANCE, SERVICE_CHARGED_FROM } from './price.ts';

export interface Allowance {
  perMonth: number;
  used: number;
  left: number;
}

/** Of the default number, in the month of that day of the account's calendar. None before replies were charged. */
export async function readAllowance(
  core: Pick<Core, 'db' | 'senders'>,
  tenant: string,
  day: string,
): Promise<Allowance | undefined> {
  const sender = day < SERVICE_CHARGED_FROM ? undefined : await core.senders.byDefault(tenant, 'whatsapp');
  if (!sender) return undefined;
  const month = { sender: sender.id, from: `${day.slice(0, 7)}-01`, to: day };
  const [row] = await core.db.run(tenant, serviceUsed, month);
  const used = row!.messages;
  return { perMonth: SERVICE_ALLOWANCE, used, left: Math.max(0, SERVICE_ALLOWANCE - used) };
}
