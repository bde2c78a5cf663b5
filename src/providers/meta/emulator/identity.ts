/** Who is who on the wire: message ids, ids without a plus, and the business-scoped user id of 2026. */
import { createHash, randomBytes } from 'node:crypto';
import type { EmulatedPhone, EmulatorAccount } from '#core/emulation.ts';

/** Nine bytes for an id, five hundred and twelve ids at a time. */
const POOL_BYTES = 9 * 512;
let pool = '';

/** randomness in bulk: asking for nine bytes at a time was 3 % of a benchmark */
function randomHex(): string {
  if (pool === '') pool = randomBytes(POOL_BYTES).toString('hex').toUpperCase();
  const tail = pool.slice(-18);
  pool = pool.slice(0, -18);
  return tail;
}

/** Looks as Meta's do: base64 over the person's number and some hex, opaque to everyone. */
export function newMessageId(waId: string, direction: 'out' | 'in'): string {
  const tail = randomHex();
  const mark = direction === 'out' ? '\x15\x02\x00\x11\x18\x12' : '\x15\x02\x00\x12\x18\x14';
  const bytes = `\x1c\x18${String.fromCharCode(waId.length)}${waId}${mark}${tail}\x00`;
  return `wamid.${Buffer.from(bytes, 'latin1').toString('base64')}`;
}

/** Larger than 2^53 on purpose: webhooks carry template ids as JSON numbers, and clients must survive that. */
// A 2 before sixteen digits: always above 9,007,199,254,740,991, where JSON.parse begins to round.
export function newTemplateId(): string {
  return `2${(randomBytes(7).readUIntBE(0, 6) + 2 ** 50).toString().padStart(16, '0')}`;
}

/** Without the plus, as `wa_id`, `from` and `recipient_id` come. */
export function waIdOf(phone: string): string {
  return phone.startsWith('+') ? phone.slice(1) : phone;
}

/** the longest prefix counts; enough of the world for a sandbox */
const COUNTRIES: Record<string, string> = {
  '1': 'US',
  '20': 'EG',
  '27': 'ZA',
  '30': 'GR',
  '31': 'NL',
  '32': 'BE',
  '33': 'FR',
  '34': 'ES',
  '351': 'PT',
  '353': 'IE',
  '359': 'BG',
  '36': 'HU',
  '373': 'MD',
  '380': 'UA',
  '381': 'RS',
  '385': 'HR',
  '386': 'SI',
  '39': 'IT',
  '40': 'RO',
  '41': 'CH',
  '420': 'CZ',
  '421': 'SK',
  '43': 'AT',
  '44': 'GB',
  '45': 'DK',
  '46': 'SE',
  '47': 'NO',
  '48': 'PL',
  '49': 'DE',
  '52': 'MX',
  '54': 'AR',
  '55': 'BR',
  '57': 'CO',
  '61': 'AU',
  '62': 'ID',
  '65': 'SG',
  '7': 'RU',
  '81': 'JP',
  '90': 'TR',
  '91': 'IN',
  '966': 'SA',
  '971': 'AE',
  '972': 'IL',
};

/** By the number alone, so roughly: +1 is all of North America here, and +7 has Kazakhstan in it. */
export function countryOf(phone: string): string {
  const digits = waIdOf(phone);
  for (let length = 3; length > 0; length--) {
    const country = COUNTRIES[digits.slice(0, length)];
    if (country) return country;
  }
  return 'US';
}

/** Nearly every status asks for it. Forgotten with the phone. */
const userIds = new WeakMap<EmulatedPhone, Map<string, string>>();

/**
 * Stable for a person and a business portfolio; another number is another id, as Meta has it. A hash and not a counter,
 * so that it is the same after a restart without being stored.
 */
export function userIdOf(phone: EmulatedPhone, account: EmulatorAccount): string {
  let known = userIds.get(phone);
  if (!known) {
    known = new Map();
    userIds.set(phone, known);
  }
  let userId = known.get(account.businessAccountId);
  if (userId === undefined) {
    const hash = createHash('sha256').update(`${account.businessAccountId} ${phone.phone}`).digest();
    userId = `${countryOf(phone.phone)}.${hash.readBigUInt64BE(0).toString().padStart(20, '1')}`;
    known.set(account.businessAccountId, userId);
  }
  return userId;
}
