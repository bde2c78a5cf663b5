/**
 * A dry run, an explanation and the real decision are one: for thousands of random commands over random tenants, people
 * and facts they say the same, and of everything that was asked for each is a message that left or a refusal with its
 * reason.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '#lib/clock.ts';
import { CONSENT_PURPOSES } from '../../src/core/consents/consent.ts';
import { recordConsent } from '../../src/core/consents/service.ts';
import { findContacts } from '../../src/core/contacts/contact.ts';
import { admit } from '../../src/core/messages/admit.ts';
import type { Admission, SendCommand } from '../../src/core/messages/command.ts';
import { explain } from '../../src/core/messages/explain.ts';
import { PURPOSE_NAMES } from '../../src/core/messages/purposes.ts';
import { REASON_NAMES } from '../../src/core/policy/decision.ts';
import { createKey, ensureTenant } from '../../src/core/tenants/service.ts';
import { configureSender } from '../../src/setup.ts';
import { APP_SECRET, type Harness, harness, PNID, VERIFY_TOKEN } from '../harness.ts';
import { phoneOf } from '../make.ts';

const SEED = Number(process.env['TIDINGS_SEED'] ?? 20_261_121);
const CASES = 10_000;
const BATCH = 500;
const PEOPLE = 120;
const ZONES = ['Europe/Bucharest', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati'];
const TEMPLATES = {
  offer: 'promo',
  soon: 'reminder',
  paused: 'reminder',
  rejected: 'promo',
  order_confirm: 'order_confirm',
};
const SETTINGS = [
  {},
  {
    caps: { promo: [{ most: 1, per: 'P3D' }], reminder: [{ most: 1, per: 'PT6H' }] },
    quiet_hours: { reminder: 'none' },
  },
  { countries: { block: ['HU'] }, quiet_hours: { promo: { start: '08:00', end: '23:00' } } },
  {
    currency: 'EUR',
    prepaid: true,
    quiet_hours: { promo: 'none' },
    budgets: { promos: { amount_micros: 100_000, per: 'month', hard: true, purposes: ['promo'] } },
  },
];
/** Of the one that pays in advance: for a part of what is asked for. */
const CREDIT = 1_000_000;

let h: Harness;
const tenants: string[] = [];
before(async () => {
  h = await harness();
  for (const [index, settings] of SETTINGS.entries()) tenants.push(await makeTenant(index, settings));
});
after(() => h.close());

/** A tenant with people of every standing: no consent, granted, claimed only, stopped, paused, suppressed, with a window. */
async function makeTenant(index: number, settings: object): Promise<string> {
  const { core } = h.app;
  const { tenant } = await ensureTenant(core, { slug: `tenant-${index}`, name: `Tenant ${index}`, country: 'RO' });
  const key = await createKey(core, tenant, 'test', ['*']);
  const sender = {
    provider: 'meta',
    account: {
      base_url: `${h.emulator.url}/graph`,
      api_version: 'v26.0',
      phone_number_id: PNID,
      business_account_id: '200000000000001',
    },
    secret: { accessToken: 'x', webhookSecrets: [APP_SECRET], verifyToken: VERIFY_TOKEN },
    number: '+12025550100',
  };
  await configureSender({ sender, throughput: 100_000 }, core, tenant, undefined);
  await h.patch('/api/v1/settings', settings, { key });
  if ('prepaid' in settings) {
    const credit = { amount_micros: CREDIT, currency: 'EUR', reference: 'first' };
    const credited = await h.post(`/api/wa/balance/tenant-${index}/credit`, credit, { key });
    assert.equal(credited.status, 200, credited.text);
    const [{ id } = { id: '' }] = (await h.get('/api/v1/senders', { key })).body.data;
    await h.patch(`/api/v1/senders/${id}`, { portfolio_limit: 30 }, { key });
  }
  for (const [name, category] of Object.entries(TEMPLATES))
    await h.post('/api/wa/templates', { name, category, language: 'en', body: 'Hi {first_name}, hello.' }, { key });
  await h.sql.query(
    `update template set status = case name when 'paused' then 'paused' when 'rejected' then 'rejected' else 'approved' end where tenant_id = $1`,
    [tenant],
  );
  for (let person = 0; person < PEOPLE; person += 1) await makePerson(tenant, key, index * 1_000 + person, person);
  return tenant;
}

