/** What one message would cost, over HTTP. */
import { alone } from '#db/db.ts';
import { moneyOrNull } from '#lib/money.ts';
import { MaybeMoney, Nullable, OneOf, Strict, Type } from '#lib/schema.ts';
import { localDay } from '#lib/zone.ts';
import { parseScopedId } from '../contacts/contact.ts';
import { askedPhone } from '../people.ts';
import { route } from '../route.ts';
import { CATEGORIES, type Category } from './card.ts';
import { readPriceContext } from './context.ts';
import { readAllowance, repliesOf } from './forecast.ts';
import { everyMarketOf, marketOf } from './market.ts';
import { priceIn } from './price.ts';
import { AtQuery, exampleRate, instantOf, RateAnswer, viewRate } from './view.ts';

export const priceRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/rates/price',
    scope: 'costs:read',
    tag: 'Costs',
    summary: 'What one message would cost',
    description:
      'And by which rule and row, or why nobody knows. `window=open` asks for somebody who has written in the last 24 hours, `entry_point=true` for somebody who came by an ad and was answered in time. For replies the allowance of the default number is taken into account: the first 1,000 that arrive in a month are free. That is a forecast; what is booked follows the provider’s receipts.',
    query: Strict({
      to: Type.String({ maxLength: 140, description: 'A phone number or a business-scoped id' }),
      category: OneOf(CATEGORIES),
      at: AtQuery,
      window: Type.Optional(OneOf(['open', 'closed'])),
      entry_point: Type.Optional(Type.Boolean()),
      messages_before: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 1e12, description: 'Charged ones of this month, for volume tiers' }),
      ),
    }),
    answers: {
      200: {
        description: 'The price, or the reason why it is unknown',
        schema: Type.Object({
          market: Type.String(),
          category: Type.String(),
          day: Type.String(),
          price: MaybeMoney,
          rule: Nullable(Type.String()),
          reason: Nullable(Type.String()),
          rate: Nullable(RateAnswer),
          allowance: Nullable(Type.Object({ per_month: Type.Integer(), used: Type.Integer() })),
        }),
        example: {
          market: 'Romania',
          category: 'utility',
          day: '2026-11-21',
          price: { amount_micros: 23_900, currency: 'EUR' },
          rule: 'rate',
          reason: null,
          rate: exampleRate,
          allowance: null,
        },
      },
    },
    handle: async (core, { tenant, query }) => {
      const at = instantOf(query.at, core.clock.now());
      const to = parseScopedId(query.to) ?? (await askedPhone(core, tenant, query.to, 'to'));
      const tx = alone(core.db, tenant);
      const { zone, currency, rates } = await readPriceContext(tx, everyMarketOf(to));
      // All markets that the number ever had were read: which it is depends on the day, and that on the account's zone.
      const day = localDay(at, zone);
      const market = marketOf(to, day);
      const replies = query.category === 'service' ? await repliesOf(core, tenant, day) : undefined;
      const allowance = replies && (await readAllowance(tx, replies));
      const question = {
        category: query.category as Category,
        at,
        zone,
        currency,
        windowOpen: query.window === 'open',
        entryPoint: query.entry_point ?? false,
        volume: query.messages_before ?? 0,
        ...(allowance ? { allowanceLeft: allowance.left } : {}),
      };
      const price = priceIn(market, question, rates);
      const known = price.kind === 'known' ? price : undefined;
      return {
        status: 200,
        body: {
          market,
          category: query.category,
          day,
          price: moneyOrNull(known?.micros, known?.currency),
          rule: known?.rule ?? null,
          reason: price.kind === 'unknown' ? price.reason : null,
          rate: known?.rate ? viewRate(known.rate) : null,
          allowance: allowance ? { per_month: allowance.perMonth, used: allowance.used } : null,
        },
      };
    },
  }),
];
