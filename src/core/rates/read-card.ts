/**
 * A provider's rate card as CSV to rows: all of it, or a list of everything that is wrong with it. Half a card would
 * price half the world by the old one, and nobody would see which.
 */
import { type CsvRow, parseCsv } from '#lib/csv.ts';
import type { FieldError } from '#lib/fault.ts';
import { isCurrency, parseMicros } from '#lib/money.ts';
import { CATEGORIES, type Category } from './card.ts';
import { readMarket } from './market.ts';

export interface CardRow {
  market: string;
  currency: string;
  category: Category;
  tierFrom: number;
  micros: number;
}

/** What the provider writes where there is no price. */
const NONE = new Set(['', '-', '–', '—', 'n/a', 'na', 'none']);
/** Volume tiers exist for these two only. */
const TIERED: readonly Category[] = ['utility', 'authentication'];
/** For whoever joins the provider's table of tiers to its card: from how many charged messages of the month on. */
const TIER_COLUMN = 'from';

export function readCard(csv: string): { rows: CardRow[]; errors: FieldError[] } {
  const [header, ...lines] = parseCsv(csv);
  const errors: FieldError[] = [];
  const complain = (path: string, message: string) => errors.push({ path, message });
  const columns = (header?.cells ?? []).map(name => name.toLowerCase());
  for (const name of ['market', 'currency', 'marketing', 'utility'])
    if (!columns.includes(name)) complain('csv[1]', `the header has no column "${name}"`);
  // A column that nobody reads could hold the very prices that are then missing.
  const strange = columns.find(name => !['market', 'currency', TIER_COLUMN, ...CATEGORIES].includes(name));
  if (strange !== undefined) complain('csv[1]', `"${strange}" is no column of a rate card`);
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) complain('csv[1]', `the column "${twice}" is there twice`);
  if (errors.length > 0) return { rows: [], errors };
  if (lines.length === 0) complain('csv', 'there is no row below the header');
  // Of two prices for one thing neither is the right one, and the last would win unseen.
  const seen = new Map<string, number>();
  const rows = lines.flatMap(line => {
    const found = readLine(line, columns, complain);
    for (const { market, currency, category, tierFrom } of found) {
      const key = `${currency} ${market} ${category} ${tierFrom}`;
      const before = seen.get(key);
      if (before !== undefined)
        complain(`csv[${line.line}]`, `${market} has a ${category} price on line ${before} already`);
      seen.set(key, line.line);
    }
    return found;
  });
  return { rows, errors };
}

function readLine(
  { line, cells }: CsvRow,
  columns: readonly string[],
  complain: (path: string, message: string) => void,
): CardRow[] {
  const at = (name: string) => cells[columns.indexOf(name)] ?? '';
  if (cells.length !== columns.length) {
    complain(`csv[${line}]`, `the header has ${columns.length} columns, this row ${cells.length}`);
    return [];
  }
  const market = readMarket(at('market'));
  if (market === undefined) complain(`csv[${line}].market`, `"${at('market')}" is no market of the price list`);
  // The provider's own files write "$US" for one of them.
  const currency = at('currency').toUpperCase() === '$US' ? 'USD' : at('currency').toUpperCase();
  if (!isCurrency(currency)) complain(`csv[${line}].currency`, `"${at('currency')}" is no currency of ISO 4217`);
  const tier = at(TIER_COLUMN) || '0';
  if (!/^\d{1,12}$/.test(tier)) complain(`csv[${line}].${TIER_COLUMN}`, `"${tier}" is no number of messages`);
  const tierFrom = Number(tier);
  const rows = CATEGORIES.filter(category => columns.includes(category)).flatMap(category => {
    const text = at(category);
    if (NONE.has(text.toLowerCase())) return [];
    const micros = readPrice(text);
    if (micros === undefined) complain(`csv[${line}].${category}`, `"${text}" is no price`);
    else if (tierFrom > 0 && !TIERED.includes(category))
      complain(`csv[${line}].${category}`, 'only utility and authentication have volume tiers');
    return [{ market: market!, currency, category, tierFrom, micros: micros! }];
  });
  if (rows.length === 0) complain(`csv[${line}]`, 'no price stands in this row');
  return rows;
}

/** With or without a sign of the currency; a comma is a decimal sign, since no price has thousands. */
const readPrice = (text: string): number | undefined =>
  parseMicros(text.replace(/^[^\d]{1,4}\s*/u, sign => (/[-.,]/.test(sign) ? sign : '')).replace(',', '.'));