const phoneOfCase = (place: number): string =>
  place % 5 === 0 ? `+3620${String(1_000_000 + place)}` : phoneOf(20_000 + place);

async function makePerson(tenant: string, key: string, place: number, kind: number): Promise<void> {
  const phone = phoneOfCase(place);
  const purposes = kind % 3 === 0 ? ['transactional'] : ['transactional', 'marketing'];
  if (kind % 7 === 0) return;
  const text = kind % 4 === 0 ? undefined : 'I agree';
  await h.post('/api/wa/optin', { phone, status: 'opt_in', source: 'checkout', purposes, text }, { key });
  const words = { 1: ['withdraw', 'person'], 2: ['stop', 'platform'], 3: ['pause', 'person'] } as const;
  const word = words[(kind % 11) as 1 | 2 | 3];
  if (word) await says(tenant, phone, word[0], word[1]);
  const find = `select contact_id from contact_identity where tenant_id = $1 and kind = 'phone' and value = $2`;
  if (kind % 13 === 0)
    await h.sql.query(`update contact set suppressed_at = now() where id = (${find})`, [tenant, phone]);
  if (kind % 8 === 0) {
    const until = new Date(h.clock.now() + (kind % 24) * HOUR_MS);
    await h.sql.query(`update contact set marketing_held_until = $3 where id = (${find})`, [tenant, phone, until]);
  }
  if (kind % 2 === 0)
    await h.sql.query(`update contact set zone = $3 where id = (${find})`, [tenant, phone, ZONES[kind % ZONES.length]]);
  if (kind % 6 === 0)
    await h.sql.query(
      `insert into contact_window select $1, s.id, (${find}), $3, $3::timestamptz + interval '24 hours' from sender s where s.tenant_id = $1`,
      [tenant, phone, new Date(h.clock.now() - (kind % 30) * HOUR_MS)],
    );
}

/** As the person or the platform says it: through the ledger, which folds it with everything else. */
async function says(
  tenant: string,
  phone: string,
  action: 'withdraw' | 'stop' | 'pause',
  saidBy: 'person' | 'platform',
) {
  const { core } = h.app;
  await core.db.tx(tenant, async tx => {
    const contactId = (await findContacts(tx, [{ kind: 'phone', value: phone }])).get(`phone:${phone}`)!;
    const said = { contactId, action, saidBy, purposes: CONSENT_PURPOSES, channels: ['whatsapp'], actor: 'test' };
    await recordConsent(core, tx, tenant, { ...said, source: 'test', at: h.clock.now(), evidence: {} });
  });
}

const content = fc.oneof(
  fc.record({
    kind: fc.constant('template' as const),
    name: fc.constantFrom(...Object.keys(TEMPLATES), 'unknown', undefined),
    filled: fc.boolean(),
  }),
  fc.constant({ kind: 'text' as const, text: 'hello' }),
);
const anyCommand = fc.record({
  place: fc.nat(PEOPLE + 20),
  purpose: fc.constantFrom(...PURPOSE_NAMES),
  content,
  dueIn: fc.option(fc.integer({ min: 1, max: 3 * 24 }), { nil: undefined, freq: 3 }),
  lives: fc.option(fc.integer({ min: 1, max: 48 }), { nil: undefined, freq: 3 }),
  sms: fc.boolean(),
});

type Drawn = typeof anyCommand extends fc.Arbitrary<infer T> ? T : never;

function toCommand(one: Drawn, tenant: number): SendCommand {
  const now = h.clock.now();
  const dueAt = one.dueIn === undefined ? undefined : now + one.dueIn * HOUR_MS;
  const template = one.content;
  return {
    to: phoneOfCase(tenant * 1_000 + one.place) as never,
    purpose: one.purpose,
    origin: 'test',
    content:
      template.kind === 'text'
        ? template
        : {
            kind: 'template',
            name: template.name,
            variables: (): Record<string, string> => (template.filled ? { first_name: 'Ana' } : {}),
          },
    ...(one.sms ? { plan: ['sms', 'whatsapp'] as const } : {}),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(one.lives === undefined ? {} : { expiresAt: (dueAt ?? now) + one.lives * HOUR_MS }),
  };
}

