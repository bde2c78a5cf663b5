/** What the platform calls a person. Each part may be missing, and what does not look like itself is taken for missing. */
import type { PersonIds } from '#core/provider.ts';

type Json = Readonly<Record<string, unknown>>;

const SCOPED = /^[A-Z]{2}\.[0-9A-Za-z]{1,128}$/;
const PARENT = /^[A-Z]{2}\.ENT\.[0-9A-Za-z]{1,128}$/;

const fitting = (value: unknown, form: RegExp): string | undefined =>
  typeof value === 'string' && form.test(value) ? value : undefined;

/** From an object that names them `wa_id`, `user_id` and `parent_user_id`, or with another prefix. */
export function readPerson(item: Json, names: { wa?: string; prefix?: string } = {}): PersonIds {
  const { wa: waName = 'wa_id', prefix = '' } = names;
  const wa = fitting(item[waName], /^\d{5,20}$/);
  const scoped = fitting(item[`${prefix}user_id`], SCOPED);
  const parent = fitting(item[`${prefix}parent_user_id`], PARENT);
  return {
    ...(wa === undefined ? {} : { wa }),
    ...(scoped === undefined ? {} : { scoped }),
    ...(parent === undefined ? {} : { parent }),
  };
}
