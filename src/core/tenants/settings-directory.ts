/**
 * Settings and rate cards as every send needs them: read once a second for each tenant and not with each message. Whoever changes them
 * in this process forgets them here; other processes follow within the second.
 */
import type { Db } from '#db/db.ts';
import type { Clock } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import type { PolicySettings } from '../policy/decision.ts';
import { type PriceContext, toRate } from '../rates/context.ts';
import { rateList } from '../rates/statements.ts';
import { policySettings, type StoredSettings } from './settings.ts';
import { tenantRead } from './statements.ts';

export interface Settings {
  name: string;
  defaultLanguage: string;
  defaultCountry: string | null;
  stored: StoredSettings;
  policy: PolicySettings;
  /** For estimates. What is booked reads its cards in its own transaction. */
  prices: PriceContext;
}

const CACHE_MS = 1_000;
const MOST = 10_000;

export class SettingsDirectory {
  readonly #clock: Clock;
  readonly #known = new Map<string, { settings: Promise<Settings>; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(db: Pick<Db, 'run'>, tenant: string): Promise<Settings> {
    const now = this.#clock.machine();
    const known = this.#known.get(tenant);
    if (known && known.until > now) return known.settings;
    const settings = read(db, tenant);
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(tenant, { settings, until: now + CACHE_MS });
    // A failure is nobody's settings.
    settings.catch(() => this.#known.delete(tenant));
    return settings;
  }

  forget(tenant: string): void {
    this.#known.delete(tenant);
  }
}

async function read(db: Pick<Db, 'run'>, tenant: string): Promise<Settings> {
  const [row] = await db.run(tenant, tenantRead, {});
  if (!row) throw new Fault('not_found');
  const currency = row.settings.currency ?? null;
  const rates = currency === null ? [] : (await db.run(tenant, rateList, { currency })).map(toRate);
  return {
    name: row.name,
    defaultLanguage: row.default_language,
    defaultCountry: row.default_country,
    stored: row.settings,
    policy: policySettings(row.settings, row.zone),
    prices: { zone: row.zone, currency, rates },
  };
}
