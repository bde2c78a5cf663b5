/** Counters to the figures that people ask for. Pure, but for the reading. */
import type { Values } from '#db/column.ts';
import { moneyOrNull } from '#lib/money.ts';
import { consentCount } from '../consents/statements.ts';
import type { Core } from '../context.ts';
import { STATE_NAMES } from '../messages/states.ts';
import { templateCount } from '../templates/statements.ts';
import { billingCurrency } from '../tenants/statements.ts';
import { statCost, statFold, statRead } from './statements.ts';

type Row = Values<typeof statRead.row>;
type Cost = Values<typeof statCost.row>;

/** `sent` ⊇ `delivered` ⊇ `read`; `queued` is everything not yet sent; the rarer states stand for themselves. */
export function summarise(rows: readonly Row[]) {
  // A message is counted where it stands now, once; so what lies behind it is added up here.
  const of = (...states: string[]) =>
    rows.filter(row => states.includes(row.state)).reduce((sum, row) => sum + row.count, 0);
  const read = of('read');
  const delivered = read + of('delivered');
  const sent = delivered + of('accepted', 'sent');
  // By what is left over and not by name: a new state shows itself in the figures without anybody's thinking of it.
  const rest = STATE_NAMES.filter(
    state => !['queued', 'leased', 'sending', 'accepted', 'sent', 'delivered', 'read'].includes(state),
  );
  return {
    queued: of('queued', 'leased', 'sending'),
    sent,
    delivered,
    read,
    ...Object.fromEntries(rest.map(state => [state, of(state)])),
  } as Record<string, number>;
}

/** Four digits, which is what a percentage with two needs. Of nothing it is nothing, and not a division by it. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000);

/**
 * In the account's currency; what was booked in another one before is not added to it. Of messages whose price nobody
 * knows nothing is in these sums, and `unpriced` says how many they are.
 */
export function costOf(costs: readonly Cost[], currency: string | null, delivered: number) {
  const cost = costs.find(row => row.currency === currency);
  const priced = cost?.priced ?? 0;
  const actual = currency === null ? null : (cost?.actual_micros ?? 0);
  return {
    estimated: moneyOrNull(currency === null ? null : (cost?.estimate_micros ?? 0), currency),
    actual: moneyOrNull(actual, currency),
    currency,
    per_message: moneyOrNull(actual === null || priced === 0 ? null : Math.round(actual / priced), currency),
    unpriced: Math.max(0, delivered - priced),
  };
}

export async function readStats(core: Core, tenant: string, from: number, to: number) {
  // Reads and no transaction: a message that is counted in between is in the next answer.
  const [rows, costs, [account], [consent], [templates]] = await Promise.all([
    core.db.run(tenant, statRead, { from, to }),
    core.db.run(tenant, statCost, { from, to }),
    core.db.run(tenant, billingCurrency, {}),
    core.db.run(tenant, consentCount, {}),
    core.db.run(tenant, templateCount, {}),
  ]);
  const messages = summarise(rows);
  const failed = (messages['failed'] ?? 0) + (messages['dead'] ?? 0);
  const people = consent!.opted_in + consent!.opted_out;
  // What waits for its review counts for neither side of the rate.
  const judged = templates!.approved + templates!.rejected;
  const groups = (column: 'purpose' | 'provider') =>
    Object.fromEntries(
      [...new Set(rows.map(row => row[column]))]
        // A message that was refused for want of a sender has no provider to be counted under.
        .filter(name => name !== '')
        .sort()
        .map(name => [name, summarise(rows.filter(row => row[column] === name))]),
    );
  return {
    messages,
    rates: {
      delivery: ratio(messages['delivered']!, messages['sent']!),
      read: ratio(messages['read']!, messages['delivered']!),
      failure: ratio(failed, messages['sent']! + failed),
    },
    cost: costOf(costs, account!.currency, messages['delivered']!),
    consent: {
      opted_in: consent!.opted_in,
      opted_out: consent!.opted_out,
      opt_in_rate: ratio(consent!.opted_in, people),
      opt_out_rate: ratio(consent!.opted_out, people),
    },
    templates: { ...templates!, approval_rate: ratio(templates!.approved, judged) },
    by_type: groups('purpose'),
    by_provider: groups('provider'),
  };
}

/** A slice at a time, so that many deltas are never locked for long; the worker comes again while there are some. */
export async function foldStats(core: Core, tenant: string): Promise<number> {
  const [row] = await core.db.run(tenant, statFold, { limit: 5_000 });
  return row?.folded ?? 0;
}
