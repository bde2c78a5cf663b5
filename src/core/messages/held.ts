/** Business keys: what is asked for once is one message, however often it is said. */
import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import { sameBytes } from '#lib/hmac.ts';
import { limitsOf } from '../budgets/spend.ts';
import type { Settings } from '../tenants/settings-directory.ts';
import { keyHolders } from './admit-statements.ts';
import type { Held, SendCommand } from './command.ts';
import type { State } from './states.ts';

/** With the person: a shop's order numbers may begin anew with every event, and a ticket may go to two people. */
export const businessKey = ({ purpose, reference, to }: SendCommand): string | null =>
  reference === undefined ? null : `${purpose}:${reference}:${to}`;

export type Holder = Values<typeof keyHolders.row>;

export const heldBy = (holder: Holder, fingerprint: Buffer): Held => ({
  messageId: holder.message_id,
  status: holder.state as State,
  differs: !sameBytes(fingerprint, holder.fingerprint),
});

/**
 * What is under way already takes no money and counts for no cap a second time; and a dry run says so. Where neither is
 * asked, the insert finds it out by itself.
 */
export function keysWorthALook(settings: Settings, commands: readonly SendCommand[]): string[] {
  const counted = limitsOf(settings) !== undefined || Object.keys(settings.policy.caps).length > 0;
  return commands.filter(command => counted || command.dryRun).flatMap(command => businessKey(command) ?? []);
}

export async function readHolders(tx: Pick<Tx, 'run'>, keys: readonly string[]): Promise<Map<string, Holder>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.run(keyHolders, { keys: [...new Set(keys)] });
  return new Map(rows.map(row => [row.key, row]));
}
