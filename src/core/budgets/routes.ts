/** Money over HTTP: the prepaid balance with its ledger, credits, and how far the budgets are used up. */
import { alone, type Tx } from '#db/db.ts';
import { iso } from '#lib/clock.ts';
import { Fault, invalidField } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { isCurrency, moneyOrNull } from '#lib/money.ts';
import { MaybeMoney, Nullable, OneOf, Strict, Text, Type } from '#lib/schema.ts';
import { answerWith } from '../idempotency.ts';
import { route } from '../route.ts';
import { leftIn, nextPeriodAt, PERIODS, periodOf, toBudgets } from './budget.ts';
import { book } from './spend.ts';
import { balanceLock, balanceOpen, balanceRead, budgetUses, creditFind, entryList } from './statements.ts';

const TenantParams = Strict({ tenantId: Type.String() });
const KINDS = ['credit', 'reserve', 'release', 'settle'] as const;

const EntryAnswer = Type.Object({
  id: Type.Integer({ description: 'Its place in the ledger' }),
  kind: OneOf(KINDS),
  amount: MaybeMoney,
  balance: MaybeMoney,
  message_id: Nullable(Type.String()),
  reference: Nullable(Type.String()),
  at: Type.String(),
});
const BalanceAnswer = Type.Object({
  currency: Nullable(Type.String()),
  balance: MaybeMoney,
  reserved: MaybeMoney,
});

const money = (amount_micros: number) => ({ amount_micros, currency: 'EUR' });
const balanceExample = { currency: 'EUR', balance: money(49_952_200), reserved: money(23_900) };

async function readBalance(tx: Tx) {
  const [row] = await tx.run(balanceRead, {});
  return {
    currency: row?.currency ?? null,
    balance: moneyOrNull(row?.free_micros, row?.currency),
    reserved: moneyOrNull(row?.reserved_micros, row?.currency),
  };
}

/** Places in a ledger are numbers: a cursor is the last one that was shown. */
function belowOf(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (!/^[1-9]\d{0,14}$/.test(cursor)) throw invalidField('cursor', 'this is not a cursor that a list gave out');
  return Number(cursor);
}

