/** The compilers of the routes' schemas. Bodies are taken as they are; only what stands in a URL is read as what it means. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { isDay, parseInstant } from '#lib/clock.ts';
import { isStorable } from '#lib/schema.ts';
import { isLocale, isZone } from '#lib/zone.ts';

const formats: Record<string, (text: string) => boolean> = {
  storable: isStorable,
  instant: text => parseInstant(text) !== undefined,
  day: isDay,
  zone: isZone,
  locale: isLocale,
  'web-url': text => isStorable(text) && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
  'date-time': () => true,
};

function compiler(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({
    coerceTypes,
    useDefaults: false,
    // A field that is not known is told and not dropped: it is mostly one that somebody has spelt wrongly.
    removeAdditional: false,
    // A caller mends everything in one go. What it costs is bounded, since the body is.
    allErrors: true,
    allowUnionTypes: true,
    strict: false,
    // They are ours, and a test judges them. To compile the schema of schemas at every start costs 50 ms.
    meta: false,
    validateSchema: false,
  });
  for (const [name, validate] of Object.entries(formats)) ajv.addFormat(name, { type: 'string', validate });
  return ajv;
}

/** `"5"` is no number in a body, which can say 5; in a URL everything is text. */
const body = compiler(false);
const url = compiler(true);

interface Validator {
  (data: unknown): boolean;
  errors: readonly ErrorObject[] | null;
}

/** Compiled when it is first asked: all of them at every start were a third of it, and most processes need a few. */
export const validatorCompiler = ({ schema, httpPart }: { schema: unknown; httpPart?: string }): Validator => {
  let compiled: ValidateFunction | undefined;
  const validate: Validator = data => {
    compiled ??= (httpPart === 'body' ? body : url).compile(schema as object);
    const isValid = compiled(data);
    validate.errors = compiled.errors ?? null;
    return isValid;
  };
  validate.errors = null;
  return validate;
};
