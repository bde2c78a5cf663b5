/**
 * Amounts as people read them. What is charged is integer micros and an ISO 4217 code: prices here have four decimals,
 * so cents are too coarse, and floats drift.
 */
export interface Money {
  amount_micros: number;
  currency: string;
}

/** As it is shown; without a currency an amount is no money, and without an amount nobody knows. */
export const moneyOrNull = (micros: number | null | undefined, currency: string | null | undefined): Money | null =>
  micros === null || micros === undefined || !currency ? null : { amount_micros: micros, currency };

/**
 * "0.0712" to 71,200, by its digits: as a float it would be 71,199.99 of something. More decimals than a micro has are
 * refused and not rounded away.
 */
export function parseMicros(text: string): number | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,6})0*)?$/.exec(text);
  return match ? Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0')) : undefined;
}

export const isCurrency = (code: string): boolean => /^[A-Z]{3}$/.test(code) && currencies().has(code);

let supported: Set<string> | undefined;
function currencies(): Set<string> {
  supported ??= new Set(Intl.supportedValuesOf('currency'));
  return supported;
}

/** "149,50": the amount alone, in the reader's notation with the currency's own decimals; templates name the code. */
export function formatAmount(amount: number, currency: string | undefined, locale: string): string {
  const digits = currency ? fractionDigits(currency) : 2;
  const options = { minimumFractionDigits: Number.isInteger(amount) ? 0 : digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale.replaceAll('_', '-'), options).format(amount);
}

function fractionDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Of a number or a decimal text, as tills say them. The noise of a float (0.1 + 0.2) lies far below a micro. */
export const toMicros = (amount: number | string): number => Math.round(Number(amount) * 1_000_000);

/** "1.500,50": the amount alone, for texts that name the currency themselves. */
export const formatMicros = (micros: number, currency: string, locale: string): string =>
  numberFormat(locale, decimals(micros, currency)).format(micros / 1_000_000);

/**
 * "₹1,500.50" or "1.500,50 RON": sign or code, before or after, as that language writes this currency. The plain sign
 * and not the narrow one: "$" alone is a different sum in Toronto and in New York.
 */
export const formatMoney = (micros: number, currency: string, locale: string): string =>
  numberFormat(locale, { style: 'currency', currency, ...decimals(micros, currency) }).format(micros / 1_000_000);

/** "2" or "0,125": how many, or how much by weight. */
export const formatQuantity = (quantity: number, locale: string): string =>
  numberFormat(locale, { maximumFractionDigits: 3 }).format(quantity);

const numberFormat = (locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat =>
  new Intl.NumberFormat(locale.replaceAll('_', '-'), options);

/** The currency's own decimals, and more where the amount has more: a sum on a receipt is never rounded by us. */
function decimals(micros: number, currency: string) {
  let digits = 6;
  while (digits > 0 && micros % 10 ** (7 - digits) === 0) digits -= 1;
  const shown = Math.max(digits, fractionDigits(currency));
  return { minimumFractionDigits: shown, maximumFractionDigits: shown };
}
