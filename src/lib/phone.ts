/**
 * Phones are E.164 with `+`, branded so that an unchecked string can't slip into a send or a suppression list.
 * Everything a person may type (spaces, dots, national form where a country is known, other scripts' digits) comes
 * out as one spelling, since two spellings of a person are two people to an opt-out list.
 */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

export type Phone = string & { readonly brand: 'E.164' };

export interface ParsedPhone {
  phone: Phone;
  /** ISO 3166 country of the number, or undefined for numbers that belong to none (satellite, +883). */
  country: string | undefined;
}

/** Invisible characters that a copy and paste brings along and nobody sees. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
/** Letters mean an extension, a vanity number, an address of another network (`@c.us`) or a username. */
const FOREIGN = /[\p{L}@;,#*]/u;

export function parsePhone(text: string, defaultCountry?: string): ParsedPhone | undefined {
  if (text.length > 40) return undefined;
  const bare = text.normalize('NFKC').replace(INVISIBLE, '').trim().replace(/^tel:/i, '');
  if (FOREIGN.test(bare)) return undefined;
  const country = defaultCountry && isSupportedCountry(defaultCountry) ? (defaultCountry as CountryCode) : undefined;
  const parsed = parsePhoneNumberFromString(bare, { extract: false, ...(country ? { defaultCountry: country } : {}) });
  // "Possible" and not "valid": numbering plans open new ranges faster than metadata is published, and a refused real
  // customer costs more than one undeliverable message, which the provider reports by itself.
  if (!parsed?.isPossible() || parsed.ext) return undefined;
  return { phone: parsed.number as string as Phone, country: parsed.country };
}

/** For places where the number must be recognisable to its owner and useless to anyone else. */
export const maskPhone = (phone: string): string => `${phone.slice(0, 3)}…${phone.slice(-2)}`;

/** A country that has phone numbers, by its ISO 3166 code. */
export const isCountry = (code: string): boolean => isSupportedCountry(code);
