/**
 * What a tenant sets for itself. Stored is only what was said; everything else is a default, so that a better default
 * reaches those who never chose. A fresh tenant has no cap, no rate of its own and no blocked country; quiet hours it has,
 * since the law does not wait for somebody to set them.
 */
import { parseDurationMs } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { isCurrency } from '#lib/money.ts';
import { isCountry } from '#lib/phone.ts';
import { LocaleText, Nullable, OneOf, type Static, Strict, Text, Type, ZoneText } from '#lib/schema.ts';
import { type BudgetSetting, PERIODS } from '../budgets/budget.ts';
import { CHANNELS } from '../consents/consent.ts';
import { PURPOSE_NAMES } from '../messages/purposes.ts';
import { type CapSetting, LONGEST_CAP_MS } from '../policy/caps.ts';
import type { PolicySettings } from '../policy/decision.ts';
import { QUIET_PURPOSES, type QuietSettings, quietHoursFor, WEEKDAYS } from '../policy/quiet.ts';

const Clock = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: 'By the person’s clock on the wall' });
const Country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166' });
const Quiet = Type.Union([
  OneOf(['none']),
  Strict({
    start: Clock,
    end: Clock,
    days_off: Type.Optional(Type.Array(OneOf(WEEKDAYS), { maxItems: 6, uniqueItems: true })),
  }),
]);

const optional = <V>(names: readonly string[], value: V) =>
  Object.fromEntries(names.map(name => [name, value])) as Record<string, V>;

const Budget = Strict({
  per: OneOf(PERIODS),
  amount_micros: Type.Integer({ minimum: 0, maximum: 1e15, description: 'In the billing currency' }),
  hard: Type.Optional(
    Type.Boolean({ description: 'Refuses what no longer fits; without it the message waits for the next period' }),
  ),
  purposes: Type.Optional(
    Type.Array(OneOf(PURPOSE_NAMES), { minItems: 1, uniqueItems: true, description: 'All of them without it' }),
  ),
});

const QuietByPurpose = Strict(optional(QUIET_PURPOSES, Type.Optional(Nullable(Quiet))));

/** What may be said in one PATCH: a merge, in which `null` goes back to the default. */
export const SettingsPatch = Strict({
  name: Type.Optional(Text(200, 'The business by the name that people are shown')),
  default_language: Type.Optional(LocaleText),
  default_country: Type.Optional(Nullable(Country)),
  timezone: Type.Optional(ZoneText),
  channels: Type.Optional(Nullable(Strict(optional(CHANNELS, Type.Optional(Nullable(Type.Boolean())))))),
  countries: Type.Optional(
    Nullable(
      Strict({
        allow: Type.Optional(Nullable(Type.Array(Country, { maxItems: 250, uniqueItems: true }))),
        block: Type.Optional(Nullable(Type.Array(Country, { maxItems: 250, uniqueItems: true }))),
      }),
    ),
  ),
  quiet_hours: Type.Optional(
    Nullable(
      Strict({
        ...optional(QUIET_PURPOSES, Type.Optional(Nullable(Quiet))),
        countries: Type.Optional(Nullable(Type.Record(Country, Nullable(QuietByPurpose), { maxProperties: 250 }))),
      }),
    ),
  ),
  caps: Type.Optional(
    Nullable(
      Strict(
        optional(
          PURPOSE_NAMES,
          Type.Optional(
            Nullable(
              Type.Array(
                Strict({
                  most: Type.Integer({ minimum: 1, maximum: 1_000 }),
                  per: Type.String({ description: 'ISO 8601 duration, PT1M to P31D' }),
                }),
                { maxItems: 4 },
              ),
            ),
          ),
        ),
      ),
    ),
  ),
  rate_limits: Type.Optional(
    Nullable(
      Strict({
        per_minute: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 1_000_000 }))),
        per_hour: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 60_000_000 }))),
      }),
    ),
  ),
  currency: Type.Optional(
    Nullable(Type.String({ pattern: '^[A-Z]{3}$', description: 'In which the provider bills the account, ISO 4217' })),
  ),
  prepaid: Type.Optional(Nullable(Type.Boolean({ description: 'Nothing leaves that the balance does not pay for' }))),
  budgets: Type.Optional(
    Nullable(
      Type.Record(Type.String({ pattern: '^[a-z0-9_-]{1,40}$' }), Nullable(Budget), {
        additionalProperties: false,
        maxProperties: 20,
        description: 'By names of your own',
      }),
    ),
  ),
});
export type SettingsPatch = Static<typeof SettingsPatch>;

