/**
 * Secrets at rest. Each value has a data key of its own, wrapped by the key-encryption key that lives outside the
 * database: rotating that key rewraps and touches no value. The place of a value (tenant, table, row) is bound in, so
 * a ciphertext copied to another row does not open there.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export interface SecretBox {
  seal(place: string, plain: string): Buffer;
  open(place: string, sealed: Buffer): string;
  /** A key for one purpose, such as a tenant's ledger; the purpose is part of its derivation. */
  derive(purpose: string): Buffer;
}

/** In front of every value: another way of sealing can come without guessing how a row was sealed. */
const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const KEY = 32;

function encrypt(key: Uint8Array, place: string, plain: Uint8Array): Buffer {
  // By chance, 96 bits: a data key seals one value only, and the wrapping key one data key for each.
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: Uint8Array, place: string, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE)).setAAD(Buffer.from(place));
  decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]);
}

export function openSecretBox(master: Buffer): SecretBox {
  if (master.length < 32) throw new Error('the secret key is shorter than 32 bytes');
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', master, 'tidings', purpose, KEY));
  const wrapping = derive('wrap');
  const wrapped = NONCE + TAG + KEY;
  return {
    derive,
    seal: (place, plain) => {
      const dataKey = randomBytes(KEY);
      const parts = [encrypt(wrapping, place, dataKey), encrypt(dataKey, place, Buffer.from(plain))];
      return Buffer.concat([Buffer.of(VERSION), ...parts]);
    },
    open: (place, sealed) => {
      if (sealed[0] !== VERSION) throw new Error(`${place} was sealed by another version`);
      const dataKey = decrypt(wrapping, place, sealed.subarray(1, 1 + wrapped));
      return decrypt(dataKey, place, sealed.subarray(1 + wrapped)).toString('utf8');
    },
  };
}
