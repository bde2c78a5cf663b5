/** Tenants and who may speak for them. */
import type { Db } from '#db/db.ts';
import type { Clock } from '#lib/clock.ts';
import { Fault, invalidField } from '#lib/fault.ts';
import { sameBytes, sha256 } from '#lib/hmac.ts';
import { newId } from '#lib/id.ts';
import type { SecretBox } from '../senders/secret.ts';
import { keyFind, tenantFind } from '../worker-statements.ts';
import { makeTenantKeys } from './keyring.ts';
import { keyCreate, keyRevoke, keyRevokeFixed, tenantCreate } from './statements.ts';
import { fixedHandle, isScope, isSlug, keyHandle, makeKey } from './tenant.ts';

type Deps = { db: Db; clock: Clock };
type MakerDeps = Deps & { secrets: SecretBox };

export interface Caller {
  tenant: string;
  slug: string;
  scopes: readonly string[];
  /** For the record: which key it was, by the part that is no secret. */
  actor: string;
}

/** Every reason for a no looks the same from outside: a stranger learns nothing about which keys exist. */
export async function authenticate({ db, clock }: Deps, header: string | undefined): Promise<Caller> {
  const presented = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  const handle = presented === undefined ? undefined : keyHandle(presented);
  if (presented === undefined || handle === undefined) throw new Fault('unauthorized');
  const [key] = await db.worker(keyFind, { handle });
  const live =
    key &&
    key.revoked_at === null &&
    (key.expires_at === null || key.expires_at > clock.machine()) &&
    sameBytes(key.hash, sha256(presented));
  if (!live) throw new Fault('unauthorized');
  return { tenant: key.tenant_id, slug: key.slug, scopes: key.scopes, actor: `API key ${handle}` };
}

export interface NewTenant {
  slug: string;
  name: string;
  language?: string;
  country?: string;
}

/** Answers the tenant of that slug, made now or before. */
export async function ensureTenant(
  { db, clock, secrets }: MakerDeps,
  made: NewTenant,
): Promise<{ tenant: string; created: boolean }> {
  if (!isSlug(made.slug)) throw invalidField('slug', 'use lower-case letters, digits and dashes, 63 at most');
  const [known] = await db.worker(tenantFind, { slug: made.slug });
  if (known) return { tenant: known.tenant_id, created: false };
  const id = newId();
  await db.run(id, tenantCreate, {
    ...makeTenantKeys(secrets, id),
    slug: made.slug,
    name: made.name,
    default_language: made.language ?? 'en',
    default_country: made.country ?? null,
    now: clock.machine(),
  });
  const [stored] = await db.worker(tenantFind, { slug: made.slug });
  return { tenant: stored!.tenant_id, created: true };
}

/** The secret is in the answer and nowhere else, ever. */
export async function createKey(
  { db, clock }: Deps,
  tenant: string,
  name: string,
  scopes: readonly string[],
): Promise<string> {
  const unknown = scopes.find(scope => !isScope(scope));
  if (unknown !== undefined) throw invalidField('scopes', `"${unknown}" is not a scope`);
  const key = makeKey();
  const row = { id: newId(), handle: key.handle, hash: key.hash, name, scopes, now: clock.machine(), expires_at: null };
  await db.run(tenant, keyCreate, row);
  return key.secret;
}

/** The operator's own owner key of the default tenant; an earlier one stops working. */
export async function fixKey({ db, clock }: Deps, tenant: string, secret: string): Promise<void> {
  const handle = fixedHandle(secret);
  const now = clock.machine();
  const row = {
    id: newId(),
    handle,
    hash: sha256(secret),
    name: 'TIDINGS_API_KEY',
    scopes: ['*'],
    now,
    expires_at: null,
  };
  await db.run(tenant, keyCreate, row);
  await db.run(tenant, keyRevokeFixed, { keep: handle, now });
}

export async function revokeKey({ db, clock }: Deps, tenant: string, handle: string): Promise<boolean> {
  return (await db.run(tenant, keyRevoke, { handle, now: clock.machine() })).length > 0;
}
