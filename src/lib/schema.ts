/**
 * The words in which routes and settings describe themselves. What is written here is the JSON Schema that validates
 * a request, documents it in openapi.json and generates the nasty inputs that the tests throw at it.
 */
import { type Static, type TSchema, Type } from 'typebox';

export { type Static, type TSchema, Type };

/** Unknown fields are refused: a misspelt `opt_in` that is silently ignored costs a customer. */
export const Strict = <P extends Record<string, TSchema>>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description ? { description } : {}) });

/** Text for people. NUL can't be stored in PostgreSQL, lone surrogates not in UTF-8; everything else may pass. */
export const Text = (maxLength: number, description?: string) =>
  Type.String({ minLength: 1, maxLength, format: 'storable', ...(description ? { description } : {}) });

/** Callers number their orders or name them; both arrive here and are kept as text. */
export const Reference = (description: string) =>
  Type.Union([Type.String({ minLength: 1, maxLength: 200, format: 'storable' }), Type.Integer()], { description });

/** A number is refused by its type: 4.07e10 has already lost its plus, and perhaps its last digits. */
export const PhoneText = Type.String({
  minLength: 1,
  maxLength: 40,
  format: 'storable',
  description: 'E.164, or national form with the tenant’s default country',
  examples: ['+40712345678'],
});

export const InstantText = Type.String({
  format: 'instant',
  description: 'ISO 8601 with an offset',
  examples: ['2026-11-28T20:00:00+02:00'],
});

/** A day of the account's own calendar, as prices and bills have it. */
export const DayText = Type.String({ format: 'day', description: 'A day, YYYY-MM-DD', examples: ['2026-10-01'] });

export const ZoneText = Type.String({ format: 'zone', description: 'IANA time zone', examples: ['Europe/Bucharest'] });

export const LocaleText = Type.String({
  format: 'locale',
  description: 'Language, optionally with region',
  examples: ['ro', 'en_US'],
});

export const MoneyObject = Strict({
  amount_micros: Type.Integer(),
  currency: Type.String({ minLength: 3, maxLength: 3 }),
});

export const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

/** Null and not zero where nobody knows: a sum of guesses is worse than a gap that shows. */
export const MaybeMoney = Nullable(Type.Object({ amount_micros: Type.Integer(), currency: Type.String() }));

/** An `enum` and not a union of constants: shorter in the document, clearer in the error. */
export const OneOf = <const V extends readonly string[]>(values: V, description?: string) =>
  Type.Unsafe<V[number]>({ type: 'string', enum: [...values], ...(description ? { description } : {}) });

/** Values that fill a template's variables. Names are checked so that no one may fill `__proto__`. */
export const Variables = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
  Type.Union([Type.String({ maxLength: 4096, format: 'storable' }), Type.Number(), Type.Boolean()]),
  {
    additionalProperties: false,
    maxProperties: 50,
    description: 'Values for the template’s variables; they override the offered ones',
  },
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is the character that PostgreSQL can't keep
export const isStorable = (text: string): boolean => text.isWellFormed() && !/\u0000/.test(text);
