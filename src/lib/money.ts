/**
 * Amounts as people read them. What is charged will be integer micros and an ISO 4217 code: prices here have four
 * decimals, so cents are too coarse, and floats drift.
 */
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
