/** Who is who on the wire: numbers behind the channel's name, and the id that WhatsApp scopes to a business. */
import { createHash } from 'node:crypto';
import type { EmulatedPhone, EmulatorAccount, EmulatorWorld } from '#core/emulation.ts';
import { parsePhone } from '#lib/phone.ts';

export const addressOf = (account: EmulatorAccount): string =>
  `whatsapp:+${account.displayPhoneNumber.replace(/\D/g, '')}`;

/**
 * Stable for a person and an account. A hash and not a counter, so that it is the same after a restart without being
 * stored.
 */
export function scopedIdOf(phone: EmulatedPhone, account: EmulatorAccount): string {
  const hash = createHash('sha256').update(`${account.businessAccountId} ${phone.phone}`).digest();
  const country = parsePhone(phone.phone)?.country ?? 'US';
  return `${country}.${hash.readBigUInt64BE(0).toString().padStart(20, '1')}`;
}

/** How the person is called: whoever hides the number is called by the scoped id. (Nobody has documented that yet.) */
export const personAddress = (phone: EmulatedPhone, account: EmulatorAccount): string =>
  `whatsapp:${phone.username === undefined ? phone.phone : scopedIdOf(phone, account)}`;

/** The phone behind an address, or undefined when it is none. */
export function phoneAt(world: EmulatorWorld, account: EmulatorAccount, address: string): string | undefined {
  const bare = address.replace(/^whatsapp:/, '');
  if (/^\+[1-9]\d{6,14}$/.test(bare)) return bare;
  for (const phone of world.phones()) if (scopedIdOf(phone, account) === bare) return phone.phone;
  return undefined;
}
