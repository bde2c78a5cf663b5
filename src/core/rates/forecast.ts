/** What is free this month, for estimates. Never for what is booked: the provider counts for itself, and says so. */
import type { Tx } from '#db/db.ts';
import type { Core } from '../context.ts';
import { serviceUsed } from './cost-statements.ts';
import { SERVICE_ALLOWANCE, SERVICE_CHARGED_FROM } from './price.ts';

export interface Allowance {
  perMonth: number;
  used: number;
  left: number;
}

/** Whose free replies, and up to which day of the account's calendar. */
export interface Replies {
  sender: string;
  day: string;
}

/** The default number's. None before replies were charged. */
export async function repliesOf(
  core: Pick<Core, 'senders'>,
  tenant: string,
  day: string,
): Promise<Replies | undefined> {
  const sender = day < SERVICE_CHARGED_FROM ? undefined : await core.senders.byDefault(tenant, 'whatsapp');
  return sender && { sender: sender.id, day };
}

/** By what has arrived: what is under way is counted by who puts money aside for it. */
export async function readAllowance(tx: Pick<Tx, 'run'>, { sender, day }: Replies): Promise<Allowance> {
  const [row] = await tx.run(serviceUsed, { sender, from: `${day.slice(0, 7)}-01`, to: day });
  const used = row!.messages;
  return { perMonth: SERVICE_ALLOWANCE, used, left: Math.max(0, SERVICE_ALLOWANCE - used) };
}