const decisionOf = (admission: Admission) => (admission.kind === 'duplicate' ? undefined : admission.decision);

test(`${CASES} random commands: dry run, explanation and decision agree, and everything ends as one thing (seed ${SEED})`, async () => {
  const { core } = h.app;
  const drawn = fc.sample(anyCommand, { seed: SEED, numRuns: CASES });
  const reasons = new Map<string, number>();
  let later = 0;
  for (let from = 0; from < CASES; from += BATCH) {
    const index = (from / BATCH) % tenants.length;
    const tenant = tenants[index]!;
    const commands = drawn.slice(from, from + BATCH).map(one => toCommand(one, index));
    const dry = await admit(
      core,
      tenant,
      commands.map(command => ({ ...command, dryRun: true })),
    );
    const explained = await explain(core, tenant, commands, undefined);
    const real = await admit(core, tenant, commands);
    for (const [at, admission] of real.entries()) {
      const decision = decisionOf(admission)!;
      assert.deepEqual(decisionOf(dry[at]!), decision, `dry run ${from + at}`);
      assert.deepEqual(explained[at]!.decision, decision, `explanation ${from + at}`);
      if (decision.outcome === 'refuse') reasons.set(decision.reason!, (reasons.get(decision.reason!) ?? 0) + 1);
      else if (decision.outcome === 'later') later += 1;
    }
  }
  // What random commands can't come to: a malformed phone never gets here.
  const unreachable = ['phone_invalid', 'sender_unavailable', 'expired', 'channel_disabled'];
  assert.deepEqual(
    REASON_NAMES.filter(reason => !reasons.has(reason) && !unreachable.includes(reason)),
    [],
  );
  assert.ok(later > 100, `${later} for later`);

  for (let day = 0; day < 6; day += 1) {
    await h.settle();
    h.clock.advance(DAY_MS);
  }
  await h.settle();
  const { rows } = await h.sql.query<{ state: string; reasoned: boolean; n: number }>(
    `select state, reason is not null as reasoned, count(*)::int as n from message where tenant_id = any($1) group by 1, 2`,
    [tenants],
  );
  assert.equal(
    rows.reduce((sum, row) => sum + row.n, 0),
    CASES,
    'sends and refusals are everything that was asked for',
  );
  const ended = ['accepted', 'sent', 'delivered', 'read', 'refused', 'expired', 'failed', 'dead'];
  assert.deepEqual(
    rows.filter(row => !ended.includes(row.state)),
    [],
  );
  assert.ok(rows.filter(row => row.state === 'refused' || row.state === 'expired').every(row => row.reasoned));
});

test('with an opt-in in the same call they agree as well, whatever the person has said before', async () => {
  const { core } = h.app;
  let allowed = 0;
  for (const [index, tenant] of tenants.entries())
    for (let place = 0; place < PEOPLE; place += 1) {
      const text = place % 2 === 0 ? 'I agree' : undefined;
      const optIn = { source: 'checkout', text, actor: 'test', purposes: ['marketing', 'transactional'] as const };
      const command: SendCommand = {
        to: phoneOfCase(index * 1_000 + place) as never,
        purpose: place % 3 === 0 ? 'promo' : 'order_confirm',
        origin: 'test',
        content: { kind: 'template', name: undefined, variables: () => ({ first_name: 'Ana' }) },
        optIn,
      };
      const [dry] = await admit(core, tenant, [{ ...command, dryRun: true }]);
      const [real] = await admit(core, tenant, [command]);
      assert.deepEqual(decisionOf(dry!), decisionOf(real!), `${index} ${place}`);
      if (real!.kind === 'queued') allowed += 1;
    }
  assert.ok(allowed > 50, `${allowed} allowed`);
});
