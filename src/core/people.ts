/** Phones as callers write them. */
import { Fault, invalidField } from '#lib/fault.ts';
import { type Phone, parsePhone } from '#lib/phone.ts';
import type { Core } from './context.ts';
import { tenantRead } from './tenants/statements.ts';

/** E.164, or national where the tenant has a default country: then, and only then, the tenant's row is read. */
export async function requirePhone(core: Pick<Core, 'db'>, tenant: string, text: string, path: string): Promise<Phone> {
  const direct = parsePhone(text);
  if (direct) return direct.phone;
  const [row] = await core.db.run(tenant, tenantRead, {});
  if (!row) throw new Fault('not_found');
  const national = row.default_country === null ? undefined : parsePhone(text, row.default_country);
  if (!national) throw invalidField(path, 'this is not a phone number: give it as E.164, such as +40712345678');
  return national.phone;
}

/** In a query: a plus that was not escaped has become a space, and bare digits are a number with its country. */
export async function askedPhone(core: Pick<Core, 'db'>, tenant: string, text: string, path: string): Promise<Phone> {
  const bare = text.trim();
  const asked = parsePhone(bare.startsWith('+') ? bare : `+${bare}`);
  return asked ? asked.phone : requirePhone(core, tenant, bare, path);
}
