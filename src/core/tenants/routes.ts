/** A tenant's settings over HTTP. */
import { alone, type Tx } from '#db/db.ts';
import { Fault } from '#lib/fault.ts';
import { Nullable, Type } from '#lib/schema.ts';
import { balanceLock } from '../budgets/statements.ts';
import { answerWith } from '../idempotency.ts';
import { FIRST_ID } from '../paging.ts';
import { recheckRequest } from '../rates/cost-statements.ts';
import { route } from '../route.ts';
import {
  checkSettings,
  mergeSettings,
  policySettings,
  SettingsPatch,
  type StoredSettings,
  viewSettings,
} from './settings.ts';
import { tenantChange, tenantLock, tenantRead } from './statements.ts';

const SettingsAnswer = Type.Object({
  name: Type.String(),
  default_language: Type.String(),
  default_country: Nullable(Type.String()),
  timezone: Type.String(),
  channels: Type.Unknown(),
  countries: Type.Unknown(),
  quiet_hours: Type.Unknown(),
  caps: Type.Unknown(),
  rate_limits: Type.Unknown(),
  currency: Nullable(Type.String()),
  prepaid: Nullable(Type.Boolean()),
  budgets: Type.Unknown(),
});

async function read(tx: Tx) {
  const [row] = await tx.run(tenantRead, {});
  if (!row) throw new Fault('not_found');
  return {
    name: row.name,
    default_language: row.default_language,
    default_country: row.default_country,
    timezone: row.zone,
    ...viewSettings(row.settings, policySettings(row.settings, row.zone)),
  };
}

const answer = (description: string) => ({
  200: {
    description,
    schema: SettingsAnswer,
    example: {
      name: 'Tickets & Co',
      default_language: 'en',
      default_country: 'RO',
      timezone: 'Europe/Bucharest',
      channels: { whatsapp: true, sms: true, push: true },
      countries: { allow: null, block: [] },
      quiet_hours: {
        promo: { start: '20:00', end: '09:00', days_off: ['sunday'] },
        reminder: { start: '21:00', end: '08:00' },
        announcement: { start: '21:00', end: '08:00' },
        countries: {},
      },
      caps: { promo: [{ most: 2, per: 'P7D' }] },
      rate_limits: { per_minute: null, per_hour: null },
      currency: 'EUR',
      prepaid: null,
      budgets: { promos: { per: 'month', amount_micros: 50_000_000, hard: true, purposes: ['promo'] } },
    },
  },
});

export const settingRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/settings',
    scope: 'settings:read',
    tag: 'Settings',
    summary: 'Read the settings',
    description: 'What holds, with the defaults filled in.',
    answers: answer('The settings'),
    handle: async (core, { tenant }) => ({ status: 200, body: await read(alone(core.db, tenant)) }),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/settings',
    scope: 'settings:write',
    tag: 'Settings',
    summary: 'Change settings',
    description:
      'A merge: what is not named stays, `null` goes back to the default. Caps, rates and soft budgets make messages wait; only what would be of no use by then is refused. A hard budget and an empty prepaid balance refuse. What is queued already is judged by the new settings when it leaves.',
    body: SettingsPatch,
    example: { caps: { promo: [{ most: 2, per: 'P7D' }] }, quiet_hours: { promo: { start: '19:00', end: '10:00' } } },
    answers: answer('The settings as they are now'),
    handle: async (core, { tenant, body, claim }) => {
      checkSettings(body);
      const { name, default_language, default_country, timezone, ...policy } = body;
      const changed = await core.db.tx(tenant, async tx => {
        // Two changes of different settings at once both hold: the second merges onto what the first has written.
        const [row] = await tx.run(tenantLock, {});
        if (body.currency !== undefined && body.currency !== (row!.settings.currency ?? null))
          await refuseWithMoney(tx);
        await tx.run(tenantChange, {
          name: name ?? null,
          language: default_language ?? null,
          country: default_country === undefined ? row!.default_country : default_country,
          zone: timezone ?? null,
          settings: mergeSettings(row!.settings, policy) as StoredSettings,
        });
        // What had no price for want of a currency may have one now.
        if (body.currency !== undefined) await tx.run(recheckRequest, { first: FIRST_ID });
        return answerWith(tx, claim, { status: 200, body: await read(tx) });
      });
      core.settings.forget(tenant);
      return changed;
    },
  }),
];

/** What is put aside in one currency could never be settled in another. Under its lock: nobody puts any aside meanwhile. */
async function refuseWithMoney(tx: Tx): Promise<void> {
  const [balance] = await tx.run(balanceLock, {});
  if (balance && (balance.free_micros !== 0 || balance.reserved_micros !== 0))
    throw new Fault('conflict', `there is money in ${balance.currency} left: spend it before the currency changes`);
}