/** As it stands in the tenant's row. */
export interface StoredSettings {
  channels?: Record<string, boolean>;
  countries?: { allow?: string[]; block?: string[] };
  quiet_hours?: Record<string, unknown> & { countries?: Record<string, Record<string, unknown>> };
  caps?: Record<string, CapSetting[]>;
  rate_limits?: { per_minute?: number; per_hour?: number };
  currency?: string;
  prepaid?: boolean;
  budgets?: Record<string, BudgetSetting>;
}

/** RFC 7396: objects merge, `null` takes away, everything else takes the place. */
export function mergeSettings(stored: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = new Map(Object.entries(isRecord(stored) ? stored : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergeSettings(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What no schema can say. */
export function checkSettings(patch: SettingsPatch): void {
  const countries = [...(patch.countries?.allow ?? []), ...(patch.countries?.block ?? [])];
  const named = [...countries, ...Object.keys(patch.quiet_hours?.countries ?? {}), patch.default_country ?? 'RO'];
  const unknown = named.find(country => !isCountry(country));
  if (unknown !== undefined) throw invalidField('countries', `${unknown} is no country of ISO 3166`);
  if (typeof patch.currency === 'string' && !isCurrency(patch.currency))
    throw invalidField('currency', `${patch.currency} is no currency of ISO 4217`);
  const { countries: byCountry, ...everywhere } = patch.quiet_hours ?? {};
  const quietHours = [everywhere, ...Object.values(byCountry ?? {})].flatMap(one => Object.entries(one ?? {}));
  for (const [purpose, quiet] of quietHours)
    if (isRecord(quiet) && quiet['start'] === quiet['end'])
      throw invalidField(
        `quiet_hours.${purpose}`,
        'quiet from and until the same time leaves no hour: use days_off, or "none"',
      );
  for (const [purpose, caps] of Object.entries(patch.caps ?? {}))
    for (const cap of (caps ?? []) as CapSetting[]) {
      const ms = parseDurationMs(cap.per);
      if (ms === undefined || ms < 60_000 || ms > LONGEST_CAP_MS)
        throw invalidField(`caps.${purpose}`, `"${cap.per}" is no duration between PT1M and P31D`);
    }
}

const toQuiet = (stored: Record<string, unknown> | undefined): QuietSettings =>
  Object.fromEntries(
    QUIET_PURPOSES.flatMap(purpose => {
      const value = stored?.[purpose];
      return value === undefined ? [] : [[purpose, value === 'none' ? null : value]];
    }),
  ) as QuietSettings;

export const policySettings = (stored: StoredSettings, zone: string): PolicySettings => ({
  zone,
  channelsOff: Object.entries(stored.channels ?? {}).flatMap(([channel, on]) => (on ? [] : [channel])),
  countries: { allow: stored.countries?.allow ?? null, block: stored.countries?.block ?? [] },
  quietHours: {
    everywhere: toQuiet(stored.quiet_hours),
    countries: Object.fromEntries(
      Object.entries(stored.quiet_hours?.countries ?? {}).map(([country, quiet]) => [country, toQuiet(quiet)]),
    ),
  },
  caps: stored.caps ?? {},
});

/** With every default filled in: what holds, and not only what was said. */
export function viewSettings(stored: StoredSettings, policy: PolicySettings) {
  const quiet = QUIET_PURPOSES.map(purpose => [
    purpose,
    quietHoursFor(policy.quietHours, purpose, undefined) ?? 'none',
  ]);
  return {
    channels: Object.fromEntries(CHANNELS.map(channel => [channel, !policy.channelsOff.includes(channel)])),
    countries: policy.countries,
    quiet_hours: { ...Object.fromEntries(quiet), countries: stored.quiet_hours?.countries ?? {} },
    caps: stored.caps ?? null,
    rate_limits: { per_minute: stored.rate_limits?.per_minute ?? null, per_hour: stored.rate_limits?.per_hour ?? null },
    currency: stored.currency ?? null,
    prepaid: stored.prepaid ?? null,
    budgets: stored.budgets ?? null,
  };
}
