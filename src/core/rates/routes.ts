import { Fault, invalidField } from '#lib/fault.ts';
import { isCurrency } from '#lib/money.ts';
import { DayText, Nullable, OneOf, Strict, Text, Type } from '#lib/schema.ts';
import { localDay } from '#lib/zone.ts';
import { answerWith } from '../idempotency.ts';
import { FIRST_ID } from '../paging.ts';
import { route } from '../route.ts';
import { billingCurrency } from '../tenants/statements.ts';
import { BUILT_IN } from './built-in.ts';
import { CATEGORIES, type Rate, rateOn } from './card.ts';
import { toRate } from './context.ts';
import { recheckRequest } from './cost-statements.ts';
import { readMarket } from './market.ts';
import { readCard } from './read-card.ts';
import { rateImport, rateList } from './statements.ts';
import { AtQuery, exampleRate, instantOf, RateAnswer, viewRate } from './view.ts';

const marketNamed = (text: string): string => {
  const market = readMarket(text);
  if (market === undefined)
    throw invalidField('market', 'this is no market of the price list, such as Romania or Rest of Africa');
  return market;
};

/** Of each market, category and currency the row that holds on that day, with its tiers. */
function ratesOn(rates: readonly Rate[], day: string): Rate[] {
  const kinds = new Map(rates.map(rate => [`${rate.currency} ${rate.market} ${rate.category}`, rate]));
  return [...kinds.values()].flatMap(({ market, category, currency }) => {
    const base = rateOn(rates, { market, category, currency, day, volume: Number.MAX_SAFE_INTEGER });
    return rates.filter(
      rate =>
        base !== undefined &&
        rate.market === market &&
        rate.category === category &&
        rate.currency === currency &&
        rate.effectiveFrom === base.effectiveFrom &&
        (rate.importedAt === undefined) === (base.importedAt === undefined),
    );
  });
}

export const rateRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/rates',
    scope: 'costs:read',
    tag: 'Costs',
    summary: 'List the rates that hold',
    description:
      'On a day of the account’s own calendar, in its billing currency or in the one that you name. Rates that you imported go before those that the program brings along; each names its day and its source. A market that is missing has no known price: import the provider’s card.',
    query: Strict({
      market: Type.Optional(Type.String({ maxLength: 60 })),
      category: Type.Optional(OneOf(CATEGORIES)),
      currency: Type.Optional(Type.String({ maxLength: 3 })),
      at: AtQuery,
    }),
    answers: {
      200: {
        description: 'The rates, by market',
        schema: Type.Object({ currency: Nullable(Type.String()), day: Type.String(), data: Type.Array(RateAnswer) }),
        example: { currency: 'EUR', day: '2026-11-21', data: [exampleRate] },
      },
    },
    handle: async (core, { tenant, query }) => {
      const at = instantOf(query.at, core.clock.now());
      const market = query.market === undefined ? undefined : marketNamed(query.market);
      if (query.currency !== undefined && !isCurrency(query.currency))
        throw invalidField('currency', 'this is no currency of ISO 4217, such as EUR');
      const [account] = await core.db.run(tenant, billingCurrency, {});
      // Without a currency of its own a tenant sees all there are, to find the one that its account is billed in.
      const currency = query.currency ?? account!.currency;
      const own = (await core.db.run(tenant, rateList, { currency })).map(toRate);
      // The program's own rows too: whoever looks for a price has to see by what messages are priced today.
      const known = [...own, ...BUILT_IN.filter(rate => currency === null || rate.currency === currency)].filter(
        rate =>
          (market === undefined || rate.market === market) &&
          (query.category === undefined || rate.category === query.category),
      );
      const day = localDay(at, account!.zone);
      const data = ratesOn(known, day)
        .map(viewRate)
        .sort((a, b) => (a.market < b.market ? -1 : a.market > b.market ? 1 : 0));
      return { status: 200, body: { currency, day, data } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/rates/import',
    scope: 'costs:write',
    tag: 'Costs',
    summary: 'Import a rate card',
    description:
      'The provider’s CSV with its columns Market, Currency, Marketing, Utility, Authentication, Authentication-International and Service; `n/a` where there is no price. With a column `From` a row is a volume tier: its utility and authentication prices hold from that many charged messages of the month on. All of it or nothing: a row that can’t be read is named and nothing is stored. The same card said again changes nothing; another figure for the same day is a correction. Messages whose price was unknown are then asked about again; what has a price keeps it.',
    body: Strict({
      csv: Text(200_000, 'The file as it is'),
      effective_from: DayText,
      source: Text(300, 'Where the card comes from, shown with every price that it makes'),
    }),
    example: {
      csv: 'Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service\nRomania,EUR,0.0712,0.0239,0.0239,n/a,0.0239\n',
      effective_from: '2026-10-01',
      source: 'Meta rate card EUR, October 2026',
    },
    answers: {
      200: {
        description: 'The card is stored',
        schema: Type.Object({ rates: Type.Integer(), added: Type.Integer(), changed: Type.Integer() }),
        example: { rates: 4, added: 4, changed: 0 },
      },
    },
    handle: async (core, { tenant, body, claim }) => {
      const { rows, errors } = readCard(body.csv);
      if (errors.length > 0) {
        const [first] = errors;
        const fields = errors.slice(0, 1_000);
        throw new Fault('invalid_request', `${first!.path}: ${first!.message}`, { fields });
      }
      const imported = await core.db.tx(tenant, async tx => {
        const [done] = await tx.run(rateImport, {
          currencies: rows.map(row => row.currency),
          markets: rows.map(row => row.market),
          categories: rows.map(row => row.category),
          tiers: rows.map(row => row.tierFrom),
          micros: rows.map(row => row.micros),
          effective_from: body.effective_from,
          source: body.source,
          now: core.clock.machine(),
        });
        // In the same commit: a card without its round would leave what came before it unpriced for ever.
        if (done!.added + done!.changed > 0) await tx.run(recheckRequest, { first: FIRST_ID });
        return answerWith(tx, claim, { status: 200, body: { rates: rows.length, ...done! } });
      });
      // Estimates of this process know the card at once, those of others within a second.
      core.settings.forget(tenant);
      return imported;
    },
  }),
];