export const spendRoutes = [
  route({
    method: 'GET',
    path: '/api/wa/balance/{tenantId}',
    scope: 'costs:read',
    tag: 'Costs',
    summary: 'The prepaid balance and its ledger',
    description:
      '`balance` is what may still be spent, `reserved` what is put aside for messages under way. The ledger, the newest first, holds every movement: `credit`, `reserve` when a message is let through, `settle` when it has arrived (the difference to what it cost), `release` when it has ended without arriving. The sum of its amounts is the balance.',
    params: TenantParams,
    query: Strict({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
      cursor: Type.Optional(Type.String({ maxLength: 100, description: 'next_cursor of the page before' })),
    }),
    answers: {
      200: {
        description: 'The balance, with a page of its ledger',
        schema: Type.Intersect([
          BalanceAnswer,
          Type.Object({ data: Type.Array(EntryAnswer), next_cursor: Nullable(Type.String()) }),
        ]),
        example: {
          ...balanceExample,
          data: [
            {
              id: 1,
              kind: 'credit',
              amount: money(50_000_000),
              balance: money(50_000_000),
              message_id: null,
              reference: 'invoice 7',
              at: '2026-11-21T08:00:00.000Z',
            },
          ],
          next_cursor: null,
        },
      },
    },
    handle: async (core, { tenant, query }) => {
      const limit = query.limit ?? 50;
      const tx = alone(core.db, tenant);
      const below = belowOf(query.cursor);
      // Two reads and no lock: whoever looks holds up nobody who spends.
      const [balance, rows] = await Promise.all([readBalance(tx), tx.run(entryList, { below, limit })]);
      const data = rows.map(row => ({
        id: row.seq,
        kind: row.kind,
        amount: moneyOrNull(row.amount_micros, row.currency),
        balance: moneyOrNull(row.free_micros, row.currency),
        message_id: row.message_id === null ? null : publicId('message', row.message_id),
        reference: row.reference,
        at: iso(row.at),
      }));
      const next = rows.length === limit ? String(rows.at(-1)!.seq) : null;
      return { status: 200, body: { ...balance, data, next_cursor: next } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/wa/balance/{tenantId}/credit',
    scope: 'costs:write',
    tag: 'Costs',
    summary: 'Credit the prepaid balance',
    description:
      'Once for each `reference`: said again with the same amount nothing is added, with another one it answers 409. The currency is the billing currency of the account. The balance is asked when `prepaid` is set to true in the settings.',
    params: TenantParams,
    body: Strict({
      amount_micros: Type.Integer({ minimum: 1, maximum: 1e14 }),
      currency: Type.String({ minLength: 3, maxLength: 3 }),
      reference: Text(200, 'Your name of the payment, such as the number of an invoice'),
    }),
    example: { amount_micros: 50_000_000, currency: 'EUR', reference: 'invoice 7' },
    answers: {
      200: {
        description: 'The balance; `credited` is false where the reference was there already',
        schema: Type.Intersect([BalanceAnswer, Type.Object({ credited: Type.Boolean() })]),
        example: { ...balanceExample, credited: true },
      },
    },
    handle: async (core, { tenant, body, claim, actor }) => {
      const { amount_micros: amount, currency, reference } = body;
      if (!isCurrency(currency)) throw invalidField('currency', 'this is no currency of ISO 4217, such as EUR');
      const settings = await core.settings.of(core.db, tenant);
      if (settings.prices.currency !== currency)
        throw invalidField(
          'currency',
          settings.prices.currency === null
            ? 'name the billing currency of the account in the settings first'
            : `the account is billed in ${settings.prices.currency}`,
        );
      return core.db.tx(tenant, async tx => {
        // An account whose currency was named wrongly at first takes the right one, as long as it is empty.
        await tx.run(balanceOpen, { currency });
        const [balance] = await tx.run(balanceLock, {});
        if (balance!.currency !== currency)
          throw new Fault('conflict', `there is money in ${balance!.currency} left: spend it first`);
        // Under the lock: of two calls with one reference the second sees what the first has written.
        const [known] = await tx.run(creditFind, { reference });
        if (known && (known.amount_micros !== amount || known.currency !== currency))
          throw new Fault('conflict', 'this reference stands for another credit already');
        if (!known)
          await book(tx, [{ kind: 'credit', amount, reference }], { reserved: 0, actor, now: core.clock.now() });
        const answer = { ...(await readBalance(tx)), credited: !known };
        return answerWith(tx, claim, { status: 200, body: answer });
      });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/budgets',
    scope: 'costs:read',
    tag: 'Costs',
    summary: 'How far the budgets are used up',
    description:
      'Each budget of the settings in its present period, by the account’s own calendar. `used` is what arrived and what is put aside for messages under way. A budget is set, changed and taken away with `PATCH /api/v1/settings`.',
    answers: {
      200: {
        description: 'The budgets',
        schema: Type.Object({
          data: Type.Array(
            Type.Object({
              name: Type.String(),
              per: OneOf(PERIODS),
              hard: Type.Boolean(),
              purposes: Nullable(Type.Array(Type.String())),
              period: Type.String(),
              amount: MaybeMoney,
              used: MaybeMoney,
              left: MaybeMoney,
              next_period_at: Type.String(),
            }),
          ),
        }),
        example: {
          data: [
            {
              name: 'promos',
              per: 'month',
              hard: true,
              purposes: ['promo'],
              period: '2026-11',
              amount: money(50_000_000),
              used: money(712_000),
              left: money(49_288_000),
              next_period_at: '2026-11-30T22:00:00.000Z',
            },
          ],
        },
      },
    },
    handle: async (core, { tenant }) => {
      const { stored, prices } = await core.settings.of(core.db, tenant);
      const { zone, currency } = prices;
      const now = core.clock.now();
      const used = await core.db.run(tenant, budgetUses, { from_period: periodOf('month', now, zone) });
      const data = toBudgets(stored.budgets ?? {}, used).map(budget => {
        const period = periodOf(budget.per, now, zone);
        const left = leftIn(budget, period);
        return {
          name: budget.name,
          per: budget.per,
          hard: budget.hard,
          purposes: budget.purposes,
          period,
          amount: moneyOrNull(budget.most, currency),
          used: moneyOrNull(budget.most - left, currency),
          left: moneyOrNull(Math.max(0, left), currency),
          next_period_at: iso(nextPeriodAt(budget.per, now, zone)),
        };
      });
      return { status: 200, body: { data } };
    },
  }),
];
