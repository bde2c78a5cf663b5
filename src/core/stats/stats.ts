/** Counters to the figures that people ask for. Pure, but for the reading. */
import type { Values } from '#db/column.ts';
import { consentCount } from '../consents/statements.ts';
import type { Core } from '../context.ts';
import { STATE_NAMES } from '../messages/states.ts';
import { templateCount } from '../templates/statements.ts';
import { statFold, statRead } from './statements.ts';

type Row = Values<typeof statRead.row>;

/** `sent` ⊇ `delivered` ⊇ `read`; `queued` is everything not yet sent; the rarer states stand for themselves. */
export function summarise(rows: readonly Row[]) {
  const of = (...states: string[]) =>
    rows.filter(row => states.includes(row.state)).reduce((sum, row) => sum + row.count, 0);
  const read = of('read');
  const delivered = read + of('delivered');
  const sent = delivered + of('accepted', 'sent');
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

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000);

export async function readStats(core: Core, tenant: string, from: number, to: number) {
  const [rows, [consent], [templates]] = await Promise.all([
    core.db.run(tenant, statRead, { from, to }),
    core.db.run(tenant, consentCount, {}),
    core.db.run(tenant, templateCount, {}),
  ]);
  const messages = summarise(rows);
  const failed = (messages['failed'] ?? 0) + (messages['dead'] ?? 0);
  const people = consent!.opted_in + consent!.opted_out;
  const judged = templates!.approved + templates!.rejected;
  const groups = (column: 'purpose' | 'provider') =>
    Object.fromEntries(
      [...new Set(rows.map(row => row[column]))]
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
    // Prices come with the rate cards; until then a cost is unknown, which is not the same as nothing.
    cost: { estimated: null, actual: null, currency: null, per_message: null },
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

export async function foldStats(core: Core, tenant: string): Promise<number> {
  const [row] = await core.db.run(tenant, statFold, { limit: 5_000 });
  return row?.folded ?? 0;
}
