import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { StoredSettings } from './settings.ts';

// One tenant, as its own row: settings and names.
export const tenantRead = statement({
  name: 'tenant_read',
  owner: 'tenants',
  params: {},
  row: {
    slug: c.text,
    name: c.text,
    default_country: c.maybe(c.text),
    default_language: c.text,
    zone: c.text,
    settings: c.json<StoredSettings>(),
  },
  sql: 'select slug, name, default_country, default_language, zone, settings from tenant where tenant_id = :tenant',
});

// Held while settings are merged.
export const tenantLock = statement({
  name: 'tenant_lock',
  owner: 'tenants',
  params: {},
  row: { default_country: c.maybe(c.text), settings: c.json<StoredSettings>() },
  sql: 'select default_country, settings from tenant where tenant_id = :tenant for update',
});

// Written whole under its lock; what was not named stays as it is.
export const tenantChange = statement({
  name: 'tenant_change',
  owner: 'tenants',
  params: {
    name: c.maybe(c.text),
    language: c.maybe(c.text),
    country: c.maybe(c.text),
    zone: c.maybe(c.text),
    settings: c.json<StoredSettings>(),
  },
  row: {},
  sql: `update tenant set name = coalesce(:name, name), default_language = coalesce(:language, default_language),
      default_country = :country, zone = coalesce(:zone, zone), settings = :settings
    where tenant_id = :tenant`,
});

// One of the tenant's own keys, sealed.
export const tenantKeyRead = statement({
  name: 'tenant_key_read',
  owner: 'tenants',
  params: { purpose: c.text },
  row: { sealed: c.bytes },
  sql: 'select sealed from tenant_key where tenant_id = :tenant and purpose = :purpose',
});

// The tenant and its keys in one statement: there is no tenant without them. A second start of a fresh installation
// finds the tenant there and changes nothing.
export const tenantCreate = statement({
  name: 'tenant_create',
  owner: 'tenants',
  params: {
    slug: c.text,
    name: c.text,
    default_language: c.text,
    default_country: c.maybe(c.text),
    purposes: c.list(c.text),
    sealed: c.list(c.bytes),
    now: c.instant,
  },
  row: {},
  sql: `with made as (
      insert into tenant (tenant_id, slug, name, default_language, default_country, created_at)
      values (:tenant, :slug, :name, :default_language, :default_country, :now) on conflict (slug) do nothing returning tenant_id)
    insert into tenant_key (tenant_id, purpose, sealed)
    select :tenant, i.purpose, i.sealed from made cross join unnest(:purposes::text[], :sealed::bytea[]) as i(purpose, sealed)`,
});

// A fixed key that an operator sets again after another one comes back to life; made keys never meet a conflict.
export const keyCreate = statement({
  name: 'key_create',
  owner: 'tenants',
  params: {
    id: c.uuid,
    handle: c.text,
    hash: c.bytes,
    name: c.text,
    scopes: c.list(c.text),
    now: c.instant,
    expires_at: c.maybe(c.instant),
  },
  row: {},
  sql: `insert into api_key (tenant_id, id, handle, hash, name, scopes, created_at, expires_at)
    values (:tenant, :id, :handle, :hash, :name, :scopes, :now, :expires_at)
    on conflict (handle) do update set revoked_at = null where api_key.tenant_id = excluded.tenant_id`,
});

// Without the hash, which leaves the database only for the check. Revoked ones too: an operator asks what once worked.
export const keyList = statement({
  name: 'key_list',
  owner: 'tenants',
  params: {},
  row: {
    id: c.uuid,
    handle: c.text,
    name: c.text,
    scopes: c.list(c.text),
    created_at: c.instant,
    expires_at: c.maybe(c.instant),
    revoked_at: c.maybe(c.instant),
  },
  sql: `select id, handle, name, scopes, created_at, expires_at, revoked_at from api_key
    where tenant_id = :tenant order by created_at, id`,
});

// Answers whether there was a live key to revoke.
export const keyRevoke = statement({
  name: 'key_revoke',
  owner: 'tenants',
  params: { handle: c.text, now: c.instant },
  row: { id: c.uuid },
  sql: `update api_key set revoked_at = :now where tenant_id = :tenant and handle = :handle and revoked_at is null
    returning id`,
});

// The fixed key of an earlier start must not live on when the operator sets another one.
export const keyRevokeFixed = statement({
  name: 'key_revoke_fixed',
  owner: 'tenants',
  params: { keep: c.text, now: c.instant },
  row: {},
  sql: `update api_key set revoked_at = :now
    where tenant_id = :tenant and handle like 'fixed-%' and handle <> :keep and revoked_at is null`,
});

// In what the provider bills the account. Null as long as nobody has said.
export const billingCurrency = statement({
  name: 'tenant_currency',
  owner: 'tenants',
  params: {},
  row: { currency: c.maybe(c.text), zone: c.text },
  sql: "select settings ->> 'currency' as currency, zone from tenant where tenant_id = :tenant",
});

// For an account whose currency is known without asking: the sandbox's. What somebody has said stays.
export const currencyDefault = statement({
  name: 'tenant_currency_default',
  owner: 'tenants',
  params: { currency: c.text },
  row: {},
  sql: `update tenant set settings = settings || jsonb_build_object('currency', :currency::text)
    where tenant_id = :tenant and not settings ? 'currency'`,
});
