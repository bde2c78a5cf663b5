/** The prefixes of ids, and what each names. */
import { ID_PREFIXES, type IdKind } from '#lib/id.ts';
import { code, type Page, page, REFERENCE, table } from './page.ts';

/** One for all prefixes: what differs between the lines is what the reader should look at. */
const EXAMPLE = '019ab3f05c1e7d0f8a2b4c6d8e0f1a2b';

/** A record over all kinds: a prefix without its sentence does not pass the type checker. */
export const ID_SENTENCES: Readonly<Record<IdKind, string>> = {
  tenant: 'A tenant. May stand for `{tenantId}` in a path, beside the slug.',
  key: 'An API key’s row. Callers know a key by its handle, the part between the first two underscores of `tdg_…`.',
  contact: 'A person, whatever number or name they are reached by.',
  sender: 'A business number with its provider’s account.',
  template: 'A template in one language.',
  message: 'A message of ours. It travels through the provider and comes back in every receipt.',
  inbound: 'A message that a person wrote to us.',
  change: 'A change of who somebody is: a merge of contacts, a new number.',
  doubt: 'A text that may be an opt-out.',
  sale: 'A sale at a till, which also goes by the till’s own number.',
  request: 'One HTTP request: the header `X-Request-Id`, `request_id` in errors and in the log.',
};

export const idsPage = (): Page =>
  page(
    `${REFERENCE}/ids.md`,
    'the prefixes in src/lib/id.ts',
    '# Ids',
    'An id is a prefix that says what it names, an underscore, and the 32 hexadecimal digits of a UUID of version 7. Ids grow with time, so a list by id is a list by age. An id of the wrong kind is refused by its prefix. Ids are names and no secrets.',
    table(
      ['prefix', 'names', 'example'],
      (Object.entries(ID_PREFIXES) as [IdKind, string][]).map(([kind, prefix]) => [
        code(`${prefix}_`),
        ID_SENTENCES[kind],
        code(`${prefix}_${EXAMPLE}`),
      ]),
    ),
    'Your own references (orders, events, customers) may be text or whole numbers; they are kept as text.',
  );
