/** The provider's bill over HTTP: entered as its `pricing_analytics` give it, and compared with what was accrued. */
import { daysBetween } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { isCurrency, moneyOrNull } from '#lib/money.ts';
import { DayText, MaybeMoney, Nullable, Strict, Text, Type } from '#lib/schema.ts';
import { localDay } from '#lib/zone.ts';
import { answerWith } from '../idempotency.ts';
import { route } from '../route.ts';
import { billingCurrency } from '../tenants/statements.ts';
import { billRead, billSave, costRead } from './cost-statements.ts';
import { readCategory } from './price.ts';
import { reconcile } from './reconcile.ts';

/** A month of a business in thirty countries, in one call. */
const MOST_LINES = 1_000;
/** A month is what a bill is about; a year of fifty markets would be an answer that nobody reads. */
const MOST_DAYS = 31;

const Side = Type.Object({ messages: Type.Integer(), amount: MaybeMoney });
const Accrued = Type.Object({
  messages: Type.Integer(),
  charged: Type.Integer(),
  unpriced: Type.Integer(),
  amount: MaybeMoney,
});

/** Of groups the provider's cards name no rates, and bills do: their lines stand alone in the comparison. */
const BILLED_ONLY = /^group_(marketing|utility|service)$/;

const money = (amount_micros: number) => ({ amount_micros, currency: 'EUR' });

export const billRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/rates/bills',
    scope: 'costs:write',
    tag: 'Costs',
    summary: 'Enter what the provider billed',
    description:
      'By day, country and category, as its `pricing_analytics` give it (`volume` is `messages`, `cost` the amount). A line that is there already is replaced: the provider’s own figures settle for some days.',
    body: Strict({
      currency: Type.String({ minLength: 3, maxLength: 3 }),
      source: Text(300, 'Where the figures come from'),
      lines: Type.Array(
        Strict({
          day: DayText,
          country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166' }),
          category: Type.String({ minLength: 1, maxLength: 40, description: 'The provider’s word, such as UTILITY' }),
          messages: Type.Integer({ minimum: 0, maximum: 1e12 }),
          amount_micros: Type.Integer({ minimum: 0, maximum: 1e15 }),
        }),
        { minItems: 1, maxItems: MOST_LINES },
      ),
    }),
    example: {
      currency: 'EUR',
      source: 'pricing_analytics of November 2026',
      lines: [{ day: '2026-11-21', country: 'RO', category: 'UTILITY', messages: 2, amount_micros: 47_800 }],
    },
    answers: {
      200: {
        description: 'Stored',
        schema: Type.Object({ lines: Type.Integer() }),
        example: { lines: 1 },
      },
    },
    handle: async (core, { tenant, body, claim }) => {
      if (!isCurrency(body.currency)) throw invalidField('currency', 'this is no currency of ISO 4217, such as EUR');
      const { currency, zone } = (await core.settings.of(core.db, tenant)).prices;
      if (currency !== null && currency !== body.currency)
        throw invalidField('currency', `the account is billed in ${currency}`);
      const today = localDay(core.clock.now(), zone);
      const seen = new Set<string>();
      // Named one by one, and nothing stored before all of them are good: half a bill looks like a difference.
      const lines = body.lines.map((line, index) => {
        const word = line.category.toLowerCase();
        if (readCategory(word) === undefined && !BILLED_ONLY.test(word))
          throw invalidField(`lines[${index}].category`, 'no rate card has this category');
        if (line.day > today) throw invalidField(`lines[${index}].day`, `it is ${today} where the account is billed`);
        const key = `${line.day} ${line.country} ${word}`;
        if (seen.has(key))
          throw invalidField(`lines[${index}]`, 'this day, country and category are in the list twice');
        seen.add(key);
        // Under their word: optimised marketing messages are lines of their own beside the plain ones.
        return { ...line, category: word };
      });
      return core.db.tx(tenant, async tx => {
        await tx.run(billSave, {
          days: lines.map(line => line.day),
          countries: lines.map(line => line.country),
          categories: lines.map(line => line.category),
          messages: lines.map(line => line.messages),
          micros: lines.map(line => line.amount_micros),
          currency: body.currency,
          source: body.source,
          now: core.clock.machine(),
        });
        return answerWith(tx, claim, { status: 200, body: { lines: lines.length } });
      });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/rates/reconciliation',
    scope: 'costs:read',
    tag: 'Costs',
    summary: 'Compare what was accrued with the bill',
    description:
      'By day, market and category, at most 31 days. `accrued` is what arrived and what it costs by the rate cards and the provider’s receipts; `billed` what you entered; `difference` billed less accrued. Receipts name no volume tiers, so a bill may be lower than what was accrued.',
    query: Strict({ from: DayText, to: DayText }),
    answers: {
      200: {
        description: 'The comparison',
        schema: Type.Object({
          currency: Nullable(Type.String()),
          totals: Type.Object({ accrued: MaybeMoney, billed: MaybeMoney, difference: MaybeMoney }),
          data: Type.Array(
            Type.Object({
              day: Type.String(),
              market: Type.String(),
              category: Type.String(),
              currency: Type.String(),
              accrued: Accrued,
              billed: Nullable(Side),
              difference: MaybeMoney,
            }),
          ),
        }),
        example: {
          currency: 'EUR',
          totals: { accrued: money(47_800), billed: money(47_800), difference: money(0) },
          data: [
            {
              day: '2026-11-21',
              market: 'Romania',
              category: 'utility',
              currency: 'EUR',
              accrued: { messages: 2, charged: 2, unpriced: 0, amount: money(47_800) },
              billed: { messages: 2, amount: money(47_800) },
              difference: money(0),
            },
          ],
        },
      },
    },
    handle: async (core, { tenant, query }) => {
      const days = daysBetween(query.from, query.to);
      if (days < 0) throw invalidField('to', 'this is before `from`');
      if (days >= MOST_DAYS) throw invalidField('to', `at most ${MOST_DAYS} days at once`);
      const [[account], costs, bills] = await Promise.all([
        core.db.run(tenant, billingCurrency, {}),
        core.db.run(tenant, costRead, query),
        core.db.run(tenant, billRead, query),
      ]);
      const { currency } = account!;
      // Without a currency there is no amount on our side, and what a bill says in some currency compares with nothing.
      const data = currency === null ? [] : reconcile(currency, costs, bills);
      const sum = (amounts: readonly ({ amount_micros: number } | null | undefined)[]) =>
        moneyOrNull(
          amounts.reduce((total, amount) => total + (amount?.amount_micros ?? 0), 0),
          currency,
        );
      const totals = {
        accrued: sum(data.map(row => row.accrued.amount)),
        billed: sum(data.map(row => row.billed?.amount)),
        // Of what the bill names: a day that is not entered yet is no difference.
        difference: sum(data.map(row => row.difference)),
      };
      return { status: 200, body: { currency, totals, data } };
    },
  }),
];
