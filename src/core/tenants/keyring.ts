/**
 * Keys of a tenant's own: of its ledger's chain, and of the hashes by which suppressed people are recognised. Made with the
 * tenant, sealed by the key-encryption key; rotating that one reseals them and changes neither a chain nor a hash.
 */
import { randomBytes } from 'node:crypto';
import { alone, type Db, type Tx } from '#db/db.ts';
import { hmacSha256 } from '#lib/hmac.ts';
import type { SecretBox } from '../senders/secret.ts';
import { tenantKeyRead } from './statements.ts';

export const KEY_PURPOSES = ['ledger', 'pepper'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

const place = (tenant: string, purpose: KeyPurpose) => `${tenant}/key/${purpose}`;

export const makeTenantKeys = (secrets: SecretBox, tenant: string) => ({
  purposes: [...KEY_PURPOSES],
  sealed: KEY_PURPOSES.map(purpose => secrets.seal(place(tenant, purpose), randomBytes(32).toString('hex'))),
});

export class Keyring {
  readonly #secrets: SecretBox;
  // They never change, so a key once read is known for the life of the process.
  readonly #known = new Map<string, Buffer>();

  constructor(secrets: SecretBox) {
    this.#secrets = secrets;
  }

  async key(tx: Tx, tenant: string, purpose: KeyPurpose): Promise<Buffer> {
    const at = place(tenant, purpose);
    const known = this.#known.get(at);
    if (known) return known;
    const [row] = await tx.run(tenantKeyRead, { purpose });
    if (!row) throw new Error(`the tenant ${tenant} has no ${purpose} key`);
    const key = Buffer.from(this.#secrets.open(at, row.sealed), 'hex');
    if (this.#known.size >= 10_000) this.#known.clear();
    this.#known.set(at, key);
    return key;
  }

  /** A request's own mark, keyed: of a plain one a short body, such as a code, could be guessed. */
  async fingerprint(db: Db, tenant: string, text: string): Promise<Buffer> {
    return hmacSha256(await this.key(alone(db, tenant), tenant, 'pepper'), `request:${text}`);
  }

  /** The keyed hash of an identity. The same person has the same one for ever, and without the key nobody can tell whose. */
  async digests(tx: Tx, tenant: string, identities: readonly { kind: string; value: string }[]): Promise<Buffer[]> {
    if (identities.length === 0) return [];
    const pepper = await this.key(tx, tenant, 'pepper');
    return identities.map(({ kind, value }) => hmacSha256(pepper, `${kind}:${value}`));
  }
}
