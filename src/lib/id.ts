/**
 * Ids are uuid v7: made here, ordered by time, prunable by partition. Callers see them with a prefix that says what
 * they name, and never see a bare uuid; a pasted id of the wrong kind is refused by its prefix alone.
 */
import { randomBytes, randomFillSync, randomUUIDv7 } from 'node:crypto';

export const ID_PREFIXES = {
  tenant: 'ten',
  key: 'key',
  contact: 'ctc',
  sender: 'snd',
  template: 'tpl',
  message: 'msg',
  inbound: 'inb',
  change: 'chg',
  doubt: 'dbt',
  sale: 'sal',
  request: 'req',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;
export type Uuid = string;

export const newId: () => Uuid = typeof randomUUIDv7 === 'function' ? () => randomUUIDv7() : uuidV7;

/** For runtimes of our range that lack the built-in: 48 bits of milliseconds, version, 74 random bits. */
export function uuidV7(millis: number = performance.timeOrigin + performance.now()): Uuid {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Math.floor(millis), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return withDashes(bytes.toString('hex'));
}

/** The smallest uuid v7 of an instant: where a month's partition begins. */
export function firstIdAt(instant: number): Uuid {
  return withDashes(`${instant.toString(16).padStart(12, '0')}70008000000000000000`);
}

/** Machine milliseconds at which a uuid v7 was made. */
export const idInstant = (id: Uuid): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

export const publicId = (kind: IdKind, id: Uuid): string => `${ID_PREFIXES[kind]}_${id.replaceAll('-', '')}`;

export function parsePublicId(kind: IdKind, text: string): Uuid | undefined {
  const prefix = `${ID_PREFIXES[kind]}_`;
  if (!text.startsWith(prefix)) return undefined;
  const hex = text.slice(prefix.length);
  return /^[0-9a-f]{32}$/.test(hex) ? withDashes(hex) : undefined;
}

export const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);

const withDashes = (hex: string): Uuid =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

/** The first 128 bits of a digest in the shape of a uuid, for rows whose id is their content. */
export const uuidFromDigest = (digest: Buffer): Uuid => withDashes(digest.toString('hex', 0, 16));

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Unbiased: bytes of 248 and above are thrown away, since 256 is not a multiple of 62. */
export function randomBase62(length: number): string {
  let text = '';
  const bytes = new Uint8Array(length * 2);
  while (text.length < length) {
    randomFillSync(bytes);
    for (const byte of bytes) if (byte < 248 && text.length < length) text += BASE62[byte % 62];
  }
  return text;
}
